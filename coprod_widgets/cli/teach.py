"""`coprod teach`: JupyterLab for the instructor, and the learners' page beside it."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from ..errors import CoprodError
from ..files.packaged import CHECKOUT
from .common import CertOption, KeyOption, StoreOption, opened, say

NOTEBOOK = "teach/session.ipynb"
FOR_LAB = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What `coprod teach` does not know goes on to JupyterLab."""


def teach(
    more: typer.Context,
    in_class: Annotated[
        bool, typer.Option("--class", help="Let learners on this network open the page; else this computer only.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="The address of the learners' page, instead of --class.")] = None,
    port: Annotated[int, typer.Option(help="Its port.", min=1, max=65535)] = 8866,
    lab_port: Annotated[
        int | None, typer.Option(help="JupyterLab's port, instead of the first free one.", min=1, max=65535)
    ] = None,
    certfile: CertOption = None,
    keyfile: KeyOption = None,
    store: StoreOption = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Don't open a browser.")] = False,
) -> None:
    """Open a session's notebook in JupyterLab and serve the learners' page beside it, until Ctrl-C."""
    from ..serving.lab import Lab, Page, free_lab_port, run_together
    from ..serving.network import lan_address
    from ..serving.server import tls_context

    root, notebook = _notebook()
    tls_context(certfile, keyfile)
    there = host or (lan_address() if in_class else "127.0.0.1")
    page = Page(host=there, port=port, certfile=certfile, keyfile=keyfile)
    lab = Lab(
        notebook=notebook,
        root=root,
        port=lab_port or free_lab_port(),
        token=secrets.token_urlsafe(24),
        more=tuple(more.args),
    )
    with opened(store, makes=True) as kept:
        where = kept.database.address

    def ready() -> None:
        say(f"JupyterLab, for you: {lab.address}")
        say(f"The page, for learners: {page.address}")
        say(f"The projector, in a window of its own: {lab.projector}")
        if there != "127.0.0.1" and not certfile:
            say("Not encrypted: anyone on this network can read along. --certfile and --keyfile change that.")
        say("Ctrl-C ends both.")

    say("Starting JupyterLab and the learners' page ...")
    if not run_together(page, lab, store=where, say=say, ready=ready, browser=not no_open):
        raise CoprodError("The learners' page ended by itself, so JupyterLab was ended too. What was saved is stored.")
    say("Both have stopped. What was saved is in the store.")


def _notebook() -> tuple[Path, Path]:
    """The folder of the notebooks, and the lesson's."""
    root = CHECKOUT / "notebooks"
    if not (root / NOTEBOOK).exists():
        raise CoprodError(
            f"The notebooks are missing: there is no {root / NOTEBOOK}. Teach from a checkout of the kit."
        )
    return root, root / NOTEBOOK
