"""What joins review, release and store."""

from coprod_widgets.ledger import Ledger
from coprod_widgets.release import Released
from coprod_widgets.self_study import SelfStudy
from coprod_widgets.sharing_app import note_release

STUDY = SelfStudy.load()


def test_a_withdrawal_says_which_folder_a_learners_words_went_out_in(store, tmp_path):
    stays, leaves = store.enrol("a" * 32), store.enrol("b" * 32)
    for learner in (stays, leaves):
        text = "The midwife drew the plan on the back of my letter."
        store.save(learner, "what_happened", text, base=0, session="spring", study=STUDY)
    note_release(Released(tmp_path / "for-the-ward", texts=2, pseudonyms=frozenset({stays, leaves})), store)
    store.delete(leaves)
    (withdrawal,) = Ledger(store).withdrawals()
    assert withdrawal.pseudonym == leaves
    assert [file.what for file in withdrawal.files] == ["for-the-ward"]
