"""`coprod`: one thin function for each command."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import CoprodError

app = typer.Typer(
    help="A teaching kit on the coproduction of healthcare service.",
    no_args_is_help=True,
    add_completion=False,
)

StoreOption = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The store's URL or file; by default a file in your data folder."),
]


@app.command()
def learn(
    notebook: Annotated[Path | None, typer.Argument(help="Another notebook to serve than the self-study.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 127.0.0.1 is this computer only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8866,
    store: StoreOption = None,
    learners: Annotated[
        int | None, typer.Option(help="At most so many at once; else what memory allows.", min=1)
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Don't open a browser.")] = False,
) -> None:
    """Serve the learner's self-study (or another notebook) through Voila, until Ctrl-C."""
    from .learner_app import STORE
    from .serving.provisioner import FORKS
    from .serving.server import check_address, serve
    from .store import ResponseStore

    path = notebook or self_study_notebook()
    thin = _is_ours(path)
    check_address(host, port)
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.prepare()
        opened.check()
        where = str(opened)
    if store:
        os.environ[STORE] = store

    def ready(address: str) -> None:
        typer.echo(f"The self-study is at {address}" if thin else f"{path.name} is at {address}")
        typer.echo(f"Answers go into {where}")
        if not FORKS:
            typer.echo("Kernels are started anew for each learner: this system has no safe fork.")
        typer.echo("Ctrl-C stops it.")

    serve(path, host=host, port=port, thin=thin, ready=ready, learners=learners, open_browser=not no_open)
    typer.echo("Stopped. What was saved is in the store.")


@app.command()
def doctor(store: StoreOption = None) -> None:
    """Say how many learners this machine can serve, and whether the store can be written."""
    from .learner_app import STORE
    from .serving.capacity import measured
    from .serving.provisioner import FORKS
    from .store import ResponseStore

    room = measured(forks=FORKS)
    typer.echo(f"This machine: about {room.learners} learners at once (its {room.bound} sets the bound).")
    typer.echo(f"Kernels: {'forked from a warm process' if FORKS else 'started anew, one by one'}.")
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.prepare()
        opened.check()
        typer.echo(f"The store {opened} can be written.")


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A self-study's name or file.")] = "paul_on_coproduction",
    language: Annotated[str, typer.Option(help="Its language, when NAME is not a file.")] = "en",
) -> None:
    """Check a self-study's file and list every mistake in it."""
    from .self_study import SelfStudy

    study = SelfStudy.load(name, language=language)
    typer.echo(f"{study.title}: {len(study.sections)} sections, {len(study.questions)} questions, no mistakes.")


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    format: Annotated[str, typer.Option("--format", help="csv: one long table, one row per answer.")] = "csv",
    store: StoreOption = None,
    all_revisions: Annotated[
        bool, typer.Option("--all-revisions", help="Every stored text, not only the newest.")
    ] = False,
) -> None:
    """Write the answers in the store to a file."""
    from .export import write_csv
    from .learner_app import STORE
    from .self_study import SelfStudy
    from .store import ResponseStore

    if format != "csv":
        raise CoprodError(f"Can't export as {format!r}: the only format is csv.")
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.check()
        rows = list(opened.rows(latest_only=not all_revisions))
    write_csv(rows, output, SelfStudy.load())
    learners = len({row["pseudonym"] for row in rows})
    typer.echo(
        f"Wrote {len(rows)} rows from {learners} learners to {output}. Read them with coprod_widgets.export.read_csv."
    )


def self_study_notebook() -> Path:
    """The notebook that the learner's page is made from: in the checkout, else in the installed package."""
    package = Path(__file__).parent
    candidates = [
        package.parent / "notebooks" / "app" / "self_study.ipynb",
        package / "app" / "self_study.ipynb",
    ]
    found = next((path for path in candidates if path.exists()), None)
    if found is None:
        raise CoprodError(f"The self-study's notebook is missing: neither {candidates[0]} nor {candidates[1]} exists.")
    return found


def _is_ours(path: Path) -> bool:
    """Does this notebook hold only our own widgets, so that the thin page can show it? Its metadata says so."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        metadata = notebook["metadata"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CoprodError(f"{path} is not a notebook that can be read. Give the path of an .ipynb file.") from None
    return bool(isinstance(metadata, dict) and metadata.get("coprod", {}).get("thin"))


def main() -> None:
    """Run the command line: a mistake is one clear line and exit status 2."""
    try:
        app()
    except CoprodError as error:
        typer.echo(f"coprod: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
