"""A course team's own self-study while it is served: a mistake in its file reaches its author, and no learner."""

import json
import re
import shutil
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from servers import start, stop

from coprod_widgets.cli.main import self_study_notebook
from coprod_widgets.errors import SelfStudyError
from coprod_widgets.serving.page import Page
from coprod_widgets.serving.server import page_facts
from coprod_widgets.study import last_valid
from coprod_widgets.study.self_study import SelfStudy
from coprod_widgets.widgets.join import JoinPanel
from coprod_widgets.widgets.words import words

TITLE = 'title: "Paul on Coproduction"'


@pytest.fixture
def study(tmp_path):
    return own_study(tmp_path)


@pytest.fixture
def notebook(study):
    return own_notebook(study)


def own_study(folder):
    return Path(shutil.copy(SelfStudy.path(), folder / "own.en.yaml"))


def own_notebook(study):
    """The kit's own page, on that file."""
    cells = json.loads(self_study_notebook().read_text(encoding="utf-8"))
    code = next(cell for cell in cells["cells"] if cell["cell_type"] == "code")
    code["source"] = ["from coprod_widgets import open_self_study\n", f"open_self_study({str(study)!r})"]
    path = study.with_name("own.ipynb")
    path.write_text(json.dumps(cells), encoding="utf-8")
    return path


def change(study, old, new):
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new, 1), encoding="utf-8")


def opened(learn):
    """The page that a learner gets, and what the log has said by then."""
    with urlopen(learn.url) as answer:
        page = answer.read().decode()
    return "coprod-no-form" not in page, learn.log.read_text(encoding="utf-8")


def test_a_mistake_is_told_at_the_start_with_file_and_line(study, notebook, tmp_path):
    change(study, "minutes: ", "minuts: ")
    with pytest.raises(AssertionError) as ended:  # instead of starting
        start(tmp_path / "responses.sqlite3", None, str(notebook))
    assert re.search(r"own\.en\.yaml:\d+: self-study: 'minuts' is not known here.*'minutes'", str(ended.value))
    assert "is at http" not in str(ended.value)
    assert "Traceback" not in str(ended.value)


def test_any_other_mistake_of_a_notebook_is_told_at_the_start_too(notebook, tmp_path):
    change(notebook, "open_self_study(", "open_self_studdy(")
    with pytest.raises(
        AssertionError, match="own.ipynb shows no page.\nImportError|NameError: name 'open_self_studdy'"
    ):
        start(tmp_path / "responses.sqlite3", None, str(notebook))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of an own study, and the study's file; its page says British English."""
    folder = tmp_path_factory.mktemp("own")
    study = own_study(folder)
    change(study, "language: en", "language: en-GB")
    learn = start(folder / "responses.sqlite3", None, str(own_notebook(study)))
    yield learn, study
    stop(learn)


def test_the_page_and_all_around_it_say_the_language_of_the_study(served):
    learn, _ = served
    with urlopen(learn.url) as answer:
        assert '<html lang="en-GB">' in answer.read().decode()
    with pytest.raises(HTTPError) as missing, urlopen(f"{learn.url}nothing"):
        pass
    assert '<html lang="en-GB">' in missing.value.read().decode()


def test_while_it_is_served_the_last_good_file_goes_on_and_the_log_says_what_is_wrong(served):
    learn, study = served
    assert opened(learn) == (True, learn.log.read_text(encoding="utf-8"))
    change(study, "minutes: ", "minuts: ")
    shown, log = opened(learn)
    assert shown
    assert re.search(r"own\.en\.yaml:\d+: self-study: 'minuts' is not known here", log)
    assert "go on with the self-study as it was" in log
    opened(learn)
    assert learn.log.read_text(encoding="utf-8") == log  # once is enough
    study.unlink()
    shown, log = opened(learn)
    assert shown and "cannot be read" in log
    shutil.copy(SelfStudy.path(), study)
    shown, log = opened(learn)
    assert shown and "is right again" in log


def test_the_last_good_one_is_what_the_file_held_before(study, tmp_path, monkeypatch):
    monkeypatch.setenv(last_valid.FOLDER, str(tmp_path))
    monkeypatch.setattr(last_valid, "mistakes", "")
    change(study, TITLE, 'title: "Ours"')
    read = {"language": "en", "accept": lambda study: None}
    assert last_valid.load(study, **read).title == "Ours"
    change(study, 'title: "Ours"', 'titel: "Ours"')
    assert last_valid.load(study, **read).title == "Ours"
    assert "'titel' is not known here" in last_valid.mistakes
    change(study, 'titel: "Ours"', 'title: "Ours again"')
    assert (last_valid.load(study, **read).title, last_valid.mistakes) == ("Ours again", "")


def test_outside_a_server_a_mistake_is_raised(study, monkeypatch):
    monkeypatch.delenv(last_valid.FOLDER, raising=False)
    change(study, TITLE, 'titel: "Ours"')
    with pytest.raises(SelfStudyError):
        last_valid.load(study, language="en", accept=lambda study: None)


def test_what_is_around_the_form_speaks_its_language(notebook):
    page = Page(notebook, page_facts("/"))
    page.speak({**page_facts("/"), "language": "sv", "words": {**words("en"), "skip": "Till frågorna"}})
    assert '<html lang="sv">' in page.before and "Till frågorna" in page.before


def test_a_class_can_be_taught_in_a_language_that_the_instructors_tools_do_not_speak_yet():
    panel = JoinPanel(address="http://here/", code="ABC-DEF", title="Tisdag", language="sv")
    assert (panel.language, panel.words) == ("en", words("en", "join"))
    with pytest.raises(SelfStudyError, match="speaks en, not 'sv'"):
        words("sv")
    assert words("en-GB") == words("en")
