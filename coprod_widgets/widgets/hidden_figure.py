"""A figure with learners' words in it that can be seen in a notebook and leaves nothing in its file."""

import base64

import anywidget

from .assets import module_text


class HiddenFigure(anywidget.AnyWidget):
    """A picture with its text in words.

    Both travel in a message when the figure is shown, and are never part of the widget's synced state: no saved
    notebook carries them.
    """

    _esm = module_text("notebook/hidden_figure.js")

    def __init__(self, png: bytes, alt: str):
        self._picture = {"src": f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}", "alt": alt}
        super().__init__()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        """Constant, because a repr ends up in notebook files."""
        return "<HiddenFigure>"

    def _on_message(self, widget: object, message: object, buffers: object) -> None:
        if message == {"ask": "picture"}:
            self.send({"picture": self._picture})
