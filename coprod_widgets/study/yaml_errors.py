"""The commonest slips in a YAML file, in plain words and with the line on which they were made.

YAML's own reader names the line where it could go on no longer, which is often a later one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

_NO_SPACE = re.compile(r"\s*(?:- +)?(?P<name>[a-z_]+):(?P<rest>[^\s/].*)")
_OPENS = re.compile(r"""\s*(?:- +)?(?:[a-z_]+:\s+)?(?P<quote>["'])(?P<rest>.*)""")
_COLON = re.compile(r"""\s*(?:- +)?(?P<name>[a-z_]+):\s+(?P<words>[^"'\s|>\[{].*:(?:\s.*|$))""")

_NO_SPACE_AFTER_DASH = re.compile(r"\s*-(?P<name>[a-z_]+):(?:\s.*|$)")
_HARD_SPACE = re.compile(r"\s*(?:- *)?\u00a0|\s*(?:- +)?[a-z_]+:\s*\u00a0")
_QUOTED = re.compile(r"""\s*(?:- +)?(?P<name>[a-z_]+):\s+(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?P<rest>[^\s#].*)""")
_SIGN = re.compile(r"\s*(?:- +)?(?P<name>[a-z_]+):\s+(?P<sign>[{\[*&!%@`>|?-]).*")
_NAMED = re.compile(r"(?P<before>\s*(?:- +)?)(?P<name>[A-Za-z_]+):(?P<rest>\s.*|$)")
_LISTS = ("readings", "roles", "sections", "questions", "parts", "credits")

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
    # A quote that is never closed makes YAML stumble over a later line; the others at once or on the next.
    looks: tuple[tuple[Callable[[str], str], int], ...] = (
        (_without_space, 3),
        (_hard_space, 3),
        (_never_closed, len(lines)),
        (_quoted_in_part, 2),
        (_begins_with_a_sign, 1),
        (_with_colon, 1),
    )
    for look, back in looks:
        for at in range(min(line, len(lines)), max(0, line - back), -1):
            if what := look(lines[at - 1]):
                return at, what
    if line > len(lines):
        return None
    wrapped = _wrapped(lines[line - 1]) if "mapping values" in reason else ""
    if what := _out_of_line(lines, line) or wrapped:
        return line, what
    return _nameless(lines, line) if "could not find expected ':'" in reason else None


def _without_space(line: str) -> str:
    if (found := _NO_SPACE.fullmatch(line)) and found["name"] not in ("http", "https", "doi"):
        return f"lacks the space behind '{found['name']}:'; one belongs there; write '{found['name']}: ...'"
    if found := _NO_SPACE_AFTER_DASH.fullmatch(line):
        return f"lacks the space behind '-'; one belongs there; write '- {found['name']}: ...'"
    return ""


def _hard_space(line: str) -> str:
    if _HARD_SPACE.match(line):
        return "holds a no-break space, as copied text may; only ordinary spaces may stand there; type one in its place"
    return ""


def _quoted_in_part(line: str) -> str:
    if found := _QUOTED.fullmatch(line):
        name = found["name"]
        return (
            f"'{name}' goes on behind the quote that ends it; inside \"...\" only curly quotes and apostrophes may "
            f"stand; write '{name}: \"...\"' with “ and ” inside"
        )
    return ""


def _begins_with_a_sign(line: str) -> str:
    found = _SIGN.fullmatch(line)
    if found and found["name"] not in _LISTS:
        name, sign = found["name"], found["sign"]
        return (
            f"'{name}' begins with {sign}; text that begins with such a sign stands in quotes; write '{name}: \"...\"'"
        )
    return ""


def _out_of_line(lines: list[str], line: int) -> str:
    """A name that stands neither under those above it nor within one of them."""
    found = _NAMED.fullmatch(lines[line - 1])
    above = [named for text in lines[: line - 1] if (named := _NAMED.fullmatch(text))]
    if found is None or "-" in found["before"] or not above or not above[-1]["rest"].strip():
        return ""
    column, columns = len(found["before"]), [len(named["before"]) for named in above]
    if column in accumulate(reversed(columns), min):  # an entry goes on until a name stands further out
        return ""
    return (
        f"'{found['name']}' begins in column {column + 1}, and '{above[-1]['name']}' above it in column "
        f"{columns[-1] + 1}; names of one entry stand under each other; move it with spaces"
    )


def _wrapped(line: str) -> str:
    if line.strip() and not _NAMED.fullmatch(line):
        return "goes on with the text above, and holds a colon; such text stands in quotes; put them round all of it"
    return ""


def _nameless(lines: list[str], line: int) -> Slip | None:
    """A line without "name:" among those that have one."""
    for at in (line, line - 1, line - 2):
        text = lines[at - 1].strip() if at > 0 else ""
        if text and not text.startswith("#") and not _NAMED.fullmatch(lines[at - 1]):
            return at, "has no name with a colon before its text; each line has one; write 'prompt: ...', or such"
    return None


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
