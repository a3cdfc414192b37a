"""Keeps what a reviewer decided in one file that only this account can read."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import FileError, StoreError
from ..files.private import read, written_whole
from ..text.limits import UNSTORABLE
from .proposals import Decision, Place

FORMAT = "coprod review 2"
LONGEST = 200_000_000
"""Bytes; a class of 300 has a tenth of it."""
BEFORE = "coprod review 1"
"""Of decisions that named no self-study: they are on answers to the kit's own."""


class ReviewFile:
    """Decisions in a JSON file, which is written whole and never half; read anew before every change.

    Its texts are people's: it belongs beside the store, and never among what is handed out.
    """

    where = "file"

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self._turn = threading.Lock()
        self.decisions()  # a file that is something else is refused before anybody decides anything

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        return "<ReviewFile>"

    def decisions(self) -> dict[Place, Decision]:
        """Everything that was decided, by anybody."""
        try:
            content = read(self.path, LONGEST + 1)
            whole: Any = json.loads(content) if len(content) <= LONGEST else None
        except FileNotFoundError:
            return {}
        except FileError as error:
            raise StoreError(str(error)) from None
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{self.path} cannot be read as a review: {type(error).__name__}.") from None
        try:
            rows: Any = whole["decisions"] if whole["format"] in (FORMAT, BEFORE) else None
            found: dict[Place, Decision] | None = {decision.place: decision for decision in map(_decision, rows)}
        except (AttributeError, KeyError, TypeError, ValueError):
            found = None
        if found is None:
            raise StoreError(
                f"{self.path} is not a review of this kit. Name another file, or one that is not there yet."
            )
        return found

    def keep(self, decision: Decision) -> Decision:
        """Keep a decision, in place of an earlier one on the same text."""
        kept = replace(decision, at=datetime.now(UTC))
        with self._turn:
            self._write({**self.decisions(), kept.place: kept})
        return kept

    def forget(self, place: Place) -> None:
        """Nothing is decided about this text any more."""
        with self._turn:
            kept = self.decisions()
            if kept.pop(place, None):
                self._write(kept)

    def keep_only(self, places: Collection[Place]) -> int:
        """Forget whatever was decided on other texts than these; how many that was."""
        with self._turn:
            kept = self.decisions()
            staying = {place: decision for place, decision in kept.items() if place in places}
            if len(staying) < len(kept):
                self._write(staying)
        return len(kept) - len(staying)

    def _write(self, kept: Mapping[Place, Decision]) -> None:
        rows = [{**asdict(one), "at": one.at.isoformat() if one.at else None} for one in kept.values()]
        text = json.dumps({"format": FORMAT, "decisions": rows}, ensure_ascii=False, indent=1)
        try:
            with written_whole(self.path, replaces=_is_review) as temporary:  # the half-written one never has the name
                temporary.write_text(text, encoding="utf-8")
        except FileError as error:
            raise StoreError(str(error)) from None


def _is_review(content: bytes) -> bool:
    return any(one.encode() in content[:100] for one in (FORMAT, BEFORE))


def _decision(row: Mapping[str, Any]) -> Decision:
    at = datetime.fromisoformat(row["at"]) if row["at"] is not None else None
    decision = Decision(**{**row, "at": at})
    words = (*decision.place[:-1], decision.text, decision.proposed, decision.by)
    storable = all(isinstance(one, str) and not UNSTORABLE.search(one) for one in words)
    if not storable or type(decision.revision) is not int:
        raise TypeError("no decision")
    return decision
