"""The wall, played from the page's side, on a real store: what it is told, and what it never is."""

import json

import pytest

from coprod_widgets.store.sessions import PHASES, ClassSession
from coprod_widgets.store.wall import Wall
from coprod_widgets.widgets.wall import EXCERPT_CHARS, FIRST_LINES, FOR_INSTRUCTOR, MOST, ResponseWall

HIDDEN, OTHER = "She asked what he was afraid of; quilting.", "He wrote the doses on the fridge."
NAMED = "Dr Grace Moorehouse rang my father on 419-555-0127."


class FormBackend(Wall):
    """A wall that can move its session on."""

    def move(self, phase, section=""):
        part = self.study.section(section) if section else None
        ClassSession.of(self.store, self.session).moved(self.store, phase, section=part)

    def time(self, minutes, *, more=False):
        ClassSession.of(self.store, self.session).timed(self.store, minutes, more=more)


class Page(ResponseWall):
    """A wall's widget that keeps what it sends to the page, and all of it."""

    def __init__(self, *args, **kwargs):
        self.ever = []
        super().__init__(*args, **kwargs)

    def send(self, content, buffers=None):
        self.heard.append(content)
        self.ever.append(json.dumps(content))

    def ask(self, ask, **content):
        self.heard = []
        self._handle_custom_msg({"id": "p-1", "ask": ask, **content}, [])
        (reply,) = self.heard
        assert reply.pop("reply_to") == "p-1"
        return reply

    def heads(self):
        return self.ask("changes", cursor="", covered=False)["heads"]

    def do(self, action, head=None, *, covered=False, reads=True, **content):
        """Do something with an answer; whoever shows one has read it to its end, unless they don't."""
        head = head or self.heads()[0]
        if action == "show" and reads and not covered:
            self.ask("texts", ids=[head["id"]], covered=False, whole=True)
        seen = {"version": head["version"], "number": head["number"]}
        return self.ask("act", **{"card": head["id"], "action": action, "covered": covered, **seen, **content})

    def texts(self, covered, **content):
        return self.ask("texts", ids=[head["id"] for head in self.heads()], covered=covered, **content)["texts"]

    def told(self, words):
        return any(words in message for message in self.ever)


class Class:
    """A session and its learners, who all agreed to class use."""

    def __init__(self, store, study):
        self.store, self.study = store, study
        self.session = ClassSession.open(study, store, title="Tuesday")
        self.course = {"session": self.session.name, "study": study}
        self.learners = {}

    def write(self, number, text, question="what_happened"):
        if number not in self.learners:
            self.learners[number] = self.store.enrol(f"{number:032x}")
            self.agree(number, True)
        base = len(self.store.revisions(self.learners[number], question, **self.course))
        self.store.save(self.learners[number], question, text, base=base, **self.course)

    def agree(self, number, given):
        self.store.agree(self.learners[number], "class", given, version=1, language="en", **self.course)

    def page(self, *, projector=False, by="instructor"):
        backend = FormBackend(self.store, self.session.name, self.study, by)
        backend.store = self.store
        return Page(backend, self.study, projector=projector, title=self.session.title, code=self.session.code)


@pytest.fixture
def room(sqlite_store, study):
    return Class(sqlite_store, study)


@pytest.fixture
def page(room):
    room.write(1, HIDDEN)
    return room.page()


def test_what_is_new_comes_without_a_text(page):
    payload = page.ask("changes", cursor="")
    (head,) = payload["heads"]
    assert (head["question"], head["shown"], head["length"]) == ("what_happened", False, len(HIDDEN))
    assert (payload["phase"], payload["counts"]["agreed"], payload["last"]) == ("joining", 1, None)
    assert page.ask("changes", cursor=payload["cursor"])["heads"] == []
    assert not page.told("quilting")


