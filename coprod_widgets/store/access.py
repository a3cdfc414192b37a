"""Keeps learners' answers from notebooks that are served to everybody who has their address, without sign-in."""

from __future__ import annotations

import os

from ..errors import CoprodError


def is_served() -> bool:
    """Whether this kernel belongs to a page that somebody opened by its address."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


def refuse_served() -> None:
    """Raise CoprodError in the kernel of a served page."""
    if is_served():
        raise CoprodError(
            "This reads what learners wrote, so it runs on no page that is served without sign-in: anybody with the "
            "address would read it too. Open the notebook in JupyterLab, with coprod teach."
        )
