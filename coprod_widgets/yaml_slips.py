"""The commonest slips in a YAML file, in plain words and with the line on which they were made.

YAML's own reader names the line where it could go on no longer, which is often a later one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NO_SPACE = re.compile(r"\s*(?:- +)?(?P<name>[a-z_]+):(?P<rest>[^\s/].*)")
_OPENS = re.compile(r"""\s*(?:- +)?(?:[a-z_]+:\s+)?(?P<quote>["'])(?P<rest>.*)""")
_COLON = re.compile(r"""\s*(?:- +)?(?P<name>[a-z_]+):\s+(?P<words>[^"'\s|>\[{].*:(?:\s.*|$))""")

Slip = tuple[int, str]
"""The line, and what is wrong on it; what is allowed; the fix."""


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML counts them."""
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text)


def slip(text: str, line: int, reason: str) -> Slip | None:
    """What somebody most likely did who wrote a text that breaks off on this line; None where that can't be told."""
    lines = lines_of(text)[:line]
    if "'\\t'" in reason or lines[line - 1 : line] and re.match(r" *\t", lines[line - 1]):
        return line, "begins with a tab; only spaces may stand there; put spaces in its place"
    looks: tuple[Callable[[str], str], ...] = (_without_space, _never_closed, _with_colon)
    # A quote that is never closed makes YAML stumble over a later line; the other two at once or on the next.
    for look, back in zip(looks, (3, len(lines), 1), strict=True):
        for at in range(min(line, len(lines)), max(0, line - back), -1):
            if what := look(lines[at - 1]):
                return at, what
    return None


def _without_space(line: str) -> str:
    if (found := _NO_SPACE.fullmatch(line)) and found["name"] not in ("http", "https", "doi"):
        return f"lacks the space behind '{found['name']}:'; one belongs there; write '{found['name']}: ...'"
    return ""


def _never_closed(line: str) -> str:
    found = _OPENS.fullmatch(line)
    if found and not re.search(rf"(?<!\\){found['quote']}", found["rest"]):
        quote = found["quote"]
        return f"opens with {quote} and is not closed; text in quotes ends with {quote}; put one behind the last word"
    return ""


def _with_colon(line: str) -> str:
    if found := _COLON.fullmatch(line):
        name = found["name"]
        return f"'{name}' holds a colon; text with a colon stands in quotes; write '{name}: \"...\"'"
    return ""
