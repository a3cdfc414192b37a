"""The coder's desk, played from the page's side: numbered messages in, one reply each out."""

import json

import pytest

from coprod_widgets.apps.coding import StoreCodingBackend
from coprod_widgets.store.codings import CodingStore
from coprod_widgets.study.codebook import Coding
from coprod_widgets.widgets.coding import MAX_REPLY_CHARS, CodingDesk

ANSWER = "She drew the lung 🫁 on an envelope, and 漢字 beside it. Nobody hurried."
OTHER = "He wrote the dose on the fridge, in his own words."
WORDS = "🫁 on an envelope, and 漢字"
START = ANSWER.index(WORDS)
MEMO = "Kept for years: quilting"
THEMES = [
    {"theme": "tools_and_papers", "name": "Tools and papers", "meaning": "A thing carries the work."},
    {"theme": "power", "name": "Power", "include": "Who decides.", "exclude": "Disagreement between equals."},
]


def answer(text=ANSWER, **changed):
    place = {"session": "SPRING-26", "pseudonym": "L-0SAMPLE0", "question": "what_happened", "revision": 2}
    return {**place, "text": text, "prompt": "What happened?", "roles": {"patient": "father"}, **changed}


TEXTS = [answer(), answer(OTHER, question="patient_plan", revision=1)]


class Page(CodingDesk):
    """A desk that keeps what it sends to the page."""

    def send(self, content, buffers=None):
        self.heard.append(content)

    def ask(self, ask, **content):
        self.heard = []
        self._handle_custom_msg({"id": "p-1", "ask": ask, **content}, [])
        (reply,) = self.heard
        assert reply.pop("reply_to") == "p-1"
        return reply

    def code(self, **changed):
        return self.ask("add", **{**excerpt(), **changed})

    def shown(self, at=0):
        return self.ask("texts", at=at)["texts"][0]["codings"]


def excerpt(**changed):
    where = {name: TEXTS[0][name] for name in ("session", "pseudonym", "question", "revision")}
    which = {"theme": "power", "start": START, "end": START + len(WORDS), "words": WORDS, "memo": ""}
    return {**where, **which, **changed}


@pytest.fixture(params=["notebook", "store"])
def backend(request):
    if request.param == "notebook":
        return None
    return StoreCodingBackend(CodingStore(request.getfixturevalue("sqlite_store")))


@pytest.fixture
def page(backend):
    return Page(TEXTS, THEMES, coder="Maud", backend=backend)


def another(page, texts=TEXTS, themes=THEMES, coder="Maud"):
    """A desk opened later, on what this one's backend keeps."""
    return Page(texts, themes, coder=coder, backend=page.backend)


def test_hello_says_how_much_there_is_and_holds_no_text(page):
    told = page.ask("hello")
    assert (told["texts"], told["coded"], told["at"]) == (2, [], 0)
    assert (told["coder"], told["kept"]) == ("Maud", page.backend.where)
    assert "envelope" not in json.dumps(told)


def test_texts_come_with_what_their_reader_needs(page):
    first, second = page.ask("texts", at=0)["texts"]
    assert (first["at"], first["text"], first["prompt"]) == (0, ANSWER, "What happened?")
    assert (first["roles"], first["codings"]) == ({"patient": "father"}, [])
    assert (second["at"], second["text"]) == (1, OTHER)
    assert page.ask("texts", at=2) == {"ok": True, "texts": []}


