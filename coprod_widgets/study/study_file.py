"""A self-study's file: its values, the line each stands on, and every mistake in it, in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import SelfStudyError
from ..files.packaged import CONTENT
from ..files.reading import Unreadable, read_bytes
from ..text.limits import counted
from .yaml_errors import lines_of, slip

LONGEST = 1_000_000
"""Bytes of a self-study's file; the kit's own has a fiftieth of it."""

MOST_VALUES = 20_000
"""Names, values and lists of a file; the kit's own has 279. To read many more takes minutes, however short they are."""

MOST_TOLD = 200
"""Mistakes that are told at once."""

SCHEMA = CONTENT / "self_study.schema.json"

Place = tuple[str | int, ...]
"""Where a value stands in a file, from the top: ("sections", 0, "questions", 2, "hint")."""
Problem = tuple[int, Place, str]
"""Its line, its place, and what is wrong; what is allowed; the fix."""

_ENTRIES = {"readings": "reading", "credits": "credit", "roles": "role", "sections": "section"}
_ENTRIES |= {"questions": "question", "parts": "part"}
_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "array": "a list",
    "object": "a group of named values",
}
_FIXES = {
    "string": "write words after the colon, in quotes",
    "integer": "write digits only, without quotes",
    "array": "begin each entry on its own line with '- '",
    "object": "write 'name: value' lines under it",
}
_DEEPEST = 20
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
# Control characters, and what turns or breaks the lines of everything behind it.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BRACES = re.compile(r"\{(?!(?:professional|patient)\})[^{}]*\}?|(?<!\{professional)(?<!\{patient)\}")


