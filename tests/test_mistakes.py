"""Whatever a command is given, a mistake is one line on standard error and exit status 2."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from servers import STUDY

from coprod_widgets.cli.main import app
from coprod_widgets.cli.mistakes import run
from coprod_widgets.errors import CoprodError
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.handed_out import HandedOutFiles
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.settings import STORE
from coprod_widgets.store.withdrawals import Withdrawals

LONG, BYTES = "x" * 5000, "a\udcff"
NO_FILES = ["folder", "missing/file", "text/file", LONG, BYTES, "", " "]
NO_STORES = [
    "/",
    "folder",
    "text",
    "link",
    "foreign",
    "text/file",
    LONG,
    BYTES,
    "",
    "mysql://x/y",
    "postgresql://a@b@c/d",
]
NO_NUMBERS = ["many", "-1", "1.5.1", "", "9" * 5000]
NO_WORDS = ["nobody", LONG, BYTES, "", "a\nb"]
NO_DAYS = ["soon", "2020-01-31", "0001-01-01", "2027-02-30", "", BYTES]
BAD = {
    "store": NO_STORES,
    "output": [*NO_FILES, "text", "link", "store", "store.withdrawn", "-"],
    "file": [*NO_FILES, "text", "link-to-nothing"],
    "notebook": [*NO_FILES, "text"],
    "certfile": [*NO_FILES, "text"],
    "keyfile": ["text"],
    "host": ["256.1.1.1", "", BYTES, "a..b", "x" * 300, "\u202e"],
    "keep_until": NO_DAYS,
    "format": ["xls", "", LONG],
    "session": NO_WORDS,
    "section": NO_WORDS,
    "study": [*NO_WORDS, "folder", "text"],
    "language": ["xx", "", BYTES, "../en"],
    "title": ["", " ", LONG, "a\x1b[31m", BYTES],
    "support": [LONG, "a\x1b[31m", BYTES],
    "phase": NO_WORDS,
    "pseudonym": NO_WORDS,
    "code": NO_WORDS,
    "name": [*NO_WORDS, "folder", "text"],
    "port": [*NO_NUMBERS, "0", "70000"],
    "lab_port": [*NO_NUMBERS, "0", "70000"],
    "minutes": [*NO_NUMBERS, "241"],
    "learners": [*NO_NUMBERS, "0"],
    "spread_over": [*NO_NUMBERS[:3], "", "nan", "inf", "1e300"],
}
GOOD = {
    "learn": ["--no-open"],
    "teach": ["--no-open"],
    "export": ["--output", "new.csv"],
    "backup": ["new.sqlite3"],
    "restore": ["backup"],
    "withdraw": ["L-00000000"],
    "session open": ["--title", "Nursing 2"],
    "session show": ["CODE"],
    "session move": ["CODE", "writing"],
    "session timer": ["CODE", "5"],
    "session close": ["CODE"],
}


def commands(group=None, before=()):
    """Every command of the program, with the words that call it."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*before, name))
        else:
            yield " ".join([*before, name]), command


def mistakes():
    """Every argument and option of every command, each with everything that it cannot be."""
    for words, command in commands():
        given = [param for param in command.params if not getattr(param, "is_flag", False) and param.name != "help"]
        positions = [param.name for param in given if param.param_type_name == "argument"]
        for param in given:
            for bad in BAD[param.name]:
                arguments = list(GOOD.get(words, []))
                if param.param_type_name == "argument":
                    at = positions.index(param.name)
                    arguments[at : at + 1] = ["--", bad] if bad.startswith("-") and not arguments[at + 1 :] else [bad]
                else:
                    arguments = [*_without(arguments, param.opts), param.opts[0], bad]
                yield pytest.param(words, arguments, id=f"{words}-{param.name}-{ascii(bad)[:20]}")


def _without(arguments, names):
    kept, skip = [], False
    for argument in arguments:
        if not skip and argument not in names:
            kept.append(argument)
        skip = not skip and argument in names
    return kept


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a store in it, and with everything that can be named by mistake."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "folder").mkdir()
    (folder / "text").write_text("Dear Anna, the ward is closed on Monday.\n")
    (folder / "link").symlink_to(folder / "text")
    (folder / "link-to-nothing").symlink_to(folder / "nothing")
    with ResponseStore(folder / "store") as store:
        store.prepare()
        learner = store.enrol("a" * 32)
        store.save(learner, "what_happened", "She SECRETLY sang.", base=0, session="s", study=STUDY)
        store.agree(learner, "research", True, version=1, language="en", session="s", study=STUDY)
        Backups(store).back_up(folder / "backup")
        code = ClassSession.open(STUDY, store, title="Nursing 2").code
    with ResponseStore(folder / "foreign") as other:
        (folder / "foreign").touch()
        with other.database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    return folder, code