def test_many_texts_come_in_several_replies():
    longest = "The ward was quiet. " * (MAX_REPLY_CHARS // 20)
    page = Page([answer(longest, question=f"q{n}") for n in range(5)], THEMES, coder="Maud")
    at = replies = 0
    while texts := page.ask("texts", at=at)["texts"]:
        assert len(texts) <= 2 and [text["at"] for text in texts] == list(range(at, at + len(texts)))
        at, replies = at + len(texts), replies + 1
    assert (at, replies) == (5, 3)


def test_a_coding_is_acknowledged_and_becomes_one_of_the_desks(page):
    reply = page.code(memo=MEMO)
    assert (reply["ok"], reply["memo"]) == (True, MEMO) and reply["saved_at"]
    [coding] = page.codings
    assert (coding.coder, coding.theme, coding.words, coding.memo) == ("Maud", "power", WORDS, MEMO)
    assert ANSWER[coding.start : coding.end] == WORDS
    [shown] = page.shown()
    assert (shown["start"], shown["end"], shown["words"], shown["apart"]) == (START, START + len(WORDS), WORDS, "")


def test_a_message_sent_twice_is_one_coding(page):
    assert page.code() == page.code()
    assert len(page.codings) == 1


def test_excerpts_may_overlap_and_have_several_themes(page):
    page.code()
    page.code(theme="tools_and_papers")
    page.code(start=0, end=START + 4, words=ANSWER[: START + 4])
    assert len(page.codings) == len(page.shown()) == 3


def test_the_desk_opens_where_its_coder_was_last(page):
    page.code(question="patient_plan", revision=1, start=0, end=8, words="He wrote")
    told = another(page).ask("hello")
    assert (told["at"], told["coded"]) == (1, [1])


def test_a_coder_sees_only_their_own_codings(page):
    page.code()
    other = another(page, coder="Ines")
    assert (other.codings, other.shown(), other.ask("hello")["coded"]) == ([], [], [])
    other.code()
    other.ask("remove", **excerpt())
    assert [coding.coder for coding in page.codings] == ["Maud"]


def test_a_memo_is_kept_and_another_windows_memo_is_not_overwritten(page):
    page.code()
    assert page.ask("memo", **excerpt(memo=MEMO), base="")["memo"] == MEMO
    refused = another(page).ask("memo", **excerpt(memo="From the other window"), base="")
    assert refused == {"ok": False, "problem": "conflict", "memo": MEMO}
    assert [coding.memo for coding in page.codings] == [MEMO]


def test_what_is_removed_is_gone_and_can_be_put_back(page):
    page.code(memo=MEMO)
    assert page.ask("remove", **excerpt())["ok"] and page.ask("remove", **excerpt())["ok"]
    assert page.codings == []
    assert page.ask("memo", **excerpt(memo="Too late"), base=MEMO) == {"ok": False, "problem": "removed"}
    page.code(memo=MEMO)
    assert [coding.memo for coding in page.codings] == [MEMO]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ({"revision": 3}, "text"),
        ({"text": ANSWER.replace("envelope", "napkin")}, "text"),  # de-identified: the same revision reads otherwise
    ],
    ids=["revised", "de-identified"],
)
def test_what_was_coded_in_another_version_of_a_text_is_told_apart(page, text, why):
    page.code()
    later = another(page, texts=[answer(**text)])
    [shown] = later.shown()
    assert (shown["apart"], shown["words"]) == (why, WORDS)
    assert later.ask("hello")["coded"] == []
    assert later.code()["problem"] == "other_text"


def test_a_coding_whose_theme_left_the_codebook_is_told_apart(page):
    page.code()
    later = another(page, themes=THEMES[:1])
    assert [coding["apart"] for coding in later.shown()] == ["theme"]
    assert later.code() == {"ok": False, "problem": "unknown_theme"}