@pytest.mark.parametrize("covered", [True, None, "no", 0, [], {}])
def test_a_covered_page_is_told_no_hidden_text(page, covered):
    assert page.texts(covered) == []
    assert page.texts(covered, whole=True) == []
    assert page.ask("find", words="quilting", covered=covered)["found"] == []
    for action in ("flag", "theme", "hide", "edit"):
        page.do(action, covered=covered, value="Nothing of it" if action == "edit" else "asking")
    page.ask("undo", covered=covered)
    page.ask("canvas", covered=covered)
    assert not page.told("quilting")


def test_a_page_that_does_not_say_is_covered(page):
    (head,) = page.heads()
    assert page.ask("texts", ids=[head["id"]]) == {"ok": True, "texts": []}


def test_nobody_shows_what_they_cannot_see(page):
    assert page.do("show", covered=True) == {"ok": False, "problem": "covered"}
    assert page.heads()[0]["shown"] is False


LONG = f"It was a good day. {'She went on. ' * 60}and sometimes I do not want to be here."
LINES = "One\ntwo\nthree\nfour\nand sometimes I do not want to be here."


@pytest.mark.parametrize(
    "text", [LONG, LINES, "x" * 500, "One\n" * 9 + "end"], ids=["words", "lines", "letters", "both"]
)
def test_only_what_a_page_was_sent_to_the_end_can_be_shown(room, text):
    room.write(1, text)
    page = room.page()
    (head,) = page.heads()
    unread = {"ok": False, "problem": "unread", "which": head["id"]}
    assert page.do("show", reads=False) == unread  # it was sent nothing of it yet
    (folded,) = page.texts(False)
    assert folded["more"] and text.startswith(folded["text"]) and len(folded["text"]) < len(text)
    assert page.do("show", reads=False) == unread and page.heads()[0]["shown"] is False
    page.texts(False, whole=True)
    assert page.do("show", reads=False)["card"]["shown"]


def test_what_another_page_was_sent_nobody_has_read_here(room):
    room.write(1, LONG)
    page = room.page()
    (head,) = page.heads()
    page._handle_custom_msg({"id": "q-1", "ask": "texts", "ids": [head["id"]], "covered": False, "whole": True}, [])
    assert page.do("show", reads=False)["problem"] == "unread"


def test_what_was_read_before_the_cover_fell_or_the_text_changed_is_read_anew(room, page):
    page.texts(False)
    page.ask("ping")
    assert page.do("show", reads=False)["ok"] and page.do("hide")["ok"]
    page.ask("changes", cursor="", covered=True)
    assert page.do("show", reads=False)["problem"] == "unread"
    page.texts(False)
    room.write(1, f"{HIDDEN} He is 81 now.")
    assert page.do("show", reads=False)["problem"] == "unread"
    assert page.do("show")["ok"]


def test_what_comes_back_onto_the_screen_is_read_like_what_is_shown(room):
    room.write(1, LONG)
    page = room.page()
    page.do("show")
    page.do("hide", covered=True)
    assert page.ask("undo", covered=True)["problem"] == "covered"
    assert page.ask("undo", covered=False)["problem"] == "unread"
    page.texts(False, whole=True)
    assert page.ask("undo", covered=False)["card"]["shown"]


def test_a_flagged_answer_and_one_that_may_name_somebody_ask_before_they_are_shown(room):
    room.write(1, NAMED)
    page = room.page()
    page.do("flag")
    for sure, doubt in [(None, "flagged"), (True, "flagged"), (["named"], "flagged"), (["flagged"], "named")]:
        assert page.do("show", sure=sure)["problem"] == doubt
    assert page.heads()[0]["shown"] is False
    assert page.do("show", sure=["flagged", "named"])["card"]["shown"]


def test_an_undo_that_shows_asks_too_and_any_other_does_not(room):
    room.write(1, NAMED)
    page = room.page()
    page.do("show", sure=["named"])
    page.do("hide")
    page.texts(False, whole=True)
    assert page.ask("undo", covered=False)["problem"] == "named"
    assert page.ask("undo", covered=False, sure=["named"])["card"]["shown"]
    assert page.ask("undo", covered=True)["card"]["shown"] is False  # it takes the showing back