@pytest.fixture
def command(place, monkeypatch, capsys):
    """Run a command in that folder; its exit status and what it says on standard error."""
    folder, code = place
    monkeypatch.chdir(folder)
    monkeypatch.setenv(STORE, "store")

    def late(*_):
        raise AssertionError("The command did not see the mistake, and went on.")

    def command(*arguments):
        signal.signal(signal.SIGALRM, late)
        signal.alarm(60)
        try:
            status = run(app, [code if one == "CODE" else one for one in arguments])
        finally:
            signal.alarm(0)
        return status, capsys.readouterr().err

    return command


def files(folder):
    kept = (path for path in folder.rglob("*") if not path.name.startswith("store-"))  # SQLite's log
    return {path: (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"") for path in kept}


@pytest.mark.parametrize(("words", "arguments"), list(mistakes()))
def test_a_mistake_is_one_line_and_changes_no_file(place, command, words, arguments):
    before = files(place[0])
    status, told = command(*words.split(), *arguments)
    assert (status, told.count("\n"), told[:8]) == (2, 1, "coprod: "), told
    assert "Traceback" not in told and "fault of the kit" not in told and "SECRETLY" not in told
    assert files(place[0]) == before


@pytest.mark.parametrize("words", [words for words, _ in commands()])
def test_an_option_that_there_is_not_is_one_line(command, words):
    if words == "teach":  # whose further options are JupyterLab's
        words += " --port"
    status, told = command(*words.split(), "--nonsense")
    assert (status, told.count("\n"), told[:8]) == (2, 1, "coprod: ")


def test_an_empty_address_in_the_environment_is_not_the_default_store(command, monkeypatch):
    monkeypatch.setenv(STORE, "")
    status, told = command("purge")
    assert (status, told.count("\n")) == (2, 1) and STORE in told


def test_a_failed_export_leaves_no_note_of_a_file(place, command):
    assert command("export", "-o", "missing/phantom.csv")[0] == 2
    with ResponseStore(place[0] / "store") as store:
        learner = store.learner("a" * 32)
        with pytest.raises(CoprodError), HandedOutFiles(store).writing("b.csv", [learner]):
            raise CoprodError("The disk is full.")
        with HandedOutFiles(store).writing("whole.csv", [learner]):
            begun = files_of(store, learner)
        assert (begun, files_of(store, learner)) == ([("whole.csv", False)], [("whole.csv", True)])


def files_of(store, learner):
    """What a withdrawal would say now."""
    from coprod_widgets.store.queries import add_withdrawal

    with store.database.writing() as connection:
        add_withdrawal(connection, learner, by="learner", at=store._now())
    (gone,) = Withdrawals(store).all()
    return [(one.what, one.whole) for one in gone.files]


FAULT = """
import sys
import typer
from coprod_widgets.cli import main, mistakes
app = typer.Typer()
@app.command()
def fails():
    answer = "She SECRETLY sang."
    raise {error}
sys.exit(mistakes.run(app, []))
"""


@pytest.mark.parametrize(
    ("error", "status"),
    [("KeyError(answer)", 1), ("KeyboardInterrupt", 130), ("OSError(28, 'No space left on device')", 2)],
)
def test_what_nobody_foresaw_is_one_line_without_values(error, status):
    done = subprocess.run([sys.executable, "-c", FAULT.format(error=error)], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n"), done.stderr[:8]) == (status, 1, "coprod: ")
    assert "SECRETLY" not in done.stderr + done.stdout


def test_output_that_nobody_can_take_is_no_traceback(place):
    with Path("/dev/full").open("w") as full:  # opened for writing, as a shell's > does: it is never replaced
        command = [sys.executable, "-m", "coprod_widgets", "session", "list"]
        environment = os.environ | {STORE: str(place[0] / "store")}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert (done.returncode, done.stderr.count("\n"), done.stderr[:8]) == (2, 1, "coprod: ")


@pytest.mark.parametrize(
    ("words", "closed", "status"),
    [("session list", "1", 0), ("session list", "1 2", 0), ("session show none", "1", 2), ("withdraw --code", "0", 2)],
)
def test_a_stream_that_was_closed_is_no_fault(place, words, closed, status):
    shell = f'exec {" ".join(f"{number}>&-" for number in closed.split())}; "$@"'
    command = ["sh", "-c", shell, "sh", sys.executable, "-m", "coprod_widgets", *words.split()]
    environment = os.environ | {STORE: str(place[0] / "store")}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1 if status else 0), done.stderr


def test_a_password_in_an_option_is_warned_of_without_saying_it(command):
    status, told = command("session", "list", "--store", "postgresql://a:hunter2@127.0.0.1:9/x")
    warning, mistake = told.splitlines()
    assert status == 2 and "~/.pgpass" in warning and STORE in warning and "hunter2" not in told
    assert mistake.startswith("coprod: ")
