"""Codes of random letters that people copy from paper: none of them is taken for another."""

import re
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_letters(length: int) -> str:
    """So many letters and digits, five random bits each."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def as_issued(code: str) -> str:
    """A code as it was issued, whatever case, blanks and dashes it was typed with, and O for 0, I or L for 1."""
    return re.sub(r"[\W_]", "", code).upper().translate(str.maketrans("OIL", "011"))
