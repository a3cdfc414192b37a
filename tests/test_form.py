"""The learner's form, played from the page's side: numbered messages in, one reply each out."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from frozen import STUDY

from coprod_widgets import SelfStudyForm
from coprod_widgets.apps.learner import StoreBackend, open_self_study
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.sessions import PHASES, ClassSession
from coprod_widgets.store.settings import SESSION
from coprod_widgets.store.wall import Wall
from coprod_widgets.widgets.backends.form import ClassInfo
from coprod_widgets.widgets.form import LONGEST, MAX_IDENTIFIERS

DEVICE = "0f" * 16
KEY = "what_happened"
TEXT = "The district nurse drew the lung on the back of an envelope."


class Page(SelfStudyForm):
    """A form that keeps what it sends to the page."""

    def send(self, content, buffers=None):
        self.heard.append(content)

    def ask(self, ask, *, device=DEVICE, **content):
        self.heard = []
        self._handle_custom_msg({"id": "p-1", "ask": ask, "device": device, **content}, [])
        (reply,) = self.heard
        assert reply.pop("reply_to") == "p-1"
        return reply


@pytest.fixture(params=["notebook", "store"])
def page(request):
    if request.param == "notebook":
        return Page(STUDY)
    store = request.getfixturevalue("sqlite_store")
    return Page(STUDY, backend=StoreBackend(store, STUDY))


def written(page, text=TEXT, base=0, key=KEY):
    return page.ask("save", question=key, text=text, base=base)


def test_a_saved_text_is_acknowledged_with_its_number_and_becomes_the_value(page):
    assert page.ask("hello")["answers"] == {}
    reply = written(page)
    assert (reply["ok"], reply["number"]) == (True, 1)
    assert page.value == {KEY: TEXT}
    assert page.ask("hello")["answers"][KEY]["text"] == TEXT


def test_a_text_on_an_older_base_is_not_stored_and_shows_the_newer_one(page):
    written(page)
    written(page, "She drew it twice.", base=1)
    reply = written(page, "She drew it badly.", base=1)
    assert (reply["ok"], reply["problem"]) == (False, "conflict")
    assert (reply["latest"]["number"], reply["latest"]["text"]) == (2, "She drew it twice.")
    assert page.value == {KEY: "She drew it twice."}


def test_every_stored_text_can_be_seen_newest_first(page):
    written(page)
    written(page, "She drew it twice.", base=1)
    kept = page.ask("revisions", question=KEY)["revisions"]
    assert [one["text"] for one in kept] == ["She drew it twice.", TEXT]


def test_what_is_handed_in_is_what_the_page_shows(page):
    written(page)
    refused = page.ask("hand_in", answers={KEY: TEXT + " Twice."})
    assert refused == {"ok": False, "problem": "mismatch", "questions": [KEY]}
    assert page.ask("hello")["handed_in_at"] is None
    receipt = page.ask("hand_in", answers={KEY: TEXT})
    assert receipt["handed_in_at"] and receipt["answers"][KEY]["text"] == TEXT


def test_a_page_hands_in_by_the_names_of_the_revisions_that_it_shows(page):
    saved = written(page)
    shown = {KEY: f"{saved['number']}@{saved['saved_at']}", "patient_plan": ""}
    written(page, "She drew it twice.", base=1)
    mismatch = {"ok": False, "problem": "mismatch", "questions": [KEY]}
    assert page.ask("hand_in", revisions=shown) == mismatch
    newest = page.ask("hello")["answers"][KEY]
    assert page.ask("hand_in", revisions={}) == page.ask("hand_in", revisions={KEY: newest["number"]}) == mismatch
    receipt = page.ask("hand_in", revisions={KEY: f"2@{newest['saved_at']}"})
    assert receipt["handed_in_at"] and receipt["answers"][KEY]["text"] == "She drew it twice."


def test_the_place_comes_back(page):
    written(page)
    page.ask("place", place="what_helped")
    assert page.ask("hello")["place"] == "what_helped"


def test_deleting_says_how_much_went_and_leaves_nothing(page):
    written(page)
    written(page, "She drew it twice.", base=1)
    assert page.ask("delete") == {"ok": True, "answers": 1, "revisions": 2}
    assert (page.value, page.ask("hello")["answers"]) == ({}, {})


def test_an_answer_never_enters_the_widgets_state_or_repr(page):
    written(page)
    told = json.dumps(page.get_state(), default=repr) + repr(page) + json.dumps(page._repr_mimebundle_(), default=repr)
    assert "envelope" not in told


@pytest.mark.parametrize(
    "message",
    [
        {"ask": "save", "question": "no_such_question", "text": TEXT, "base": 0},
        {"ask": "save", "question": KEY, "text": 7, "base": 0},
        {"ask": "save", "question": KEY, "text": TEXT, "base": "0"},
        {"ask": "save", "question": KEY, "text": TEXT},
        {"ask": "save", "question": KEY, "text": "a" * (LONGEST + 1), "base": 0},
        {"ask": "hello", "device": "short"},
        {"ask": "hello", "device": None},
        {"ask": "place", "place": "x" * 65},
        {"ask": "hand_in", "answers": [TEXT]},
        {"ask": "resume", "code": None},
        {"ask": "identifiers", "text": None},
        {"ask": "identifiers", "text": "a" * (LONGEST + 1)},
        {"ask": "agree", "use": "advertising", "given": True, "version": 1, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": "yes", "version": 1, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 999, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": "1", "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 1, "language": None, "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 1, "language": "en"},
        {"ask": "agree", "use": "class", "given": 1, "version": 1, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": True, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 1.0, "language": "en", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 1, "language": "<script>", "known": True},
        {"ask": "agree", "use": "class", "given": True, "version": 1, "language": "e\0n", "known": True},
        {"ask": "agree", "use": ["class"], "given": True, "version": 1, "language": "en", "known": True},
        {"ask": "save", "question": KEY, "text": "other", "base": True},
        {"ask": "save", "question": KEY, "text": "other", "base": 1.0},
        {"ask": "save", "question": KEY, "text": "other", "base": -2},
        {"ask": "save", "question": KEY, "text": "other", "base": 10**30},
        {"ask": "save", "question": KEY, "text": "a\0b", "base": 1},
        {"ask": "save", "question": [KEY], "text": "other", "base": 1},
        {"ask": "place", "place": "\ud800"},
        {"ask": "hello", "device": "\ud800" * 32},
        {"ask": "code", "code": ["x"], "address": "http://127.0.0.1/"},
        {"ask": "code", "address": "\ud800"},
        {"ask": "resume", "code": "\ud800"},
        {"ask": "join", "code": {}},
        {"ask": "export_everything"},
        {"ask": ["save"]},
        {"ask": None},
    ],
    ids=json.dumps,
)
def test_a_message_that_makes_no_sense_is_refused_and_changes_nothing(page, message, caplog):
    written(page)
    assert page.ask(**{"device": DEVICE, **message})["problem"] in ("unusable", "unknown_question", "too_long")
    assert page.ask("hello")["answers"][KEY]["text"] == TEXT
    assert caplog.text == ""  # a page can send any number of them


@pytest.mark.parametrize("message", ["save", 7, None, {"ask": "hello"}, {"id": 1, "ask": "hello"}], ids=repr)
def test_what_is_no_numbered_question_gets_no_reply(page, message):
    page.heard = []
    page._handle_custom_msg(message, [])
    assert page.heard == []


def test_another_browser_sees_nothing_of_this_learner(sqlite_store):
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    written(page)
    other = page.ask("hello", device="a5" * 16)
    assert (other["known"], other["answers"]) == (False, {})
    assert page.ask("revisions", device="a5" * 16, question=KEY)["revisions"] == []


def agree(page, use="class", given=True, known=True, **content):
    return page.ask("agree", use=use, given=given, version=1, language="en", known=known, **content)


@pytest.fixture
def stored(sqlite_store):
    return Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))


def test_a_choice_is_confirmed_with_what_is_then_kept(stored, sqlite_store, clock):
    written(stored)
    assert stored.ask("hello")["choices"] == {}
    reply = agree(stored)
    assert reply["ok"] and reply["choices"]["class"]["given"] is True
    (row,) = sqlite_store.rows()
    assert (row["class_use"], row["research_use"], row["consent_version"]) == (True, False, 1)
    assert stored.ask("hello")["choices"] == reply["choices"]
    clock.forward(60)
    again = agree(stored, given=False)["choices"]["class"]
    assert again["given"] is False and again["at"] > reply["choices"]["class"]["at"]


def test_somebody_new_may_choose_before_writing_and_somebody_deleted_may_not(stored, sqlite_store):
    assert agree(stored, known=False)["ok"]
    written(stored)
    assert [row["class_use"] for row in sqlite_store.rows()] == [True]
    stored.ask("delete")
    assert agree(stored)["problem"] == "gone"
    assert stored.ask("hello")["known"] is False


def test_without_a_store_there_is_nothing_to_agree_to():
    page = Page(STUDY)
    written(page)
    assert agree(page) == {"ok": False, "problem": "store"}
    assert (page.ask("hello")["choices"], page.ask("hello")["until"]) == ({}, None)


def test_a_choice_that_cannot_be_stored_is_not_confirmed(stored, tmp_path):
    written(stored)
    (tmp_path / "responses.sqlite3").rename(tmp_path / "elsewhere")
    assert agree(stored) == {"ok": False, "problem": "store"}


def test_a_page_is_told_until_when_its_session_is_kept(stored, sqlite_store):
    assert stored.ask("hello")["until"] is None
    Retention(sqlite_store).keep_until(SESSION, date(2099, 1, 31), title=STUDY.title, study_key=STUDY.key)
    assert stored.ask("hello")["until"] == "2099-01-31"


def test_a_failing_store_is_told_and_the_text_kept_out_of_the_log(sqlite_store, tmp_path, caplog):
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    written(page)
    (tmp_path / "responses.sqlite3").rename(tmp_path / "elsewhere")
    reply = written(page, "The envelope is on the fridge.", base=1)
    assert reply == {"ok": False, "problem": "store"}
    assert "save failed" in caplog.text and "fridge" not in caplog.text


def test_an_unforeseen_error_names_its_kind_only(page, caplog):
    class Broken(type(page.backend)):
        def hello(self, device):
            raise KeyError(TEXT)

    page.backend.__class__ = Broken
    assert page.ask("hello") == {"ok": False, "problem": "store"}
    assert "KeyError" in caplog.text and "envelope" not in caplog.text


def test_a_resume_code_comes_with_a_qr_code_of_its_link(sqlite_store):
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    assert page.ask("code", address="http://127.0.0.1:8866/")["problem"] == "unknown"
    written(page)
    reply = page.ask("code", address="http://127.0.0.1:8866/")
    assert len(reply["code"].replace("-", "")) * 5 >= 50  # 32 letters to choose from: five bits each
    assert {*"".join(reply["qr"])} == {"0", "1"} and len(reply["qr"]) == len(reply["qr"][0])
    assert page.ask("code", code=reply["code"], address="http://127.0.0.1:8866/")["code"] == reply["code"]


def test_a_resume_code_lets_another_browser_in_and_a_wrong_one_does_not(sqlite_store):
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    written(page)
    code = page.ask("code", address="http://127.0.0.1:8866/")["code"]
    other = "a5" * 16
    assert page.ask("resume", device=other, code="0000-0000-0000-0000")["problem"] == "refused"
    assert page.ask("resume", device=other, code=code.lower()) == {"ok": True, "code": code}
    assert page.ask("hello", device=other)["answers"][KEY]["text"] == TEXT


NAMED = "😀 Mary asked, and Dr Khan drew an envelope."


def test_what_may_point_to_somebody_comes_back_as_places_reasons_and_other_words(page):
    found = page.ask("identifiers", text=NAMED)["found"]
    assert [NAMED[one["start"] : one["end"]] for one in found] == ["Mary", "Dr Khan"]
    assert [(one["likely"], one["instead"]) for one in found] == [(True, "a person"), (True, "the doctor")]
    assert "'Dr'" in found[1]["reason"]
    assert page.ask("identifiers", text="The night nurse drew an envelope.") == {
        "ok": True,
        "found": [],
        "checked": True,
    }


def test_a_text_in_another_language_is_said_to_be_unchecked(page):
    reply = page.ask("identifiers", text="Por favor, María, llamen mañana a mi madre.")
    assert reply == {"ok": True, "found": [], "checked": False}


def test_nothing_of_a_text_that_was_looked_at_is_kept_or_logged(sqlite_store, tmp_path, caplog):
    caplog.set_level("DEBUG")
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    before = dict(vars(page))
    assert page.ask("identifiers", text=NAMED)["ok"]
    assert vars(page).keys() - {"heard"} == before.keys() - {"heard"}
    assert (page.value, page.ask("hello")["known"], list(sqlite_store.rows())) == ({}, False, [])
    told = json.dumps(page.get_state(), default=repr) + repr(page) + caplog.text
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in ("Khan", "envelope"):
        assert word not in told and word.encode() not in files


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800 Dr Khan \udc00",
        "\0\0",
        "a" * LONGEST,
        "Dr Khan. " * (LONGEST // 9),
        "😀" * LONGEST,
        "1 " * (LONGEST // 2),
    ],
    ids=["nothing", "surrogates", "nul", "letters", "names", "emoji", "digits"],
)
def test_any_text_is_looked_at_in_time_that_does_not_run_away(page, text):
    begun = time.process_time()  # of this process alone: how long it takes beside others is for `make bench`
    reply = page.ask("identifiers", text=text)
    assert time.process_time() - begun < 5
    assert reply["ok"] and len(reply["found"]) <= MAX_IDENTIFIERS
    assert json.dumps(reply)


def test_a_kernel_loads_the_lists_of_names_only_when_they_are_asked_for():
    program = (
        "import sys; from coprod_widgets import SelfStudy; from coprod_widgets.apps.learner import SelfStudyForm; "
        "form = SelfStudyForm(SelfStudy.load()); loaded = lambda: 'coprod_widgets.identifiers' in sys.modules; "
        "print(loaded()); form._reply({'ask': 'identifiers', 'text': 'Dr Khan'}); print(loaded())"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]


# In a class


@pytest.fixture
def lesson(sqlite_store):
    return ClassSession.open(STUDY, sqlite_store, title="Nursing 2, <b>Tuesday</b>").moved(sqlite_store, "writing")


def page_of(store, lesson):
    course = ClassInfo(name=lesson.name, title=lesson.title)
    return Page(STUDY, backend=StoreBackend(store, STUDY, session=lesson.name, course=course))


class Learner:
    """One browser on the page of a class."""

    def __init__(self, store, lesson, number):
        self.page, self.course, self.device = page_of(store, lesson), lesson.name, f"{number:032x}"

    def ask(self, ask, **content):
        return self.page.ask(ask, device=self.device, course=self.course, **content)

    def write(self, text, key=KEY, base=0):
        return self.ask("save", question=key, text=text, base=base)

    def agree(self):
        return self.ask("agree", use="class", given=True, known=True, version=1, language="en")


@pytest.fixture
def two(sqlite_store, lesson):
    return Learner(sqlite_store, lesson, 1), Learner(sqlite_store, lesson, 2)


def show_all(store, lesson):
    wall = Wall(store, lesson.name, STUDY)
    for card in wall.changes("")["cards"]:
        wall.act(card["id"], "show", card["number"], version=card["version"])
    return wall


def test_a_text_goes_into_the_class_of_its_page(two, sqlite_store, lesson):
    assert two[0].ask("hello")["phase"] == "writing"
    assert two[0].write(TEXT)["ok"]
    assert [row["session"] for row in sqlite_store.rows()] == [lesson.name]
    assert two[0].page.course == {
        "name": lesson.name,
        "title": lesson.title,
        "support": "",
        "refused": False,
        "joinable": True,
    }


def test_a_page_of_one_class_never_writes_into_another(two, sqlite_store):
    stranger = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    for page, course in ((two[0].page, ""), (two[0].page, "another"), (stranger, two[0].course)):
        assert page.ask("save", question=KEY, text=TEXT, base=0, course=course)["problem"] == "elsewhere"
    assert list(sqlite_store.rows()) == []


def test_a_heartbeat_tells_what_the_class_is_doing(two, sqlite_store, lesson, page):
    lesson.moved(sqlite_store, "discussion")
    told = two[0].ask("ping")
    assert told.pop("edition") == sqlite_store.edition()
    assert told == {"ok": True, "phase": "discussion", "sections": {}, "left": None}
    assert page.ask("ping").keys() == {"ok", "edition"}


def test_a_browser_that_opens_the_page_is_counted_in_before_it_writes(two, sqlite_store, lesson):
    for _ in range(3):
        two[0].ask("hello")
    assert Wall(sqlite_store, lesson.name, STUDY).counts()["counts"]["joined"] == 1
    assert list(sqlite_store.rows()) == []


def test_who_deletes_everything_counts_again_only_when_they_write_again(two, sqlite_store, lesson):
    def joined():
        return Wall(sqlite_store, lesson.name, STUDY).counts()["counts"]["joined"]

    first, _ = two
    for one in two:
        one.ask("hello")
        one.write(TEXT)
    assert joined() == 2
    first.ask("delete")
    for _ in range(2):
        first.ask("ping")
    assert joined() == 1
    assert first.write(TEXT)["ok"] and first.ask("ping")["ok"]
    assert joined() == 2


def test_a_page_is_told_whom_its_learner_can_turn_to(sqlite_store):
    session = ClassSession.open(STUDY, sqlite_store, title="Tuesday", support="Student health: 036")
    told = open_self_study(store=sqlite_store, session=session.code).course
    assert told["support"] == "Student health: 036" and open_self_study(store=sqlite_store).course["support"] == ""


def test_a_closed_class_refuses_kindly_and_gives_back_what_one_wrote(two, sqlite_store, lesson):
    two[0].write(TEXT)
    lesson.closed(sqlite_store)
    for reply in (two[0].write("More.", base=1), two[0].ask("hand_in", answers={KEY: TEXT})):
        assert reply == {"ok": False, "problem": "closed"}
    told = two[0].ask("hello")
    assert (told["phase"], told["answers"][KEY]["text"]) == ("closed", TEXT)


def test_a_heartbeat_tells_which_parts_are_apart_from_the_class(two, sqlite_store, lesson):
    lesson.moved(sqlite_store, "closed", section=STUDY.sections[0])
    apart = {STUDY.sections[0].key: "closed"}
    assert two[0].ask("ping")["sections"] == two[0].ask("hello")["sections"] == apart


def test_a_heartbeat_tells_how_much_time_there_is(two, sqlite_store, lesson):
    lesson.timed(sqlite_store, 15)
    assert 899 < two[0].ask("ping")["left"] <= two[0].ask("hello")["left"] + 1 <= 901


def test_a_closed_part_refuses_kindly_says_which_it_is_and_leaves_handing_in_open(two, sqlite_store, lesson):
    two[0].write(TEXT)
    lesson.moved(sqlite_store, "closed", section=STUDY.sections[0])
    assert two[0].write("More.", base=1) == {"ok": False, "problem": "part_closed", "section": STUDY.sections[0].key}
    assert two[0].ask("hand_in", answers={KEY: TEXT})["answers"][KEY]["text"] == TEXT


def test_classmates_answers_are_there_only_when_shown_and_only_after_ones_own(two, sqlite_store, lesson):
    ana, ben = two
    ana.write(TEXT)
    ana.agree()
    lesson.moved(sqlite_store, "sharing")
    assert ben.ask("classmates")["shown"] == []
    show_all(sqlite_store, lesson)
    assert ben.ask("classmates")["shown"] == []  # Ben has not answered
    ben.write("The porter waited with me.")
    assert ben.ask("classmates")["shown"] == [{"question": KEY, "text": TEXT, "edited": False}]
    assert ana.ask("classmates")["shown"] == []  # her own is not a classmate's


@pytest.mark.parametrize("phase", PHASES)
def test_the_instructor_says_when_classmates_are_read(two, sqlite_store, lesson, phase):
    ana, ben = two
    for learner in two:
        learner.write(TEXT)
    ana.agree()
    show_all(sqlite_store, lesson)
    lesson.moved(sqlite_store, phase)
    assert len(ben.ask("classmates")["shown"]) == (phase not in ("joining", "writing"))


def test_what_was_edited_out_does_not_reach_classmates_and_they_are_told(two, sqlite_store, lesson):
    ana, ben = two
    for learner in two:
        learner.write("Dr. Olsen sat down.")
    ana.agree()
    wall = show_all(sqlite_store, lesson)
    lesson.moved(sqlite_store, "sharing")
    (card,) = wall.changes("")["cards"]
    wall.act(card["id"], "edit", "The doctor sat down.", version=card["version"])
    assert ben.ask("classmates")["shown"] == [{"question": KEY, "text": "The doctor sat down.", "edited": True}]


def test_one_page_is_one_learner_or_a_few_who_leave_it_one_after_another(page, clock, monkeypatch):
    keys, refusals = [f"{number:032x}" for number in range(6)], []
    for key in keys:
        reply = page.ask("save", device=key, question=KEY, text="", base=0)
        refusals += [] if reply["ok"] or reply["problem"] == "conflict" else [reply]
    assert refusals == [{"ok": False, "problem": "store"}] * 3
    assert page.ask("hello", device=keys[0])["ok"] and page.ask("hello", device=keys[2])["ok"]
    assert page.ask("hello", device="short")["problem"] == "unusable"


def test_whoever_deletes_everything_and_writes_again_counts_as_another_learner(page):
    """One page could make thousands of learners and withdrawals in a minute."""
    for _ in range(3):
        assert written(page)["ok"] and page.ask("delete")["ok"]
    assert written(page) == {"ok": False, "problem": "store"}
    page._arrivals = [one - timedelta(minutes=1) for one in page._arrivals]
    assert written(page)["ok"]


def test_a_deletion_that_failed_leaves_the_learner_on_their_page(page, sqlite_store, monkeypatch):
    if page.backend.where != "store":
        pytest.skip("a notebook's memory does not fail")
    assert written(page)["ok"]
    for _ in range(4):
        with monkeypatch.context() as patch:
            patch.setattr("coprod_widgets.store.engine.PATIENCE", 0.01)
            with sqlite_store.database.writing():  # another program holds the store
                assert page.ask("delete")["problem"] == "store"
    assert page.ask("delete")["ok"]


def test_somebody_who_comes_a_minute_later_is_let_in(page, monkeypatch):
    for number in range(4):
        last = page.ask("hello", device=f"{number:032x}")
    assert last["problem"] == "store"
    page._arrivals = [one - timedelta(minutes=1) for one in page._arrivals]
    assert page.ask("hello", device=f"{3:032x}")["ok"]


def test_a_learner_who_has_stored_too_much_is_told_so(page, sqlite_store, monkeypatch):
    if page.backend.where != "store":
        pytest.skip("a notebook's memory is its own")
    monkeypatch.setattr("coprod_widgets.store.responses.MOST_TEXT", 100)
    assert written(page)["ok"]
    assert written(page, TEXT * 2, base=1) == {"ok": False, "problem": "full"}
    assert page.ask("hello")["answers"][KEY]["text"] == TEXT


def test_a_code_is_looked_at_and_a_wrong_one_has_to_wait_in_the_end(sqlite_store, lesson):
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    assert page.ask("join", code=lesson.code.lower()) == {"ok": True, "code": lesson.code}
    waits = [page.ask("join", code="QQQ-QQQ")["wait"] for _ in range(70)]
    assert waits[0] == 0 and waits[-1] > 0
    assert page.ask("join", code=lesson.code)["problem"] == "refused"
    another = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    assert another.ask("join", code=lesson.code) == {"ok": True, "code": lesson.code}


def test_without_a_store_there_is_no_class():
    page = Page(STUDY)
    assert page.ask("join", code="QQQ-QQQ")["problem"] == "refused"
    assert (page.ask("classmates")["shown"], page.course["joinable"]) == ([], False)


# Questions that are not asked any more


def shorter():
    """The next version, which no longer asks what happened."""
    section, *rest = STUDY.sections
    return replace(STUDY, version=2, sections=(replace(section, questions=section.questions[1:]), *rest))


@pytest.fixture
def later_page(sqlite_store):
    """A page of the next version, whose learner answered under the one before."""
    written(Page(STUDY, backend=StoreBackend(sqlite_store, STUDY)))
    return Page(shorter(), backend=StoreBackend(sqlite_store, shorter()))


def test_an_answer_without_a_question_comes_with_what_was_asked(later_page):
    (earlier,) = later_page.ask("hello")["earlier"]
    assert (earlier["question"], earlier["prompt"], earlier["text"]) == (KEY, "What happened?", TEXT)
    assert Page(STUDY, backend=later_page.backend).ask("hello")["earlier"] == []


def test_only_an_answer_without_a_question_is_removed_for_itself(later_page):
    written(later_page, key="patient_plan")
    assert later_page.ask("remove", question="patient_plan")["problem"] == "unusable"
    assert later_page.ask("remove", question=KEY) == {"ok": True, "revisions": 1}
    assert later_page.ask("hello")["earlier"] == []
    assert set(later_page.ask("hello")["answers"]) == {"patient_plan"}


def test_a_page_that_still_shows_the_question_goes_on_saving(later_page):
    assert written(later_page, "She drew it twice.", 1)["number"] == 2
    assert later_page.ask("hello")["earlier"][0]["text"] == "She drew it twice."
    assert written(later_page, key="never_asked")["problem"] == "unknown_question"


@pytest.mark.parametrize("version", ["1", 1.5, True, [1]])
def test_a_version_that_is_no_number_is_unusable(page, version):
    assert page.ask("save", question=KEY, text=TEXT, base=0, version=version)["problem"] == "unusable"


def short(study):
    return replace(study, roles=(), sections=study.sections[:1])


def test_a_form_is_a_lessons_only_where_nothing_is_stored(sqlite_store):
    brief = short(STUDY)
    assert SelfStudyForm(brief).lesson
    assert not SelfStudyForm(brief, backend=StoreBackend(sqlite_store, brief)).lesson
    assert not SelfStudyForm(STUDY).lesson


@pytest.mark.parametrize("around", ["{}", "My code: {} (keep it)"])
def test_a_page_is_given_back_the_code_that_it_sent_as_it_is_shown(sqlite_store, around):
    first, second = (Page(STUDY, backend=StoreBackend(sqlite_store, STUDY)) for _ in range(2))
    written(first)
    code = first.ask("code", address="http://here/", code="")["code"]
    typed = around.format(code.lower())
    assert second.ask("resume", device="1e" * 16, code=typed)["code"] == code
    assert second.ask("code", device="1e" * 16, address="http://here/", code=typed)["code"] == code


def test_a_join_code_pasted_with_its_sentence_opens_the_class(sqlite_store):
    opened = ClassSession.open(STUDY, sqlite_store, title="Tuesday")
    page = Page(STUDY, backend=StoreBackend(sqlite_store, STUDY))
    reply = page.ask("join", code=f"Please come to the page and type {opened.code.lower()}, then begin.")
    assert (reply["ok"], reply["code"]) == (True, opened.code)
