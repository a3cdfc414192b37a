"""The review, played from the page's side, and the file that keeps what was decided."""

import json
import stat

import pytest
from frozen import STUDY

from coprod_widgets.apps.review import approved, forget_others, open_review
from coprod_widgets.deidentify.proposals import Change, Proposal, decide
from coprod_widgets.deidentify.review_file import BEFORE, FORMAT, ReviewFile
from coprod_widgets.deidentify.scrub import Scrubbed
from coprod_widgets.errors import StoreError
from coprod_widgets.widgets.backends.review import InMemoryDecisions
from coprod_widgets.widgets.review import MAX_REPLY_CHARS, ReviewDesk

ANSWER = "Mrs. Petrović drew the lung 🫁 on an envelope. Petrović's tea was cold."
NAME = {"kind": "name", "replacement": "[NAME-1]", "by": "rules", "reason": "follows a title"}
AGAIN = ANSWER.rindex("Petrović")
CHANGES = (Change(start=0, end=13, **NAME), Change(start=AGAIN, end=AGAIN + 8, **NAME))
PROPOSED = "[NAME-1] drew the lung 🫁 on an envelope. [NAME-1]'s tea was cold."


def proposal(original=ANSWER, changes=CHANGES, **changed):
    place = {"session": "SPRING-26", "pseudonym": "L-0SAMPLE0", "question": "what_happened", "revision": 2}
    return Proposal(original=original, changes=changes, language="en", **{**place, **changed})


TEXTS = (proposal(), proposal("We sat down.", (), question="patient_plan"))


class Page(ReviewDesk):
    """A review that keeps what it sends to the page."""

    def send(self, content, buffers=None):
        self.heard.append(content)

    def ask(self, ask, **content):
        self.heard = []
        self._handle_custom_msg({"id": "p-1", "ask": ask, **content}, [])
        (reply,) = self.heard
        assert reply.pop("reply_to") == "p-1"
        return reply

    def decide(self, at=0, **content):
        text = self._texts[at]
        message = {"place": list(text.place), "proposed": text.proposed, "verdict": "approved", "text": text.proposed}
        return self.ask("decide", **{**message, **content})

    def forget(self, at=0):
        return self.ask("forget", place=list(self._texts[at].place), proposed=self._texts[at].proposed)

    def said(self):
        return self.ask("hello")["said"]


@pytest.fixture(params=["notebook", "file"])
def backend(request, tmp_path):
    return InMemoryDecisions() if request.param == "notebook" else ReviewFile(tmp_path / "review.json")


@pytest.fixture
def page(backend):
    return Page(TEXTS, reviewer="M. K.", backend=backend)


def test_hello_says_how_much_there_is_and_holds_no_text(page):
    told = page.ask("hello")
    assert (told["texts"], told["said"], told["reviewer"], told["kept"]) == (2, [], "M. K.", page.backend.where)
    assert "lung" not in json.dumps(told)


def test_a_text_comes_in_pieces_that_say_what_is_to_change_and_why(page):
    first, second = page.ask("texts", at=0)["texts"]
    assert "".join(piece["words"] for piece in first["pieces"]) == ANSWER
    assert "".join(piece.get("replacement", piece["words"]) for piece in first["pieces"]) == PROPOSED
    change = {"words": "Mrs. Petrović", "kind": "name", "replacement": "[NAME-1]", "reason": "follows a title"}
    assert first["pieces"][0] == change
    assert (first["said"], second["pieces"]) == (None, [{"words": "We sat down."}])


def test_a_text_in_another_language_is_said_to_be_unchecked():
    page = Page([proposal("Ella escuchó a mi madre.", (), checked=False)], reviewer="M. K.")
    (text,) = page.ask("texts", at=0)["texts"]
    assert text["checked"] is False


def test_many_texts_come_in_several_replies():
    page = Page([proposal("a" * MAX_REPLY_CHARS, (), question=f"q{n}") for n in range(3)], reviewer="M. K.")
    at = replies = 0
    while texts := page.ask("texts", at=at)["texts"]:
        at, replies = at + len(texts), replies + 1
    assert (at, replies) == (3, 3)


def test_nothing_is_approved_unless_somebody_did_it(page):
    assert page.reviewed.approved == ()
    assert page.reviewed.counts == {"approved": 0, "edited": 0, "dropped": 0, "not reviewed": 2}


