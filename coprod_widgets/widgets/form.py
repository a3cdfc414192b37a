"""The learner's form: one widget for a whole self-study."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from ..errors import LearnerGone, ResumeRefused, SaveConflict, StoreError
from ..self_study import SelfStudy
from .keeper import Held, Keeper, Kept, NotebookKeeper
from .modules import module_text, style_text
from .words import words

LONGEST = 100_000
"""Characters that one answer may have; nobody gets there by writing."""

log = logging.getLogger(__name__)

Reply = dict[str, Any]


class SelfStudyForm(anywidget.AnyWidget):
    """A self-study as one page of questions, whose answers come in as `value`.

    Answers travel in the widget's own numbered messages, each with a reply, and are never part of its synced state:
    no other page, no saved notebook and no echo can carry them.
    """

    _esm = module_text("form.js")
    _css = style_text("form.css")
    study = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    whole_page = traitlets.Bool(False, help="The form is the page's only content: it may set title and address.").tag(
        sync=True
    )
    value = traitlets.Dict(help="The newest stored text of each answer, by question key. Stays in Python.")

    def __init__(self, study: SelfStudy, *, keeper: Keeper | None = None, whole_page: bool = False):
        self.self_study = study
        self.keeper = keeper or NotebookKeeper()
        # JupyterLab may run messages on a second thread of the kernel: one at a time, please.
        self._turn = threading.Lock()
        super().__init__(study=study.to_dict(), words=words(study.language), whole_page=whole_page)
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        """Constant, because a repr ends up in notebook files."""
        return f"<SelfStudyForm {self.self_study.key}>"

    def _heard(self, widget: object, message: object, buffers: object) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("id"), str):
            return
        with self._turn:
            reply = self._reply(message)
        self.send({"reply_to": message["id"], **reply})

    def _reply(self, message: dict[str, Any]) -> Reply:
        """Answer one message. Whatever it asks for, it came from a stranger's browser."""
        try:
            answer = ANSWERS[message["ask"]]
            return {"ok": True, **answer(self, message)}
        except SaveConflict as conflict:
            return _problem("conflict", latest=_revision(conflict.latest))  # type: ignore[arg-type]
        except LearnerGone:
            return _problem("gone")
        except ResumeRefused as refused:
            return _problem("refused", wait=refused.wait)
        except StoreError as error:
            log.error("A learner's %s failed: %s", message["ask"], error)
            return _problem("store")
        except _Unusable as unusable:
            return _problem(unusable.problem, **unusable.facts)
        except Exception as error:
            # Only the kind of error: its text and its traceback's values may hold what somebody wrote.
            log.error("A learner's message failed: %s", type(error).__name__)
            return _problem("store")

    def _question(self, message: dict[str, Any]) -> str:
        key = _text(message, "question", 200)
        if key not in self.self_study.keys:
            raise _Unusable("unknown_question")
        return key

    def _ping(self, message: dict[str, Any]) -> Reply:
        return {}

    def _hello(self, message: dict[str, Any]) -> Reply:
        held = self.keeper.hello(_device(message))
        self.value = _texts(held)
        told = _held(held) if held else {"answers": {}}
        return {"known": held is not None, "kept": self.keeper.where, "longest": LONGEST, **told}

    def _save(self, message: dict[str, Any]) -> Reply:
        key, text, base = self._question(message), _text(message, "text", None), message.get("base")
        if len(text) > LONGEST:
            raise _Unusable("too_long", limit=LONGEST)
        if not isinstance(base, int):
            raise _Unusable("unusable")
        kept = self.keeper.save(_device(message), key, text, base)
        self.value = {**self.value, key: kept.text}
        return {"number": kept.number, "saved_at": kept.saved_at.isoformat()}

    def _place(self, message: dict[str, Any]) -> Reply:
        self.keeper.place(_device(message), _text(message, "place", 64))
        return {}

    def _revisions(self, message: dict[str, Any]) -> Reply:
        kept = self.keeper.revisions(_device(message), self._question(message))
        return {"revisions": [_revision(one) for one in kept]}

    def _hand_in(self, message: dict[str, Any]) -> Reply:
        """Hand in what the page shows, if that is what is kept; before and after, read from the store."""
        device, shown = _device(message), message.get("answers")
        if not isinstance(shown, dict):
            raise _Unusable("unusable")
        self._compare(shown, self.keeper.hello(device))
        held = self.keeper.hand_in(device)
        self._compare(shown, held)
        return _held(held)

    def _compare(self, shown: dict[str, Any], held: Held | None) -> None:
        if held is None:
            raise LearnerGone
        kept = _texts(held)
        differ = [key for key in self.self_study.keys if shown.get(key, "") != kept.get(key, "")]
        if differ:
            raise _Unusable("mismatch", questions=differ)

    def _code(self, message: dict[str, Any]) -> Reply:
        code = self.keeper.code(_device(message), message.get("code") or "")
        if code is None:
            raise _Unusable("unknown")
        address = _text(message, "address", 2000)
        return {"code": code, "qr": _qr(f"{address}#resume={code}")}

    def _resume(self, message: dict[str, Any]) -> Reply:
        self.keeper.resume(_device(message), _text(message, "code", 100))
        return {}

    def _delete(self, message: dict[str, Any]) -> Reply:
        answers, revisions = self.keeper.delete(_device(message))
        self.value = {}
        return {"answers": answers, "revisions": revisions}


ANSWERS: dict[str, Callable[[SelfStudyForm, dict[str, Any]], Reply]] = {
    "ping": SelfStudyForm._ping,
    "hello": SelfStudyForm._hello,
    "save": SelfStudyForm._save,
    "place": SelfStudyForm._place,
    "revisions": SelfStudyForm._revisions,
    "hand_in": SelfStudyForm._hand_in,
    "code": SelfStudyForm._code,
    "resume": SelfStudyForm._resume,
    "delete": SelfStudyForm._delete,
}


class _Unusable(Exception):
    """A message that cannot be done as it stands, and why, in a word that the page understands."""

    def __init__(self, problem: str, **facts: object):
        self.problem, self.facts = problem, facts


def _problem(problem: str, **facts: object) -> Reply:
    return {"ok": False, "problem": problem, **facts}


def _text(message: dict[str, Any], name: str, longest: int | None) -> str:
    text = message.get(name)
    if not isinstance(text, str) or (longest is not None and len(text) > longest):
        raise _Unusable("unusable")
    return text


def _device(message: dict[str, Any]) -> str:
    key = _text(message, "device", 64)
    if len(key) != 32:  # 16 random bytes in hexadecimal digits: a shorter key could be guessed
        raise _Unusable("unusable")
    return key


def _revision(kept: Kept) -> Reply:
    return {"number": kept.number, "saved_at": kept.saved_at.isoformat(), "text": kept.text}


def _held(held: Held) -> Reply:
    handed_in_at = held.handed_in_at.isoformat() if held.handed_in_at else None
    answers = {key: _revision(kept) for key, kept in held.answers.items()}
    return {"answers": answers, "place": held.place, "handed_in_at": handed_in_at}


def _texts(held: Held | None) -> dict[str, str]:
    return {key: kept.text for key, kept in held.answers.items()} if held else {}


def _qr(text: str) -> list[str]:
    """A QR code as rows of 0 and 1, which the page draws itself."""
    import segno

    return ["".join(map(str, row)) for row in segno.make_qr(text, error="m").matrix]
