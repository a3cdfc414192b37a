"""Joins the scrubbed texts and whoever reviews them: proposals in, decisions in a file, what was approved out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .learner_app import STORE
from .ledger import Ledger
from .proposal import Reviewed, reviewed
from .review_file import ReviewFile
from .self_study import SelfStudy
from .store import ResponseStore
from .widgets.review import ReviewDesk

if TYPE_CHECKING:
    from .deidentify import Scrubbed
    from .release import Released


def open_review(
    scrubbed: Scrubbed, path: str | os.PathLike[str], *, reviewer: str, study: SelfStudy | None = None
) -> ReviewDesk:
    """The widget where a person reads every scrubbed text; what is decided goes into the file at `path` at once.

    The file holds people's texts: keep it beside the store. `study` is the self-study that asked; without it, the kit's
    own. `reviewer`, a name or initials, will stand in the manifest of what is shared.
    """
    study = study or SelfStudy.load()
    known = {key: study.question(key) for key in study.keys}
    asked = {key: {"prompt": question.prompt, "part": question.part or ""} for key, question in known.items()}
    return ReviewDesk(scrubbed.proposals, reviewer=reviewer, keeper=ReviewFile(path), asked=asked)


def approved(scrubbed: Scrubbed, path: str | os.PathLike[str]) -> Reviewed:
    """The scrubbed texts with what was decided on each, for `release`; a text that changed since counts as not read."""
    return reviewed(scrubbed.proposals, ReviewFile(path).decisions(), left_out=scrubbed.left_out)


def note_release(released: Released, store: ResponseStore | None = None) -> None:
    """Note in the store whose answers went out in this folder, so that a withdrawal can say who has a copy.

    Without `store`, in the one that learners' pages on this computer write to.
    """
    Ledger(store or ResponseStore(os.environ.get(STORE) or None)).hand_out(released.folder.name, released.pseudonyms)


def forget_others(scrubbed: Scrubbed, path: str | os.PathLike[str]) -> int:
    """Delete from the file what was decided on any other text, as after a learner withdrew; how many those were.

    Scrub the whole store first: whatever is not in `scrubbed` goes, with the text that was approved.
    """
    return ReviewFile(path).keep_only({text.place for text in scrubbed.proposals})
