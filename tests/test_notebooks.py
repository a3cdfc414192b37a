"""The companions read like a book, cite what they claim, and fail when what they show is no longer so."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from notebooks.refresh import refreshed

from coprod_widgets import SelfStudy
from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.store.wall import Wall

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
COMPANIONS = sorted(FOLDER.glob("0[2-9]_*.ipynb"))
STRICT = [path for path in COMPANIONS if path.name[:2] in ("03", "04")]
"""The pandas companions, whose every output is compared."""

companion = pytest.mark.parametrize("path", COMPANIONS, ids=lambda path: path.stem)


def cells(path, kind=None):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found if kind in (None, cell["cell_type"])]


def code_lines(source):
    return [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def prose(path):
    return "\n\n".join(cell["source"] for cell in cells(path, "markdown"))


@companion
def test_code_comes_in_small_bites_between_prose(path):
    lengths = [len(code_lines(cell["source"])) for cell in cells(path, "code")]
    assert max(lengths) <= 12 and median(lengths) <= 3
    words = len(prose(path).split())
    assert words / sum(lengths) >= 12, f"{words} words for {sum(lengths)} lines of code"
    assert len(cells(path, "markdown")) >= len(lengths)


@companion
def test_headings_begin_with_one_title_and_skip_no_level(path):
    levels = [len(hashes) for hashes in re.findall(r"^(#+) ", prose(path), re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in zip(levels, levels[1:], strict=False))


@companion
def test_a_companion_opens_with_a_contract(path):
    first, second = (cell["source"] for cell in cells(path)[:2])
    for name in re.findall(r"\]\((\w+\.ipynb)\)", first):
        assert (FOLDER / name).exists(), name
    assert "[00 Start here](00_start_here.ipynb)" in first
    assert re.search(r"\*\*You will\*\*\n\n(- [a-z].*\n){3}", second)
    assert re.search(r"\*\*Takes\*\* \d+ minutes", second) and "**Run first**" in second


@companion
def test_the_first_code_cell_imports_by_name(path):
    lines = code_lines(cells(path, "code")[0]["source"])
    assert lines and all(re.match(r"(from \S+ )?import |pd\.options\.", line) for line in lines)
    assert not any(" import *" in line for line in lines)


@companion
def test_a_companion_asks_for_predictions_and_trials(path):
    text = prose(path)
    assert len(re.findall(r"^### Try it", text, re.MULTILINE)) >= 2
    assert len(re.findall(r"[Pp]redict|[Bb]efore you (run|look|read)|do you expect|Write down|Will ", text)) >= 3


@companion
def test_a_companion_closes_with_what_to_remember_and_a_check(path):
    headings = re.findall(r"^## (.*)$", prose(path), re.MULTILINE)
    assert headings[-2:] == ["What to remember", "Check yourself"]
    assert re.search(r"## What to remember\n\n(- .*\n?){3}", prose(path))
    assert cells(path, "code")[-1]["source"] == f'check("{path.stem}")'


@pytest.mark.parametrize("path", sorted((FOLDER / "checks").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_check_is_a_self_study_that_scores_nobody(path):
    study = SelfStudy.load(path)
    assert len(study.questions) >= 3 and not study.roles
    # A reading's questions are answered by the reading; what closes a lesson offers one way to answer.
    assert all(question.compare for question in study.questions) or path.stem.endswith("_reading.en")
    assert not re.search(r"\b(score|points|grade|correct answer)\b", path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_every_figure_has_its_text_in_words():
    outputs = [output for path in COMPANIONS for cell in cells(path, "code") for output in cell["outputs"]]
    shown = [output["data"] for output in outputs if "data" in output]
    figures = re.findall(r"<img[^>]*>", "".join("".join(data.get("text/html", "")) for data in shown))
    assert figures
    assert [figure[-300:] for figure in figures if not re.search(r'alt="[^"]{40,}"', figure)] == []
    pictures = [kind for data in shown for kind in data if kind.startswith("image/")]
    assert pictures == [], "show figures of coprod_widgets.analysis.figures"


# Sources

OURS = re.compile(r"our reading|invented|your class", re.IGNORECASE)
SOURCE = re.compile(
    r"(?<!self-)\b(essay|trial|stud(y|ies)|authors?|researchers?|reviews?|papers?|arms?|physicians were|patients were|"
    r"Batalden|Asch|Rosenthal|Osborne|Ostrom|coproduction)\b"
)
TOLD = re.compile(
    r"\b(argu|call|compar|conclud|defin|describ|enrol|find|found|link|measur|name[sd]|not(es|ed)|paid|publish|random|"
    r"reach|report|said|say|show|suggest|test|warn|writes|wrote)\w*|\d"
)
LINK = re.compile(r"\]\((https?://[^)\s]+)\)")


def references():
    """Each entry of references.bib by its key, with its fields."""
    text = (FOLDER / "references.bib").read_text(encoding="utf-8")
    assert text.count("@")
    entries = re.findall(r"^@(\w+)\{([\w-]+),\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert len(entries) == text.count("\n@") + text.startswith("@"), "an entry is not in the form @kind{key,\\n …\\n}"
    return {key: dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", body, re.MULTILINE)) for _, key, body in entries}


def addresses():
    return {
        address
        for fields in references().values()
        for address in (fields.get("url"), fields.get("doi") and f"https://doi.org/{fields['doi']}")
        if address
    }


def sections(path):
    """What a lesson says, section by section: not its title and contract, and not the tasks under "Try it"."""
    text = "\n\n".join(cell["source"] for cell in cells(path, "markdown")[2:])
    text = re.sub(r"^### Try it\n.*?(?=^#|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.split(r"^(?=##)", text, flags=re.MULTILINE)


def paragraphs(section):
    for part in re.split(r"\n\s*\n", section):
        yield from re.split(r"\n(?=[-*|] |\d+\. )", part) if re.match(r"[-*] |\d+\. ", part) else [part]


def bare(text):
    """Claims of a text without a source beside them."""
    return [part for part in paragraphs(text) if states(part) and not LINK.search(part) and not OURS.search(part)]


def states(paragraph):
    """Whether a sentence of it, that is no question or heading, says what somebody else found or wrote."""
    sentences = re.split(r"(?<=[.!?]) ", paragraph)
    told = [one for one in sentences if not one.endswith("?") and SOURCE.search(one) and TOLD.search(one)]
    return bool(told) and not paragraph.startswith("#")


@companion
def test_every_link_leads_to_an_entry_of_the_bibliography(path):
    assert [link for link in LINK.findall(prose(path)) if link not in addresses()] == []


@companion
def test_every_claim_about_a_reading_or_a_study_has_its_source_beside_it(path):
    found = []
    for section in sections(path):
        # In the lesson on the trial a figure and what is read off it stand in several paragraphs: one source will do.
        sourced = path.stem == "03_trial" and (LINK.search(section) or OURS.search(section))
        found += [] if sourced else bare(section)
    assert found == []


@pytest.mark.parametrize(
    ("paragraph", "claims"),
    [
        ("The trial enrolled 1503 patients.", True),
        ("Payments moved adherence, the authors say.", True),
        ("What did the trial test?", False),
        ("Read the essay before you go on.", False),
        ("In the self-study nothing is required, and 54 learners took part.", False),
        ("## What the trial found", False),
    ],
)
def test_a_claim_is_told_from_a_question_and_a_task(paragraph, claims):
    assert states(paragraph) == claims


def test_references_are_complete_and_their_dois_well_formed():
    for key, fields in references().items():
        assert fields.get("title") and (fields.get("year") or fields.get("note")), key
        assert fields.get("doi") or fields.get("url") or fields.get("isbn"), key
        if doi := fields.get("doi"):
            assert re.fullmatch(r"10\.\d{4,9}/[^\s{}]+", doi), f"{key}: {doi}"
        if fields.get("url"):
            assert re.fullmatch(r"https?://\S+", fields["url"]), f"{key}: {fields['url']}"


def test_every_reference_is_cited():
    cited = {link for path in COMPANIONS for link in LINK.findall(prose(path))}
    checks = "\n".join(path.read_text(encoding="utf-8") for path in (FOLDER / "checks").glob("*.yaml"))
    for key, fields in references().items():
        at = {fields.get("url"), f"https://doi.org/{fields.get('doi')}"} - {None}
        assert at & cited or any(address in checks for address in at), f"{key} is cited nowhere"


def test_a_quotation_is_a_few_words_at_most():
    text = re.sub(r"`[^`]*`", "", "\n\n".join(map(prose, COMPANIONS)))
    quotations = re.findall(r"“([^”]{1,400})”", text)
    assert quotations
    assert [quotation for quotation in quotations if len(quotation.split()) > 12] == []


# What is shown is compared


@pytest.mark.parametrize("path", STRICT, ids=lambda path: path.stem)
def test_no_code_cell_of_a_strict_notebook_goes_uncompared(path):
    for cell in cells(path, "code"):
        assert cell["execution_count"], f"never run, so nbval would not compare it: {cell['source']}"
        assert not any("nbval" in tag or tag == "raises-exception" for tag in cell["metadata"].get("tags", []))
        shows = not re.match(r"[\w\[\]\", .()]+ = |import |from |pd\.options", code_lines(cell["source"])[-1])
        assert bool(cell["outputs"]) == shows, cell["source"]


def compared(folder, **environment):
    """What pytest says of a copy of a strict notebook, and of what it reads."""
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider"]
    command += ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={ROOT / 'tests/notebooks/sanitize.cfg'}"]
    command += ["-q", "-x", str(folder / "notebooks" / "04_explore_responses.ipynb")]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=os.environ | environment)


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "notebooks")
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    return tmp_path


def test_a_changed_row_of_the_sample_fails_the_notebook_that_shows_it(copied):
    path = copied / "sample_data" / "responses.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count("I gave her my tea.") == 1
    path.write_text(text.replace("I gave her my tea.", "I gave her some tea."), encoding="utf-8")
    done = compared(copied)
    assert done.returncode == 1 and "Cell outputs differ" in done.stdout, done.stdout


def test_a_changed_function_of_the_analysis_fails_the_notebook_that_calls_it(copied):
    shutil.copytree(ROOT / "coprod_widgets", copied / "coprod_widgets")
    path = copied / "coprod_widgets" / "analysis" / "tables.py"
    text = path.read_text(encoding="utf-8")
    assert text.count('["words"].median()') == 1
    path.write_text(text.replace('["words"].median()', '["words"].mean()'), encoding="utf-8")
    done = compared(copied, PYTHONPATH=str(copied))
    assert done.returncode == 1 and "Cell outputs differ" in done.stdout, done.stdout


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["04_explore_responses", "05_code_themes"])
def test_the_same_lesson_runs_on_a_class_and_keeps_no_text_of_it(copied, sqlite_store, tmp_path, monkeypatch, name):
    sample = read_csv(copied / "sample_data" / "responses.csv")
    sample = sample[sample["pseudonym"].isin(sample["pseudonym"].unique()[:15])]
    given_to_a_class(sqlite_store, sample)
    monkeypatch.setenv("COPROD_STORE", str(tmp_path / "responses.sqlite3"))
    path = copied / "notebooks" / f"{name}.ipynb"
    text, line = path.read_text(encoding="utf-8"), 'responses = read_csv(\\"../sample_data/responses.csv\\")'
    assert text.count(line) == 1
    path.write_text(text.replace(line, "responses = read_store()"), encoding="utf-8")
    shown = json.dumps([cell.get("outputs") for cell in refreshed(path).cells], ensure_ascii=False)
    assert "<TextTable of" in shown or "<CodingDesk" in shown
    assert [part for text in sample["text"] for part in text.split(". ") if len(part) > 60 and part in shown] == []


def given_to_a_class(store, sample):
    """Put invented answers into a store, as the answers of a class."""
    study = SelfStudy.load()
    for number, (_, rows) in enumerate(sample.groupby("pseudonym")):
        learner = store.enrol(f"{number:032x}")
        for row in rows.itertuples():
            store.save(learner, row.question, row.text, base=0, session="MONDAY", study=study)
        store.agree(learner, "class", True, version=1, language="en", session="MONDAY", study=study)


SAMPLE_READ = {
    "04_explore_responses": 'responses = read_csv("../sample_data/responses.csv")',
    "05_code_themes": 'responses = read_csv("../sample_data/responses.csv")',
    "06_share_safely": 'raw = read_csv("../sample_data/responses_raw.csv")\nraw["research_use"] = True',
    "teach/session": 'TITLE = "My class, first meeting"',
}
OWN = {
    "04_explore_responses": "responses = read_store()",
    "05_code_themes": "responses = read_store()",
    "06_share_safely": "raw = read_store()",
    "teach/session": 'TITLE = "Tuesday"',
}
SAID = "zqlovis"
"""A word, such as a colleague's name, that every learner of the class says."""
OWN_WORDS = [f"zq{letter}uilt" for letter in "abcdefghijklmnop"]
"""A word that each learner says in every answer, and nobody else."""


