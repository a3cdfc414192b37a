"""Which texts can be stored: those that both databases give back to the letter."""

import re


def check_text(text: str, *, what: str, longest: int) -> None:
    """Raise ValueError, which says `what` it is and never quotes it, where a text cannot be stored."""
    if len(text) > longest:
        raise ValueError(f"{what} has {len(text):,} characters; it can have {longest:,}.")
    if re.search("[\x00\ud800-\udfff]", text):
        raise ValueError(f"{what} holds a NUL or half a character (a lone surrogate), which cannot be stored.")
