"""A widget's script leaves the package as one module, and its words come from plain files."""

import re

import pytest

from coprod_widgets.errors import SelfStudyError
from coprod_widgets.widgets.modules import STATIC, module_text, style_text
from coprod_widgets.widgets.words import WORDS, words

WIDGETS = sorted(path.stem for path in STATIC.glob("*.css"))
SPEAKING = [name for name in WIDGETS if (WORDS / f"{name}.en.yaml").exists()]


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


def asked_for(name):
    return set(re.findall(r"\bt\(\"(\w+)\"", module_text(f"{name}.js")))


def test_a_widget_without_words_of_its_own_asks_for_none():
    assert SPEAKING and {name: asked_for(name) for name in WIDGETS if name not in SPEAKING and asked_for(name)} == {}


@pytest.mark.parametrize("name", SPEAKING)
def test_every_word_a_script_asks_for_is_in_its_own_file(name):
    assert (asked := asked_for(name)) and asked <= words("en", name).keys()


@pytest.mark.parametrize("name", SPEAKING)
def test_no_two_languages_differ_in_their_words(name):
    spoken = [path.name.split(".")[1] for path in WORDS.glob(f"{name}.*.yaml")]
    assert {frozenset(words(language, name)) for language in spoken} == {frozenset(words("en", name))}


def test_an_unknown_language_is_told_which_there_are():
    with pytest.raises(SelfStudyError, match=r"\ben\b.*'tlh'.*form\.tlh\.yaml"):
        words("tlh")