@pytest.mark.kernel
@pytest.mark.parametrize("name", OWN)
def test_on_a_real_class_nothing_unread_is_approved_shown_or_written_and_no_word_saved(copied, monkeypatch, name):
    store = ResponseStore(copied / "store" / "responses.sqlite3")
    store.prepare()
    session = a_class(store, agreeing=12, others=4)
    monkeypatch.setenv("COPROD_STORE", str(store.database.file))
    path = copied / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if SAMPLE_READ[name] in cell.source]
    cell.source = cell.source.replace(SAMPLE_READ[name], OWN[name])
    place = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=120, resources=place, allow_errors=True, store_widget_state=True).execute()
    nbformat.write(notebook, path)
    saved = path.read_text(encoding="utf-8")
    assert [word for word in (SAID, *OWN_WORDS) if word in saved] == []
    assert Wall(store, session.name, SelfStudy.load()).shown() == []
    assert [file.name for file in copied.rglob("*") if file.name in ("texts.csv", "manifest.json")] == []
    for decided in copied.rglob("review.json"):
        assert json.loads(decided.read_text(encoding="utf-8"))["decisions"] == []
    if name == "06_share_safely":
        said = [output.evalue for cell in notebook.cells for output in cell.get("outputs", []) if "evalue" in output]
        assert any("None of 151 identifiers" in error for error in said)
        assert str(store.database.file.with_name("responses-sharing")) in saved


