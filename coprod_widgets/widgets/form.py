"""The learner's form: one widget for a whole self-study."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import traitlets

from ..errors import JoinRefused, LearnerGone, ResumeRefused, SaveConflict, SessionClosed, StoreError, TooMuchStored
from ..study.self_study import USES, SelfStudy
from ..text.codes import LONGEST as LONGEST_CODE
from ..text.codes import grouped, join_code, resume_code
from ..text.days import day_of
from ..text.limits import visible
from ..text.throttle import Throttle
from .assets import BY_SERVER, address, asset
from .backends.form import Asked, FormBackend, InMemoryBackend, StoredChoice, StoredResponse, StoredText
from .qr import qr_rows
from .rpc import AnsweringWidget, BadRequest, Message, Reply, bool_in, handler_for, int_in, problem, text_in
from .words import spoken, words

if TYPE_CHECKING:
    from ..identifiers import Identifier

LONGEST = 100_000
"""Characters that one answer may have; nobody gets there by writing."""

DEVICE_KEY_LENGTH = 32
"""Hexadecimal digits of the key that stands for a browser: 16 random bytes."""

NEW_LEARNERS = Throttle(free=3, window=timedelta(minutes=10))
"""How many learners one page can be, one after another: three, and then one a minute at most."""

MAX_IDENTIFIERS = 100
"""Identifiers that a page is told of at once; further ones follow when these are gone."""


class SelfStudyForm(AnsweringWidget):
    """A self-study as one page of questions, whose answers come in as `value`.

    Answers travel in the widget's own numbered messages, each with a reply, and are never part of its synced state:
    no other page, no saved notebook and no echo can carry them.
    """

    _esm = asset("form/form.js")
    _css = asset("form/form.css")
    asker = "A learner"
    study = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    course = traitlets.Dict(help="The class that the page was opened for.").tag(sync=True)
    lesson = traitlets.Bool(False, help="A few questions at the end of a lesson, which nothing stores.").tag(sync=True)
    whole_page = traitlets.Bool(False, help="The form is the page's only content: it may set title and address.").tag(
        sync=True
    )
    value = traitlets.Dict(help="The newest stored text of each answer, by question key. Stays in Python.")

    def __init__(self, study: SelfStudy, *, backend: FormBackend | None = None, whole_page: bool = False):
        self.self_study = study
        self.backend = backend or InMemoryBackend()
        self._devices: set[str] = set()
        self._arrivals: list[datetime] = []
        if os.environ.get(BY_SERVER):
            self._esm, self._css = address("form/form.js"), ""  # the page has the style already
        course = asdict(self.backend.course)
        # Only where nothing is stored: what is stored needs consent, privacy text, deletion and review, however short.
        lesson = self.backend.where == "notebook" and len(study.sections) == 1 and not study.roles
        super().__init__(
            study=study.to_dict(), words=words(study.language), course=course, lesson=lesson, whole_page=whole_page
        )

    def __repr__(self) -> str:
        """Constant, because a repr ends up in notebook files."""
        return f"<SelfStudyForm {self.self_study.key}>"

    def handle(self, message: Message) -> Reply:
        """Do one of the things a learner's page can ask for."""
        if message.get("course", "") != self.backend.course.name:  # an open page on a new kernel
            raise BadRequest("elsewhere")
        if isinstance(device := message.get("device"), str) and len(device) == DEVICE_KEY_LENGTH:
            self._admit(device)
        handler = handler_for(message, HANDLERS)
        if message["ask"] in SEVERAL_TRANSACTIONS:
            return handler(self, message)
        before = self.value
        try:
            with self.backend.transaction(writes=message["ask"] in WRITES):
                return handler(self, message)
        except BaseException:
            self.value = before  # it says what is stored
            raise

    def _admit(self, device: str) -> None:
        """One page is one learner, or several who leave it one after another; it can't be a whole class at once.

        A refused one keeps what they write in their browser, and is let in when the next may come.
        """
        if device in self._devices:
            return
        if NEW_LEARNERS.wait(self._arrivals, at := datetime.now(UTC)):
            raise BadRequest("store")
        self._devices.add(device)
        self._arrivals = [*self._arrivals, at][-10:]

    def expected_error(self, error: StoreError) -> Reply | None:
        """What the learner can do something about: another text, a deletion, a wrong code."""
        if isinstance(error, SaveConflict):
            return problem("conflict", latest=_revision(error.latest))  # type: ignore[arg-type]
        if isinstance(error, ResumeRefused | JoinRefused):
            return problem("refused", wait=error.wait)
        if isinstance(error, SessionClosed):
            return problem("part_closed", section=error.section) if error.section else problem("closed")
        if isinstance(error, TooMuchStored):
            return problem("full")
        return problem("gone") if isinstance(error, LearnerGone) else None

    def _question(self, message: Message) -> str:
        key = text_in(message, "question", 200)
        if key not in self.self_study.keys:
            raise BadRequest("unknown_question")
        return key

    def _ping(self, message: Message) -> Reply:
        """Somebody is here; what the class is doing, and which texts are in the store, comes along if it can say."""
        with suppress(StoreError):
            return {"edition": self.backend.edition(), **(self.backend.phases() if self.backend.course.name else {})}
        return {}

    def _hello(self, message: Message) -> Reply:
        device = _device(message)
        edition, response = self.backend.edition(), self.backend.hello(device)
        if (now := self.backend.edition()) != edition:  # put in the place of the others just now
            edition, response = now, self.backend.hello(device)
        self.value = _texts(response)
        told = _response_fields(response) if response else {"answers": {}}
        until = self.backend.until()
        fields = {"kept": self.backend.where, "longest": LONGEST, "until": until and day_of(until).isoformat()}
        fields |= {"earlier": self._earlier(response) if response else []}
        return {
            "known": response is not None,
            "edition": edition,
            "choices": {},
            **fields,
            **self.backend.phases(device),
            **told,
        }

    def _earlier(self, response: StoredResponse) -> list[Reply]:
        """Answers to questions that are not asked any more, with what was asked."""
        gone = [key for key, kept in response.answers.items() if key not in self.self_study.keys and visible(kept.text)]
        return [
            {"question": key, **_asked(response.asked.get(key)), **_revision(response.answers[key])} for key in gone
        ]

    def _save(self, message: Message) -> Reply:
        key, text = text_in(message, "question", 200), text_in(message, "text", None)
        if key not in self.self_study.keys and not self.backend.asks(key):  # a page of an earlier version may ask it
            raise BadRequest("unknown_question")
        if len(text) > LONGEST:
            raise BadRequest("too_long", limit=LONGEST)
        base = int_in(message, "base", least=-1)
        # Pages of the kit's first versions don't say which version they show.
        version = None if message.get("version") is None else int_in(message, "version", least=0)
        kept = self.backend.save(_device(message), key, text, base, version)
        self.value = {**self.value, key: kept.text}
        return {"number": kept.number, "saved_at": kept.saved_at.isoformat()}

    def _remove(self, message: Message) -> Reply:
        """Delete one answer; an answer to a question that is asked is emptied in its box instead."""
        key = text_in(message, "question", 200)
        if key in self.self_study.keys:
            raise BadRequest("unusable")
        return {"revisions": self.backend.remove(_device(message), key)}

    def _identifiers(self, message: Message) -> Reply:
        """What may point to somebody in a text, which is kept nowhere."""
        from ..identifiers import find, in_english  # not before somebody leaves a box: it loads lists of names

        text = text_in(message, "text", LONGEST, kept=False)
        return {"found": [_hint(one) for one in find(text)[:MAX_IDENTIFIERS]], "checked": in_english(text)}

    def _place(self, message: Message) -> Reply:
        self.backend.place(_device(message), text_in(message, "place", 64))
        return {}

    def _revisions(self, message: Message) -> Reply:
        kept = self.backend.revisions(_device(message), self._question(message))
        return {"revisions": [_revision(one) for one in kept]}

    def _hand_in(self, message: Message) -> Reply:
        """Hand in what the page shows, if that is what is kept; before and after, read from the store.

        A page says which revisions it shows; one of the kit's first versions sends the texts.
        """
        device, shown, told = _device(message), message.get("revisions"), _name
        if "revisions" not in message:
            shown, told = message.get("answers"), _text
        if not isinstance(shown, dict):
            raise BadRequest("unusable")
        self._compare(shown, self.backend.hello(device), told)
        response = self.backend.hand_in(device)
        self._compare(shown, response, told)
        return _response_fields(response)

    def _compare(
        self, shown: dict[str, Any], response: StoredResponse | None, told: Callable[[StoredText], str]
    ) -> None:
        if response is None:
            raise LearnerGone
        kept = {key: told(one) for key, one in response.answers.items()}
        differ = [key for key in self.self_study.keys if shown.get(key, "") != kept.get(key, "")]
        if differ:
            raise BadRequest("mismatch", questions=differ)

    def _code(self, message: Message) -> Reply:
        address = text_in(message, "address", 2000)  # first: a new code ends the old one
        code = self.backend.code(_device(message), text_in({"code": "", **message}, "code", LONGEST_CODE))
        if code is None:
            raise BadRequest("unknown")
        return {"code": code, "qr": qr_rows(f"{address}#resume={code}")}

    def _resume(self, message: Message) -> Reply:
        code = text_in(message, "code", LONGEST_CODE)
        self.backend.resume(_device(message), code)
        return {"code": grouped(resume_code(code), 4)}

    def _agree(self, message: Message) -> Reply:
        """Keep a choice, and say what is kept: only then does the page show it as made."""
        device, use = _device(message), text_in(message, "use", 20)
        given, known, language = bool_in(message, "given"), bool_in(message, "known"), text_in(message, "language", 35)
        newest = int(words(self.self_study.language)["consent_version"])
        version = int_in(message, "version", least=1, most=newest)  # an open page may show an earlier wording
        shown = spoken(language)  # the wording that was agreed to
        if use not in USES or shown is None:
            raise BadRequest("unusable")
        kept = self.backend.agree(device, use, given, version=version, language=shown, known=known)
        return {"choices": _choices(kept)}

    def _join(self, message: Message) -> Reply:
        code = text_in(message, "code", LONGEST_CODE)
        self.backend.join(code)
        return {"code": grouped(join_code(code), 3)}

    def _classmates(self, message: Message) -> Reply:
        """What others wrote and an instructor has shown, and nothing else about them."""
        shown = self.backend.classmates(_device(message))
        return {"shown": [{"question": one.question, "text": one.text, "edited": one.edited} for one in shown]}

    def _delete(self, message: Message) -> Reply:
        answers, revisions = self.backend.delete(device := _device(message))
        self._devices.discard(device)  # somebody who goes on writing is a new learner, and counts as one
        self.value = {}
        return {"answers": answers, "revisions": revisions}


