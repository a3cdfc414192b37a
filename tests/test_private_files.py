"""A file that somebody named is looked at before it is written, and never reached through a link."""

import grp
import os
import re
import shutil
import stat
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

from coprod_widgets.analysis.figures import Figure
from coprod_widgets.deidentify.release import _new_folder
from coprod_widgets.deidentify.review_file import ReviewFile
from coprod_widgets.errors import FileError, ReleaseRefused, StoreError
from coprod_widgets.exports.csv_file import write_csv, write_table
from coprod_widgets.files.private import written_whole
from coprod_widgets.files.temporary import TEMPORARY
from coprod_widgets.store.backups import Backups
from coprod_widgets.store.database import _no_store
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sqlite_files import create_files, make_private
from coprod_widgets.store.withdrawals import Note, note_down, noted

FRAME = pd.DataFrame({"theme": ["power"]})


@pytest.fixture
def writers(study, sqlite_store):
    """Everything that writes a file by a name it is given."""
    return {
        "answers": lambda path: write_csv(sqlite_store.rows(), path, study),
        "table": lambda path: write_table(FRAME, path),
        "figure": lambda path: Figure(Drawing(), "").save(path),
        "backup": lambda path: Backups(sqlite_store).back_up(path),
    }


@pytest.fixture
def in_the_way(sqlite_store, tmp_path):
    """What can stand where a file is to be written, by kind."""
    sqlite_store.enrol("a" * 32)
    folder = tmp_path / "out"
    folder.mkdir()
    Backups(sqlite_store).back_up(folder / "backup.png")
    (folder / "letter.png").write_text("Dear Anna, the ward is closed on Monday.")
    (folder / "other.png").write_bytes(b"\xef\xbb\xbfward,beds\r\n3,12\r\n")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\nAnna's photo")
    (folder / "link.png").symlink_to(folder / "letter.png")
    (folder / "dangling.png").symlink_to(folder / "nothing.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "folder.png").mkdir()
    return folder


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else path.lstat().st_mode for path in folder.rglob("*")}


@pytest.mark.parametrize("writer", ["answers", "table", "figure", "backup"])
@pytest.mark.parametrize("name", ["backup", "letter", "other", "photo", "link", "dangling", "loop", "pipe", "folder"])
def test_what_is_no_earlier_file_of_its_kind_is_left_alone(writers, in_the_way, writer, name):
    before, path = contents(in_the_way), in_the_way / f"{name}.png"
    with pytest.raises(FileError, match=re.escape(str(path))):
        writers[writer](path)
    assert contents(in_the_way) == before


@pytest.mark.parametrize("writer", ["answers", "table", "backup"])
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal", ".withdrawn", "-WAL", ".Withdrawn"])
def test_a_store_and_what_stands_beside_it_is_never_written_even_where_it_is_missing(
    writers, sqlite_store, tmp_path, writer, ending
):
    path = tmp_path / f"responses.sqlite3{ending}"
    before = contents(tmp_path)
    with pytest.raises(FileError, match=re.escape(path.name)):
        writers[writer](path)
    assert contents(tmp_path) == before
    sqlite_store.check()


@pytest.mark.parametrize(("writer", "name"), [("answers", "a.csv"), ("table", "a.csv"), ("figure", "a.png")])
def test_an_earlier_file_is_replaced_by_a_private_one(writers, tmp_path, writer, name):
    for _ in range(2):
        writers[writer](tmp_path / name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        (tmp_path / name).chmod(0o644)
    writers[writer](tmp_path / name)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["a.svg", "a.pdf", "a.PNG"])
def test_a_figure_is_replaced_by_one_of_its_format_and_nothing_else(tmp_path, name):
    figure = Figure(Drawing(), "")
    figure.save(tmp_path / name)
    figure.save(tmp_path / name)
    with pytest.raises(FileError, match=r"png, svg, pdf"):
        figure.save(tmp_path / "a.docx")


def test_a_folder_on_the_way_may_be_a_link(writers, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "real")
    writers["table"](tmp_path / "way" / "a.csv")
    assert (tmp_path / "real" / "a.csv").is_file()


@pytest.mark.parametrize("path", ["-", "", ".", "no such folder/a.csv", "x" * 300, "a\udcff.csv"])
def test_a_name_that_cannot_be_written_is_named(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError) as caught:
        write_table(FRAME, path)
    assert path.removesuffix("\udcff.csv") in str(caught.value) or path in ("-", "")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_while_another_is_written_is_left_alone(tmp_path):
    with pytest.raises(FileError, match=r"a\.txt"), written_whole(tmp_path / "a.txt") as temporary:
        temporary.write_text("Ours.")
        (tmp_path / "a.txt").write_text("Theirs.")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "Theirs.")]