def test_an_uncovered_page_has_the_text_and_shows_it(page):
    (text,) = page.texts(False)
    assert (text["text"], text["more"], text["marks"], text["found"]) == (HIDDEN, False, [], 0)
    payload = page.do("show")
    assert payload["card"]["shown"] and payload["last"]["action"] == "show"
    assert [one["text"] for one in page.texts(True)] == [HIDDEN]


def test_the_original_of_an_edited_answer_is_hidden_though_the_answer_is_shown(page):
    page.do("edit", value="She asked what he was afraid of.")
    page.do("show")
    (covered,), (uncovered,) = page.texts(True, whole=True), page.texts(False, whole=True)
    assert "original" not in covered and uncovered["original"] == HIDDEN
    assert page.ask("find", words="quilting", covered=True)["found"] == []
    assert len(page.ask("find", words="QUILTING", covered=False)["found"]) == 1


def test_a_long_answer_comes_in_its_first_lines_until_it_is_read_whole(room, page):
    room.write(2, "The ward was quiet. " * 1000)
    long = max(page.texts(False), key=lambda text: len(text["text"]))
    assert (long["more"], long["words"]) == (True, 4000) and FIRST_LINES - 20 < long["fold"] <= FIRST_LINES
    assert len(long["text"]) == long["fold"]
    whole = page.ask("texts", ids=[long["id"]], covered=False, whole=True)["texts"][0]
    assert (len(whole["text"]), whole["more"]) == (20_000, False)


def test_an_answer_in_another_language_is_said_to_be_unchecked_and_has_no_marks(room):
    room.write(1, "La enfermera Eligia habló con mi madre por la mañana.")
    (text,) = room.page().texts(False)
    assert (text["checked"], text["found"]) == (False, 0)
    assert room.page().do("edit", value="She talked with my mother.")["text"]["checked"] is True


def test_what_may_name_somebody_is_marked_with_words_to_put_instead(room):
    room.write(1, NAMED)
    page = room.page()
    (text,) = page.texts(False)
    assert text["found"] == 2
    marks = [(NAMED[mark["start"] : mark["end"]], mark["replacement"]) for mark in text["marks"]]
    assert marks[0][0].endswith("Grace Moorehouse") and text["marks"][0]["kind"] == "name"
    assert marks[-1] == ("419-555-0127", "a phone number") and all(mark["reason"] for mark in text["marks"])
    assert page.do("edit", value="The doctor sat down.")["text"]["found"] == 0
    assert page.do("unedit")["text"]["found"] == 2


def test_what_may_name_somebody_counts_though_it_stands_beyond_the_first_lines(room):
    room.write(1, f"{'The ward was quiet. ' * 100}{NAMED}")
    (text,) = room.page().texts(False)
    assert (text["more"], text["marks"], text["found"]) == (True, [], 2)


def test_one_message_looks_through_so_many_letters_and_the_page_asks_for_the_rest(room):
    for n in range(8):
        room.write(n, f"{n} {'The ward was quiet. ' * 1000}"[:20_000])
    page = room.page()
    ids = [head["id"] for head in page.heads()]
    first = page.ask("texts", ids=ids, covered=False)["texts"]
    assert 1 < len(first) < 8
    assert len(page.ask("texts", ids=ids[len(first) :], covered=False)["texts"]) == 8 - len(first)


def test_two_instructors_both_get_their_way_or_are_told(room, page):
    other = room.page(by="colleague")
    (seen,) = other.heads()
    page.do("edit", value="Taken out")
    payload = other.do("show", seen)
    assert (payload["problem"], payload["card"]["edited"], payload["text"]["text"]) == ("conflict", True, "Taken out")
    assert other.do("show", payload["card"])["card"]["shown"]
    assert page.do("show", payload["card"])["ok"]  # what is so already is no conflict


