"""The names that `from coprod_widgets import …` gives: those of README, each with its real type."""

import ast
import re
from pathlib import Path

import pytest

import coprod_widgets

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_public_name_and_no_other():
    table = README.partition("### Names for notebooks")[2].partition("\n###")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert sorted(re.findall(r"`(\w+)`", "".join(rows))) == sorted(coprod_widgets.__all__) == coprod_widgets.__all__


@pytest.mark.parametrize("name", coprod_widgets.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name):
    assert getattr(coprod_widgets, name).__doc__


def test_a_type_checker_reads_each_name_from_the_module_that_it_comes_from():
    tree = ast.parse((ROOT / "coprod_widgets" / "__init__.py").read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {name.name: node.module for node in checked.body for name in node.names}
    assert seen == coprod_widgets._MODULES


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(AttributeError, match="no 'open_form'; it has ClassSession, "):
        coprod_widgets.open_form  # noqa: B018
