"""The command line: what it prints, and one clear line with exit status 2 when something is wrong."""

import errno
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from commands import coprod
from servers import STUDY, free_port

from coprod_widgets.cli.main import app
from coprod_widgets.cli.mistakes import run
from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.store.migrations import upgrade
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.settings import SESSION


def refused(*arguments, **how):
    """Run a command that must fail in one line; that line."""
    done = coprod(*arguments, **how)
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("coprod: ")
    return line


def counts(text):
    """Every number in a message that counts something, with its noun: `2 answers`."""
    return re.findall(r"(?<!\S)\d+ [a-z]+", text)


def holds(text, *parts):
    """Whether a message names all these, in this order."""
    return re.search(".*".join(re.escape(str(part)) for part in parts), text, re.DOTALL) is not None


@pytest.fixture
def filled(tmp_path):
    with ResponseStore(tmp_path / "filled.sqlite3") as store:
        store.prepare()
        learner = store.enrol("0f" * 16)
        for base, text in enumerate(["=1+1 reasons to come back", "Two reasons to come back"]):
            store.save(learner, "what_happened", text, base=base, session="s", study=STUDY)
        store.agree(learner, "research", True, version=1, language="en", session="s", study=STUDY)
    return tmp_path / "filled.sqlite3"


@pytest.fixture
def opened(filled):
    with ResponseStore(filled) as store:
        yield store


def silent(store):
    """Another learner, who wrote and agreed to nothing but the class."""
    other = store.enrol("a5" * 16)
    store.save(other, "what_happened", "Kept to the class.", base=0, session="s", study=STUDY)
    store.agree(other, "class", True, version=1, language="en", session="s", study=STUDY)
    return other


def test_check_counts_what_it_read():
    done = coprod("check")
    assert done.returncode == 0 and done.stdout.count("\n") == 1
    assert STUDY.title in done.stdout and counts(done.stdout) == ["4 sections", "11 questions"]


def test_check_names_every_mistake_with_its_line(tmp_path):
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("key: mine\nversion: one\ntilte: Mine\n", encoding="utf-8")
    done = coprod("check", wrong)
    assert done.returncode == 2
    assert f"{wrong}:2: " in done.stderr and "'tilte'" in done.stderr and "'title'" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_writes_the_newest_texts_or_every_one(filled, tmp_path):
    done = coprod("export", "-o", tmp_path / "a.csv", "--store", filled)
    assert counts(done.stdout) == ["1 row", "1 learner", "0 learners"]
    assert list(read_csv(tmp_path / "a.csv")["text"]) == ["Two reasons to come back"]
    done = coprod("export", "-o", tmp_path / "b.csv", "--store", filled, "--all-revisions")
    assert counts(done.stdout) == ["2 rows", "1 learner", "0 learners"]
    assert list(read_csv(tmp_path / "b.csv")["text"]) == ["=1+1 reasons to come back", "Two reasons to come back"]


@pytest.mark.parametrize("more", [[], ["--all-revisions"]])
def test_export_leaves_out_whoever_did_not_agree_and_counts_them(filled, opened, tmp_path, more):
    silent(opened)
    done = coprod("export", "-o", tmp_path / "a.csv", "--store", filled, *more)
    assert counts(done.stdout)[1:] == ["1 learner", "1 learner"]  # who agreed, and who did not
    assert b"Kept to the class" not in (tmp_path / "a.csv").read_bytes()
    assert len(read_csv(tmp_path / "a.csv")) == 1 + bool(more)


def test_a_withdrawal_by_resume_code_names_the_files_that_were_handed_out(filled, opened, tmp_path):
    (learner,) = {row["pseudonym"] for row in opened.rows()}
    other, code = silent(opened), opened.issue_resume_code(learner)
    coprod("export", "-o", tmp_path / "a.csv", "--store", filled)
    done = coprod("withdraw", "--code", "--store", filled, typed=f"{code.lower()}\n")
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    deleted, file = done.stdout.splitlines()
    assert learner in deleted and counts(deleted) == ["1 answer", "2 revisions"]
    assert holds(file, "a.csv", today)
    assert {row["pseudonym"] for row in opened.rows()} == {other}
    listed, file = coprod("withdrawals", "--store", filled).stdout.splitlines()
    assert holds(listed, learner, "instructor", today) and holds(file, "a.csv", today)