class Source:
    """One file as plain values, with the line each stands on and what is wrong with it.

    Plain words stay text ("no" is a language here, not false), and only plain digits become numbers.
    """

    what = "self-study"
    """What such a file is called in messages."""

    def __init__(self, path: Path):
        self.path = path
        self.lines: dict[Place, int] = {}
        self.texts: dict[Place, str] = {}
        self.plain: set[Place] = set()
        """Where a text stands without quotes."""
        self.comments: dict[Place, str] = {}
        """What follows such a text behind a #, which YAML leaves out."""
        self.problems: list[Problem] = []
        self.data = self._value(self._root(self._text()), ())
        if not isinstance(self.data, dict):
            what = f"is {_kind(self.data)}; it must be {_KINDS['object']}; begin with 'key: ...'"
            raise self._stop(1, what)

    def _text(self) -> str:
        try:
            raw = read_bytes(self.path, LONGEST)
        except Unreadable as error:
            raise self._stop(1, f"{error}; a YAML file is needed; check the path") from None
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
            what = f"byte 0x{byte:02X} is not UTF-8; only UTF-8 is read; save the file as UTF-8"
            raise self._stop(line, what) from None

    def _root(self, text: str) -> Any:
        """The top node of the YAML, once nothing in the file can grow or build anything."""
        import yaml

        self._lines = lines_of(text)
        # libyaml is ten times as fast, and every learner's kernel waits for this; it says less of what is wrong.
        with suppress(AttributeError, yaml.YAMLError, ValueError, OverflowError):
            return self._composed(text, yaml.CSafeLoader)
        try:
            return self._composed(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            reason = ", ".join(filter(None, (error.context, error.problem)))
            if slipped := slip(text, line, reason):
                raise self._stop(*slipped) from None
            raise self._stop(line, self._broken(reason)) from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self._stop(line, self._broken(f"character U+{error.character:04X} may not stand here")) from None
        except (ValueError, OverflowError):  # PyYAML does not check "\UFFFFFFFF" or %YAML 9...9
            raise self._stop(1, self._broken("an escape or a directive holds too large a number")) from None

    def _composed(self, text: str, loader: Any) -> Any:
        import yaml

        self._refuse_what_could_grow(yaml.parse(text, Loader=loader))
        return yaml.compose(text, Loader=loader)

    def _refuse_what_could_grow(self, events: Any) -> None:
        depth = 0
        for number, event in enumerate(events):
            line, kind = event.start_mark.line + 1, type(event).__name__
            depth += kind.endswith(("SequenceStartEvent", "MappingStartEvent"))
            depth -= kind.endswith(("SequenceEndEvent", "MappingEndEvent"))
            if number > MOST_VALUES:
                raise self._stop(line, f"holds more than {MOST_VALUES:,} values; some hundreds are usual; shorten it")
            if depth > _DEEPEST:
                raise self._stop(line, f"is nested more than {_DEEPEST} deep; 7 is enough; flatten it")
            if getattr(event, "anchor", None):
                what = f"YAML anchor or alias {short(event.anchor)}; none is allowed; write the text out"
                self.problems.append((line, (), what))
            if getattr(event, "tag", None):
                what = f"YAML tag {short(event.tag)}; none is allowed; delete it"
                self.problems.append((line, (), what))
        if self.problems:
            raise SelfStudyError(self._told(self.problems))

    def _stop(self, line: int, what: str) -> SelfStudyError:
        return SelfStudyError([f"{self.path}:{line}: file: {what}"])

    def _broken(self, reason: str) -> str:
        return f"is not YAML: {reason}; a {self.what} is written in YAML; check indents, and quotes round text"

    def _value(self, node: Any, place: Place) -> Any:
        if node is None:
            return None
        self.lines.setdefault(place, node.start_mark.line + 1)
        if node.id == "mapping":
            return self._mapping(node, place)
        if node.id == "sequence":
            return [self._value(entry, (*place, n)) for n, entry in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            if name.id != "scalar":
                what = "a list or group stands where a name belongs; names are plain words; write 'name: ...'"
                self.problems.append((line, place, what))
                continue
            here = (*place, name.value)
            if name.value in values:
                what = f"{short(name.value)} is given twice, on lines {self.lines[here]} and {line}"
                new = ", or begin a new entry with '- '" if place and isinstance(place[-1], int) else ""
                self.problems.append((line, here, f"{what}; once is allowed; delete one{new}"))
            else:
                self.lines[here] = line
                values[name.value] = self._value(value, here)
        return values

    def _scalar(self, node: Any, place: Place) -> str | int | None:
        text: str = node.value.strip()
        if not node.style and text in ("", "~", "null"):
            self._refuse_commented_out(node, place)
            return None
        if not node.style and _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        self._refuse_odd(text, place)
        self.texts[place] = text
        if not node.style:
            self.plain.add(place)
            rest = self._behind(node)
            if rest.startswith("#"):
                self.comments[place] = rest
        return text

    def _behind(self, node: Any) -> str:
        """What stands on a node's last line behind it. libyaml ends some nodes on the line after the last one."""
        lines, end = self._lines, node.end_mark
        return lines[end.line][end.column :].strip() if end.line < len(lines) else ""

    def _refuse_commented_out(self, node: Any, place: Place) -> None:
        """A text that begins with a # is a comment to YAML, and nothing is left of it."""
        rest = self._behind(node)
        if rest.startswith("#"):
            what = f"{_it(place)} is empty before {short(rest)}, which counts as a comment"
            self.problems.append(
                (self.lines[place], place, f"{what}; text with a # stands in quotes; put them round it")
            )

    def _refuse_odd(self, text: str, place: Place) -> None:
        if odd := _UNSHOWABLE.search(text):
            what = f"{_it(place)} holds the control character U+{ord(odd[0]):04X}; none is allowed; delete it"
            self.problems.append((self.lines[place], place, what))

    def check(self, *, schema: bool, more: Iterable[Problem] = ()) -> None:
        """Raise `SelfStudyError` with everything wrong, in the order of the lines, and what else was found."""
        problems = [*self.problems, *more, *self._repeated_keys(), *self._odd_hints()]
        if schema:
            told = (found for error in _schema_errors(self.data) for found in _explain(error))
            problems += [(self.lines[place], place, what) for place, what in told]
        if problems:
            raise SelfStudyError(self._told(problems))

    def stop_at(self, problems: list[Problem]) -> None:
        """Raise `SelfStudyError` with these and all that was wrong with the file itself; nothing without any."""
        if problems or self.problems:
            raise SelfStudyError(self._told([*self.problems, *problems]))

    def _told(self, problems: list[Problem]) -> list[str]:
        problems.sort(key=lambda problem: problem[0])
        told = [f"{self.path}:{line}: {self._where(place)}: {what}" for line, place, what in problems]
        every = list(dict.fromkeys(told))
        told, more = every[:MOST_TOLD], every[MOST_TOLD:]
        return [*told, f"{self.path}: {counted(len(more), 'more mistake')}; mend these first"] if more else told

    def _where(self, place: Place) -> str:
        """The entries a place lies in, by key where they have one: section 'what_helped', question 1."""
        names = []
        for depth, step in enumerate(place):
            if isinstance(step, int):
                key = self.texts.get((*place[: depth + 1], "key"))
                entry = _ENTRIES.get(str(place[depth - 1]), "entry")
                names.append(f"{entry} {short(key) if key else step + 1}")
        return ", ".join(names) or self.what

    def _repeated_keys(self) -> Iterator[Problem]:
        first: dict[tuple[bool, str], Place] = {}
        for place, key in self.texts.items():
            if len(place) > 2 and place[-1] == "key":
                of_section = place[-3] == "sections"  # sections have their keys to themselves
                earlier = first.setdefault((of_section, key), place)
                if earlier != place:
                    line = self.lines[place]
                    what = f"the key {short(key)} is used twice, on lines {self.lines[earlier]} and {line}"
                    why = "sections are told apart by it" if of_section else "answers are stored under it"
                    yield line, place, f"{what}; {why}, so each needs its own; rename one"

    def _odd_hints(self) -> Iterator[Problem]:
        for place, hint in self.texts.items():
            if place and place[-1] == "hint" and (odd := _BRACES.search(hint)):
                slots = ["{professional}", "{patient}"]
                advice = nearest(odd[0], slots) or "use one of these or no braces"
                what = f"'hint' holds {short(odd[0])}; allowed: {' and '.join(slots)}; {advice}"
                yield self.lines[place], place, what


def _schema_errors(data: Any) -> Iterator[Any]:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).iter_errors(data)


def _explain(error: Any) -> Iterator[tuple[Place, str]]:
    """One broken rule of the schema in plain words: what is wrong; what is allowed; the fix."""
    place: Place = tuple(error.absolute_path)
    value, rule = error.instance, error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in rule if name not in value]
            lists = [name for name in missing if _may_be_empty(error.schema.get("properties", {}).get(name, {}))]
            names, some = ", ".join(f"'{name}'" for name in missing), len(missing) > 1
            none = f"; where there are none, write '{lists[0]}: []'" if lists else ""
            is_missing, add = ("are missing", "add them") if some else ("is missing", "add it")
            yield place, f"{names} {is_missing}; needed: {', '.join(rule)}; {add}{none}"
        case "additionalProperties":
            known = list(error.schema["properties"])
            for name in value.keys() - set(known):
                advice = nearest(name, known) or "rename or delete it"
                what = f"{short(name)} is not known here; allowed: {', '.join(known)}; {advice}"
                yield (*place, name), what
        case "contains" | "maxContains" as limit:
            actor = error.schema["contains"]["properties"]["actor"]["const"]
            what = f"{'no' if limit == 'contains' else 'more than one'} role has the actor '{actor}'"
            yield place, f"{what}; allowed: one role for each actor; add or delete a role"
        case _:
            yield place, f"{_it(place)} {_value_problem(error.validator, value, rule, error.schema)}"