def test_a_conflict_tells_a_covered_page_no_text(room, page):
    other = room.page(by="colleague")
    (seen,) = other.heads()
    page.do("edit", value="Taken out: cello")
    payload = other.do("edit", seen, covered=True, value="Mine")
    assert (payload["problem"], payload["text"]) == ("conflict", None)
    assert not other.told("cello")


def test_undo_says_what_it_would_take_back(page):
    page.do("flag")
    assert page.do("show", sure=["flagged"])["last"]["action"] == "show"
    payload = page.ask("undo", covered=False)
    assert (payload["card"]["shown"], payload["card"]["flagged"], payload["last"]["action"]) == (False, True, "flag")
    page.ask("undo", covered=False)
    assert page.ask("undo", covered=False) == {"ok": True, "card": None, "last": None}


def test_an_answer_whose_learner_takes_back_consent_leaves_the_wall(room, page):
    (head,) = page.heads()
    payload = page.ask("changes", cursor="")
    room.agree(1, False)
    assert page.do("show", head)["problem"] == "gone"
    assert page.ask("changes", cursor=payload["cursor"])["gone"] == [head["id"]]
    assert page.ask("texts", ids=[head["id"]], covered=False)["texts"] == []


def test_the_session_moves_through_its_phases(page):
    for phase in PHASES:
        assert page.ask("move", phase=phase) == {"ok": True, "phase": phase}
        assert page.ask("changes", cursor="")["phase"] == phase
    assert page.ask("move", phase="holiday")["problem"] == "unusable"


def test_the_clock_is_started_given_more_and_stopped(page, projector):
    assert page.ask("changes", cursor="")["left"] is projector.ask("shown")["left"] is None
    assert 899 < page.ask("time", minutes=15)["left"] <= 900
    assert 959 < page.ask("time", minutes=1, more=True)["left"] <= 960
    assert 959 < page.ask("changes", cursor="")["left"] <= 960
    assert 959 < projector.ask("shown")["left"] <= 960
    assert page.ask("time", minutes=0) == {"ok": True, "left": None}
    assert "240" in page.ask("time", minutes=999)["why"]
    assert page.ask("time", minutes=-1)["problem"] == "unusable"


def test_one_section_moves_and_every_wall_is_told(room, page):
    other = room.page(by="colleague")
    part = room.study.sections[1]
    assert page.ask("move", phase="discussion", section=part.key) == {"ok": True, "phase": "discussion"}
    payload = other.ask("changes", cursor="")
    assert (payload["phase"], payload["sections"]) == ("joining", {part.key: "discussion"})
    other.ask("move", phase="sharing", section="")
    assert page.ask("changes", cursor="")["sections"] == {}


@pytest.mark.parametrize(
    ("phase", "section", "why"), [("joining", "b", "sharing, discussion"), ("sharing", "z", "'z'")]
)
def test_a_section_that_cannot_be_moved_so_is_told_why(page, phase, section, why):
    reply = page.ask("move", phase=phase, section=section)
    assert reply["problem"] == "unusable" and why in reply["why"]


def test_the_canvas_has_excerpts_and_no_whole_story(room):
    room.write(1, "He asked her. " * 100, "professional_plan")
    page = room.page()
    page.do("show")
    payload = page.ask("canvas")
    (excerpt,) = payload["excerpts"]["professional"]["plan"]
    assert len(excerpt["text"]) <= EXCERPT_CHARS + 1 and payload["cells"]["professional"]["plan"] == 1
    assert ["patient", "carrying_out"] in payload["gaps"]


def head_of(page, text):
    return next(head for head in page.heads() if head["length"] == len(text))


@pytest.fixture
def projector(room, page):
    room.write(2, OTHER)
    page.do("show", head_of(page, OTHER))
    return room.page(projector=True)