def test_a_withdrawal_by_pseudonym_names_no_file_where_there_was_none(filled, opened):
    other = silent(opened)
    assert coprod("withdraw", other, "--store", filled).stdout.count("\n") == 1
    nobody = refused("withdraw", "L-00000000", "--store", filled)
    assert refused("withdraw", other, "--store", filled) == nobody


def test_a_withdrawal_needs_one_learner_and_a_right_code(filled, opened):
    assert "--code" in refused("withdraw", "--store", filled)
    assert "resume code" in refused("withdraw", "--code", "--store", filled, typed="0000-0000-0000-0000\n")
    assert len(list(opened.rows())) == 1


def test_a_resume_code_is_not_taken_from_the_command_line_which_every_account_sees(filled, opened):
    code = opened.issue_resume_code(next(row["pseudonym"] for row in opened.rows()))
    told = refused("withdraw", "--code", code, "--store", filled)
    assert "every account" in told and code not in told
    assert "nothing came" in refused("withdraw", "--code", "--store", filled)
    assert len(list(opened.rows())) == 1


def test_what_is_no_text_is_no_resume_code(filled):
    with io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8") as typed:
        assert "UTF-8" in refused("withdraw", "--code", "--store", filled, typed=typed)


def test_a_resume_code_is_asked_for_at_a_terminal(filled, opened):
    (learner,) = {row["pseudonym"] for row in opened.rows()}
    screen, terminal = pty.openpty()
    os.write(screen, f"{opened.issue_resume_code(learner)}\n".encode())
    with os.fdopen(terminal) as keyboard:
        done = coprod("withdraw", "--code", "--store", filled, typed=keyboard)
    os.close(screen)
    assert done.stderr.startswith("The learner's resume code:") and learner in done.stdout
    assert list(opened.rows()) == []


