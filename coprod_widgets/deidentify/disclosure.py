"""How easily a row or a small count points to a person: risk of attributes, and counts that are hidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pandas as pd

from ..text.limits import counted

MISSING = object()
"""Stands for every way in which a cell can be empty: somebody without an answer is a class of their own."""

Row = tuple[object, ...]
Cell = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """How many rows share their attributes, and what that means for finding one of them."""

    attributes: tuple[str, ...]
    k: int
    """How many rows, at least, should look alike."""
    rows: int
    classes: int
    """Groups of rows that look alike."""
    unique: int
    """Rows that look like no other."""
    smallest: int
    """Rows in the smallest class; 0 where there is no row."""
    below: float
    """Share of the rows that stand in a class smaller than `k`."""
    highest: float
    """Chance that somebody who knows a person's attributes picks the right row, in the smallest class."""
    average: float
    """The same chance, averaged over all rows."""
    diversity: Mapping[str, int] = field(default_factory=dict)
    """For each sensitive column, the fewest different values in a class: with 1, a class gives its value away."""
    advice: str = ""

    @property
    def enough(self) -> bool:
        """Whether every row has at least `k` that look alike."""
        return self.below == 0


def risk(frame: pd.DataFrame, attributes: Sequence[str], *, k: int = 5, sensitive: Sequence[str] = ()) -> Risk:
    """What the columns `attributes` give away together, one row a person; `advice` says what would help most.

    An empty cell (None, NaN, NA) is a value like any other: rows that lack an answer are often the rarest. Cells are
    alike where a file would have the same text for them.
    """
    if k < 1:
        raise ValueError(f"k is {k}; it must be 1 or more.")
    columns = {name: _column(frame, name) for name in (*attributes, *sensitive)}
    rows = _rows(columns, attributes, len(frame))
    sizes = Counter(rows)
    smallest = min(sizes.values(), default=0)
    return Risk(
        attributes=tuple(attributes),
        k=k,
        rows=len(rows),
        classes=len(sizes),
        unique=_unique(rows),
        smallest=smallest,
        below=_below(rows, k),
        highest=1 / smallest if smallest else 0.0,
        average=len(sizes) / len(rows) if rows else 0.0,
        diversity={name: _diversity(rows, columns[name]) for name in sensitive},
        advice=_advice(columns, tuple(attributes), len(rows), k),
    )


def as_written(column: pd.Series[Any]) -> list[str]:
    """A column's cells as a file has them, empty where there is none: 1, 1.0 and True are three there, not one."""
    return ["" if gone else str(cell) for cell, gone in zip(column.tolist(), column.isna(), strict=True)]


def _column(frame: pd.DataFrame, name: str) -> list[object]:
    if name not in frame.columns:
        known = ", ".join(map(str, frame.columns))
        raise ValueError(f"There is no column {name!r} to look at; there are {known}.")
    return [cell or MISSING for cell in as_written(frame[name])]


def _rows(columns: Mapping[str, list[object]], attributes: Sequence[str], length: int) -> list[Row]:
    return list(zip(*(columns[name] for name in attributes), strict=True)) if attributes else [()] * length


def _below(rows: Sequence[Row], k: int) -> float:
    sizes = Counter(rows)
    return sum(size for size in sizes.values() if size < k) / len(rows) if rows else 0.0


def _diversity(rows: Sequence[Row], values: Sequence[object]) -> int:
    found: dict[Row, set[object]] = defaultdict(set)
    for row, value in zip(rows, values, strict=True):
        found[row].add(value)
    return min(map(len, found.values()), default=0)


def _advice(columns: Mapping[str, list[object]], attributes: tuple[str, ...], length: int, k: int) -> str:
    """Which one column to generalise or to leave out, and what is left then."""
    now = _below(_rows(columns, attributes, length), k)
    if not now:
        return f"Every row has at least {k} that look alike." if length else "There is no row."
    if length < k:
        there = "There is" if length == 1 else "There are"
        return f"{there} only {counted(length, 'row')}, so no {k} can look alike: share no attribute."
    left = {name: _without(columns, attributes, name, length) for name in attributes}
    best = min(attributes, key=lambda name: (_below(left[name], k), _unique(left[name]), len(set(left[name]))))
    merged = {**columns, best: _merged(columns[best], k)}
    if not _below(_rows(merged, attributes, length), k):
        return f"Generalise {best!r}: one value for all that fewer than {counted(k, 'row')} have is enough."
    before = _unique(_rows(columns, attributes, length))
    told = f"Generalise {best!r} or leave it out: without it {_below(left[best], k):.0%} of the rows stand in classes"
    unique = _unique(left[best])
    told += f" smaller than {k} (now {now:.0%}), and {unique} {'is' if unique == 1 else 'are'} unique (now {before})."
    return told if not _below(left[best], k) else f"{told} That is not enough: another column must follow."