def test_a_projector_has_what_is_shown_and_nothing_else_of_it(projector):
    payload = projector.ask("shown")
    (one,) = payload["shown"]
    assert one.keys() == {"id", "question", "edited", "key"}
    assert projector.ask("shown_texts", ids=[one["id"]])["texts"] == [
        {"id": one["id"], "key": one["key"], "text": OTHER}
    ]
    assert projector.ask("shown", state=payload["state"]) == {"ok": True, "state": payload["state"], "left": None}


def test_a_projector_says_whose_it_is_and_ends_with_its_session(room, page, projector):
    payload = projector.ask("shown")
    (one,) = payload["shown"]
    assert payload["course"] == {"title": "Tuesday", "code": room.session.code, "closed": False}
    assert room.session.code not in str(projector.get_state())
    page.ask("move", phase="closed")
    payload = projector.ask("shown", state=payload["state"])
    assert (payload["shown"], payload["course"]["closed"]) == ([], True)
    assert projector.ask("shown_texts", ids=[one["id"]])["texts"] == []
    assert projector.ask("canvas") == {"ok": False, "problem": "closed"}
    assert page.ask("canvas")["ok"]  # its instructor still has it
    page.ask("move", phase="discussion")
    assert projector.ask("shown")["shown"] == [one]


@pytest.mark.parametrize("ask", sorted(FOR_INSTRUCTOR.keys() - {"ping", "canvas"}))
def test_a_projector_can_ask_for_nothing_else(room, projector, ask):
    ids = [head["id"] for head in room.page().heads()]
    extra = {
        "ids": ids,
        "cursor": "",
        "words": "quilting",
        "covered": False,
        "whole": True,
        "phase": "closed",
        "minutes": 5,
    }
    assert projector.ask(ask, **extra, card=ids[0], action="show", version=0, number=1)["ok"] is False
    projector.set_state({"projector": False})  # as a page could
    assert projector.ask(ask, **extra)["ok"] is False
    assert projector.ask("shown_texts", ids=ids)["texts"][0]["text"] == OTHER
    assert not projector.told("quilting")


def test_what_is_hidden_again_leaves_the_projector(page, projector):
    (one,) = projector.ask("shown")["shown"]
    page.do("hide", head_of(page, OTHER))
    assert projector.ask("shown")["shown"] == []
    assert projector.ask("shown_texts", ids=[one["id"]])["texts"] == []


@pytest.mark.parametrize(
    "message",
    [
        {"ask": "texts", "ids": "all"},
        {"ask": "texts", "ids": [1]},
        {"ask": "texts", "ids": ["x"] * (MOST + 1)},
        {"ask": "changes", "cursor": None},
        {"ask": "find", "words": "x" * 201},
        {"ask": "act", "card": "x", "action": "show", "version": "1"},
        {"ask": "act", "card": "x", "action": "edit", "version": 1, "value": ["x"]},
        {"ask": "act", "card": "x", "action": "show", "version": True},
        {"ask": "move", "phase": 7},
        {"ask": "move", "phase": "sharing", "section": ["b"]},
    ],
)
def test_a_message_that_makes_no_sense_is_refused(page, message):
    assert page.ask(**message, covered=False)["problem"] == "unusable"


@pytest.mark.parametrize("ask", [None, [], {}, "__init__", "answer"])
def test_an_unknown_question_is_answered_with_a_problem(page, ask):
    assert page.ask(ask)["ok"] is False


def test_an_unknown_action_is_told_which_there_are(page):
    payload = page.do("publish")
    assert payload["problem"] == "unusable" and "show, hide" in payload["why"]


def test_no_text_is_in_state_repr_or_log(page, caplog):
    page.texts(False)
    page.do("edit", value="Taken out: cello")
    page.do("theme", value="x" * 2000 + "cello")
    kept = f"{page.get_state()} {page!r} {caplog.text}"
    assert "quilting" not in kept and "cello" not in kept