def test_a_purge_says_what_it_would_delete_and_then_deletes_it(filled, opened):
    nothing = coprod("purge", "--store", filled)
    assert nothing.returncode == 0 and counts(nothing.stdout) == []
    past = Retention(opened, now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    past.keep_until("s", date(2020, 6, 30), title="A spring", study_key=STUDY.key)
    planned = coprod("purge", "--dry-run", "--store", filled).stdout
    assert len(list(opened.rows())) == 1
    deleted = coprod("purge", "--store", filled).stdout
    assert list(opened.rows()) == []
    assert planned != deleted
    for said in (planned, deleted):
        assert holds(said, " s", "2020-06-30") and counts(said) == ["1 learner", "1 answer", "2 revisions"]


def test_a_purge_where_nothing_is_new_asks_whether_the_clock_is_right(tmp_path):
    file, then = tmp_path / "old.sqlite3", datetime(2020, 1, 1, tzinfo=UTC)
    with ResponseStore(file, now=lambda: then) as old:
        old.prepare()
        old.save(old.enrol("f" * 32), "what_happened", "Old.", base=0, session="s", study=STUDY)
        Retention(old, now=lambda: then).keep_until("s", date(2020, 6, 30), title="A spring", study_key=STUDY.key)
        assert holds(refused("purge", "--store", file), "2020-01-01", "--clock-is-right")
        assert "--clock-is-right" in coprod("purge", "--dry-run", "--store", file).stdout
        coprod("backup", tmp_path / "b.sqlite3", "--store", file)
        assert "--clock-is-right" in refused("restore", tmp_path / "b.sqlite3", "--store", file, "--overwrite")
        assert len(list(old.rows())) == 1
        assert counts(coprod("purge", "--clock-is-right", "--store", file).stdout)[0] == "1 learner"
        assert list(old.rows()) == []


def test_a_backup_is_put_back_without_whoever_withdrew(filled, opened, tmp_path):
    other = silent(opened)
    assert counts(coprod("backup", tmp_path / "b.sqlite3", "--store", filled).stdout) == ["2 learners"]
    coprod("withdraw", other, "--store", filled)
    assert "--overwrite" in refused("restore", tmp_path / "b.sqlite3", "--store", filled)
    done = coprod("restore", tmp_path / "b.sqlite3", "--store", filled, "--overwrite")
    assert counts(done.stdout) == ["1 learner", "1 learner"]  # who is there, and who was deleted again
    assert [row["text"] for row in opened.rows()] == ["Two reasons to come back"]


@pytest.mark.parametrize(
    ("day", "told"),
    [("2020-01-31", "past"), ("31/1/2027", "2027-01-31")],
)
def test_a_last_day_that_cannot_be_is_one_line(tmp_path, day, told):
    assert holds(
        refused("learn", "--no-open", "--port", free_port(), "--keep-until", day, "--store", tmp_path / "s.sqlite3"),
        day,
        told,
    )


def test_nobody_is_served_a_session_whose_last_day_is_past(tmp_path):
    with ResponseStore(tmp_path / "s.sqlite3") as store:
        store.prepare()
        past = Retention(store, now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
        past.keep_until(SESSION, date(2020, 6, 30), title=STUDY.title, study_key=STUDY.key)
    line = refused("learn", "--no-open", "--port", free_port(), "--store", tmp_path / "s.sqlite3")
    assert holds(line, "2020-06-30", "coprod purge", "--keep-until")


def test_a_folder_that_others_can_enter_is_warned_of_in_one_line(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o755)
    done = coprod("doctor", "--store", tmp_path / "shared" / "s.sqlite3")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and holds(done.stderr, "coprod: ", tmp_path / "shared", "chmod 700")
    (tmp_path / "shared").chmod(0o700)
    assert coprod("doctor", "--store", tmp_path / "shared" / "s.sqlite3").stderr == ""


def test_a_format_that_is_not_known_is_refused(filled, tmp_path):
    line = refused("export", "-o", tmp_path / "a.xls", "--format", "xls", "--store", filled)
    assert holds(line, "xls", "csv")
    assert not (tmp_path / "a.xls").exists()


OLDER, NEWER, FOREIGN = "earlier version", "newer version", "another program's tables"


@pytest.fixture(scope="module")
def not_ours(tmp_path_factory):
    """Stores that this version of the kit cannot use as they are."""
    folder = tmp_path_factory.mktemp("stores")
    for name in (OLDER, NEWER, FOREIGN):
        (folder / name).touch(mode=0o600)
        with ResponseStore(folder / name) as store, store.database.writing() as connection:
            if name == FOREIGN:
                connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
                continue
            command.upgrade(upgrade.config(connection), "0003" if name == OLDER else "head")
            if name == NEWER:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    return folder


READING = ["export -o new.csv", "withdrawals", "purge --dry-run", "session list", "session show A"]
CHANGING = ["purge", "withdraw L-00000000", "session close A", "session open --title T", "demo", "doctor"]


# Those that change anything bring an older store up to date, and a backup copies it as it is.
REFUSED = [(words, OLDER) for words in READING]
REFUSED += [(words, one) for words in [*READING, *CHANGING, "backup new.sqlite3"] for one in (NEWER, FOREIGN)]


@pytest.mark.parametrize(("words", "schema"), REFUSED)
def test_a_store_of_another_schema_is_told_in_the_same_words_by_every_command(
    not_ours, tmp_path, monkeypatch, capsys, words, schema
):
    monkeypatch.chdir(tmp_path)
    assert run(app, [*words.split(), "--store", str(not_ours / schema)]) == 2
    advice = {OLDER: "coprod doctor", NEWER: "Update coprod-widgets", FOREIGN: "a database of its own"}[schema]
    assert holds(capsys.readouterr().err, not_ours / schema, schema, advice)
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_an_earlier_version_is_backed_up_then_brought_up_to_date(not_ours, tmp_path):
    old = shutil.copy(not_ours / OLDER, tmp_path / "old.sqlite3")
    assert coprod("backup", tmp_path / "b.sqlite3", "--store", old).returncode == 0
    assert coprod("doctor", "--store", old).returncode == 0
    assert coprod("session", "list", "--store", old).returncode == 0
    assert coprod("restore", tmp_path / "b.sqlite3", "--store", old).returncode == 0


def test_a_timed_purge_works_after_an_update(not_ours, tmp_path):
    old = shutil.copy(not_ours / OLDER, tmp_path / "old.sqlite3")
    assert coprod("purge", "--store", old).returncode == 0


def test_a_doctor_makes_no_store(tmp_path):
    assert coprod("doctor", "--store", tmp_path / "s.sqlite3").returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "postgresql://nobody@127.0.0.1:9/x"])
