"""Finders that other packages bring: used where somebody installed them and asks for them, and never fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from ..errors import FinderNotInstalled
from .finders import Finder, Found

KINDS: Mapping[str, str] = {
    "DATE_TIME": "date",
    "EMAIL_ADDRESS": "email",
    "FAC": "place",
    "GPE": "place",
    "IP_ADDRESS": "ip",
    "LOC": "place",
    "LOCATION": "place",
    "ORG": "place",
    "PERSON": "name",
    "PHONE_NUMBER": "phone",
    "UK_NHS": "record",
    "URL": "url",
}
"""Our words for theirs; every other kind is some number that stands for a person or an account."""


def external_finders(names: Iterable[str]) -> list[Finder]:
    """The finders of `presidio` and `spacy`; raises FinderNotInstalled where one is not installed."""
    return [_external_finder(name)() for name in ((names,) if isinstance(names, str) else names)]


def _external_finder(name: str) -> Callable[[], Finder]:
    known = {"presidio": _presidio, "spacy": _spacy}
    if name not in known:
        raise FinderNotInstalled(f"There is no helper {name!r}; there are {', '.join(known)}.")
    return known[name]


def _presidio() -> Finder:
    """Presidio's check digits and patterns, without its language models, which it would fetch."""
    if find_spec("presidio_analyzer") is None:
        raise FinderNotInstalled("Presidio is not installed here: pip install presidio-analyzer, or leave it out.")
    import tldextract

    # Its first e-mail address would make this ask the network for the list of domains; the bundled one will do.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "no_op"}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "no_op", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def finder(text: str) -> Iterator[Found]:
        for one in analyzer.analyze(text=text, language="en"):
            yield _found(text, one.start, one.end, one.entity_type, "presidio")

    return finder


def _spacy() -> Finder:
    """The first English model of spaCy that is installed, whichever it is."""
    models = [] if find_spec("spacy") is None else _installed_models()
    if not models:
        raise FinderNotInstalled("No English model of spaCy is installed here: install one, or leave the helper out.")
    import spacy

    model: Any = spacy.load(models[0])

    def finder(text: str) -> Iterator[Found]:
        for one in model(text).ents:
            if one.label_ in KINDS and one.label_ != "DATE":  # which for spaCy is any stretch of time
                yield _found(text, one.start_char, one.end_char, one.label_, "spacy")

    return finder


def _installed_models() -> list[str]:
    from spacy.util import get_installed_models

    return sorted(name for name in get_installed_models() if name.startswith("en_"))


def _found(text: str, start: int, end: int, label: str, by: str) -> Found:
    return Found(start, end, KINDS.get(label, "record"), by, f"{by} takes it for {label.replace('_', ' ').lower()}")
