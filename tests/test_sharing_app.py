"""What joins review, release and store."""

from pathlib import Path

import pytest

from coprod_widgets.apps.review import approve_sample, approved, note_release, sharing_folder
from coprod_widgets.deidentify.proposals import decide
from coprod_widgets.deidentify.release import Released
from coprod_widgets.deidentify.review_file import ReviewFile
from coprod_widgets.deidentify.scrub import scrub
from coprod_widgets.errors import ReleaseRefused
from coprod_widgets.exports.csv_file import read_csv
from coprod_widgets.store.withdrawals import Withdrawals
from coprod_widgets.study.self_study import SelfStudy

SAMPLE = Path(__file__).parents[1] / "sample_data" / "responses_raw.csv"
STUDY = SelfStudy.load()


def test_a_withdrawal_says_which_folder_a_learners_words_went_out_in(store, tmp_path):
    stays, leaves = store.enrol("a" * 32), store.enrol("b" * 32)
    for learner in (stays, leaves):
        text = "The midwife drew the plan on the back of my letter."
        store.save(learner, "what_happened", text, base=0, session="spring", study=STUDY)
    note_release(Released(tmp_path / "for-the-ward", texts=2, pseudonyms=frozenset({stays, leaves})), store)
    store.delete(leaves)
    (withdrawal,) = Withdrawals(store).all()
    assert withdrawal.pseudonym == leaves
    assert [file.what for file in withdrawal.files] == ["for-the-ward"]


RAW = read_csv(SAMPLE).assign(research_use=True)
REAL = RAW.assign(text=RAW["text"].str.replace("the", "that", n=1))


def test_bulk_approval_works_on_the_sample_only(tmp_path):
    approve_sample(scrub(RAW), tmp_path / "sample.json", by="me")
    assert approved(scrub(RAW), tmp_path / "sample.json").counts["approved"] == 96


@pytest.mark.parametrize("frame", [RAW.assign(session="TUESDAY"), REAL, RAW.assign(pseudonym="L-7F3K9Q2M").head(1)])
def test_nobody_approves_a_text_that_people_wrote_without_having_read_it(tmp_path, frame):
    """The sample's own name on a class's answers changes nothing."""
    scrubbed, path = scrub(frame), tmp_path / "review.json"
    with pytest.raises(ReleaseRefused, match="not the sample data"):
        approve_sample(scrubbed, path, by="me")
    assert not path.exists()
    text = next(text for text in scrubbed.proposals if not text.is_sample)
    with pytest.raises(ReleaseRefused, match="a person must have read"):
        ReviewFile(path).keep(decide(text, "approved", by="me"))
    assert not path.exists()
    ReviewFile(path).keep(decide(text, "dropped", by="me"))


def test_what_is_decided_lies_beside_the_store_and_says_where(sqlite_store, capsys):
    folder = sharing_folder(scrub(RAW.assign(session="TUESDAY")), sqlite_store)
    assert folder.parent == sqlite_store.database.file.parent and folder.stat().st_mode & 0o777 == 0o700
    assert str(folder) in capsys.readouterr().out
    assert sharing_folder(scrub(RAW.assign(session="TUESDAY")), sqlite_store) == folder  # a second evening
    passing = sharing_folder(scrub(RAW), sqlite_store)
    assert passing.parent != folder.parent and str(passing) not in capsys.readouterr().out
