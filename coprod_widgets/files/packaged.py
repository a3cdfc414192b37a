"""Finds the files that come with the kit, in a checkout as in an installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent.parent
CHECKOUT = PACKAGE.parent
CONTENT = PACKAGE / "content"
"""The self-studies, the words of the interface, and the schema of both."""


def packaged(checkout: str, installed: str) -> Path | None:
    """A file or folder of the kit: below a checkout if there is one, else below the installed package; else None."""
    candidates = (CHECKOUT / checkout, PACKAGE / installed)
    return next((path for path in candidates if path.exists()), None)