def a_class(store, *, agreeing, others):
    """A session in which each learner answers everything, some agree to both uses and some to none."""
    study = SelfStudy.load()
    session = ClassSession.open(study, store, title="Tuesday")
    course = {"session": session.name, "study": study}
    for number in range(agreeing + others):
        learner = store.enrol(f"{number:032x}")
        for key in study.keys:
            text = f"The nurse and {OWN_WORDS[number]} asked my father {key.split('_')[0]} what he wanted of {SAID}."
            store.save(learner, key, "nurse" if key.startswith("role_") else text, base=0, **course)
        for use in ("class", "research") if number < agreeing else ():
            store.agree(learner, use, True, version=2, language="en", **course)
        store.hand_in(learner, **course)
    return session


def test_an_unchanged_copy_passes(copied):
    done = compared(copied)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("teach/session.ipynb", "press Shift and Enter"),
        ("06_share_safely.ipynb", "stops at the first of them, `covered`"),
    ],
)
def test_whoever_knows_no_python_is_told_how_cells_are_run(name, told):
    assert told in prose(FOLDER / name)


def test_the_checks_of_the_notebooks_are_all_used():
    asked = {
        name
        for path in COMPANIONS
        for name in re.findall(r'check\("(\w+)"\)', json.dumps(cells(path)).replace('\\"', '"'))
    }
    assert asked == {path.name.split(".")[0] for path in (FOLDER / "checks").glob("*.yaml")}


def test_no_check_repeats_a_key_of_another():
    keys = [yaml.safe_load(path.read_text(encoding="utf-8"))["key"] for path in (FOLDER / "checks").glob("*.yaml")]
    assert len(keys) == len(set(keys))
