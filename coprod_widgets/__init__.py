"""Self-studies on the coproduction of healthcare service: their questions, the learner's form, and its answers.

The names that notebooks use are here. Further ones are in the packages `analysis`, `deidentify`, `exports` and `study`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .apps.coding import open_coding, read_codings
    from .apps.learner import open_self_study
    from .apps.lessons import read_store
    from .apps.review import approved, open_review
    from .apps.teaching import join_panel, open_class, wall
    from .deidentify.release import release
    from .deidentify.scrub import scrub
    from .errors import CoprodError
    from .exports.csv_file import read_csv
    from .store.responses import ResponseStore
    from .store.sessions import ClassSession
    from .study.self_study import Question, SelfStudy
    from .widgets.form import SelfStudyForm

__version__ = "0.1.0"

__all__ = [
    "ClassSession",
    "CoprodError",
    "Question",
    "ResponseStore",
    "SelfStudy",
    "SelfStudyForm",
    "approved",
    "join_panel",
    "open_class",
    "open_coding",
    "open_review",
    "open_self_study",
    "read_codings",
    "read_csv",
    "read_store",
    "release",
    "scrub",
    "wall",
]

_MODULES = {
    "ClassSession": "store.sessions",
    "CoprodError": "errors",
    "Question": "study.self_study",
    "ResponseStore": "store.responses",
    "SelfStudy": "study.self_study",
    "SelfStudyForm": "widgets.form",
    "approved": "apps.review",
    "join_panel": "apps.teaching",
    "open_class": "apps.teaching",
    "open_coding": "apps.coding",
    "open_review": "apps.review",
    "open_self_study": "apps.learner",
    "read_codings": "apps.coding",
    "read_csv": "exports.csv_file",
    "read_store": "apps.lessons",
    "release": "deidentify.release",
    "scrub": "deidentify.scrub",
    "wall": "apps.teaching",
}
"""The module of each name. It is imported when the name is first used: checking questions needs no database."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"coprod_widgets has no {name!r}; it has {', '.join(__all__)}.")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