HANDLERS: dict[str, Callable[[SelfStudyForm, Message], Reply]] = {
    "ping": SelfStudyForm._ping,
    "hello": SelfStudyForm._hello,
    "save": SelfStudyForm._save,
    "remove": SelfStudyForm._remove,
    "identifiers": SelfStudyForm._identifiers,
    "place": SelfStudyForm._place,
    "revisions": SelfStudyForm._revisions,
    "hand_in": SelfStudyForm._hand_in,
    "code": SelfStudyForm._code,
    "resume": SelfStudyForm._resume,
    "agree": SelfStudyForm._agree,
    "delete": SelfStudyForm._delete,
    "join": SelfStudyForm._join,
    "classmates": SelfStudyForm._classmates,
}

WRITES = {"save", "agree", "place"}
"""Handled in a transaction that writes from its start: what they read must still be so when they write.

`hand_in` is none of these. It reads every text of its learner, which others should not have to wait for; the page is
compared with the store before and after.
"""
SEVERAL_TRANSACTIONS = {"remove", "delete", "join", "resume"}
"""Deleted text leaves the file after the deletion is committed; a refused code must stay counted."""


def _device(message: Message) -> str:
    key = text_in(message, "device", 64)
    if len(key) != DEVICE_KEY_LENGTH:  # 16 random bytes in hexadecimal digits: a shorter key could be guessed
        raise BadRequest("unusable")
    return key