def test_a_store_that_cannot_be_opened_is_one_line(url):
    assert "Traceback" not in refused("learn", "--no-open", "--port", free_port(), "--store", url)


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused("learn", "--no-open", "--port", port, "--store", tmp_path / "s.sqlite3")
    assert holds(line, port, os.strerror(errno.EADDRINUSE), "--port")


@pytest.mark.parametrize("content", ["no json", json.dumps([1]), json.dumps({"cells": []})])
def test_a_file_that_is_no_notebook_is_one_line(tmp_path, content):
    path = tmp_path / "lesson.ipynb"
    path.write_text(content, encoding="utf-8")
    assert holds(refused("learn", path, "--no-open", "--port", free_port()), path, ".ipynb")


@pytest.mark.parametrize("command", [("check",), ("learn", "--no-open")], ids=["check", "learn"])
def test_a_file_without_end_is_one_line_at_once(tmp_path, command):
    long, pipe = tmp_path / "long.yaml", tmp_path / "pipe.yaml"
    os.truncate(os.open(long, os.O_CREAT | os.O_WRONLY), 10**12)  # takes no room on the disk
    os.mkfifo(pipe)
    assert holds(refused(*command, long), long, "bytes")
    assert holds(refused(*command, pipe), pipe, "ordinary file")
    assert holds(refused(*command, tmp_path), tmp_path)


@pytest.mark.parametrize("module", ["typer", "coprod_widgets.errors", "sqlalchemy"])
def test_a_command_that_is_interrupted_while_it_is_being_read_says_one_line(tmp_path, module):
    command = [sys.executable, "-X", "importtime", Path(sys.executable).with_name("coprod"), "doctor"]
    command += ["--store", tmp_path / "s.sqlite3"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.stderr.readline().split("|")[-1].strip() != module:  # Python tells each module that it has read
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert [line for line in said.splitlines() if not line.startswith("import time:")] == ["coprod: Stopped."]
    assert process.returncode == 130


def test_learn_says_where_it_is_and_where_answers_go_and_stops_cleanly(tmp_path):
    port, store = free_port(), tmp_path / "s.sqlite3"
    command = [
        sys.executable,
        "-m",
        "coprod_widgets",
        "learn",
        "--no-open",
        f"--port={port}",
        f"--store={store}",
    ]
    command.append("--keep-until=2099-01-31")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[0].endswith(f" http://127.0.0.1:{port}/\n")
    assert holds(lines[1], store, "2099-01-31") and "Ctrl-C" in lines[2]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and re.fullmatch(r"Stopped.*\n", rest)


def test_the_doctor_says_how_many_learners_there_is_room_for_and_whether_the_store_works(tmp_path):
    done = coprod("doctor", "--store", tmp_path / "s.sqlite3")
    assert done.returncode == 0 and re.search(r" [1-9]\d* learners? ", done.stdout)
    assert str(tmp_path / "s.sqlite3") in done.stdout


def test_every_command_has_a_line_of_help():
    listed = coprod("--help").stdout
    for name in ("learn", "doctor", "check", "export", "purge", "withdraw", "withdrawals", "backup", "restore"):
        assert name in listed
        assert coprod(name, "--help").returncode == 0


def test_the_learners_notebook_is_found_in_the_checkout():
    from coprod_widgets.cli.main import self_study_notebook

    assert self_study_notebook() == Path(__file__).parents[1] / "notebooks" / "app" / "self_study.ipynb"
