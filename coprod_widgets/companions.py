"""What the companion notebooks call: a check at the end of a lesson."""

from pathlib import Path

from .self_study import SelfStudy
from .widgets import SelfStudyForm


def check(lesson: str) -> SelfStudyForm:
    """The questions that close a lesson, from `checks/<lesson>.en.yaml` beside the notebook.

    Answers stay in this kernel's memory. Raises `SelfStudyError` where the file is missing or wrong.
    """
    return SelfStudyForm(SelfStudy.load(Path("checks", f"{lesson}.en.yaml")))
