"""A widget's script leaves the package as one module, and its stylesheet keeps to the widget."""

import json
import re
from pathlib import Path

import pytest

from coprod_widgets.serving import message_filter
from coprod_widgets.serving.page import TEMPLATE
from coprod_widgets.widgets.assets import STATIC, module_text, style_text
from coprod_widgets.widgets.form import LONGEST

WIDGETS = sorted(path.relative_to(STATIC).with_suffix("").as_posix() for path in STATIC.rglob("*.css"))


@pytest.mark.parametrize("name", WIDGETS)
def test_a_module_stands_alone_with_one_default_export(name):
    text = module_text(f"{name}.js")
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]


@pytest.mark.parametrize("name", WIDGETS)
def test_every_rule_of_a_stylesheet_stands_under_its_own_root_class(name):
    rules = re.sub(r"/\*.*?\*/", "", style_text(f"{name}.css"), flags=re.DOTALL)
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", rules)
    assert selectors
    outside = [one.strip() for part in selectors for one in re.split(r",(?![^(]*\))", part) if "coprod-" not in one]
    assert outside == []


def test_the_browsers_that_the_readme_names_are_those_that_are_checked():
    root = Path(__file__).parent.parent
    checked = json.loads((root / "tools" / "browsers" / "package.json").read_text())["browserslist"]
    (line,) = (
        one for one in (root / "README.md").read_text(encoding="utf-8").splitlines() if "checked by syntax" in one
    )
    named = {"chrome": "Chrome", "firefox": "Firefox", "safari": "Safari and iOS", "ios_saf": "Safari and iOS"}
    assert all(f"{named[browser]} {version}" in line for browser, version in map(str.split, checked))


def test_no_module_holds_a_pattern_that_stops_it_in_an_older_safari():
    assert [
        path.name for path in STATIC.rglob("*.js") if re.search(r"\(\?<[!=]", path.read_text(encoding="utf-8"))
    ] == []


def test_no_module_shows_typed_text_that_a_translator_may_take():
    titles = ("told.title", "this.title", "}, title)")  # of class sessions, which instructors give
    lines = [
        (path.name, line) for path in STATIC.rglob("*.js") for line in path.read_text(encoding="utf-8").splitlines()
    ]
    kept = [line for name, line in lines if 'dir: "auto"' in line and name != "typed.js"]
    assert [line.strip() for line in kept if not any(title in line for title in titles)] == []


def test_no_page_sends_a_message_that_the_server_closes_the_connection_for():
    most = int(re.search(r"MOST_BYTES = ([\d_]+);", (STATIC / "shared/channel.js").read_text(encoding="utf-8"))[1])
    assert 6 * LONGEST < most < message_filter.LONGEST - 1000  # around it stands what every message has


@pytest.mark.parametrize("path", [*STATIC.rglob("*.css"), TEMPLATE / "page.css"], ids=lambda path: path.name)
def test_nothing_is_printed_dark(path):
    dark = re.compile(r"prefers-color-scheme: dark|theme-light=")
    lines = path.read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if dark.search(line) and not line.startswith(("  ", "@media screen and "))]
    assert loose == []  # a dark rule that weighs more than a rule for print wins on paper too