@pytest.mark.parametrize(
    "message",
    [
        excerpt(ask="add", words="🫁 on an envelopE, and 漢字"),
        excerpt(ask="add", end=START + len(WORDS) + 1),
        excerpt(ask="add", start=START + 1, end=START + 1 + len(WORDS)),
        excerpt(ask="add", start=-1),
        excerpt(ask="add", start=str(START)),
        excerpt(ask="add", start=True),
        excerpt(ask="add", revision=None),
        excerpt(ask="add", revision=1),
        excerpt(ask="add", pseudonym="L-0NOBODY0"),
        excerpt(ask="add", theme="kindness"),
        excerpt(ask="add", theme=None),
        excerpt(ask="add", memo="m" * 10_001),
        excerpt(ask="add", memo="quilting\0"),
        excerpt(ask="memo", memo=MEMO),
        excerpt(ask="memo", memo=7, base=""),
        excerpt(ask="remove", session=None),
        {"ask": "texts"},
        {"ask": "texts", "at": -1},
        {"ask": "codings_of_everyone"},
        {"ask": ["hello"]},
    ],
    ids=lambda message: json.dumps(message)[-60:],
)
def test_a_message_that_makes_no_sense_is_refused_and_changes_nothing(page, message, caplog):
    page.code(theme="tools_and_papers")
    before = page.codings
    assert page.ask(**message)["ok"] is False
    assert page.codings == before
    assert "envelope" not in caplog.text and "quilting" not in caplog.text


def test_neither_text_nor_coding_enters_the_widgets_state_or_repr(page):
    page.code(memo=MEMO)
    page.ask("texts", at=0)
    told = json.dumps(page.get_state(), default=repr) + repr(page) + json.dumps(page._repr_mimebundle_(), default=repr)
    told += repr(page.codings)
    assert not any(word in told for word in ("envelope", "fridge", "quilting", "father"))
    assert "Tools and papers" in told


def test_a_failing_store_is_told_and_texts_kept_out_of_the_log(sqlite_store, tmp_path, caplog):
    page = Page(TEXTS, THEMES, coder="Maud", backend=CodingStore(sqlite_store))
    (tmp_path / "responses.sqlite3").rename(tmp_path / "elsewhere")
    assert page.code(memo=MEMO) == {"ok": False, "problem": "store"}
    assert "add failed" in caplog.text
    assert "envelope" not in caplog.text and "quilting" not in caplog.text


def test_a_learner_who_deleted_everything_is_not_coded_from_an_open_desk(sqlite_store, study):
    learner = sqlite_store.enrol("phone-9f2c41d07be35a68")
    texts = [answer(pseudonym=learner), answer()]
    page = Page(texts, THEMES, coder="Maud", backend=StoreCodingBackend(CodingStore(sqlite_store)))
    sqlite_store.delete(learner)
    assert page.code(pseudonym=learner) == {"ok": False, "problem": "gone"}
    assert page.code()["ok"]


def test_words_coded_under_the_same_numbers_before_are_not_taken_for_these(page):
    page.backend.add(Coding(coder="Maud", **{**excerpt(), "words": "x" * len(WORDS)}))
    assert page.code() == {"ok": False, "problem": "other_text"}


@pytest.mark.parametrize(
    ("texts", "themes", "coder", "told"),
    [
        ([answer(), answer("Later.", revision=3)], THEMES, "Maud", "twice"),
        (TEXTS, [*THEMES, THEMES[0]], "Maud", "'tools_and_papers'.*twice"),
        ([{"text": ANSWER}], THEMES, "Maud", "session, pseudonym, question, revision"),
        (TEXTS, [{"theme": "power"}], "Maud", "theme.*name"),
        (TEXTS, THEMES, " ", "coder"),
        (TEXTS, THEMES, "M" * 201, "coder"),
        ([answer(ANSWER + "\0")], THEMES, "Maud", "'what_happened'.*NUL"),
    ],
)
def test_what_a_desk_cannot_be_made_from_is_told_unquoted(texts, themes, coder, told):
    with pytest.raises(ValueError, match=told) as caught:
        CodingDesk(texts, themes, coder=coder)
    assert "envelope" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "  ", float("nan"), None, "a" * 201, "half \ud800"])
@pytest.mark.parametrize("column", ["theme", "name"])
def test_a_theme_that_could_never_be_kept_is_refused_when_the_desk_is_opened(column, name):
    theme = {"theme": "power", "name": "Power"} | {column: name}
    with pytest.raises(ValueError, match=f"theme('s {column}| has no {column})"):
        CodingDesk([], [theme], coder="A.")
