"""An answer belongs to its self-study, class session, learner and question, wherever it goes."""

from pathlib import Path

import frozen
import pandas as pd
import pytest

from coprod_widgets import analysis
from coprod_widgets.apps.coding import open_coding, read_codings
from coprod_widgets.apps.lessons import read_store
from coprod_widgets.apps.review import approved, forget_others, open_review
from coprod_widgets.deidentify.proposals import decide
from coprod_widgets.deidentify.release import release
from coprod_widgets.deidentify.review_file import ReviewFile
from coprod_widgets.deidentify.scrub import covered, scrub
from coprod_widgets.errors import CoprodError
from coprod_widgets.exports.csv_file import read_csv, read_table, write_csv
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.study.codebook import Coding
from coprod_widgets.study.self_study import SelfStudy

STUDY = frozen.STUDY
HOME_CARE = SelfStudy.load(Path(__file__).parent / "data" / "home_care.en.yaml")
THEMES = pd.DataFrame([{"theme": "power", "name": "Power"}])
BOTH = {"Answer about a ward.", "Answer about home care."}


@pytest.fixture
def two(store):
    """One learner alone with two self-studies that have a key in common."""
    learner = store.enrol("0" * 32)
    for study, text in ((STUDY, "Answer about a ward."), (HOME_CARE, "Answer about home care.")):
        alone = {"session": "self-paced", "study": study}
        store.save(learner, "what_happened", text, base=0, **alone)
        store.agree(learner, "research", True, version=2, language="en", **alone)
    store.save(learner, "who_helped", "A neighbour.", base=0, session="self-paced", study=HOME_CARE)
    return store


def shared(store):
    return read_store(store)[lambda frame: frame["question"] == "what_happened"]


def test_an_export_tells_two_studies_apart(two, tmp_path):
    write_csv(two.rows(), tmp_path / "all.csv")
    frame = read_csv(tmp_path / "all.csv").set_index(["study", "question"])
    assert frame.loc[("home_care", "what_happened"), "text"] == "Answer about home care."
    assert frame.loc[("paul_on_coproduction", "what_happened"), "text"] == "Answer about a ward."


def test_an_own_study_is_exported_with_its_own_actors_and_aspects(two):
    frame = read_store(two).set_index(["study", "question"])
    assert frame.loc[("home_care", "who_helped"), ["actor", "aspect"]].tolist() == ["patient", "plan"]
    assert analysis.who_did_what(read_store(two), HOME_CARE)["answered"].sum() == 1


def test_figures_are_about_one_study(two):
    assert analysis.answers(read_store(two))["text"].tolist() == ["Answer about a ward."]
    about_home = analysis.answers(read_store(two), HOME_CARE)
    assert about_home["text"].tolist() == ["Answer about home care.", "A neighbour."]


def test_scrub_review_and_release_keep_both_answers(two, tmp_path):
    scrubbed = scrub(shared(two))
    assert {text.original for text in scrubbed.proposals} == BOTH
    decisions = ReviewFile(tmp_path / "review.json")
    for text in scrubbed.proposals:
        decisions.keep(decide(text, "approved", by="M. K.", read=True))
    done = release(approved(scrubbed, tmp_path / "review.json"), tmp_path / "out")
    released = read_table(done.folder / "texts.csv")
    assert released.columns[0] == "study" and set(released["text"]) == BOTH


def test_both_answers_are_coded_apart(two):
    desk = open_coding(shared(two), THEMES, coder="alder", store=two)
    codings = CodingStore(two)
    for study in ("paul_on_coproduction", "home_care"):
        names = {"coder": "alder", "session": "self-paced", "theme": "power", "question": "what_happened"}
        where = {"pseudonym": two.learner("0" * 32), "revision": 1, "start": 0, "end": 6}
        codings.add(Coding(study=study, words="Answer", **names, **where))
    assert repr(desk) == "<CodingDesk 2 texts>" and len(desk.codings) == 2
    assert sorted(read_codings(two)["study"]) == ["home_care", "paul_on_coproduction"]


@pytest.mark.parametrize("opened", [open_coding, open_review])
def test_answers_to_another_study_alone_need_its_file(two, tmp_path, opened):
    others = shared(two)[lambda frame: frame["study"] == "home_care"]
    given = (
        {"themes": THEMES, "coder": "a", "store": two}
        if opened is open_coding
        else {"path": tmp_path / "r", "reviewer": "a"}
    )
    first = others if opened is open_coding else scrub(others)
    with pytest.raises(ValueError, match="home_care"):
        opened(first, **given)
    assert "1 text" in repr(opened(first, **given, study=HOME_CARE))


def test_decisions_of_an_older_file_are_about_the_kits_own_study(two, tmp_path):
    scrubbed = scrub(shared(two))
    ours = next(text for text in scrubbed.proposals if text.study == "paul_on_coproduction")
    path = tmp_path / "review.json"
    ReviewFile(path).keep(decide(ours, "approved", by="M. K.", read=True))
    older = path.read_text().replace("review 2", "review 1").replace('"study": "paul_on_coproduction",', "")
    path.write_text(older)
    assert [text.original for text, _ in approved(scrubbed, path).approved] == ["Answer about a ward."]


def test_decisions_on_other_answers_are_refused_and_none_of_them_is_forgotten(two, tmp_path):
    path, scrubbed = tmp_path / "review.json", scrub(shared(two))
    for text in scrub(shared(two).assign(session="another")).proposals:
        ReviewFile(path).keep(decide(text, "approved", by="M. K.", read=True))
    for use in (approved, forget_others):
        with pytest.raises(CoprodError, match="None of 2 decisions"):
            use(scrubbed, path)
    assert len(ReviewFile(path).decisions()) == 2


def test_identifiers_of_other_answers_are_refused(two):
    scrubbed = scrub(shared(two)[lambda frame: frame["study"] == "home_care"])
    known = pd.DataFrame({"pseudonym": ["L-OTHER"], "question": ["what_happened"], "start": [0], "end": [6]})
    with pytest.raises(ValueError, match="None of 1 identifier"):
        covered(scrubbed, known)
    with pytest.raises(ValueError, match="can't be told apart by pseudonym, question"):
        covered(scrub(shared(two)), known)


@pytest.mark.parametrize("order", [1, -1])
def test_the_tenth_revision_is_the_one_that_is_coded_and_scrubbed(sqlite_store, tmp_path, order):
    learner = sqlite_store.enrol("0" * 32)
    alone = {"session": "self-paced", "study": STUDY}
    for base in range(10):
        sqlite_store.save(learner, "what_happened", f"Text {base + 1}.", base=base, **alone)
    write_csv(list(sqlite_store.rows(latest_only=False))[::order], tmp_path / "all.csv")
    table = read_table(tmp_path / "all.csv")
    desk = open_coding(table, THEMES, coder="alder", store=sqlite_store)
    assert [text.text for text in desk._texts] == ["Text 10."]
    assert [text.original for text in scrub(table.assign(research_use="True")).proposals] == ["Text 10."]
