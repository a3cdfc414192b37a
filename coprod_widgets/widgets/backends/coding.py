"""Who keeps what a coder codes: the contract between the desk and a store, and the backend of a lone notebook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from ...errors import CodingGone, MemoConflict
from ...study.codebook import Coding


class CodingBackend(Protocol):
    """Keeps codings, each once. Any call may raise StoreError.

    codings   all that this coder has coded
    add       keep a coding; one that is there already stays as it is, and is returned
    set_memo  change a memo; raises MemoConflict when `base` is not the one that is kept, CodingGone when removed
    remove    remove a coding; harmless when it is gone
    """

    where: str
    """`store` or `notebook`: what the desk tells its coder."""

    def codings(self, coder: str) -> Sequence[Coding]: ...
    def add(self, coding: Coding) -> Coding: ...
    def set_memo(self, coding: Coding, memo: str, *, base: str) -> Coding: ...
    def remove(self, coding: Coding) -> None: ...


class InMemoryCodings:
    """Keeps codings in the kernel's memory, for a desk that is shown without a store."""

    where = "notebook"

    def __init__(self) -> None:
        self._kept: dict[tuple[str | int, ...], Coding] = {}

    def codings(self, coder: str) -> list[Coding]:
        return [coding for coding in self._kept.values() if coding.coder == coder]

    def add(self, coding: Coding) -> Coding:
        at = datetime.now(UTC)
        return self._kept.setdefault(coding.key, replace(coding, created_at=at, updated_at=at))

    def set_memo(self, coding: Coding, memo: str, *, base: str) -> Coding:
        kept = self._kept.get(coding.key)
        if kept is None:
            raise CodingGone
        if kept.memo not in (base, memo):
            raise MemoConflict(kept.memo)
        self._kept[coding.key] = replace(kept, memo=memo, updated_at=datetime.now(UTC))
        return self._kept[coding.key]

    def remove(self, coding: Coding) -> None:
        self._kept.pop(coding.key, None)
