"""The words of the interface: whatever the code asks for is there, in every form that it needs, and nothing else is."""

import re

from coprod_widgets.widgets.words import WORDS, words

SPOKEN = {path.name.split(".")[0]: words("en", path.name.split(".")[0]) for path in WORDS.glob("*.en.yaml")}
"""The English words of each widget, by its name."""


def test_words_that_count_something_have_a_form_for_one():
    counting = r"\{(?!limit)\w+\} (?!has\b|is\b|was\b)\w+s\b"
    found = [(name, key) for name, said in SPOKEN.items() for key, text in said.items() if re.search(counting, text)]
    assert found
    assert [(name, key) for name, key in found if f"{key}_one" not in SPOKEN[name]] == []
