"""Files that somebody names by hand: read whole, but never more than such a file can sensibly have."""

from __future__ import annotations

import json
import stat
import warnings
from pathlib import Path
from typing import Any

from ..errors import CoprodError

LONGEST_NOTEBOOK = 50_000_000
"""Bytes; pictures in the outputs make notebooks long."""

NO_NOTEBOOK = "is not a notebook that can be read"


class Unreadable(CoprodError):
    """A file that cannot be read, and why, in words that go on after its name."""


def read_bytes(path: Path, longest: int) -> bytes:
    """The content of an ordinary file of at most so many bytes; Unreadable for anything else."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device may never end
            raise Unreadable("is no ordinary file")
        with path.open("rb") as file:
            content = file.read(longest + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or 'no usable path'}") from None
    if len(content) > longest:
        raise Unreadable(f"has more than {longest:,} bytes")
    return content


def read_notebook(path: Path) -> Any:
    """A notebook in the newest format; CoprodError in one line where it is none."""
    import nbformat

    try:
        text = read_bytes(path, LONGEST_NOTEBOOK).decode()
        if isinstance(json.loads(text)["metadata"], dict):  # nbformat makes a notebook of anything else too
            with warnings.catch_warnings(action="ignore"):  # of what is missing in it, which nothing here needs
                return nbformat.reads(text, as_version=4)
        problem = NO_NOTEBOOK
    except Unreadable as error:
        problem = str(error)
    except Exception:  # nbformat raises whatever it stumbles over
        problem = NO_NOTEBOOK
    raise CoprodError(f"{path} {problem}. Give the path of an .ipynb file.")