def test_a_review_is_neither_read_nor_written_through_a_link(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "review.json")
    with pytest.raises(StoreError, match=re.escape(str(tmp_path / "review.json"))):
        ReviewFile(tmp_path / "link.json")


def test_a_release_into_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="file"):
        _new_folder(tmp_path / "file")
    with pytest.raises(ReleaseRefused):
        _new_folder(tmp_path)


# The store


@pytest.fixture
def strangers(tmp_path):
    """What `--store` can name by mistake, each readable by everybody."""
    folder = tmp_path / "strangers"
    folder.mkdir(mode=0o755)
    (folder / "letter").write_text("Dear Anna, the ward is closed on Monday. " * 40)
    (folder / "link").symlink_to(folder / "letter")
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    with ResponseStore(folder / "invoices") as other:
        (folder / "invoices").touch()
        with other.database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    for path in folder.iterdir():
        if not path.is_symlink():
            path.chmod(0o644)
    return folder


@pytest.mark.parametrize("name", ["letter", "link", "dangling", "loop", "pipe", "invoices", ""])
def test_nothing_about_a_file_that_is_no_store_is_changed(strangers, name):
    before = {path: (path.lstat().st_mode, path.lstat().st_mtime_ns) for path in strangers.iterdir()}
    modes = strangers.stat().st_mode
    for call in ("prepare", "check", "check_readable"):
        with pytest.raises(StoreError, match=re.escape(str(strangers / name))):
            getattr(ResponseStore(strangers / name), call)()
    assert {path: (path.lstat().st_mode, path.lstat().st_mtime_ns) for path in strangers.iterdir()} == before
    assert strangers.stat().st_mode == modes


def test_a_store_that_is_a_link_names_what_to_use(sqlite_store, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "responses.sqlite3")
    (tmp_path / "responses.sqlite3").chmod(0o644)
    link = ResponseStore(tmp_path / "link")
    for call in (link.prepare, link.check, link.rows):
        with pytest.raises(StoreError, match=rf"link to {re.escape(str(tmp_path / 'responses.sqlite3'))}"):
            call()
    assert (tmp_path / "responses.sqlite3").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal", ".withdrawn"])
def test_a_link_beside_a_store_is_neither_followed_nor_changed(sqlite_store, tmp_path, ending):
    target = tmp_path / "letter"
    target.write_text("Dear Anna")
    target.chmod(0o644)
    (tmp_path / f"responses.sqlite3{ending}").symlink_to(target)
    with pytest.raises(StoreError, match=re.escape(f"responses.sqlite3{ending}")):
        sqlite_store.prepare()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("Dear Anna", 0o644)


def test_a_note_is_never_written_or_read_through_a_link(sqlite_store, tmp_path, clock, caplog):
    (tmp_path / "letter").write_text("Dear Anna")
    (tmp_path / "responses.sqlite3.withdrawn").symlink_to(tmp_path / "letter")
    note_down(sqlite_store.database, [Note(at=clock(), what="learner", pseudonym="L-7F3K9Q2M")])
    assert (tmp_path / "letter").read_text() == "Dear Anna"
    assert "responses.sqlite3.withdrawn" in caplog.text
    with pytest.raises(FileError, match="link"):
        noted(tmp_path / "responses.sqlite3")


