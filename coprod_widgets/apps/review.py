"""Connects scrubbed texts with their reviewer: proposals in, decisions in a file, approved texts out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ..deidentify.proposals import Place, Proposal, Reviewed, Verdict, decide, reviewed
from ..deidentify.review_file import ReviewFile
from ..errors import CoprodError, FileError, ReleaseRefused
from ..exports.frames import refuse_other_study
from ..files.private import shown
from ..store.access import refuse_served
from ..store.engine import default_path
from ..store.handed_out import HandedOutFiles
from ..store.responses import ResponseStore
from ..store.settings import open_default_store
from ..study.self_study import SelfStudy
from ..text.limits import counted
from ..widgets.review import ReviewDesk

if TYPE_CHECKING:
    from ..deidentify.release import Released
    from ..deidentify.scrub import Scrubbed


def open_review(
    scrubbed: Scrubbed, path: str | os.PathLike[str], *, reviewer: str, study: SelfStudy | None = None
) -> ReviewDesk:
    """The widget where a person reads every scrubbed text; what is decided goes into the file at `path` at once.

    The file holds people's texts: keep it beside the store. `study` is the self-study that asked; without it, the kit's
    own. Texts of another are shown with the key of their question; ValueError where all of them are. `reviewer`, a name
    or initials, will stand in the manifest of what is shared.
    """
    refuse_served()
    study = study or SelfStudy.load()
    studies = [text.study for text in scrubbed.proposals]
    if studies and study.key not in studies:
        refuse_other_study(study.key, studies)
    asked = {(study.key, key): {"prompt": one.prompt, "part": one.part} for key, one in study.wording.items()}
    return ReviewDesk(scrubbed.proposals, reviewer=reviewer, backend=ReviewFile(path), asked=asked)


def sharing_folder(scrubbed: Scrubbed, store: ResponseStore | None = None) -> Path:
    """The folder for decisions and releases of these texts, which is made and printed: beside the store.

    Without `store`, beside the one that learners' pages on this computer write to; beside the default one where that
    is no file. Decisions on the sample data, which nobody wrote, get a folder that is gone after a while.
    """
    if _is_sample(scrubbed):
        print("These are the sample data: decisions and releases go into a passing folder of this computer.")  # noqa: T201
        return Path(mkdtemp(prefix="coprod-sample-"))
    file = (store or open_default_store()).database.file or default_path()
    folder = file.with_name(f"{file.stem}-sharing")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{shown(folder)} cannot be used as a folder: {error.strerror}.") from None
    print(f"Decisions and releases are kept in {folder}. Hand out only what release writes there.")  # noqa: T201
    return folder


def approve_sample(
    scrubbed: Scrubbed, path: str | os.PathLike[str], *, by: str, drop: Collection[tuple[str, str]] = ()
) -> None:
    """Decide on the sample's texts as a quick reader might have done, so that a lesson can go on.

    `drop` holds the pseudonym and question of those that are dropped; all others are approved, but for the single words
    for the roles. ReleaseRefused where one of them is no text of the sample: what people wrote a person reads.
    """
    if not _is_sample(scrubbed):
        raise ReleaseRefused(
            "Nothing was approved: these are not the sample data. What people wrote is approved at the reading desk, "
            "text by text, by somebody who has read it. Leave this cell out."
        )
    file = ReviewFile(path)
    for text in scrubbed.proposals:
        if not text.question.startswith("role_"):
            verdict: Verdict = "dropped" if (text.pseudonym, text.question) in drop else "approved"
            file.keep(decide(text, verdict, by=by))


def _is_sample(scrubbed: Scrubbed) -> bool:
    return bool(scrubbed.proposals) and all(text.is_sample for text in scrubbed.proposals)


def approved(scrubbed: Scrubbed, path: str | os.PathLike[str]) -> Reviewed:
    """The scrubbed texts with what was decided on each, for `release`; a text that changed since counts as not read.

    CoprodError where all decisions in the file are on answers that are not among these texts.
    """
    refuse_served()
    decisions = ReviewFile(path).decisions()
    _refuse_others(scrubbed.proposals, decisions, path, "Name the file of these texts.")
    return reviewed(scrubbed.proposals, decisions, left_out=scrubbed.left_out)


def note_release(released: Released, store: ResponseStore | None = None) -> None:
    """Note in the store whose answers went out in this folder, so that a withdrawal can say who has a copy.

    Without `store`, in the one that learners' pages on this computer write to.
    """
    HandedOutFiles(store or open_default_store()).add(released.folder.name, released.pseudonyms)


def forget_others(scrubbed: Scrubbed, path: str | os.PathLike[str]) -> int:
    """Delete from the file what was decided on any other text, as after a learner withdrew; how many those were.

    Scrub the whole store first: whatever is not in `scrubbed` goes, with the text that was approved. CoprodError where
    everything would go: then the file is that of other texts, or can be deleted as a whole.
    """
    decisions = ReviewFile(path).decisions()
    _refuse_others(scrubbed.proposals, decisions, path, "If all of it is to go, delete the file.")
    return ReviewFile(path).keep_only({text.place for text in scrubbed.proposals})


def _refuse_others(
    texts: Iterable[Proposal], decided: Iterable[Place], path: str | os.PathLike[str], instead: str
) -> None:
    """Raise CoprodError where decisions were made, and none on an answer among these texts."""
    answers, places = {text.place[:4] for text in texts}, list(decided)
    if places and not any(place[:4] in answers for place in places):
        raise CoprodError(
            f"None of {counted(len(places), 'decision')} in {path} is on one of these {counted(len(answers), 'text')}. "
            f"They are joined by study, session, pseudonym and question. {instead}"
        )
