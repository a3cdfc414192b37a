"""A notebook that reads other learners' answers is served to nobody: refused at the start, and by what it calls."""

import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from commands import coprod

from coprod_widgets.apps.coding import open_coding, read_codings
from coprod_widgets.apps.lessons import read_store
from coprod_widgets.apps.review import approved, open_review
from coprod_widgets.apps.teaching import find_class, join_panel, latest_class, open_class, wall
from coprod_widgets.deidentify.scrub import Scrubbed
from coprod_widgets.errors import CoprodError
from coprod_widgets.exports.csv_file import read_csv, write_csv
from coprod_widgets.serving.notebook_check import refuse_teaching
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.wall import Wall

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TEACHING = [
    "from coprod_widgets.apps import teaching",
    "from coprod_widgets import open_self_study, wall",
    "import coprod_widgets\ncoprod_widgets.release([])",
    "import coprod_widgets.apps.teaching as t",
    "from coprod_widgets.apps.teaching import wall",
    "from coprod_widgets import open_self_study, CodingDesk",
    "import coprod_widgets\ncoprod_widgets.CodingStore('a.sqlite3')",
    "from importlib import import_module\nimport_module('coprod_widgets.apps.review')",
    "%matplotlib inline\nfrom coprod_widgets.apps.lessons import check, read_store",
    "!ls\nif (:\n    from coprod_widgets.store.wall import Wall; read_store()",
    "from coprod_widgets.widgets.wall import ResponseWall",
    "def later():\n    from coprod_widgets.apps.coding import open_coding",
]
HARMLESS = [
    "from coprod_widgets import open_self_study\nopen_self_study()",
    "# from coprod_widgets.apps import teaching",
    "from coprod_widgets.apps.lessons import check, show_texts",
    "title = 'teaching'\nwall = 3",
]


def written(folder, source):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, folder / "own.ipynb")
    return folder / "own.ipynb"


@pytest.mark.parametrize("source", TEACHING)
def test_a_notebook_whose_code_reads_others_answers_is_refused(tmp_path, source):
    with pytest.raises(CoprodError, match="coprod teach"):
        refuse_teaching(written(tmp_path, source))


@pytest.mark.parametrize("source", HARMLESS)
def test_a_notebook_of_learners_is_not(tmp_path, source):
    refuse_teaching(written(tmp_path, source))
    refuse_teaching(NOTEBOOKS / "app" / "self_study.ipynb")


@pytest.mark.parametrize("deep", ["-" * 100_000 + "1", "a" + ".b" * 50_000, "1" + "+1" * 200_000])
def test_code_that_is_nested_too_deep_to_be_read_is_searched_for_names(tmp_path, deep):
    refuse_teaching(written(tmp_path, deep))
    with pytest.raises(CoprodError, match=r"\(read_store\)"):
        refuse_teaching(written(tmp_path, f"{deep}\nread_store()"))


def test_thousands_of_blank_lines_in_a_cell_take_no_time(tmp_path):
    path, before = written(tmp_path, "\n" * 100_000 + "1"), time.process_time()
    refuse_teaching(path)
    assert time.process_time() - before < 5  # 10,000 million steps took minutes


@pytest.mark.parametrize("name", ["teach/session", "teach/projector", "05_code_themes", "06_share_safely"])
def test_coprod_learn_refuses_the_kits_own_teaching_notebooks_before_it_listens(tmp_path, name):
    done = coprod("learn", str(NOTEBOOKS / f"{name}.ipynb"), "--no-open", "--store", tmp_path / "new.sqlite3")
    assert (done.returncode, done.stdout) == (2, "") and "without sign-in" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "new.sqlite3").exists()


def test_what_reads_others_answers_refuses_in_the_kernel_of_a_served_page(sqlite_store, study, tmp_path, monkeypatch):
    session = ClassSession.open(study, sqlite_store, title="Tuesday")
    themes, frame = pd.DataFrame({"theme": ["a"], "name": ["A"]}), pd.DataFrame()
    calls = [
        lambda: wall(session, store=sqlite_store),
        lambda: wall(session, projector=True, store=sqlite_store),
        lambda: join_panel(session, store=sqlite_store),
        lambda: latest_class(store=sqlite_store),
        lambda: find_class(session.code, store=sqlite_store),
        lambda: open_class("Tuesday", store=sqlite_store),
        lambda: Wall(sqlite_store, session.name, study),
        lambda: read_store(sqlite_store),
        lambda: sqlite_store.rows(),
        lambda: read_csv(tmp_path / "answers.csv"),
        lambda: read_codings(sqlite_store),
        lambda: open_coding(frame, themes, coder="me", store=sqlite_store),
        lambda: open_review(Scrubbed(()), tmp_path / "review.json", reviewer="me"),
        lambda: approved(Scrubbed(()), tmp_path / "review.json"),
    ]
    write_csv(sqlite_store.rows(), tmp_path / "answers.csv")
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/coprod")
    assert len(read_csv(NOTEBOOKS.parent / "sample_data" / "responses.csv")) > 600  # nobody wrote them
    for call in calls:
        with pytest.raises(CoprodError, match="without sign-in"):
            call()
