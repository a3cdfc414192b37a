"""`coprod`: one thin function for each command."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import CoprodError
from ..files.packaged import packaged
from ..files.private import shown
from ..files.reading import read_notebook
from ..serving.notebook_check import refuse_teaching
from ..text.codes import pseudonym as read_pseudonym
from ..text.days import has_ended
from ..text.limits import counted
from .common import CertOption, KeyOption, StoreOption, address_of, last_day, on, opened, say, typed_secret, until, warn
from .mistakes import run
from .session import demo, sessions
from .teach import FOR_LAB, teach

if TYPE_CHECKING:
    from ..store.responses import ResponseStore
    from ..store.withdrawals import Withdrawal

app = typer.Typer(
    help="A teaching kit on the coproduction of healthcare service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
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
    from ..serving.kernels.provisioner import FORKS
    from ..serving.server import check_address, serve, tls_context
    from ..store.settings import STORE
    from ..store.study_versions import StudyVersions
    from ..study.self_study import SelfStudy

    path, day = notebook or self_study_notebook(), None if keep_until is None else last_day(keep_until)
    study = None if notebook else SelfStudy.load()
    thin = _is_ours(path)
    refuse_teaching(path)
    tls = tls_context(certfile, keyfile)
    check_address(host, port)
    with opened(store, makes=True) as kept:
        kept.check()
        if study:
            StudyVersions(kept).record(study)
        where = str(kept)
        told = _kept_until(kept, day)
        warn(kept)
    if store is not None:
        os.environ[STORE] = store

    def ready(address: str) -> None:
        say(f"The self-study is at {address}" if thin else f"{path.name} is at {address}")
        say(f"Answers go into {where}{told}")
        if not FORKS:
            say("Kernels are started anew for each learner: this system has no safe fork.")
        say("Ctrl-C stops it.")

    serve(path, host=host, port=port, thin=thin, ready=ready, learners=learners, open_browser=not no_open, tls=tls)
    say("Stopped. What was saved is in the store.")


@app.command()
def doctor(store: StoreOption = None) -> None:
    """Say how many learners this machine can serve, and whether the store can be written."""
    from ..serving.capacity import measured
    from ..serving.kernels.provisioner import FORKS
    from ..store.responses import ResponseStore

    room = measured(forks=FORKS)
    say(f"This machine: about {counted(room.learners, 'learner')} at once (its {room.bound} sets the bound).")
    say(f"Kernels: {'forked from a warm process' if FORKS else 'started anew, one by one'}.")
    with ResponseStore(address_of(store)) as found:
        if found.database.is_missing():
            say(f"There is no store {found} yet. coprod session open, teach, learn and demo make one.")
        else:
            found.prepare()
            found.check()
            say(f"The store {found} can be written.")
        warn(found)


@app.command()
def check(
    name: Annotated[
        str, typer.Argument(help="A self-study's name or file, or a file of the interface's words.")
    ] = "paul_on_coproduction",
    language: Annotated[str, typer.Option(help="Its language, when NAME is not a file.")] = "en",
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URL", help="Compare it with the answers in this store, too: its URL or file."),
    ] = None,
) -> None:
    """Check a self-study's file, or one of the interface's words such as words/form.sv.yaml: list every mistake in it.

    A translation is compared with the English file beside it.

    With --store, also whether it still asks what the answers in that store were given to.
    """
    from ..store.responses import ResponseStore
    from ..store.study_versions import StudyVersions
    from ..study.checks import check_canvas, compare_translation
    from ..study.self_study import SelfStudy
    from ..study.words_file import is_words_file, read_words

    if is_words_file(name):
        return typer.echo(f"{shown(name)}: {counted(len(read_words(Path(name))), 'text')}, no mistakes.")
    study = SelfStudy.load(name, language=language)
    path = SelfStudy.path(name, language=language)
    compare_translation(path)
    check_canvas(path)
    if store is not None:
        with ResponseStore(store) as opened:
            opened.check()
            versions = StudyVersions(opened)
            versions.compare(study)
            unasked = versions.unasked(study)
        for key, answers in unasked.items():
            say(
                f"{counted(answers, 'answer')} {'is' if answers == 1 else 'are'} stored under {key}, a key that this "
                "file no longer asks. Their learners can still read and delete them, and exports hold them."
            )
    counts = f"{counted(len(study.sections), 'section')}, {counted(len(study.questions), 'question')}"
    say(f"{study.title}: {counts}, no mistakes.")


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    format: Annotated[str, typer.Option("--format", help="csv: one long table, one row per answer.")] = "csv",
    session: Annotated[
        str | None, typer.Option("--session", metavar="NAME", help="Only this session: its name, join code or title.")
    ] = None,
    store: StoreOption = None,
    all_revisions: Annotated[
        bool, typer.Option("--all-revisions", help="Every stored text, not only the newest.")
    ] = False,
) -> None:
    """Write the answers whose learners agreed to evaluation or research to a file.

    Practice sessions are left out, unless one is named with --session.
    """
    from ..exports.csv_file import check_output, write_csv
    from ..store.consents import agreed
    from ..store.handed_out import HandedOutFiles
    from ..store.sessions import Sessions
    from ..study.self_study import KIT_STUDY, SelfStudy

    if format != "csv":
        raise CoprodError(f"Can't export as {format!r}: the only format is csv.")
    check_output(output)
    with opened(store, changes=False) as kept:
        chosen = Sessions(kept).choose(session)
        rows, out = agreed(kept.rows(latest_only=not all_revisions, sessions=chosen.names), ["research"])
        learners = {row["pseudonym"] for row in rows}
        # Noted before it is written: a file that nobody knows of can't be called back.
        with HandedOutFiles(kept).writing(output.name, learners):
            write_csv(rows, output, SelfStudy.load())
    say(
        f"Wrote {counted(len(rows), 'row')} from {counted(len(learners), 'learner')} who agreed to it to {output}. "
        "Read them with coprod_widgets.exports.csv_file.read_csv."
    )
    say(f"Left out: {counted(out, 'learner')} who did not agree to evaluation or research.")
    if chosen.left_out:
        say(f"Left out, because nobody's own class wrote it: {', '.join(chosen.left_out)}.")
    if unknown := sorted({row["study"] for row in rows if row["prompt"] is None and row["study"] != KIT_STUDY}):
        say(
            f"Without actor and aspect: older answers to {', '.join(unknown)}, whose questions this store has not "
            "kept. It keeps them when the self-study is served, or coprod session open is given its file with --study."
        )


@app.command()
def purge(
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Also where nothing was stored for three months.")
    ] = False,
) -> None:
    """Delete the answers of every session whose last day is past."""
    from ..store.retention import Retention

    with opened(store, changes=not dry_run) as kept:
        retention = Retention(kept)
        doubt = retention.doubt() if not clock_is_right and retention.due() else ""
        if doubt and not dry_run:
            raise CoprodError(f"{doubt}. Nothing was deleted. If the date is right, add --clock-is-right.")
        gone = retention.due() if dry_run else retention.purge()
    for one in gone:
        counts = f"{counted(one.learners, 'learner')}, {counted(one.answers, 'answer')}"
        counts += f", {counted(one.revisions, 'revision')}"
        verb = "Would delete" if dry_run else "Deleted"
        say(f"{verb} session {one.session}, kept until {until(one.until)}: {counts}.")
    if doubt:
        say(f"{doubt}. To delete, add --clock-is-right if the date is right.")
    if not gone:
        say("Nothing is due.")


@app.command()
def withdraw(
    pseudonym: Annotated[str | None, typer.Argument(help="The learner's pseudonym, as L-7F3K9Q2M.")] = None,
    code: Annotated[
        bool, typer.Option("--code", help="Or by the resume code: it is asked for, or read from standard input.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Delete everything of one learner, and say which files their answers were handed out in."""
    from ..store.withdrawals import Withdrawals

    if code and pseudonym is not None:
        raise CoprodError(
            "Type a resume code when --code asks for it, not behind the command: every account of this computer sees "
            "what a command is given."
        )
    if not code and pseudonym is None:
        raise CoprodError("Name the learner by a pseudonym, or with --code by their resume code.")
    typed = typed_secret("The learner's resume code") if code else ""
    with opened(store) as kept:
        learner = kept.pseudonym_for_code(typed) if code else read_pseudonym(str(pseudonym))
        gone = kept.delete(learner, by="instructor")
        (withdrawal,) = [one for one in Withdrawals(kept).all() if one.pseudonym == learner]
    counts = f"{counted(gone.answers, 'answer')} and {counted(gone.revisions, 'revision')}"
    say(f"Deleted {learner}: {counts}, with codings and consent. No later export or backup has them.")
    _tell_files(withdrawal)
    if not gone.left_the_file:
        say(
            "The store's file may still hold bytes of it: another program is reading the file, or its disk is full. "
            "Run coprod purge when that is over."
        )