def _revision(kept: StoredText) -> Reply:
    return {"number": kept.number, "saved_at": kept.saved_at.isoformat(), "text": kept.text}


def _asked(asked: Asked | None) -> Reply:
    return {name: getattr(asked, name, "") for name in ("lead", "prompt", "part")}


def _hint(one: "Identifier") -> Reply:
    likely = one.certainty == "likely"
    return {"start": one.start, "end": one.end, "likely": likely, "reason": one.reason, "instead": one.replacement}


def _response_fields(response: StoredResponse) -> Reply:
    handed_in_at = response.handed_in_at.isoformat() if response.handed_in_at else None
    answers = {key: _revision(kept) for key, kept in response.answers.items()}
    return {
        "answers": answers,
        "place": response.place,
        "handed_in_at": handed_in_at,
        "choices": _choices(response.choices),
    }


def _choices(choices: Mapping[str, StoredChoice]) -> Reply:
    return {use: {"given": choice.given, "at": choice.at.isoformat()} for use, choice in choices.items()}


def _text(kept: StoredText) -> str:
    return kept.text


def _name(kept: StoredText) -> str:
    """What stands for a revision. Its time too: after a restore another text may have the same number."""
    return f"{kept.number}@{kept.saved_at.isoformat()}"


def _texts(response: StoredResponse | None) -> dict[str, str]:
    return {key: kept.text for key, kept in response.answers.items()} if response else {}
