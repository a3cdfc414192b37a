"""Read a widget's ES module from `static/`, together with the modules that it imports."""

import gzip
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from posixpath import basename, dirname, join, normpath

BY_SERVER = "COPROD_MODULES"
"""The environment variable that tells a kernel that its page gets modules and styles from the server: from what place.

The page can then fetch them while its kernel is being made, and keep them; else they travel in the widget's state.
"""

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|class|const)\b)", re.MULTILINE)


def module_text(name: str) -> str:
    """One ES module without imports, since JupyterLab loads a widget from a blob, where a relative path leads nowhere.

    `name` is its path below `static/`.
    """
    seen: list[str] = []
    _collect(name, seen)
    return "\n".join(_inlined(part) for part in seen)


def imports(name: str) -> list[str]:
    """The modules that one imports itself, each by its path below `static/`."""
    paths = _IMPORT.findall((STATIC / name).read_text(encoding="utf-8"))
    return [normpath(join(dirname(name), path)) for path in paths]


def _collect(name: str, seen: list[str], above: tuple[str, ...] = ()) -> None:
    for needed in imports(name):
        if needed not in seen and needed not in above:
            _collect(needed, seen, (*above, name))
    seen.append(name)


def _inlined(name: str) -> str:
    text = _IMPORT.sub("", (STATIC / name).read_text(encoding="utf-8"))
    return _EXPORT.sub("", text)


def style_text(name: str) -> str:
    """A widget's stylesheet."""
    return (STATIC / name).read_text(encoding="utf-8")


@cache
def asset(name: str) -> str:
    """What a browser gets under this name: a whole module, or a stylesheet."""
    return style_text(name) if name.endswith(".css") else module_text(name)


@cache
def compressed(name: str) -> bytes:
    """The same as gzip: made once, because to make it for each request would keep all other visitors waiting."""
    return gzip.compress(asset(name).encode(), mtime=0)


def address(name: str) -> str:
    """Where a page finds it from the server's root; another one when its content is another."""
    return f"coprod/{basename(name)}?v={sha256(asset(name).encode()).hexdigest()[:12]}"
