"""The interface's own words, one plain file per language beside the self-studies."""

from functools import cache
from pathlib import Path

from ..errors import SelfStudyError

CONTENT = Path(__file__).parents[1] / "content"


@cache
def words(language: str) -> dict[str, str]:
    """Every word the form says in one language, by key."""
    import yaml

    path = CONTENT / f"words.{language}.yaml"
    if not path.exists():
        known = ", ".join(sorted(p.name.split(".")[1] for p in CONTENT.glob("words.*.yaml")))
        raise SelfStudyError([f"The form speaks {known}, not {language!r}; add {path.name} beside the others."])
    return {key: str(text) for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
