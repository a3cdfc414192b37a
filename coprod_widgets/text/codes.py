"""Codes as people type them: in small letters, with other dashes, with the words that they were pasted with."""

from __future__ import annotations

import re
import unicodedata

JOIN = "ACDEFHJKNPQRTWXY3479"
"""A join code's letters: none is taken for another, and none makes a word."""
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""A resume code's and a pseudonym's."""
LONGEST = 500
"""Characters that are looked at; a code pasted with its sentence has fewer."""

_ALIKE = str.maketrans("OIL", "011")
_DASH = r"[-_\u2010-\u2015\u2212.]"
_APART = rf"(?:\s|{_DASH})*"


def join_code(typed: str) -> str:
    """The six letters of a join code in what somebody typed or pasted; what is no such code comes back bare."""
    return _found(typed, f"[{JOIN}]{{3}}", 2)


def resume_code(typed: str) -> str:
    """The sixteen signs of a resume code in what somebody typed or pasted, with O for 0 and I or L for 1."""
    return _found(typed, f"[{CROCKFORD}OIL]{{4}}", 4).translate(_ALIKE)


def pseudonym(typed: str) -> str:
    """A learner's pseudonym, as L-7F3K9Q2M, however it was typed."""
    plain = _plain(typed)
    found = re.fullmatch(rf"L{_APART}([{CROCKFORD}OIL]{{8}})", plain)
    return f"L-{found[1].translate(_ALIKE)}" if found else plain


def grouped(code: str, size: int) -> str:
    """A code in groups of so many signs, as it is shown."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _plain(typed: str) -> str:
    """Without what is invisible, and with full-width and other forms of letters as plain ones."""
    letters = unicodedata.normalize("NFKC", typed[:LONGEST])
    return "".join(sign for sign in letters if unicodedata.category(sign) != "Cf").strip().upper()


def _found(typed: str, group: str, groups: int) -> str:
    """The code in a text: all of it, what a link carries, what has dashes between its groups, or what stands alone."""
    plain = _plain(typed)
    bare = re.sub(r"[\W_]", "", plain)
    alone = r"(?<![A-Z0-9]){}(?![A-Z0-9])"
    whole = _APART.join([group] * groups)
    dashed = rf"\s*{_DASH}\s*".join([group] * groups)
    wanted = [rf"(?:SESSION|RESUME)=({whole})", *(f"({alone.format(one)})" for one in (dashed, group * groups, whole))]
    if re.fullmatch(group * groups, bare):
        return bare
    for pattern in wanted:
        if found := re.search(pattern, plain):
            return re.sub(r"[\W_]", "", found[1])
    return bare
