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

KIT = "coprod_widgets"
MODULES = tuple(
    f"{KIT}.{name}"
    for name in (
        "apps.coding", "apps.review", "apps.teaching", "deidentify.release", "deidentify.review_file", "store.backups",
        "store.codings", "store.wall", "store.withdrawals", "widgets.coding", "widgets.join", "widgets.review",
        "widgets.wall",
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
NAMES_OF_THE_KIT = NAMES | {"approved", "release", "wall"}
"""The same, and names that a notebook may also give to something else."""
MODULE = re.compile(rf"{KIT}(?:\.\w+)+")


def refuse_teaching(path: Path) -> None:
    """Raise CoprodError where a notebook's code reads other learners' answers, and say by what."""
    sources = (str(cell.source) for cell in read_notebook(path).cells if cell.cell_type == "code")
    if found := sorted({name for source in sources for name in _teaching(source)}):
        raise CoprodError(
            f"{path} reads what learners wrote ({', '.join(found)}), and coprod learn serves it to anybody with the "
            "address, without sign-in. Open it in JupyterLab, with coprod teach."
        )


def _teaching(source: str) -> Iterator[str]:
    """What in a cell reads others' answers."""
    code = re.sub(r"^[^\S\n]*[%!].*$", "", source, flags=re.MULTILINE)  # commands of the notebook, which are no Python
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two where it is nested too deep
        yield from NAMES & {*re.findall(r"\w+", code)}
        yield from _modules(MODULE.findall(code))
        return
    for node in ast.walk(tree):
        yield from _named(node)


def _named(node: ast.AST) -> Iterable[str]:
    """What a node of the syntax tree names of the kit that reads others' answers."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if module == KIT or module.startswith(f"{KIT}."):
            names = {name.name for name in node.names}
            return [*_modules([module, *(f"{module}.{name}" for name in names)]), *(names & NAMES_OF_THE_KIT)]
    elif isinstance(node, ast.Import):
        return _modules(name.name for name in node.names)
    elif isinstance(node, ast.Attribute):
        of_the_kit = isinstance(node.value, ast.Name) and node.value.id == KIT
        return {node.attr} & (NAMES_OF_THE_KIT if of_the_kit else NAMES)
    elif isinstance(node, ast.Name):
        return {node.id} & NAMES
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _modules(MODULE.findall(node.value))
    return ()


def _modules(dotted: Iterable[str]) -> list[str]:
    """Those that are an instructor's module, or a name in one."""
    return [name for name in dotted if any(name == module or name.startswith(f"{module}.") for module in MODULES)]
