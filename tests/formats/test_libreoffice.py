"""LibreOffice Calc opens what `coprod export` writes."""

import csv
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from test_export import AWKWARD, PLAIN

from coprod_widgets.exports.csv_file import COLUMNS
from coprod_widgets.store.responses import ResponseStore

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# What the import dialog asks: comma, double quote, UTF-8, from line 1, then the type of each column.
AS_TEXT = "44,34,76,1," + "/".join(f"{number}/2" for number in range(1, len(COLUMNS) + 1))
# Or, in place of the columns' types: numbers, dates and formulas wherever a cell looks like one.
GUESSED = "44,34,76,1,,0,false,true,false,false,false,0,true"


@pytest.fixture(scope="module")
def exported(tmp_path_factory, study):
    """The file that the command writes for a class that wrote what a spreadsheet may take for something else."""
    folder = tmp_path_factory.mktemp("exported")
    with ResponseStore(folder / "responses.sqlite3") as store:
        store.prepare()
        for number, text in enumerate(AWKWARD + PLAIN):
            learner, course = store.enrol(f"{number:032x}"), {"session": "SPRING-26", "study": study}
            store.agree(learner, "research", True, version=1, language="en", **course)
            store.save(learner, "what_happened", text, base=0, **course)
    command = [sys.executable, "-m", "coprod_widgets", "export", "--store", folder / "responses.sqlite3"]
    subprocess.run([*command, "--output", folder / "answers.csv"], check=True, capture_output=True)
    return folder / "answers.csv"


def opened(table, tmp_path, reading):
    """The cells of a file, as LibreOffice has them once it has opened it."""
    office = shutil.which("soffice") or pytest.fail("LibreOffice is missing: apt-get install libreoffice-calc")
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "fods"]
    command += [f"--infilter=Text - txt - csv (StarCalc):{reading}", "--outdir", tmp_path, table]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return [list(cells(row)) for row in ElementTree.parse(tmp_path / f"{table.stem}.fods").iter(f"{TABLE}table-row")]


def cells(row):
    for cell in row.iter(f"{TABLE}table-cell"):
        yield from [cell] * int(cell.get(f"{TABLE}number-columns-repeated", 1))


def shown(cell):
    """The text in a cell: each line is a paragraph."""
    return "\n".join(letters(line) for line in cell.iter(f"{TEXT}p"))


def letters(part):
    """The text in a part of a line: tabs and repeated spaces are elements of their own."""
    own = {f"{TEXT}s": " " * int(part.get(f"{TEXT}c", 1)), f"{TEXT}tab": "\t"}.get(part.tag, part.text or "")
    return own + "".join(letters(inner) + (inner.tail or "") for inner in part)


def formulas(rows):
    return [cell.get(f"{TABLE}formula") for row in rows for cell in row if cell.get(f"{TABLE}formula")]


def test_every_cell_comes_back_where_columns_are_read_as_text(exported, tmp_path):
    with exported.open(encoding="utf-8-sig", newline="") as file:
        written = [[re.sub("\r\n?", "\n", cell) for cell in line] for line in csv.reader(file)]
    assert [[shown(cell) for cell in row] for row in opened(exported, tmp_path, AS_TEXT)] == written


def test_no_cell_becomes_a_formula_or_a_link(exported, tmp_path):
    rows = opened(exported, tmp_path, GUESSED)
    assert len(rows) == 1 + len(AWKWARD + PLAIN)
    assert formulas(rows) == [] and not any(cell.find(f".//{TEXT}a") is not None for row in rows for cell in row)


def test_what_the_export_guards_would_be_a_formula_in_another_file(tmp_path):
    table = tmp_path / "unguarded.csv"
    table.write_text("=1+1,'=1+1\n", encoding="utf-8")
    assert formulas(opened(table, tmp_path, GUESSED)) == ["of:=1+1"]