def test_what_is_approved_edited_and_dropped_is_kept_and_counted(page):
    edited = PROPOSED.replace("the lung", "something")
    reply = page.decide(text=edited)
    assert reply["ok"] and reply["at"] == 0 and reply["saved_at"]
    assert page.decide(at=1, verdict="dropped")["ok"]
    assert page.said() == [[0, "approved"], [1, "dropped"]]
    assert page.reviewed.counts == {"approved": 1, "edited": 1, "dropped": 1, "not reviewed": 0}
    [(_, said)] = page.reviewed.approved
    assert (said.text, said.by) == (edited, "M. K.")
    later = Page(TEXTS, reviewer="Ines", backend=page.backend)
    assert later.ask("texts", at=0)["texts"][0]["said"]["text"] == edited


def test_a_decision_can_be_taken_back(page):
    page.decide()
    assert page.forget()["ok"] and page.forget()["ok"]
    assert page.said() == [] and page.reviewed.approved == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"revision": 3},
        {"original": ANSWER.replace("lung", "heart")},
        {"changes": CHANGES[:1]},  # scrubbed again, with another roster
    ],
    ids=["revised", "rewritten", "scrubbed otherwise"],
)
def test_what_was_approved_does_not_count_for_another_version_of_the_text(page, changed):
    page.decide()
    later = Page([proposal(**changed)], reviewer="M. K.", backend=page.backend)
    assert later.said() == [] and later.reviewed.approved == ()
    assert later.ask("texts", at=0)["texts"][0]["said"] is None
    assert not page.decide(proposed=later._texts[0].proposed + "x")["ok"]


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"verdict": "published"}, "unusable"),
        ({"verdict": None}, "unusable"),
        ({"text": 7}, "unusable"),
        ({"text": "half \ud83e"}, "unusable"),
        ({"text": "a" * 100_001}, "unusable"),
        ({"place": ["SPRING-26", "L-0NOBODY0", "what_happened", 2]}, "unknown_text"),
        ({"place": ["SPRING-26", "L-0SAMPLE0", "what_happened", True]}, "unusable"),
        ({"place": [["SPRING-26"], "L-0SAMPLE0", "what_happened", 2]}, "unusable"),
        ({"place": "what_happened"}, "unknown_text"),
        ({"proposed": ANSWER}, "other_text"),
    ],
)
def test_a_message_that_makes_no_sense_is_refused_and_changes_nothing(page, message, problem):
    assert page.decide(**message) == {"ok": False, "problem": problem}
    assert page.reviewed.counts["not reviewed"] == 2


def test_neither_state_nor_repr_nor_log_holds_a_text(page, caplog):
    page.decide()
    page.decide(text={"lung": 1})
    shown = (
        json.dumps(page.get_state(), default=str) + repr(page) + repr(page.reviewed) + repr(page.backend) + caplog.text
    )
    assert "lung" not in shown and "Petrović" not in shown
    assert repr(page.reviewed) == "<Reviewed 1 approved, 0 edited, 0 dropped, 1 not reviewed>"


@pytest.mark.parametrize("reviewer", ["", "  ", "a" * 201])
def test_somebody_must_stand_for_what_is_approved(reviewer):
    with pytest.raises(ValueError, match="reviewer"):
        ReviewDesk(TEXTS, reviewer=reviewer)


def test_a_text_given_twice_is_refused():
    with pytest.raises(ValueError, match="given twice"):
        ReviewDesk([proposal(), proposal()], reviewer="M. K.")


# The file


def test_a_review_opened_later_finds_what_was_decided_and_only_this_account_can_read_it(tmp_path):
    path = tmp_path / "review.json"
    file = ReviewFile(path)
    file.keep(decide(TEXTS[0], "approved", by="M. K.", read=True))
    file.keep(decide(TEXTS[1], "dropped", by="M. K."))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.verdict for one in ReviewFile(path).decisions().values()] == ["approved", "dropped"]
    assert [one.name for one in tmp_path.iterdir()] == ["review.json"]


def test_two_reviews_of_one_file_lose_nothing_of_each_other(tmp_path):
    one, other = ReviewFile(tmp_path / "review.json"), ReviewFile(tmp_path / "review.json")
    one.keep(decide(TEXTS[0], "approved", by="M. K.", read=True))
    other.keep(decide(TEXTS[1], "dropped", by="Ines"))
    one.forget(TEXTS[1].place)
    assert set(other.decisions()) == {TEXTS[0].place}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "coprod review 1", "decisions": [{"at": "noon"}]}'])