def _may_be_empty(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" and not schema.get("minItems")


def _value_problem(validator: str, value: Any, rule: Any, schema: Any) -> str:
    match validator:
        case "type":
            return f"is {_kind(value)}; it must be {_KINDS[rule]}; {_FIXES[rule]}"
        case "enum":
            advice = nearest(value, rule) or "use one of these"
            return f"is {short(value)}; allowed: {', '.join(rule)}; {advice}"
        case "minItems":
            return f"has too few entries ({len(value)}); allowed: {rule} or more; add one after a '- '"
        case "not":
            return "stands beside 'parts'; allowed there: number, prompt; move it into the parts"
    return f"is {short(value)}; allowed: {schema['description']}; correct it"


def _kind(value: Any) -> str:
    kinds = {str: "string", int: "integer", list: "array", dict: "object"}
    return "empty" if value is None else _KINDS[kinds[type(value)]]


def _it(place: Place) -> str:
    return short(place[-1]) if place and isinstance(place[-1], str) else "it"


def short(text: object) -> str:
    words = str(text)
    return repr(words if len(words) < 60 else words[:57] + "...")


def nearest(word: object, known: list[str]) -> str:
    """Words that ask whether one of these was meant; nothing where none is like it."""
    from difflib import get_close_matches

    close = get_close_matches(str(word), known, n=1)
    return f"did you mean '{close[0]}'?" if close else ""
