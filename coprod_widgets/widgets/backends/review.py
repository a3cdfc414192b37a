"""Who keeps what a reviewer decides: the contract between the review and a file, and the backend of a lone notebook."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from ...deidentify.proposals import Decision, Place


class ReviewBackend(Protocol):
    """Keeps one decision for each text. Any call may raise StoreError.

    decisions  everything that was decided, by anybody
    keep       keep a decision, in place of an earlier one on the same text
    forget     nothing is decided about this text any more; harmless when nothing was
    """

    where: str
    """`file` or `notebook`: what the review tells its reader."""

    def decisions(self) -> Mapping[Place, Decision]: ...
    def keep(self, decision: Decision) -> Decision: ...
    def forget(self, place: Place) -> None: ...


class InMemoryDecisions:
    """Keeps decisions in the kernel's memory, for a review that is shown without a file."""

    where = "notebook"

    def __init__(self) -> None:
        self._kept: dict[Place, Decision] = {}

    def decisions(self) -> dict[Place, Decision]:
        return dict(self._kept)

    def keep(self, decision: Decision) -> Decision:
        kept = self._kept[decision.place] = replace(decision, at=datetime.now(UTC))
        return kept

    def forget(self, place: Place) -> None:
        self._kept.pop(place, None)
