"""The interface's own words: one plain file for each widget and language."""

from functools import cache

from ..errors import SelfStudyError
from ..words_file import WORDS, read_words


@cache
def words(language: str, part: str = "form") -> dict[str, str]:
    """Every word that one widget says in one language, by key; a page carries only those it shows.

    `SelfStudyError` names every mistake in the file.
    """
    path = WORDS / f"{part}.{language}.yaml"
    if not path.exists():
        known = ", ".join(sorted(languages(part)))
        raise SelfStudyError([f"The {part} speaks {known}, not {language!r}; add {path.name} beside the others."])
    return read_words(path, strangers=False)


@cache
def languages(part: str = "form") -> frozenset[str]:
    """The languages that a widget speaks."""
    return frozenset(path.name.split(".")[1] for path in WORDS.glob(f"{part}.*.yaml"))
