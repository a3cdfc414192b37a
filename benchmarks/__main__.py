"""Measures everything and writes it down: what `make bench` runs. Name parts to measure only those."""

import re
import sys
from pathlib import Path

import crowd
import faults
import first_box
import fuzz
import identifiers
import kills
import lesson
import storm
import summaries
import wall
import writing

README = Path(__file__).with_name("README.md")
PARTS = {
    "first_box": ("The wait for the first box", first_box.table),
    "identifiers": ("Looking for identifiers", identifiers.table),
    "storm": ("A class opens the link", storm.table),
    "crowd": ("A class beside one who takes every place", crowd.table),
    "writing": ("A class writes", writing.table),
    "kills": ("Kernels that are killed", kills.table),
    "faults": ("Random faults", faults.table),
    "fuzz": ("Hostile pages beside a learner", fuzz.table),
    "summaries": ("Summing up answers", summaries.table),
    "wall": ("A wall of answers", wall.table),
    "lesson": ("A lesson, from the learners' pages to the wall", lesson.table),
}


def main(asked: list[str]) -> None:
    """Measure each part asked for, or all, and put its table in its place in README.md."""
    for name in asked or PARTS:
        heading, table = PARTS[name]
        measured = f"## {heading}\n\n{table()}\n"
        print(measured)
        text = README.read_text(encoding="utf-8")
        old = re.search(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        text = text.replace(old[0], f"{measured}\n") if old else f"{text.rstrip()}\n\n{measured}"
        README.write_text(f"{text.rstrip()}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