@app.command()
def withdrawals(store: StoreOption = None) -> None:
    """List who has withdrawn, and which files their answers were handed out in before."""
    from ..store.withdrawals import Withdrawals

    with opened(store, changes=False) as kept:
        found = Withdrawals(kept).all()
    for one in found:
        say(f"{one.pseudonym} was deleted by {one.by} on {on(one.at)}.")
        _tell_files(one)
    if not found:
        say("Nobody has withdrawn.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one that exists is left alone.")],
    store: StoreOption = None,
) -> None:
    """Write the whole store to one file, while learners go on writing."""
    from ..store.backups import Backups
    from ..store.responses import ResponseStore

    with ResponseStore(address_of(store)) as found:
        learners = Backups(found).back_up(file)
    say(f"Wrote {counted(learners, 'learner')} to {file}. Put it back with coprod restore.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What coprod backup wrote.")],
    store: StoreOption = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also in place of a store that holds answers.")
    ] = False,
    skip_unreadable: Annotated[
        bool,
        typer.Option(
            "--skip-unreadable",
            help="Go on past lines of a .withdrawn file that cannot be read: learners whom they name come back.",
        ),
    ] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Also where nothing was stored for three months.")
    ] = False,
) -> None:
    """Put a backup in the store's place, without learners who have withdrawn since."""
    from ..store.backups import Backups
    from ..store.responses import ResponseStore

    with ResponseStore(address_of(store)) as found:
        done = Backups(found).restore(
            file, overwrite=overwrite, skip_unreadable=skip_unreadable, clock_is_right=clock_is_right
        )
        say(f"The store {found} holds {counted(done.learners, 'learner')}.")
    say(f"Deleted again: {counted(done.again, 'learner')} who had withdrawn since.")
    for one in done.purged:
        say(f"Session {one.session} was kept until {until(one.until)}, and did not come back.")


