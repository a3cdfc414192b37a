"""The interface's own words: one plain file for each widget and language."""

from functools import cache
from pathlib import Path

from ..errors import SelfStudyError

WORDS = Path(__file__).parents[1] / "content" / "words"


@cache
def words(language: str, part: str = "form") -> dict[str, str]:
    """Every word that one widget says in one language, by key; a page carries only those it shows."""
    import yaml

    path = WORDS / f"{part}.{language}.yaml"
    if not path.exists():
        known = ", ".join(sorted(languages(part)))
        raise SelfStudyError([f"The {part} speaks {known}, not {language!r}; add {path.name} beside the others."])
    return {key: str(text) for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


@cache
def languages(part: str = "form") -> frozenset[str]:
    """The languages that a widget speaks."""
    return frozenset(path.name.split(".")[1] for path in WORDS.glob(f"{part}.*.yaml"))
