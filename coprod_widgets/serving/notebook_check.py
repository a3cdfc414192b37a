"""Checks a notebook before it is served: it must not read other learners' answers.

`coprod learn` and stock Voila serve a notebook to everybody who has its address, without sign-in. A notebook that
teaches is refused at the start, as far as its code tells; the functions that it calls refuse too (store/access.py).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import CoprodError
from ..files.reading import read_notebook

ROOMS = frozenset(
    (
        "backups", "coding", "coding_app", "codings", "join", "ledger", "release", "review", "review_file",
        "sharing_app", "teaching", "wall", "walls",
    )
)  # fmt: skip
"""Modules of the kit that only an instructor's notebook needs."""
NAMES = frozenset(
    (
        "CodingDesk", "CodingStore", "JoinPanel", "ResponseWall", "ReviewDesk", "join_panel", "open_class",
        "open_coding", "open_review", "read_codings", "read_store",
    )
)  # fmt: skip
"""Names that read what others wrote, wherever they come from."""
KIT = "coprod_widgets"
MODULE = re.compile(rf"{KIT}\.(?:widgets\.)?(\w+)")


def refuse_teaching(path: Path) -> None:
    """Raise CoprodError where a notebook's code reads other learners' answers, and say by what."""
    sources = (str(cell.source) for cell in read_notebook(path).cells if cell.cell_type == "code")
    if found := sorted({name for source in sources for name in _teaching(source)}):
        raise CoprodError(
            f"{path} reads what learners wrote ({', '.join(found)}), and coprod learn serves it to whoever has the "
            "address, without sign-in. Open it in JupyterLab, with coprod teach."
        )


def _teaching(source: str) -> Iterator[str]:
    """What in a cell reads others' answers."""
    code = re.sub(r"^[^\S\n]*[%!].*$", "", source, flags=re.MULTILINE)  # commands of the notebook, which are no Python
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two where it is nested too deep
        yield from (NAMES | {f"{KIT}.{room}" for room in ROOMS}) & {*re.findall(r"[\w.]+", code)}
        return
    for node in ast.walk(tree):
        yield from _named(node)


def _named(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.ImportFrom):
        whole = ("." * node.level) + (node.module or "")
        if whole == KIT or whole.startswith(f"{KIT}."):
            parts = {*whole.split(".")[1:], *(name.name for name in node.names)}
            return parts & (ROOMS | NAMES)
    elif isinstance(node, ast.Import):
        return [room for name in node.names for room in MODULE.findall(name.name) if room in ROOMS]
    elif isinstance(node, ast.Attribute):
        return {node.attr} & NAMES
    elif isinstance(node, ast.Name):
        return {node.id} & NAMES
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [room for room in MODULE.findall(node.value) if room in ROOMS]
    return ()
