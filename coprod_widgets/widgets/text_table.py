"""A table of people's texts that can be read in a notebook and leaves nothing in its file."""

from collections.abc import Sequence

import anywidget
import traitlets

from ..text.limits import counted
from .assets import module_text, style_text


class TextTable(anywidget.AnyWidget):
    """Rows of texts under their column names.

    The texts travel in a message when the table is shown, and are never part of the widget's synced state: no saved
    notebook carries them.
    """

    _esm = module_text("notebook/text_table.js")
    _css = style_text("notebook/text_table.css")
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]]):
        self._rows = [list(map(str, row)) for row in rows]
        super().__init__(columns=list(columns))
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        """How many, because a repr ends up in notebook files."""
        return f"<TextTable of {counted(len(self._rows), 'row')}>"

    def _on_message(self, widget: object, message: object, buffers: object) -> None:
        if message == {"ask": "rows"}:
            self.send({"rows": self._rows})
