"""A widget's script leaves the package as one module, and its stylesheet keeps to the widget."""

import re

import pytest

from coprod_widgets.widgets.modules import STATIC, module_text, style_text

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
    assert selectors
    outside = [one.strip() for part in selectors for one in re.split(r",(?![^(]*\))", part) if "coprod-" not in one]
    assert outside == []
