"""`coprod`: one thin function for each command."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .command_line import CertOption, KeyOption, StoreOption, day_of, warn
from .errors import CoprodError
from .session_cli import demo, sessions
from .teach_cli import FOR_LAB, teach
from .texts import counted

if TYPE_CHECKING:
    from .ledger import Withdrawal
    from .store import ResponseStore

app = typer.Typer(
    help="A teaching kit on the coproduction of healthcare service.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(sessions, name="session")
app.command()(demo)
app.command(context_settings=FOR_LAB)(teach)


@app.command()
def learn(
    notebook: Annotated[Path | None, typer.Argument(help="Another notebook to serve than the self-study.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; 127.0.0.1 is this computer only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8866,
    store: StoreOption = None,
    learners: Annotated[
        int | None, typer.Option(help="At most so many at once; else what memory allows.", min=1)
    ] = None,
    keep_until: Annotated[
        str | None,
        typer.Option("--keep-until", metavar="DAY", help="Keep answers to the end of this day, as 2027-01-31."),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Don't open a browser.")] = False,
    certfile: CertOption = None,
    keyfile: KeyOption = None,
) -> None:
    """Serve the learner's self-study (or another notebook) through Voila, until Ctrl-C."""
    from .learner_app import STORE
    from .serving.provisioner import FORKS
    from .serving.server import check_address, serve, tls_context
    from .store import ResponseStore

    path = notebook or self_study_notebook()
    thin = _is_ours(path)
    tls = tls_context(certfile, keyfile)
    check_address(host, port)
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.prepare()
        opened.check()
        where = str(opened)
        kept = _kept_until(opened, keep_until)
        warn(opened)
    if store:
        os.environ[STORE] = store

    def ready(address: str) -> None:
        typer.echo(f"The self-study is at {address}" if thin else f"{path.name} is at {address}")
        typer.echo(f"Answers go into {where}{kept}")
        if not FORKS:
            typer.echo("Kernels are started anew for each learner: this system has no safe fork.")
        typer.echo("Ctrl-C stops it.")

    serve(path, host=host, port=port, thin=thin, ready=ready, learners=learners, open_browser=not no_open, tls=tls)
    typer.echo("Stopped. What was saved is in the store.")


@app.command()
def doctor(store: StoreOption = None) -> None:
    """Say how many learners this machine can serve, and whether the store can be written."""
    from .learner_app import STORE
    from .serving.capacity import measured
    from .serving.provisioner import FORKS
    from .store import ResponseStore

    room = measured(forks=FORKS)
    typer.echo(f"This machine: about {counted(room.learners, 'learner')} at once (its {room.bound} sets the bound).")
    typer.echo(f"Kernels: {'forked from a warm process' if FORKS else 'started anew, one by one'}.")
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.prepare()
        opened.check()
        typer.echo(f"The store {opened} can be written.")
        warn(opened)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A self-study's name or file.")] = "paul_on_coproduction",
    language: Annotated[str, typer.Option(help="Its language, when NAME is not a file.")] = "en",
) -> None:
    """Check a self-study's file and list every mistake in it."""
    from .self_study import SelfStudy

    study = SelfStudy.load(name, language=language)
    counts = f"{counted(len(study.sections), 'section')}, {counted(len(study.questions), 'question')}"
    typer.echo(f"{study.title}: {counts}, no mistakes.")


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    format: Annotated[str, typer.Option("--format", help="csv: one long table, one row per answer.")] = "csv",
    session: Annotated[
        str | None, typer.Option("--session", metavar="NAME", help="Only this session: its name or join code.")
    ] = None,
    store: StoreOption = None,
    all_revisions: Annotated[
        bool, typer.Option("--all-revisions", help="Every stored text, not only the newest.")
    ] = False,
) -> None:
    """Write the answers whose learners agreed to evaluation or research to a file."""
    from .export import write_csv
    from .learner_app import STORE
    from .ledger import Ledger
    from .self_study import SelfStudy
    from .sessions import ClassSession
    from .store import ResponseStore

    if format != "csv":
        raise CoprodError(f"Can't export as {format!r}: the only format is csv.")
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.check()
        name = ClassSession.of(opened, session).name if session else None
        rows = [row for row in opened.rows(latest_only=not all_revisions) if name in (None, row["session"])]
        agreed = [row for row in rows if row["research_use"]]
        learners = {row["pseudonym"] for row in agreed}
        Ledger(opened).hand_out(output.name, learners)  # first: a file that nobody knows of can't be called back
    write_csv(agreed, output, SelfStudy.load())
    out = len({row["pseudonym"] for row in rows} - learners)
    typer.echo(
        f"Wrote {counted(len(agreed), 'row')} from {counted(len(learners), 'learner')} who agreed to it to {output}. "
        "Read them with coprod_widgets.export.read_csv."
    )
    typer.echo(f"Left out: {counted(out, 'learner')} who did not agree to evaluation or research.")


