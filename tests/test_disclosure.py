"""Risk is what counting by hand finds, empty cells included; a hidden count cannot be computed from what is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from coprod_widgets.deidentify.disclosure import risk, suppress

EMPTY = (None, float("nan"), pd.NA)
CELLS = st.sampled_from(["nurse", "surgeon", *EMPTY])
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=14)


def frame(rows):
    return pd.DataFrame(rows, columns=["profession", "region", "theme"], dtype="object")


def by_hand(rows):
    """For each row, how many are like it: compared one by one, cell by cell."""

    def alike(one, other):
        return all(
            (pd.isna(a) and pd.isna(b)) or (not pd.isna(a) and not pd.isna(b) and a == b)
            for a, b in zip(one, other, strict=True)
        )

    return [sum(alike(row[:2], other[:2]) for other in rows) for row in rows]


@given(rows=TABLES, k=st.integers(1, 4))
def test_risk_is_what_counting_row_by_row_finds(rows, k):
    found, sizes = risk(frame(rows), ["profession", "region"], k=k), by_hand(rows)
    assert (found.rows, found.unique, found.smallest) == (len(rows), sizes.count(1), min(sizes, default=0))
    assert found.below == (sum(size < k for size in sizes) / len(rows) if rows else 0)
    assert found.classes == pytest.approx(sum(1 / size for size in sizes))
    assert found.average == pytest.approx(sum(1 / size for size in sizes) / len(rows) if rows else 0)
    assert found.enough == all(size >= k for size in sizes)


@given(rows=TABLES)
def test_diversity_is_the_fewest_values_that_pandas_counts_in_a_class(rows):
    found = risk(frame(rows), ["profession", "region"], sensitive=["theme"]).diversity["theme"]
    groups = frame(rows).fillna("nothing").groupby(["profession", "region"])["theme"].nunique()
    assert found == (0 if not rows else groups.min())


def test_a_row_without_an_answer_is_a_class_of_its_own_and_none_nan_and_na_are_one():
    rows = [("nurse", "north", "a")] * 5 + [("nurse", empty, "a") for empty in EMPTY]
    found = risk(frame(rows), ["profession", "region"])
    assert (found.classes, found.smallest, found.below) == (2, 3, 3 / 8)
    assert found.diversity == {} and found.highest == pytest.approx(1 / 3)


def test_the_advice_names_the_column_whose_loss_helps_most():
    rows = [("nurse", f"village {n}", "a") for n in range(12)]
    found = risk(frame(rows), ["profession", "region"])
    assert re.search(r"'region'.*\b5 rows\b.*enough", found.advice)
    assert "'region'" in risk(frame(rows), ["region", "profession"]).advice


def test_the_advice_says_when_one_column_is_not_enough():
    rows = [(f"profession {n % 4}", f"village {n}", "a") for n in range(12)]
    advice = risk(frame(rows), ["profession", "region", "theme"]).advice
    assert re.search("'profession'|'region'", advice) and "another column" in advice


def test_where_every_row_stays_in_a_small_class_the_advice_counts_the_unique_ones():
    rows = [("nurse", "north", "a"), ("nurse", "south", "b"), ("surgeon", "north", "c"), ("surgeon", "south", "d")]
    advice = risk(frame(rows), ["profession", "theme"], k=4).advice
    assert "'theme'" in advice and re.findall(r"\d+%?", advice) == ["100%", "4", "100%", "0", "4"]


def test_the_advice_counts_one_unique_row_as_one():
    rows = [("nurse", "a", "x"), ("nurse", "b", "x"), ("nurse", "c", "x"), ("surgeon", "d", "x")]
    advice = risk(frame(rows), ["profession", "region"], k=4).advice
    assert re.search(r"\b1 is unique\b", advice)


@pytest.mark.parametrize(("rows", "told"), [(1, "There is only 1 row, "), (2, "There are only 2 rows, ")])
def test_fewer_rows_than_k_can_share_no_attribute(rows, told):
    advice = risk(frame([("nurse", "north", "a")] * rows), ["region"]).advice
    assert advice.startswith(told) and "share no attribute" in advice


def test_no_attribute_at_all_makes_everybody_alike():
    found = risk(frame([("nurse", "north", "a")] * 6), [])
    assert (found.classes, found.smallest, found.enough) == (1, 6, True)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="'country'.*profession, region, theme"):
        risk(frame([]), ["country"])


# Counts

COUNTS = st.integers(1, 4).flatmap(
    lambda rows: st.integers(1, 4).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


def bounds(shown):
    """The least and the most that every hidden cell can be, by linear programming over all that show the same."""
    height, width = (size - 1 for size in shown.shape)
    inner = [(row, column) for row in range(height) for column in range(width)]
    parts = {}  # every cell of the table, totals too, as a sum of inner ones
    for row in range(height + 1):
        for column in range(width + 1):
            parts[row, column] = [
                float(r in (row, r if row == height else row) and (column in (c, width))) for r, c in inner
            ]
    hidden = [cell for cell in parts if pd.isna(shown.iat[cell])]
    known = [cell for cell in parts if cell not in hidden]
    sums = {"A_eq": [parts[cell] for cell in known], "b_eq": [int(shown.iat[cell]) for cell in known]} if known else {}
    for cell in hidden:
        least, most = (linprog(sign * np.array(parts[cell]), **sums, bounds=(0, None)) for sign in (1, -1))
        yield cell, round(least.fun, 6), round(-most.fun, 6) if most.status == 0 else float("inf")


@settings(max_examples=150, deadline=None)
@given(counts=COUNTS, smallest=st.integers(2, 6))
def test_no_hidden_count_can_be_computed_from_what_is_shown(counts, smallest):
    shown = suppress(pd.DataFrame(counts), smallest=smallest)
    assert [found for found in bounds(shown) if found[2] - found[1] < 1] == []


@given(counts=COUNTS, smallest=st.integers(2, 6))
def test_no_small_count_is_shown_and_whatever_is_shown_is_true(counts, smallest):
    shown = suppress(pd.DataFrame(counts), smallest=smallest)
    whole = pd.DataFrame(counts)
    whole["total"] = whole.sum(axis=1)
    whole.loc["total"] = whole.sum()
    seen = shown.notna()
    assert ((shown >= smallest) | (shown == 0))[seen].where(seen, True).all(axis=None)
    assert (shown == whole)[seen].where(seen, True).all(axis=None)


def test_a_second_count_goes_with_the_first_in_both_directions():
    table = pd.DataFrame({"yes": [3, 20, 30], "no": [40, 50, 60]}, index=["nurse", "doctor", "porter"])
    shown = suppress(table)
    assert shown.isna().sum().sum() == 4
    assert shown.loc["porter"].tolist() == [30, 60, 90] and shown.loc["total"].tolist() == [53, 150, 203]


def test_a_table_without_small_counts_is_whole_and_a_zero_is_shown():
    shown = suppress(pd.DataFrame({"yes": [0, 20], "no": [40, 50]}))
    assert shown.notna().all(axis=None) and shown.iat[0, 0] == 0


def test_a_single_row_gives_its_counts_away_unless_totals_go_too():
    shown = suppress(pd.DataFrame({"yes": [3], "no": [40]}))
    assert shown["yes"].isna().all() and shown.notna().any(axis=None)


@pytest.mark.parametrize("table", [{"yes": [1.5]}, {"yes": [-1]}, {"yes": [None]}, {"total": [7]}])
def test_what_is_no_table_of_counts_is_refused(table):
    with pytest.raises(ValueError, match="count"):
        suppress(pd.DataFrame(table))