def _kept_until(store: "ResponseStore", day: date | None) -> str:
    """Set the last day of the self-paced session, if one is given; how long its answers are kept, in words."""
    from ..store.retention import Retention
    from ..store.settings import SESSION
    from ..study.self_study import SelfStudy

    retention, study = Retention(store), SelfStudy.load()
    if day is not None:
        retention.keep_until(SESSION, day, title=study.title, study_key=study.key)
    end = retention.until(SESSION)
    if end and has_ended(end, datetime.now(UTC)):
        raise CoprodError(
            f"Answers were to be kept until {until(end)}, which is past. Delete them with coprod purge, "
            "and give a later day with --keep-until."
        )
    return f", kept until {until(end)}" if end else ""


def _tell_files(withdrawal: "Withdrawal") -> None:
    for one in withdrawal.files:
        how = "was included in" if one.whole else "was perhaps included in, for nobody knows whether it was finished"
        say(f"  {how}: {one.what} of {on(one.at)}")


def self_study_notebook() -> Path:
    """The notebook that the learner's page is made from: in the checkout, else in the installed package."""
    notebook = packaged("notebooks/app/self_study.ipynb", "app/self_study.ipynb")
    if notebook is None:
        raise CoprodError("The self-study's notebook is missing. Install the kit anew, or work in a checkout of it.")
    return notebook


def _is_ours(path: Path) -> bool:
    """Does this notebook hold only our own widgets, so that the thin page can show it? Its metadata says so."""
    mark = read_notebook(path).metadata.get("coprod")
    return bool(isinstance(mark, dict) and mark.get("thin"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, or other `arguments` than its own: a mistake is one clear line and exit status 2."""
    sys.exit(run(app, arguments))


if __name__ == "__main__":
    main()
