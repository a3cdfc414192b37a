"""A file of the interface's own words: read as strictly as a self-study, and compared with the English one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..files.packaged import CONTENT
from .study_file import Place, Problem, Source, nearest, short

WORDS = CONTENT / "words"
_NAMED = re.compile(r"(?P<part>[a-z]+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.yaml")
_SLOT = re.compile(r"\{(\w+)\}")
_WHOLE = re.compile(r"[1-9][0-9]{0,8}")


class WordsSource(Source):
    """A words file as plain texts: every value stays the text that it is, with the spaces round it."""

    what = "words file"

    def _scalar(self, node: Any, place: Place) -> str:
        text = str(node.value).rstrip("\n")
        self._refuse_odd(text, place)
        self.texts[place] = text
        return text


def parts() -> list[str]:
    """What has words of its own: the form, the join panel, the wall, the coding desk, the review."""
    return sorted(path.name.partition(".")[0] for path in WORDS.glob("*.en.yaml"))


def is_words_file(name: str) -> bool:
    """Whether this names a words file and not a self-study: it lies among them, or is called like one."""
    path = Path(name)
    named = _NAMED.fullmatch(path.name)
    called = named is not None and named["part"] in parts()
    return path.suffix == ".yaml" and (called or Path(os.path.realpath(path)).parent.name == "words")


def read_words(path: Path, *, strangers: bool = True) -> dict[str, str]:
    """The words of a file by name; `SelfStudyError` with every mistake in it.

    It needs the names of the English file, and in each text the `{…}` of the English one. Without `strangers`, a name
    that the English file lacks is no mistake: nobody asks for it.
    """
    source = WordsSource(path)
    problems = [*_misnamed(path), *_no_texts(source)]
    texts = {str(name): text for name, text in source.data.items() if isinstance(text, str)}
    english = _english(path) or texts
    problems += _differing(source, texts, english)
    if strangers:
        problems += _strangers(source, english)
    source.stop_at(problems)
    return texts


def _misnamed(path: Path) -> Iterator[Problem]:
    named = _NAMED.fullmatch(path.name)
    if named is None or named["part"] not in parts():
        allowed = ", ".join(f"{part}.xx.yaml" for part in parts())
        yield 1, (), f"is called {short(path.name)}; allowed: {allowed}, xx being the language; rename the file"


def _english(path: Path) -> dict[str, str]:
    """The English words of the same part: those beside the file, else the kit's own; none where this is that file."""
    name = f"{path.name.partition('.')[0]}.en.yaml"
    found = next((one for one in (path.with_name(name), WORDS / name) if one.exists()), path)
    if found == path:
        return {}
    return {name: text for name, text in WordsSource(found).data.items() if isinstance(text, str)}


def _no_texts(source: Source) -> Iterator[Problem]:
    for name, value in source.data.items():
        if not isinstance(value, str):
            what = f"{short(name)} is a list or a group; it must be text; write words after the colon, in quotes"
            yield source.lines[(name,)], (name,), what
        elif not value.strip():
            yield (
                source.lines[(name,)],
                (name,),
                f"{short(name)} is empty; it must be text; write words after the colon",
            )


def _differing(source: Source, texts: dict[str, str], english: dict[str, str]) -> Iterator[Problem]:
    for name, original in english.items():
        if name not in source.data:
            yield 1, (name,), f"{short(name)} is missing; the English file has it; add a line '{name}: ...'"
        elif texts.get(name, "").strip():
            for what in _differences(name, texts[name], original, english):
                yield source.lines[(name,)], (name,), f"{short(name)} {what}"


def _strangers(source: Source, english: dict[str, str]) -> Iterator[Problem]:
    """Names that the English file lacks: nobody asks for them."""
    for name in source.data.keys() - english.keys():
        advice = nearest(name, list(english)) or "delete the line"
        yield source.lines[(name,)], (name,), f"{short(name)} is not known here; the English file lacks it; {advice}"


def _differences(name: str, text: str, original: str, english: dict[str, str]) -> Iterator[str]:
    """What a translation lost or made up of what code fills in and puts together."""
    if _WHOLE.fullmatch(original) and not _WHOLE.fullmatch(text):
        yield f"is {short(text)}; it must be a whole number from 1; write digits only"
    needed = set(_SLOT.findall(original))
    allowed = needed | set(_SLOT.findall(english.get(name.removesuffix("_one"), "")))
    told = " and ".join(f"{{{slot}}}" for slot in sorted(allowed)) or "none"
    there = set(_SLOT.findall(text))
    for slot in sorted(needed - there):
        yield f"lacks {{{slot}}}; the page fills it in; write it where it belongs"
    for slot in sorted(there - allowed):
        yield f"holds {{{slot}}}; allowed: {told}; names in braces are not translated"
    if "{" in (rest := _SLOT.sub("", text)) or "}" in rest:
        yield f"holds a lone brace; allowed: {told}; write both, with the name between and no space"
    for where, edge in (("before", 0), ("after", -1)):
        if original and original[edge].isspace() and text and not text[edge].isspace():
            yield f"lacks the space {where} its words; other words stand there; put the space inside the quotes"
