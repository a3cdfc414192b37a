"""Who keeps what a class wrote and what of it is shown: the contract between wall, join panel and a store."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class CountBackend(Protocol):
    """Knows how far a class is. Any call may raise StoreError.

    counts   `phase`, `sections` with the phase of each that has its own, seconds that are `left` (None without a
             clock), and `counts` of `joined`, `writing`, `handed_in` and `agreed`
    """

    def counts(self) -> Mapping[str, Any]: ...


class WallBackend(Protocol):
    """Keeps what a class wrote and what is done with it. Any call may raise StoreError.

    changes  what is new since `cursor`: `cards`, ids that are `gone`, and what `counts` says; everything for an
             empty one
    act      do one thing with one answer; WallConflict where it is not what was looked at, AnswerGone where it is gone
    undo     take back this instructor's newest action; the card afterwards
    last     what `undo` would take back, as `id` and `action`, and whether it `shows` an answer again
    shown    what everybody may see: `id`, `question`, `text`, `edited`
    canvas   what the class brought, added up
    phase    what the class is doing
    left     seconds until the time is over that the class was given; None without
    move     put the session into a phase, or only the section with this key
    time     start the class's clock, give it `more` minutes, or stop it with 0
    transaction within its block, all calls are one transaction, or two where it does not `write` from its start
    """

    def changes(self, cursor: str) -> Mapping[str, Any]: ...
    def act(self, id: str, action: str, value: Any = None, *, version: int) -> Mapping[str, Any]: ...
    def undo(self) -> Mapping[str, Any] | None: ...
    def last(self) -> Mapping[str, Any] | None: ...
    def shown(self) -> Sequence[Mapping[str, Any]]: ...
    def canvas(self) -> Mapping[str, Any]: ...
    def phase(self) -> str: ...
    def left(self) -> float | None: ...
    def move(self, phase: str, section: str = "") -> None: ...
    def time(self, minutes: int, *, more: bool = False) -> None: ...
    def transaction(self, *, writes: bool = False) -> AbstractContextManager[None]: ...
