"""Numbered messages between a page and its widget: every question gets one reply, whatever happens."""

import logging
import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import anywidget
import traitlets

from ..errors import StoreError
from ..text.limits import UNSTORABLE
from .heartbeat import heartbeat_seconds

MAX_INTEGER = 2**31 - 1
"""What both databases can hold as a whole number."""

log = logging.getLogger(__name__)

T = TypeVar("T")
Message = dict[str, Any]
Reply = dict[str, Any]


class BadRequest(Exception):
    """A message that cannot be done as it stands, and why, in a word that the page understands."""

    def __init__(self, problem: str, **facts: object):
        self.problem, self.facts = problem, facts


class AnsweringWidget(anywidget.AnyWidget):
    """A widget that its page asks; a subclass says what it can be asked, and who asks."""

    asker = "A page"
    heartbeat = traitlets.Float(help="Seconds between two heartbeats of the page.").tag(sync=True)

    def __init__(self, **traits: Any):
        # JupyterLab may run messages on a second thread of the kernel: one at a time, please.
        self._lock = threading.Lock()
        super().__init__(**traits)
        self.on_msg(self._on_message)

    @traitlets.default("heartbeat")
    def _heartbeat(self) -> float:
        return heartbeat_seconds()

    def handle(self, message: Message) -> Reply:
        """Do what a message asks. It came from a browser: anything can be in it."""
        raise NotImplementedError

    def expected_error(self, error: StoreError) -> Reply | None:
        """What the page is told of a store's refusal that it can do something about; None for any other."""
        return None

    def _on_message(self, widget: object, message: object, buffers: object) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("id"), str):
            return
        with self._lock:
            # Sent while the lock is held: a page must not hear of what the store had after it hears of a newer save.
            self.send({"reply_to": message["id"], **self._reply(message)})

    def _reply(self, message: Message) -> Reply:
        try:
            return {"ok": True, **self.handle(message)}
        except StoreError as error:
            if refusal := self.expected_error(error):
                return refusal
            log.error("%s's %s failed: %s", self.asker, message["ask"], error)
            return problem("store")
        except BadRequest as unusable:
            return problem(unusable.problem, **unusable.facts)
        except Exception as error:
            # Only the kind of error: its text and its traceback's values may hold what somebody wrote.
            log.error("%s's message failed: %s", self.asker, type(error).__name__)
            return problem("store")


def problem(name: str, **facts: object) -> Reply:
    """A reply that says what went wrong."""
    return {"ok": False, "problem": name, **facts}


def handler_for(message: Message, asks: Mapping[str, T]) -> T:
    """What a message asks for, or BadRequest. Nobody else's page asks for anything else, so no log tells of it."""
    ask = message.get("ask")
    if not isinstance(ask, str) or ask not in asks:
        raise BadRequest("unusable")
    return asks[ask]


def int_in(message: Message, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
    """A whole number of a message, or BadRequest. `true` is none, though Python's booleans are integers."""
    number = message.get(name)
    if type(number) is not int or not least <= number <= most:
        raise BadRequest("unusable")
    return number


def bool_in(message: Message, name: str) -> bool:
    """A yes or a no of a message, or BadRequest."""
    flag = message.get(name)
    if not isinstance(flag, bool):
        raise BadRequest("unusable")
    return flag


def text_in(message: Message, name: str, longest: int | None, *, kept: bool = True) -> str:
    """A text of a message, or BadRequest; also for a text that is to be `kept` and that no database can store."""
    text = message.get(name)
    if not isinstance(text, str) or (longest is not None and len(text) > longest):
        raise BadRequest("unusable")
    if kept and UNSTORABLE.search(text):
        raise BadRequest("unusable")
    return text