@app.command()
def purge(
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Also where nothing was stored for three months.")
    ] = False,
) -> None:
    """Delete the answers of every session whose last day is past."""
    from .learner_app import STORE
    from .retention import Retention
    from .store import ResponseStore

    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.check()
        retention = Retention(opened)
        doubt = retention.doubt() if not clock_is_right and retention.due() else ""
        if doubt and not dry_run:
            raise CoprodError(f"{doubt}. Nothing was deleted. If the date is right, add --clock-is-right.")
        gone = retention.due() if dry_run else retention.purge()
    for one in gone:
        counts = f"{counted(one.learners, 'learner')}, {counted(one.answers, 'answer')}"
        counts += f", {counted(one.revisions, 'revision')}"
        kept = f"kept until {one.until:%Y-%m-%d}"
        typer.echo(f"{'Would delete' if dry_run else 'Deleted'} session {one.session}, {kept}: {counts}.")
    if doubt:
        typer.echo(f"{doubt}. To delete, add --clock-is-right if the date is right.")
    if not gone:
        typer.echo("Nothing is due.")


@app.command()
def withdraw(
    pseudonym: Annotated[str | None, typer.Argument(help="The learner's pseudonym, as L-7F3K9Q2M.")] = None,
    code: Annotated[str | None, typer.Option("--code", help="Or the learner's resume code.")] = None,
    store: StoreOption = None,
) -> None:
    """Delete everything of one learner, and say which files their answers were handed out in."""
    from .learner_app import STORE
    from .ledger import Ledger
    from .store import ResponseStore

    if (pseudonym is None) == (code is None):
        raise CoprodError("Name the learner by a pseudonym, or with --code by their resume code.")
    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.check()
        learner = opened.whose(code) if code is not None else str(pseudonym).upper()
        gone = opened.delete(learner, by="instructor")
        (withdrawal,) = [one for one in Ledger(opened).withdrawals() if one.pseudonym == learner]
    counts = f"{counted(gone.answers, 'answer')} and {counted(gone.revisions, 'revision')}"
    typer.echo(f"Deleted {learner}: {counts}, with codings and consent. No later export or backup has them.")
    _tell_files(withdrawal)
    if not gone.left_the_file:
        typer.echo("Another program was reading the store: run coprod purge, so that the text leaves its file.")


@app.command()
def withdrawals(store: StoreOption = None) -> None:
    """List who has withdrawn, and which files their answers were handed out in before."""
    from .learner_app import STORE
    from .ledger import Ledger
    from .store import ResponseStore

    with ResponseStore(store or os.environ.get(STORE)) as opened:
        opened.check()
        found = Ledger(opened).withdrawals()
    for one in found:
        typer.echo(f"{one.pseudonym} was deleted by {one.by} on {one.at:%Y-%m-%d}.")
        _tell_files(one)
    if not found:
        typer.echo("Nobody has withdrawn.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one that exists is left alone.")],
    store: StoreOption = None,
) -> None:
    """Write the whole store to one file, while learners go on writing."""
    from .backups import Backups
    from .learner_app import STORE
    from .store import ResponseStore

    with ResponseStore(store or os.environ.get(STORE)) as opened:
        learners = Backups(opened).back_up(file)
    typer.echo(f"Wrote {counted(learners, 'learner')} to {file}. Put it back with coprod restore.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What coprod backup wrote.")],
    store: StoreOption = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also in place of a store that holds answers.")
    ] = False,
) -> None:
    """Put a backup in the store's place, without whoever has withdrawn since."""
    from .backups import Backups
    from .learner_app import STORE
    from .store import ResponseStore

    with ResponseStore(store or os.environ.get(STORE)) as opened:
        done = Backups(opened).restore(file, overwrite=overwrite)
        typer.echo(f"The store {opened} holds {counted(done.learners, 'learner')}.")
    typer.echo(f"Deleted again: {counted(done.again, 'learner')} who had withdrawn since.")
    for one in done.purged:
        typer.echo(f"Session {one.session} was kept until {one.until:%Y-%m-%d}, and did not come back.")


def _kept_until(store: "ResponseStore", day: str | None) -> str:
    """Set the last day of the self-paced session, if one is given; how long its answers are kept, in words."""
    from .learner_app import SESSION
    from .retention import Retention
    from .self_study import SelfStudy

    retention, study = Retention(store), SelfStudy.load()
    if day is not None:
        retention.keep_until(SESSION, day_of(day), title=study.title, study_key=study.key)
    until = retention.until(SESSION)
    if until and until < datetime.now(UTC):
        raise CoprodError(
            f"Answers were to be kept until {until:%Y-%m-%d}, which is past. Delete them with coprod purge, "
            "and give a later day with --keep-until."
        )
    return f", kept until {until:%Y-%m-%d}" if until else ""


def _tell_files(withdrawal: "Withdrawal") -> None:
    for one in withdrawal.files:
        typer.echo(f"  was included in: {one.what} of {one.at:%Y-%m-%d}")


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
