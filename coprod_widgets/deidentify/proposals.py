"""What de-identification proposes for a text, and what a person decided about it: frozen and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..errors import ReleaseRefused
from ..study.sample_data import is_sample
from ..study.self_study import KIT_STUDY
from ..text.limits import check_text

LONGEST_TEXT = 100_000
"""Characters that a reviewed text can have."""

Place = tuple[str, str, str, str, int]
"""Which text it is: study, session, pseudonym, question and revision."""

Verdict = Literal["approved", "dropped"]
VERDICTS: tuple[Verdict, ...] = ("approved", "dropped")


@dataclass(frozen=True, kw_only=True)
class Change:
    """Characters `start` to `end` of a text, and what is to stand there instead."""

    start: int
    end: int
    kind: str
    replacement: str
    by: str
    """Which finders found it."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One answer's text as it was written, and what is to be changed before it leaves the house."""

    study: str = KIT_STUDY
    session: str
    pseudonym: str
    question: str
    revision: int
    language: str = ""
    version: str = ""
    """The self-study's."""
    original: str = field(repr=False)
    checked: bool = True
    """Whether the rules read it for names; they read English only."""
    changes: tuple[Change, ...] = ()

    @property
    def place(self) -> Place:
        """Which text it is."""
        return self.study, self.session, self.pseudonym, self.question, self.revision

    @property
    def is_sample(self) -> bool:
        """Whether this is an answer of the kit's own sample data, which nobody wrote."""
        return is_sample(self.session, self.pseudonym, self.question, self.original)

    @property
    def proposed(self) -> str:
        """The text with every change made."""
        return "".join(change.replacement if change else words for words, change in self.pieces())

    def pieces(self) -> list[tuple[str, Change | None]]:
        """The whole text in pieces: the words of each change with the change, what lies between with None."""
        found: list[tuple[str, Change | None]] = []
        at = 0
        for change in self.changes:
            found += [(self.original[at : change.start], None), (self.original[change.start : change.end], change)]
            at = change.end
        return [piece for piece in (*found, (self.original[at:], None)) if piece[0]]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person decided about one proposal: its text may leave the house as it stands here, or not at all."""

    study: str = KIT_STUDY
    session: str
    pseudonym: str
    question: str
    revision: int
    verdict: Verdict
    text: str = field(repr=False)
    """What was approved."""
    proposed: str = field(repr=False)
    """What was proposed when it was read. Where another proposal is made later, a person must read again."""
    by: str
    at: datetime | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"A text is {' or '.join(VERDICTS)}.")
        check_text(self.text, what="An approved text", longest=LONGEST_TEXT)

    @property
    def place(self) -> Place:
        """Which text it is about."""
        return self.study, self.session, self.pseudonym, self.question, self.revision

    def about(self, proposal: Proposal) -> bool:
        """Whether it was decided on this very proposal."""
        return (self.place, self.proposed) == (proposal.place, proposal.proposed)


def decide(proposal: Proposal, verdict: Verdict, *, by: str, text: str | None = None, read: bool = False) -> Decision:
    """What `by` decided about a proposal; approved without `text`, it may leave the house as it is proposed.

    `read` says that a person has read it, as the reading desk does. Without, ReleaseRefused for an approval of anything
    but the kit's own sample: what nobody has read is not shared.
    """
    if verdict == "approved" and not read and not proposal.is_sample:
        raise ReleaseRefused(
            "Nothing was approved: a person must have read a text that people wrote. Open the reading desk with "
            "open_review, and approve it there. Only the sample data may be approved by a program."
        )
    approved = "" if verdict == "dropped" else proposal.proposed if text is None else text
    return Decision(
        study=proposal.study,
        session=proposal.session,
        pseudonym=proposal.pseudonym,
        question=proposal.question,
        revision=proposal.revision,
        verdict=verdict,
        text=approved,
        proposed=proposal.proposed,
        by=by,
    )


@dataclass(frozen=True)
class Reviewed:
    """Proposals with what was decided on each; what nobody decided on is not shared."""

    pairs: tuple[tuple[Proposal, Decision | None], ...] = field(repr=False)
    left_out: int = 0
    """Texts whose learners did not agree to this use."""

    def __repr__(self) -> str:
        """Without texts, because a repr ends up in notebook files."""
        return f"<Reviewed {', '.join(f'{count} {what}' for what, count in self.counts.items())}>"

    @property
    def approved(self) -> tuple[tuple[Proposal, Decision], ...]:
        """What may be shared."""
        return tuple((text, said) for text, said in self.pairs if said and said.verdict == "approved")

    @property
    def counts(self) -> dict[str, int]:
        """How many texts were approved, how many of those edited by hand, how many dropped, how many not reviewed."""
        verdicts = Counter(said.verdict if said else "not reviewed" for _, said in self.pairs)
        edited = sum(said.text != text.proposed for text, said in self.approved)
        return {"approved": verdicts["approved"], "edited": edited} | {
            name: verdicts[name] for name in ("dropped", "not reviewed")
        }


def reviewed(proposals: Iterable[Proposal], decisions: Mapping[Place, Decision], *, left_out: int = 0) -> Reviewed:
    """Each proposal with what was decided on it, as it stands; what was decided on another version does not count."""
    found = ((text, decisions.get(text.place)) for text in proposals)
    return Reviewed(tuple((text, said if said and said.about(text) else None) for text, said in found), left_out)


def counts_by_kind(proposals: Iterable[Proposal]) -> dict[str, int]:
    """How many changes of each kind are proposed."""
    return dict(sorted(Counter(one.kind for text in proposals for one in text.changes).items()))