def test_a_file_that_is_no_review_is_refused_and_stays_as_it_is(tmp_path, text):
    path = tmp_path / "review.json"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"review\.json"):
        ReviewFile(path)
    assert path.read_text() == text


ROW = {
    "session": "s",
    "pseudonym": "L-1",
    "question": "q",
    "revision": 1,
    "verdict": "approved",
    "text": "Dear Anna",
    "proposed": "Dear A",
    "by": "M. K.",
    "at": None,
}
NO_ROWS = {
    "a name that is a list": [ROW | {"pseudonym": []}],
    "a text that is a number": [ROW | {"text": 5}],
    "a time that is a number": [ROW | {"at": 0}],
    "nobody who decided": [ROW | {"by": None}],
    "a revision that is a text": [ROW | {"revision": "1"}],
    "a row that is a text": ["Dear Anna"],
    "no list": 5,
    "half a character": [ROW | {"text": "\ud800"}],
    "half a character in a name": [ROW | {"by": "\ud800"}],
    "half a character in a place": [ROW | {"session": "\ud800"}],
}


@pytest.mark.parametrize("rows", NO_ROWS.values(), ids=NO_ROWS)
def test_a_review_with_a_row_that_is_no_decision_is_refused_unquoted(tmp_path, rows):
    (tmp_path / "review.json").write_text(json.dumps({"format": FORMAT, "decisions": rows}))
    with pytest.raises(StoreError, match=r"review\.json is not a review") as caught:
        ReviewFile(tmp_path / "review.json")
    assert "Anna" not in str(caught.value)


def test_a_review_with_rows_of_decisions_is_read(tmp_path):
    (tmp_path / "review.json").write_text(json.dumps({"format": FORMAT, "decisions": [ROW]}))
    assert [one.text for one in ReviewFile(tmp_path / "review.json").decisions().values()] == ["Dear Anna"]


def test_a_review_of_an_earlier_version_of_the_kit_is_gone_on_with(tmp_path):
    (tmp_path / "review.json").write_text(json.dumps({"format": BEFORE, "decisions": [ROW]}))
    ReviewFile(tmp_path / "review.json").keep(decide(TEXTS[0], "approved", by="M. K.", read=True))
    assert len(ReviewFile(tmp_path / "review.json").decisions()) == 2


@pytest.mark.parametrize("start", ["[", '{"format":'])
def test_a_review_without_end_is_refused(tmp_path, start):
    (tmp_path / "review.json").write_text(start * 100_000)
    with pytest.raises(StoreError, match=r"review\.json cannot be read as a review"):
        ReviewFile(tmp_path / "review.json")


def test_a_review_longer_than_any_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "review.json").open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(StoreError, match=r"review\.json is not a review"):
        ReviewFile(tmp_path / "review.json")


def test_a_file_that_cannot_be_written_is_told_to_the_page_and_loses_nothing(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    page = Page(TEXTS, reviewer="M. K.", backend=ReviewFile(folder / "review.json"))
    page.decide()
    away = folder.rename(tmp_path / "away")
    assert page.decide(at=1) == {"ok": False, "problem": "store"}
    away.rename(folder)
    assert page.decide(at=1)["ok"] and page.reviewed.counts["approved"] == 2


def test_the_app_joins_texts_questions_and_file(tmp_path):
    scrubbed = Scrubbed(TEXTS, left_out=3)
    desk = open_review(scrubbed, tmp_path / "review.json", reviewer="M. K.", study=STUDY)
    assert desk._told(TEXTS[0], None)["prompt"] == "What happened?"
    ReviewFile(tmp_path / "review.json").keep(decide(TEXTS[0], "approved", by="M. K.", read=True))
    found = approved(scrubbed, tmp_path / "review.json")
    assert [said.text for _, said in found.approved] == [PROPOSED]
    assert found.left_out == 3 and desk.reviewed.counts == found.counts


def test_what_a_learner_withdrew_can_be_taken_out_of_the_file(tmp_path):
    path = tmp_path / "review.json"
    for text in TEXTS:
        ReviewFile(path).keep(decide(text, "approved", by="M. K.", read=True))
    assert forget_others(Scrubbed(TEXTS[1:]), path) == 1
    assert forget_others(Scrubbed(TEXTS[1:]), path) == 0
    assert set(ReviewFile(path).decisions()) == {TEXTS[1].place} and "lung" not in path.read_text(encoding="utf-8")
