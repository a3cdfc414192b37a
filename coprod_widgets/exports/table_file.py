"""A table as a file: read as it was written, as a spreadsheet saved it again, or refused with line and reason.

No message quotes a cell: a cell that was moved holds what a learner wrote.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..text.limits import counted

SEPARATORS = ",;\t"
"""Of these a spreadsheet takes the one that its country has."""
_SEPARATOR_LINE = re.compile(r"""["']?sep=([,;\t])["']?\s*""", re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Table:
    """The cells of a file as texts, and the line that each row begins on."""

    path: Path
    columns: list[str]
    rows: list[list[str]] = field(repr=False)
    lines: list[int] = field(repr=False)

    def refuse(self, row: int, column: str, what: str) -> ValueError:
        """What is wrong with one cell, which the message does not show."""
        return ValueError(f"{self.path}, line {self.lines[row]}, column {column}: {what}")


def read_table_file(path: str | os.PathLike[str]) -> Table:
    """The table in a file; ValueError where it is none, with the line and what to do."""
    where = Path(path)
    if where.exists() and not where.is_file():  # a pipe or a device may never end
        raise ValueError(f"{where} is no ordinary file. Name a table that was saved as CSV.")
    text = _decoded(where, where.read_bytes())
    separator, text, skipped = _separated(text)
    records = list(_records(where, text, separator, skipped))
    (_, columns), *rest = records or [(1, [])]
    columns = _header(where, columns, rest)
    rows = [(line, _fitted(where, line, cells, len(columns))) for line, cells in rest]
    while rows and len(columns) > 1 and not any(rows[-1][1]):  # what a spreadsheet leaves at the end
        rows.pop()
    return Table(where, columns, [cells for _, cells in rows], [line for line, _ in rows])


def _decoded(path: Path, raw: bytes) -> str:
    """The text in UTF-8, or in UTF-16 where the file says so, as "Unicode text" of a spreadsheet does."""
    encoding = "utf-16" if raw.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", raw[: error.start])) + 1
        raise ValueError(
            f"{path}, line {line}: this is not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'}, so some letters can't "
            'be read. Save it again as "CSV UTF-8", or export it once more.'
        ) from None
    if "\0" in text:
        raise ValueError(f'{path} holds NUL characters and is no text in UTF-8. Save it again as "CSV UTF-8".')
    return text


def _separated(text: str) -> tuple[str, str, int]:
    """What stands between cells; the text without the line that says so; how many lines that was."""
    first = re.match(r"[^\r\n]*", text)
    line = first[0] if first else ""
    if said := _SEPARATOR_LINE.fullmatch(line):
        rest = text[len(line) :]
        return said[1], re.sub(r"^(\r\n|\r|\n)", "", rest), 1
    counts = {separator: len(next(csv.reader([line], delimiter=separator), [])) for separator in SEPARATORS}
    return max(counts, key=lambda separator: counts[separator]) if counts[","] < 2 else ",", text, 0


def _records(path: Path, text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins on."""
    with _long_cells():
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        begins = 1
        try:
            for cells in reader:
                if cells:
                    yield begins + skipped, cells
                begins = reader.line_num + 1
        except csv.Error:
            raise ValueError(
                f"{path}, line {begins + skipped}: from here on quotation marks don't pair, so nobody can say where a "
                "cell ends. Export the table again, or save it as CSV with every text in quotation marks."
            ) from None


@contextmanager
def _long_cells() -> Iterator[None]:
    """Python's own limit is 131,072 characters for a cell, for all who read CSV in this process."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _header(path: Path, columns: list[str], rest: list[tuple[int, list[str]]]) -> list[str]:
    """The names of the columns; empty ones at the end, which hold nothing, are left out."""
    width = len(columns)
    while width > 1 and not columns[width - 1].strip() and not any(any(cells[width - 1 : width]) for _, cells in rest):
        width -= 1
    names = columns[:width]
    if len(set(names)) < len(names):
        raise ValueError(
            f"{path}, line 1: two columns have the same name, or the line of names is missing. Put it back."
        )
    return names


def _fitted(path: Path, line: int, cells: list[str], width: int) -> list[str]:
    """As many cells as there are columns: a spreadsheet leaves out, or adds, empty ones at the end of a row."""
    if any(cells[width:]):
        raise ValueError(
            f"{path}, line {line} has {counted(len(cells), 'cell')}, and the header {width}. A cell is not in "
            "quotation marks, or was moved. Export the table again, or put the cells of this line back."
        )
    return [*cells[:width], *[""] * (width - len(cells))]
