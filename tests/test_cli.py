"""The command line: what it prints, and one clear line with exit status 2 when something is wrong."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from servers import STUDY, free_port

from coprod_widgets.export import read_csv
from coprod_widgets.store import ResponseStore


def coprod(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "coprod_widgets.cli", *map(str, arguments)], capture_output=True, text=True
    )


def refused(*arguments):
    """Run a command that must fail in one line; that line."""
    done = coprod(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("coprod: ")
    return line


@pytest.fixture
def filled(tmp_path):
    with ResponseStore(tmp_path / "filled.sqlite3") as store:
        store.prepare()
        learner = store.enrol("0f" * 16)
        for base, text in enumerate(["=1+1 reasons to come back", "Two reasons to come back"]):
            store.save(learner, "what_happened", text, base=base, session="s", study=STUDY)
    return tmp_path / "filled.sqlite3"


def test_check_counts_what_it_read():
    done = coprod("check")
    assert (done.returncode, done.stdout) == (0, "Paul on Coproduction: 4 sections, 11 questions, no mistakes.\n")


def test_check_names_every_mistake_with_its_line(tmp_path):
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("key: mine\nversion: one\ntilte: Mine\n", encoding="utf-8")
    done = coprod("check", wrong)
    assert done.returncode == 2
    assert f"{wrong}:2: " in done.stderr and "'tilte'" in done.stderr and "'title'" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_writes_the_newest_texts_or_every_one(filled, tmp_path):
    assert "1 rows from 1 learners" in coprod("export", "-o", tmp_path / "a.csv", "--store", filled).stdout
    assert list(read_csv(tmp_path / "a.csv")["text"]) == ["Two reasons to come back"]
    coprod("export", "-o", tmp_path / "b.csv", "--store", filled, "--all-revisions")
    assert list(read_csv(tmp_path / "b.csv")["text"]) == ["=1+1 reasons to come back", "Two reasons to come back"]


def test_a_format_that_is_not_known_is_refused(filled, tmp_path):
    assert "the only format is csv" in refused("export", "-o", tmp_path / "a.xls", "--format", "xls", "--store", filled)
    assert not (tmp_path / "a.xls").exists()


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "postgresql://nobody@127.0.0.1:9/x"])
def test_a_store_that_cannot_be_opened_is_one_line(url):
    assert "Traceback" not in refused("learn", "--no-open", "--port", free_port(), "--store", url)


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = refused("learn", "--no-open", "--port", taken.getsockname()[1], "--store", tmp_path / "s.sqlite3")
    assert "in use" in line and "--port" in line


@pytest.mark.parametrize("content", ["no json", json.dumps([1]), json.dumps({"cells": []})])
def test_a_file_that_is_no_notebook_is_one_line(tmp_path, content):
    path = tmp_path / "lesson.ipynb"
    path.write_text(content, encoding="utf-8")
    assert "not a notebook" in refused("learn", path, "--no-open")


def test_learn_says_where_it_is_and_where_answers_go_and_stops_cleanly(tmp_path):
    port, store = free_port(), tmp_path / "s.sqlite3"
    command = [sys.executable, "-m", "coprod_widgets.cli", "learn", "--no-open", f"--port={port}", f"--store={store}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[0] == f"The self-study is at http://127.0.0.1:{port}/\n"
    assert lines[1] == f"Answers go into {store}\n"
    assert lines[2] == "Ctrl-C stops it.\n"
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "Stopped. What was saved is in the store.\n")


def test_the_doctor_says_how_many_learners_there_is_room_for_and_whether_the_store_works(tmp_path):
    done = coprod("doctor", "--store", tmp_path / "s.sqlite3")
    assert done.returncode == 0 and re.search(r"about [1-9]\d* learners at once", done.stdout)
    assert f"The store {tmp_path / 's.sqlite3'} can be written." in done.stdout


def test_every_command_has_a_line_of_help():
    listed = coprod("--help").stdout
    for name in ("learn", "doctor", "check", "export"):
        assert name in listed
        assert coprod(name, "--help").returncode == 0


def test_the_learners_notebook_is_found_in_the_checkout():
    from coprod_widgets.cli import self_study_notebook

    assert self_study_notebook() == Path(__file__).parents[1] / "notebooks" / "app" / "self_study.ipynb"
