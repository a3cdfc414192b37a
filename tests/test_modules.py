"""A widget's script leaves the package as one module, and its words come from plain files."""

import re

import pytest

from coprod_widgets.errors import SelfStudyError
from coprod_widgets.widgets.modules import STATIC, module_text, style_text
from coprod_widgets.widgets.words import CONTENT, words

WIDGETS = sorted(path.stem for path in STATIC.glob("*.css"))


@pytest.mark.parametrize("name", WIDGETS)
def test_a_module_stands_alone_with_one_default_export(name):
    text = module_text(f"{name}.js")
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render };"]


@pytest.mark.parametrize("name", WIDGETS)
def test_every_rule_of_a_stylesheet_stands_under_its_own_root_class(name):
    rules = re.sub(r"/\*.*?\*/", "", style_text(f"{name}.css"), flags=re.DOTALL)
    selectors = re.findall(r"(?:^|[{}])\s*([^{}@]+)\{", rules)
    outside = [one.strip() for part in selectors for one in re.split(r",(?![^(]*\))", part) if "coprod-" not in one]
    assert outside == []


def test_every_word_the_scripts_ask_for_is_in_the_file():
    scripts = [path for path in STATIC.glob("*.js") if path.name != "host.js"]
    asked = {key for path in scripts for key in re.findall(r"\bt\(\"(\w+)\"", path.read_text(encoding="utf-8"))}
    assert asked and asked <= words("en").keys()


def test_no_two_languages_differ_in_their_words():
    spoken = [path.name.split(".")[1] for path in CONTENT.glob("words.*.yaml")]
    assert {frozenset(words(language)) for language in spoken} == {frozenset(words("en"))}


def test_an_unknown_language_is_told_which_there_are():
    with pytest.raises(SelfStudyError, match="The form speaks en.*not 'tlh'"):
        words("tlh")
