"""Read a widget's ES module from `static/`, together with the modules that it imports."""

import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|class|const)\b)", re.MULTILINE)


def module_text(name: str) -> str:
    """One ES module without imports: JupyterLab loads a widget from a blob, where `./` leads nowhere."""
    seen: list[str] = []
    _collect(name, seen)
    return "\n".join(_inlined(part) for part in seen)


def _collect(name: str, seen: list[str], above: tuple[str, ...] = ()) -> None:
    for needed in _IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
        if needed not in seen and needed not in above:
            _collect(needed, seen, (*above, name))
    seen.append(name)


def _inlined(name: str) -> str:
    text = _IMPORT.sub("", (STATIC / name).read_text(encoding="utf-8"))
    return _EXPORT.sub("", text)


def style_text(name: str) -> str:
    """A widget's stylesheet."""
    return (STATIC / name).read_text(encoding="utf-8")
