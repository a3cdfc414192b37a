"""The small words that say what stands beside them. Kept by hand."""

from __future__ import annotations

from .word_lists import kept_in

TITLES = kept_in("titles")
"""What stands before a name, and seldom anywhere else."""
SURE_TITLES = kept_in("sure titles")
KIN = kept_in("kin")
"""Whom a name may follow directly: "nurse Tuuli"."""
NAMING = kept_in("naming")
GREETING = kept_in("greeting")
DEEDS = kept_in("deeds")
"""What only people do."""
DOES = DEEDS | kept_in("does")
MEDICAL = kept_in("medical")
"""What follows the name of somebody long dead: "Apgar score"."""
PLACING = kept_in("placing")
ARTICLES = kept_in("articles")
OWNERS = kept_in("owners")
USING = kept_in("using")
"""What is done with things: "switched to Voltarol"."""
PARTICLES = kept_in("particles")
LEADING = kept_in("leading")
"""What a name may begin with: "Little Ibrahim", "Upper Thornley"."""
BEING = kept_in("being")
VERBISH = kept_in("verbish")
"""Names that open a sentence, or follow a noun, as verbs and the like."""
SPEAKING = kept_in("speaking")
DONE = kept_in("done")
"""What is done to things: "Furosemide was increased"."""
FUNCTION = kept_in("function")
DRUGS = tuple(sorted(kept_in("drugs")))
"""How the names of drugs end."""
MAYBE_DRUGS = tuple(sorted(kept_in("maybe drugs")))
WORDLIKE = tuple(sorted(kept_in("wordlike")))
"""How words end, and names do not: in English, Swedish, German."""
FAMOUS = kept_in("famous")
"""Two words together that everybody knows: "Marie Curie"."""
VIRTUES = kept_in("virtues")
"""Names that are virtues, or things: "patience all day"."""
SELLING = kept_in("selling")
"""What firms do, before "by", "for" and "from"."""
PEOPLES = tuple(sorted(kept_in("peoples")))
"""How the names of peoples, beliefs, diseases and procedures end."""