def _unique(rows: Sequence[Row]) -> int:
    return sum(size == 1 for size in Counter(rows).values())


def _without(columns: Mapping[str, list[object]], attributes: Sequence[str], name: str, length: int) -> list[Row]:
    return _rows(columns, [one for one in attributes if one != name], length)


def _merged(values: Sequence[object], k: int) -> list[object]:
    """One value in place of all those that fewer than `k` rows have."""
    sizes, other = Counter(values), object()
    return [value if sizes[value] >= k else other for value in values]


# Counts


def suppress(table: pd.DataFrame, *, smallest: int = 5) -> pd.DataFrame:
    """The table of counts with its totals, in which every count from 1 to below `smallest` is hidden (`NA`).

    Where the counts that are shown would give a hidden one away, others are hidden too, the smallest first and a total
    last, until every hidden one could have another value. All look the same, so that none says why it is hidden.
    A zero is shown: it counts nobody. It is hidden only where nothing else in the table protects a small count.
    What hidden counts add up to can still be computed.
    """
    counts = _with_totals(table)
    cells = {(row, column): int(counts.iat[row, column]) for row, column in product(*map(range, counts.shape))}
    last = counts.shape[0] - 1, counts.shape[1] - 1
    hidden = {cell for cell, count in cells.items() if 0 < count < smallest}
    while bare := next((cell for cell in sorted(hidden) if _computable(cell, cells, hidden, last)), None):
        hidden |= _partners(bare, cells, hidden, last)
    for cell in hidden:
        counts.iat[cell] = pd.NA
    return counts


def _with_totals(table: pd.DataFrame) -> pd.DataFrame:
    if table.isna().any(axis=None) or not all(float(cell) >= 0 == float(cell) % 1 for cell in table.to_numpy().flat):
        raise ValueError("A table of counts holds whole numbers from 0 up, and no empty cell.")
    counts = table.astype("int64")
    counts.index, counts.columns = pd.Index(list(table.index)), pd.Index(list(table.columns))  # no categories: one more
    if "total" in {*counts.index, *counts.columns}:
        raise ValueError("A row or column is called 'total' already: give the counts alone, their totals are added.")
    counts["total"] = counts.sum(axis=1)
    counts.loc["total"] = counts.sum()
    return counts.astype("Int64")


def _total(cell: Cell, last: Cell) -> int:
    """For how many directions a cell is the sum."""
    return (cell[0] == last[0]) + (cell[1] == last[1])


def _computable(cell: Cell, cells: Mapping[Cell, int], hidden: set[Cell], last: Cell) -> bool:
    """Whether no other table of counts shows the same and has something else here.

    Rows and columns are the points of a graph, hidden cells its lines. Going round a circle, one count up and the next
    one down, changes no sum: a cell on no circle can be computed. A count of 0 cannot go down, so lines have
    directions; a total goes down where a count goes up.
    """
    steps: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
    for row, column in hidden - {cell}:
        up, down = _ways((row, column), cells, last)
        if up:
            steps["row", row].append(("column", column))
        if down:
            steps["column", column].append(("row", row))
    up, down = _ways(cell, cells, last)
    here, there = ("row", cell[0]), ("column", cell[1])
    return not (up and _leads(steps, there, here) or down and _leads(steps, here, there))


def _ways(cell: Cell, cells: Mapping[Cell, int], last: Cell) -> tuple[bool, bool]:
    """Whether a cell's part in its sums can go up, and down."""
    can_shrink = cells[cell] > 0
    return (can_shrink, True) if _total(cell, last) == 1 else (True, can_shrink)


def _leads(
    steps: Mapping[tuple[str, int], list[tuple[str, int]]], start: tuple[str, int], end: tuple[str, int]
) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        for place in steps.get(ahead.pop(), ()):
            if place not in seen:
                seen.add(place)
                ahead.append(place)
    return end in seen


def _partners(bare: Cell, cells: Mapping[Cell, int], hidden: set[Cell], last: Cell) -> set[Cell]:
    """The corners of a rectangle that protect a cell: rather counts than totals or zeros, rather small than large."""
    row, column = bare
    others = [(r, c) for r, c in cells if r != row and c != column]
    corners = [{(row, c), (r, column), (r, c)} - hidden for r, c in others]
    helping = [more for more in corners if not _computable(bare, cells, hidden | more, last)]
    # There is always one: a count, its two totals and the sum of all can grow together.
    return min(helping, key=lambda more: _cost(more, cells, last))


def _cost(more: set[Cell], cells: Mapping[Cell, int], last: Cell) -> tuple[int, int, int]:
    totals = sum(_total(cell, last) for cell in more)
    return totals, sum(not cells[cell] for cell in more), sum(cells[cell] for cell in more)