# What is asked of a store, by its file, in a folder that another account may have put files into.
USES = {
    "prepare": lambda file: ResponseStore(file).prepare(),
    "check": lambda file: ResponseStore(file).check(),
    "check_readable": lambda file: ResponseStore(file).check_readable(),
    "back up": lambda file: Backups(ResponseStore(file)).back_up(file.with_name("b.sqlite3")),
    "restore": lambda file: Backups(ResponseStore(file)).restore(file, overwrite=True),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_store_in_a_folder_that_others_can_write_to_is_refused_untouched(sqlite_store, tmp_path, use, mode):
    before = contents(tmp_path)
    tmp_path.chmod(mode)
    with pytest.raises(StoreError, match=rf"chmod go-w.*{re.escape(str(tmp_path))}"):
        use(tmp_path / "responses.sqlite3")
    with pytest.raises(StoreError, match="chmod go-w"):
        ResponseStore(tmp_path / "new.sqlite3").prepare()
    assert contents(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_store_in_a_folder_of_another_account_is_refused(sqlite_store, tmp_path):
    os.chown(tmp_path, 65534, 65534)
    for use in USES.values():
        with pytest.raises(StoreError, match="folder of another account"):
            use(tmp_path / "responses.sqlite3")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("mode", [0o770, 0o2775])
def test_a_group_may_write_to_the_folder_of_a_store_only_if_no_other_account_is_in_it(sqlite_store, tmp_path, mode):
    os.chown(tmp_path, -1, grp.getgrnam("daemon").gr_gid)  # the account `daemon` is in it
    tmp_path.chmod(mode)
    with pytest.raises(StoreError, match="chmod go-w"):
        sqlite_store.prepare()
    os.chown(tmp_path, -1, os.getegid())
    sqlite_store.prepare()


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750, 0o2755])
def test_a_store_in_a_folder_that_others_can_only_enter_is_used(sqlite_store, tmp_path, mode):
    tmp_path.chmod(mode)
    sqlite_store.prepare()
    sqlite_store.check()


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022])
def test_folders_that_are_made_for_a_store_are_for_its_account_alone(tmp_path, umask):
    folder, before = tmp_path / "data" / "coprod", os.umask(umask)
    try:
        ResponseStore(folder / "responses.sqlite3").prepare()
        _new_folder(tmp_path / "shared" / "monday")
    finally:
        os.umask(before)
    made = [folder.parent, folder, tmp_path / "shared", tmp_path / "shared" / "monday"]
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_log_of_another_account_is_not_read_once_a_store_is_in_use(sqlite_store, tmp_path, study, ending):
    learner, path = sqlite_store.enrol("a" * 32), tmp_path / f"responses.sqlite3{ending}"
    path.touch()
    os.chown(path, 65534, 65534)
    with pytest.raises(StoreError, match=rf"{re.escape(str(path))} belongs to another account"):
        sqlite_store.save(learner, "what_happened", "Dear Anna", base=0, session="s", study=study)
    assert path.read_bytes() == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("ending", ["", "-wal", "-journal", ".withdrawn"])
def test_a_file_of_another_account_is_not_taken_over(sqlite_store, tmp_path, ending):
    path = tmp_path / f"responses.sqlite3{ending}"
    path.touch()
    os.chown(path, 65534, 65534)
    with pytest.raises(StoreError, match=rf"{re.escape(str(path))} belongs to another account"):
        sqlite_store.prepare()


@pytest.mark.parametrize("name", ["/", ".", "..", "/tmp", "~", "x" * 300, "sqlite:////", "a\udcff"])
def test_a_store_that_cannot_be_a_file_is_refused_whatever_is_asked_of_it(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError):
        ResponseStore(name).check()
    assert list(tmp_path.iterdir()) == []


def test_preparing_a_store_drops_no_lock_that_this_process_holds(sqlite_store, tmp_path):
    """Closing any other descriptor of the file would: POSIX locks belong to the process."""
    (tmp_path / "responses.sqlite3").chmod(0o644)
    with sqlite_store.database.raw() as raw:
        raw.execute("BEGIN IMMEDIATE")
        locks = _locks(tmp_path / "responses.sqlite3-shm")
        create_files(tmp_path / "responses.sqlite3")
        assert _no_store(tmp_path / "responses.sqlite3") is None
        make_private(tmp_path / "responses.sqlite3")
        assert _locks(tmp_path / "responses.sqlite3-shm") == locks != 0
    assert (tmp_path / "responses.sqlite3").stat().st_mode & 0o777 == 0o600


def _locks(path):
    number = f":{path.stat().st_ino} "
    with Path("/proc/locks").open() as file:
        return sum(number in line and f" {os.getpid()} " in line for line in file)


def test_a_store_copied_by_hand_keeps_its_answers(sqlite_store, tmp_path):
    sqlite_store.enrol("a" * 32)
    shutil.copy(tmp_path / "responses.sqlite3", tmp_path / "copy.sqlite3")
    with ResponseStore(tmp_path / "copy.sqlite3") as copy:
        copy.prepare()
        assert copy.learner("a" * 32) == sqlite_store.learner("a" * 32)


@pytest.mark.parametrize("name", ["a.sqlite3-wal", "a.sqlite3-JOURNAL", "a.sqlite3.withdrawn", f"{TEMPORARY}a.sqlite3"])
def test_no_store_has_a_name_by_which_it_would_be_taken_for_something_else(tmp_path, name):
    with pytest.raises(StoreError, match=rf"{re.escape(name)} would be taken for"):
        ResponseStore(tmp_path / name)


def test_nothing_is_written_under_a_name_by_which_it_would_be_removed_as_unfinished(writers, tmp_path):
    for writer in ("answers", "table", "backup"):
        with pytest.raises(FileError, match="never finished"):
            writers[writer](tmp_path / f"{TEMPORARY}a.csv")
