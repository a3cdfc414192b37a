"""Self-studies on the coproduction of healthcare service: their questions, the learner's form, and its answers."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "CodingDesk": "widgets.coding",
    "CodingStore": "codings",
    "CoprodError": "errors",
    "Question": "self_study",
    "Reading": "self_study",
    "ResponseStore": "store",
    "Section": "self_study",
    "SelfStudy": "self_study",
    "SelfStudyError": "errors",
    "SelfStudyForm": "widgets.form",
    "open_self_study": "learner_app",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    # Loaded when asked for: a script that only checks questions needs neither widgets nor a database.
    if name not in _HOMES:
        raise AttributeError(f"coprod_widgets has no {name!r}; it has {', '.join(__all__)}.")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
