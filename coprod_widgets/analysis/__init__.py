"""Tables and figures from a frame of answers or codings: frames in, frames and figures out."""

from .tables import (
    actors_and_aspects,
    answered,
    answers,
    contrast,
    in_context,
    side_by_side,
    topics,
    who_did_what,
    words,
)
from .themes import agreement, alpha, co_occurrence, kappa, theme_counts

__all__ = [
    "actors_and_aspects",
    "agreement",
    "alpha",
    "answered",
    "answers",
    "co_occurrence",
    "contrast",
    "in_context",
    "kappa",
    "side_by_side",
    "theme_counts",
    "topics",
    "who_did_what",
    "words",
]
