"""The interface's own words: one plain file for each widget and language."""

from functools import cache

from ..errors import SelfStudyError
from ..study.words_file import WORDS, read_words


@cache
def words(language: str, part: str = "form") -> dict[str, str]:
    """Every word that one widget says in one language, by key; a page carries only those it shows.

    `SelfStudyError` names every mistake in the file.
    """
    paths = [WORDS / f"{part}.{one}.yaml" for one in _nearest_first(language)]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        known = ", ".join(sorted(languages(part)))
        raise SelfStudyError([f"The {part} speaks {known}, not {language!r}; add {paths[0].name} beside the others."])
    return read_words(path, strangers=False)


def spoken(language: str, part: str = "form") -> str | None:
    """The language that a widget speaks on a page in this one: the same, or the same without its region."""
    return next((one for one in _nearest_first(language) if one in languages(part)), None)


def _nearest_first(language: str) -> tuple[str, str]:
    return language, language.partition("-")[0]


def for_instructors(language: str, part: str) -> str:
    """The language of what an instructor works with: English where it has not been translated yet.

    Learners never get it; and a class whose learners read Swedish can be taught before the wall speaks it.
    """
    return spoken(language, part) or "en"


@cache
def languages(part: str = "form") -> frozenset[str]:
    """The languages that a widget speaks."""
    return frozenset(path.name.split(".")[1] for path in WORDS.glob(f"{part}.*.yaml"))
