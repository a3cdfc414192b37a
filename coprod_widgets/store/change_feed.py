"""Keeps the cards of a wall as they were last read, and in which order they changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Protocol, TypeVar


class HasId(Protocol):
    """Whatever a page knows by an id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasId)


class ChangeFeed(dict[str, T]):
    """The cards that are there, by id. Each has the number of its last change, so that a page can ask what is new.

    A page remembers a cursor: the feed's own random name, and the number of the last change that the page knows.
    """

    def __init__(self) -> None:
        super().__init__()
        self._name = secrets.token_hex(8)
        self._changed_at: dict[str, int] = {}
        """The number of each card's last change, also of cards that are gone; the latest change stands last."""
        self._changes = 0

    @property
    def cursor(self) -> str:
        """Says that a page knows all changes so far."""
        return f"{self._name}.{self._changes}"

    def replace(self, before: Mapping[str, T], after: Mapping[str, T]) -> None:
        """Put some cards in the place of others; those that differ count as changed."""
        for id in before.keys() | after.keys():
            if before.get(id) != after.get(id):
                self._changes += 1
                self._changed_at.pop(id, None)  # so that it goes to the end
                self._changed_at[id] = self._changes
                self.pop(id, None)
        self.update(after)

    def changed_since(self, cursor: str) -> list[str] | None:
        """Ids of the cards that changed or went since then; None for a cursor of another feed."""
        name, _, number = cursor.rpartition(".")
        if name != self._name or not number.isdecimal():
            return None
        changed = []
        for id in reversed(self._changed_at):
            if self._changed_at[id] <= int(number):
                break
            changed.append(id)
        return changed
