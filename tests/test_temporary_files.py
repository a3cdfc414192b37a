"""What is written on the way to a file is for this account alone, and does not outlive the program."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import pytest

from coprod_widgets.errors import FileError
from coprod_widgets.files import temporary
from coprod_widgets.files.private import written_whole
from coprod_widgets.files.temporary import TEMPORARY, private_folder
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.retention import Retention

SECRET = "Dear Anna"

# Begins to write what learners wrote, to a file or, as a restore does, to a folder beside the store, and waits.
WRITING = """
import sys
from pathlib import Path
from coprod_widgets.files.private import written_whole
from coprod_widgets.files.temporary import private_folder
path = Path(sys.argv[2])
with written_whole(path) if sys.argv[1] == "file" else private_folder(path.parent) as temporary:
    (temporary if sys.argv[1] == "file" else temporary / "copy.sqlite3").write_text("Dear Anna")
    print("begun", flush=True)
    sys.stdin.read()
"""


@contextmanager
def writing(what, path):
    """Another process that has begun to write."""
    arguments = [sys.executable, "-c", WRITING, what, path]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"begun\n"
            yield process
        finally:
            process.kill()


def left_in(folder):
    return [file for file in folder.rglob("*") if file.is_file() and SECRET in file.read_text("latin-1")]


def killed(what, path):
    with writing(what, path) as process:
        process.kill()
    assert left_in(path.parent)


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_program_that_is_told_to_end_removes_what_it_had_begun(tmp_path, what, number):
    with writing(what, tmp_path / "a.csv") as process:
        assert left_in(tmp_path)
        process.send_signal(number)
        status = process.wait()
    assert status == (-number if number == signal.SIGINT else 128 + number)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_had_begun_is_removed_by_whoever_writes_there_next(tmp_path):
    killed("file", tmp_path / "a.csv")
    with written_whole(tmp_path / "b.csv") as temporary:
        temporary.write_text("Ours.")
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


USES = {
    "delete": lambda store, _: store.delete(store.enrol("a" * 32)),
    "purge": lambda store, _: Retention(store).purge(),
    "prepare": lambda store, _: store.prepare(),
    "back up": lambda store, folder: Backups(store).back_up(folder / "b.sqlite3"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_a_killed_restore_had_copied_is_removed_from_beside_the_store(
    sqlite_store, tmp_path, use, tmp_path_factory
):
    killed("folder", tmp_path / "responses.sqlite3")
    use(sqlite_store, tmp_path_factory.mktemp("backups"))
    assert left_in(tmp_path) == []


def test_what_another_program_is_writing_is_left_alone(sqlite_store, tmp_path):
    with writing("file", tmp_path / "a.csv") as process:
        sqlite_store.prepare()
        with written_whole(tmp_path / "b.csv") as temporary:
            temporary.write_text("Ours.")
        process.stdin.close()
        assert process.wait() == 0
    assert (tmp_path / "a.csv").read_text() == SECRET


def test_what_only_looks_like_a_temporary_file_is_left_alone(tmp_path):
    (tmp_path / f"{TEMPORARY}notes").mkdir(mode=0o755)
    (tmp_path / f"{TEMPORARY}link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    temporary.remove_abandoned(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_another_account_gave_such_a_name_is_left_alone(shared):
    (shared / "diary").mkdir(mode=0o700)
    (shared / "diary").rename(shared / f"{TEMPORARY}diary")  # as any account can, there
    with written_whole(shared / "a.csv") as temporary:
        temporary.write_text("Ours.")
    assert {path.name for path in shared.iterdir()} == {f"{TEMPORARY}diary", "a.csv"}


@pytest.fixture
def shared(tmp_path):
    """A folder in which any account may replace any file."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    return tmp_path / "shared"


@pytest.mark.parametrize("path", ["a.csv", "ours/a.csv"])
def test_in_a_folder_that_others_can_change_no_name_of_theirs_is_ever_written_to(shared, path):
    (shared / "ours").mkdir(mode=0o700)
    with written_whole(shared / path) as temporary:
        assert not temporary.is_relative_to(shared)
        assert temporary.parent.stat().st_mode & 0o777 == 0o700
        temporary.write_text(SECRET)
    assert (shared / path).stat().st_mode & 0o777 == 0o600
    assert left_in(shared) == [shared / path] and not temporary.exists()


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o1777])
def test_in_a_folder_that_others_can_take_nothing_out_of_a_file_is_written_beside_its_name(tmp_path, mode):
    tmp_path.chmod(mode)
    with written_whole(tmp_path / "a.csv") as temporary:
        assert temporary.parent.parent == tmp_path and temporary.parent.stat().st_mode & 0o777 == 0o700


def test_a_copy_that_another_account_exchanges_is_not_given_the_name(shared, tmp_path, monkeypatch):
    (tmp_path / "source").write_text(SECRET)

    def exchange(handle):
        (copy,) = shared.iterdir()
        copy.unlink()
        copy.write_text("Theirs.")

    monkeypatch.setattr(os, "fsync", exchange)
    with pytest.raises(PermissionError):
        temporary.copy_into(tmp_path / "source", shared / "a.csv")
    assert list(shared.iterdir()) == []


def test_where_no_folder_is_safe_nothing_is_written(shared, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    with pytest.raises(FileError, match="TMPDIR"), written_whole(shared / "a.csv"):
        pass
    assert list(shared.iterdir()) == []


def test_a_signal_that_somebody_else_handles_stays_theirs(tmp_path):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with private_folder(tmp_path):
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
