"""The self-study that is served while its file holds mistakes: as the file was when it last held none."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from ..errors import CoprodError, SelfStudyError, WordingChanged
from ..files.reading import Unreadable, read_bytes
from .self_study import SelfStudy
from .study_file import LONGEST

FOLDER = "COPROD_LAST_GOOD"
"""The environment variable that names the folder for them; without it a mistake is raised."""

mistakes = ""
"""What is wrong with the newest file, where an earlier one is used instead; the server logs it."""

language_shown = ""
"""The language of the study that was read last; the server gives its page that language."""


def load(name: str | Path, *, language: str, accept: Callable[[SelfStudy], None]) -> SelfStudy:
    """Read a self-study, and let `accept` look at it; the last good one where its file has come to hold mistakes.

    Learners who come while an author is writing would else find no page.
    """
    global language_shown, mistakes
    path = SelfStudy.path(name, language=language)
    kept = _kept(path)
    try:
        study = SelfStudy.load(name, language=language)
        accept(study)
    except (SelfStudyError, WordingChanged) as error:
        if kept is None or not kept.exists():
            raise
        mistakes = str(error)
        study = SelfStudy.load(kept)
        language_shown = study.language
        return study
    mistakes, language_shown = "", study.language
    if kept:
        _keep(path, kept)
    return study


def _kept(path: Path) -> Path | None:
    folder = os.environ.get(FOLDER)
    return Path(folder, f"{sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]}.yaml") if folder else None


def _keep(path: Path, kept: Path) -> None:
    """Copy a file that was good a moment ago, if it is another than the kept one and still good."""
    with suppress(OSError, Unreadable, CoprodError):
        content = read_bytes(path, LONGEST)
        if kept.exists() and kept.read_bytes() == content:
            return
        with NamedTemporaryFile(dir=kept.parent, suffix=".yaml", delete=False) as copy:
            copy.write(content)
        made = Path(copy.name)
        try:
            SelfStudy.load(made)
            made.replace(kept)  # at once: another learner's kernel may be reading it
        finally:
            made.unlink(missing_ok=True)
