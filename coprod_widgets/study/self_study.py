"""A self-study as data: the ordered questions put to a learner, read from a YAML file and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote

from ..errors import CoprodError, SelfStudyError
from ..files.packaged import CONTENT
from .checks import odd
from .study_file import Source, short

Actor = Literal["professional", "patient"]
Aspect = Literal["relationship", "plan", "carrying_out"]
ACTORS: tuple[Actor, ...] = get_args(Actor)
USES = ("class", "research")
"""What a learner is asked about, each for itself: shown to the class; exported for evaluation or research."""
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)


KIT_STUDY = "paul_on_coproduction"
"""The key of the kit's own self-study: tables that name no study, as older ones did, are about it."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A work to read before answering, cited as the page cites it; `note` introduces the citation."""

    citation: str
    doi: str
    note: str = ""

    @property
    def url(self) -> str:
        """The web address its DOI resolves at."""
        return "https://doi.org/" + quote(self.doi, safe="/")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One box for one answer; `part` is its own label where one prompt stands over several boxes."""

    key: str
    prompt: str
    number: str = ""
    part: str = ""
    hint: str = ""
    compare: str = ""
    """One way to answer, for a learner who wants to compare."""
    actor: Actor | None = None
    aspect: Aspect | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question asked, as a learner read it, and what its answer counts as.

    Hints, numbers, titles and readings are no part of it: to mend one changes nothing that was asked.
    """

    lead: str = field(repr=False)
    """The text over the question's section."""
    prompt: str = field(repr=False)
    part: str = ""
    actor: str = ""
    aspect: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same words; spaces and line breaks between them don't count."""
        words = [" ".join(words.split()) for words in asdict(self).values()]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions that belong together; `text` stands over them, `title` is short, for a list of contents."""

    key: str
    letter: str
    title: str
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Whose words or works these are, and what may be done with them."""

    heading: str
    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class SelfStudy:
    """The ordered questions put to a learner, with readings, in one language and one version."""

    key: str
    version: int
    language: str
    title: str
    lead: str = field(repr=False)
    readings_title: str = field(repr=False)
    readings: tuple[Reading, ...] = field(repr=False)
    self_study_title: str = field(repr=False)
    minutes: int
    """How long it takes: our estimate."""
    roles: tuple[Question, ...] = field(default=(), repr=False)
    """What the learner calls each actor: one question per actor; none where no question has an actor."""
    sections: tuple[Section, ...] = field(repr=False)
    credits: tuple[Credit, ...] = field(repr=False)

    @classmethod
    def load(cls, name_or_path: str | Path = "paul_on_coproduction", *, language: str = "en") -> SelfStudy:
        """Read one of the kit's own self-studies by name and `language`, or any file by its path.

        Raises `SelfStudyError` with every problem of the file at once.
        """
        own_file = _is_path(name_or_path)
        source = Source(cls.path(name_or_path, language=language))
        # The kit's tests hold its own files to the schema, so a learner's kernel is spared the import of
        # jsonschema: over a second where its optional format checkers are installed.
        source.check(schema=own_file, more=odd(source))
        try:
            return cls._of(source.data)
        except (KeyError, TypeError, AttributeError):
            source.check(schema=True)
            raise

    @staticmethod
    def path(name_or_path: str | Path = "paul_on_coproduction", *, language: str = "en") -> Path:
        """The file that `load` reads."""
        return Path(name_or_path) if _is_path(name_or_path) else _shipped(str(name_or_path), language)

    @classmethod
    def _of(cls, data: dict[str, Any]) -> SelfStudy:
        built = {
            "roles": tuple(Question(**role) for role in data.get("roles", ())),
            "readings": tuple(Reading(**reading) for reading in data["readings"]),
            "sections": tuple(_section(**section) for section in data["sections"]),
            "credits": tuple(Credit(**credit) for credit in data["credits"]),
        }
        return cls(**data | built)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question of every section, in order; the role questions are not among them."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys answers are stored under: the roles', then the questions'."""
        return tuple(question.key for question in self.roles + self.questions)

    def question(self, key: str) -> Question:
        """The question or role question with this key; `KeyError` names the known keys."""
        for question in self.roles + self.questions:
            if question.key == key:
                return question
        raise KeyError(f"no question {key!r} in {self.key!r}; its keys are {', '.join(self.keys)}")

    @property
    def wording(self) -> dict[str, Asked]:
        """What each question asks in this version and language, by its key and in order."""
        leads = {question.key: section.text for section in self.sections for question in section.questions}
        return {
            one.key: Asked(
                lead=leads.get(one.key, ""),
                prompt=one.prompt,
                part=one.part,
                actor=one.actor or "",
                aspect=one.aspect or "",
            )
            for one in self.roles + self.questions
        }

    def section(self, key_or_letter: str) -> Section:
        """The section with this key or this letter; CoprodError names those that there are."""
        found = {one.letter: one for one in self.sections} | {one.key: one for one in self.sections}
        if key_or_letter in found:
            return found[key_or_letter]
        known = ", ".join(f"{one.letter} ({one.key})" for one in self.sections)
        raise CoprodError(f"This self-study has no part {short(key_or_letter)}; it has {known}.")

    def section_of(self, key: str) -> Section:
        """The section that a question stands in; a role question stands in the first."""
        here = (section for section in self.sections if any(key == one.key for one in section.questions))
        return next(here, self.sections[0])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain dicts and lists, each reading with its `url`: what the form is sent."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        for reading, sent in zip(self.readings, plain["readings"], strict=True):
            sent["url"] = reading.url
        return plain


def _is_path(name_or_path: str | Path) -> bool:
    name = str(name_or_path)
    return isinstance(name_or_path, Path) or bool(Path(name).suffix) or "/" in name or "\\" in name


def _section(*, questions: list[dict[str, Any]], text: str = "", **own: Any) -> Section:
    boxes = tuple(box for question in questions for box in _boxes(**question))
    return Section(text=text, questions=boxes, **own)


def _boxes(*, number: int | str = "", parts: Any = ({},), **own: Any) -> Iterator[Question]:
    for part in parts:
        yield Question(number=str(number), **own, **part)


def _shipped(name: str, language: str) -> Path:
    known = [path.name.removesuffix(".yaml") for path in sorted(CONTENT.glob("*.yaml"))]
    if f"{name}.{language}" in known:
        return CONTENT / f"{name}.{language}.yaml"
    listed = ", ".join("{0} (language {2})".format(*stem.partition(".")) for stem in known)
    what = f"no self-study {short(name)} in language {short(language)} comes with the kit; it has {listed}"
    raise SelfStudyError([f"{what}; use one of these, or give the path of a file"])
