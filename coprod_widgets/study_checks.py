"""What no schema can say of a self-study's file: what must differ, what belongs together, what a translation keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .self_study_file import Place, Problem, Source, short

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
KEPT = ("key", "version", "letter", "number", "actor", "aspect", "doi", "minutes")
"""What a translation has in common with the English file."""


def odd(source: Source) -> list[Problem]:
    """What is wrong with a self-study's file beyond its schema."""
    return [*_repeated_letters(source.texts, source.lines), *_actors_without_roles(source)]


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
