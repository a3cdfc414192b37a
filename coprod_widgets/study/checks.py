"""What no schema can say of a self-study's file: what must differ, what belongs together, what a translation keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..text.limits import counted
from .study_file import Place, Problem, Source, short

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
LONGEST = {
    **dict.fromkeys(("title", "readings_title", "self_study_title", "heading", "part"), 200),
    **dict.fromkeys(("prompt", "hint"), 1000),
    **dict.fromkeys(("lead", "text", "note", "citation", "compare"), 3000),
}
"""The texts that learners read, and how many characters each may have: far more than they take in at once."""
_SLOT = re.compile(r"\{\s*(?:professional|patient)s?\s*\}", re.IGNORECASE)
# No part of it may run past where the next match could begin: a text of a million signs must take no time.
_MARKUP = re.compile(
    r"\*\*[^*\n]+\*\*|(?<!\w)__[^_\n]+__(?!\w)|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|\[[^\[\]\n]+\]\([^\s\[]+\)",
    re.IGNORECASE,
)
_CURLY = "“”„‟"
KEPT = ("key", "version", "letter", "number", "actor", "aspect", "doi", "minutes")
"""What a translation has in common with the English file."""


def odd(source: Source) -> list[Problem]:
    """What is wrong with a self-study's file beyond its schema."""
    problems = [*_repeated_letters(source.texts, source.lines), *_actors_without_roles(source), *_aspects(source)]
    for place, text in source.texts.items():
        if place and place[-1] in LONGEST:
            name = str(place[-1])
            problems += [(source.lines[place], place, f"'{name}' {what}") for what in _misshown(source, place, text)]
    return problems


def _misshown(source: Source, place: Place, text: str) -> Iterator[str]:
    """What learners would read otherwise than its author thinks."""
    longest = LONGEST[str(place[-1])]
    if len(text) > longest:
        yield f"has {counted(len(text), 'character')}; allowed: {longest:,} at most; shorten it"
    if comment := source.comments.get(place):
        yield (
            f"ends before {short(comment)}, which counts as a comment; text with a # stands in quotes; put quotes "
            "round all of it, or round the words before the # if that is a comment"
        )
    if place in source.plain and (quote := _stray_quote(text)):
        yield f'stands in {quote}, which learners would see; text stands in straight quotes; write "..."'
    if found := _MARKUP.search(text):
        yield f"holds {short(found[0])}, which learners would see as it is; texts have no markup; delete the signs"
    slots = [] if place[-1] == "hint" and "roles" in source.data else _SLOT.findall(text)
    for slot in slots:
        if place[-1] == "hint":
            yield f"holds {short(slot)}, but the file has no 'roles'; only roles fill it in; add them, or write words"
        else:
            yield f"holds {short(slot)}, which learners would see as it is; only a hint may; write words instead"


def _stray_quote(text: str) -> str:
    """The quotation marks of a word processor, or half a pair of straight ones, where YAML's own were meant."""
    first, last = text[:1], text[-1:]
    inside = set(text[1:-1]) & set(_CURLY)
    if (first in _CURLY or last in _CURLY) and (not inside or not (first in _CURLY and last in _CURLY)):
        halves = sum(text.count(one) for one in _CURLY)
        if halves % 2 or (first in _CURLY and last in _CURLY):
            return "curly quotes"
    if first == "‘" and last == "’" and "‘" not in text[1:]:
        return "curly quotes"
    return "half a pair of quotes" if last == '"' and text.count('"') % 2 else ""


def _with_aspects(source: Source) -> list[Place]:
    return [place for place in source.texts if place[0] == "sections" and place[-1] == "aspect"]


def _aspects(source: Source) -> Iterator[Problem]:
    """An aspect of nobody's contribution: nothing would fill the canvas."""
    for place in _with_aspects(source):
        if (*place[:-1], "actor") not in source.texts:
            what = (
                f"'aspect' is {short(source.texts[place])} without an 'actor'; the canvas shows what an actor brought"
            )
            yield source.lines[place], place, f"{what}; add the actor, or delete the aspect"


def check_canvas(path: Path) -> None:
    """Raise `SelfStudyError` where one question alone has an aspect. Its page opens, but draws no canvas."""
    source = Source(path)
    places = _with_aspects(source)
    if len(places) == 1:
        what = "only this question has an 'aspect'; the canvas compares what two actors brought, so none is drawn"
        source.stop_at([(source.lines[places[0]], places[0], f"{what}; ask for more of its fields, or delete it")])


def _repeated_letters(texts: Mapping[Place, str], lines: Mapping[Place, int]) -> Iterator[Problem]:
    """Two sections with one letter: a class session is moved to a part by its letter."""
    first: dict[str, Place] = {}
    for place, letter in texts.items():
        if len(place) == 3 and place[0] == "sections" and place[2] == "letter":
            earlier = first.setdefault(letter, place)
            if earlier != place:
                what = f"the letter {short(letter)} is used twice, on lines {lines[earlier]} and {lines[place]}"
                yield lines[place], place, f"{what}; parts are told apart by it, so each needs its own; change one"


def _actors_without_roles(source: Source) -> Iterator[Problem]:
    """A question about an actor in a file that asks for no roles: the page could not say whom it means."""
    if "roles" in source.data:
        return
    for place, actor in source.texts.items():
        if place[0] == "sections" and place[-1] == "actor":
            what = f"'actor' is {short(actor)}, but the file has no 'roles'; a question about an actor needs them"
            yield source.lines[place], place, f"{what}; add 'roles', or delete the actor"


def compare_translation(path: Path) -> None:
    """Raise `SelfStudyError` unless a file called `….xx.yaml` is in that language, and keeps what the English has.

    Compared is with `….en.yaml` beside it, where there is one.
    """
    name, _, language = path.stem.rpartition(".")
    if not name or path.suffix != ".yaml" or not LANGUAGE.fullmatch(language):
        return
    source = Source(path)
    problems = list(_other_language(source, language))
    english = path.with_name(f"{name}.en.yaml")
    if language != "en" and english.exists():
        problems += _not_kept(source, Source(english))
    source.stop_at(problems)


def _other_language(source: Source, language: str) -> Iterator[Problem]:
    said = source.data.get("language")
    if said != language:
        what = f"'language' is {short(said)}, but the file is called {short(source.path.name)}"
        yield source.lines.get(("language",), 1), ("language",), f"{what}; both must be one; change one"


def _not_kept(source: Source, english: Source) -> Iterator[Problem]:
    theirs, ours = (dict(_kept(one.data, ())) for one in (english, source))
    for place, value in theirs.items():
        if place not in ours:
            line = source.lines.get(place[:-1], 1)
            yield line, place, f"{short(place[-1])} is missing; the English file has {short(value)} there; add it"
        elif ours[place] != value:
            what = f"{short(place[-1])} is {short(ours[place])}; the English file has {short(value)} there"
            yield source.lines[place], place, f"{what}; a translation keeps it; change it"
    for place in ours.keys() - theirs.keys():
        yield source.lines[place], place, f"{short(place[-1])} is not in the English file at this place; delete it"


def _kept(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in entries:
        if isinstance(inner, dict | list):
            yield from _kept(inner, (*place, step))
        elif step in KEPT:
            yield (*place, step), inner
