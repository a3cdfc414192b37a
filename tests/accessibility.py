"""What axe finds wrong on a page as it stands, in a light and in a dark colour scheme."""

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# All that a colour scheme can change: the other rules see the same page twice.
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def violations(page: Page, state: str, *, within: str | None = None) -> list[str]:
    """Rule and element of each violation, never the learner's text; `within` is a selector of what is looked at."""
    found = _found(page, f"{state}, light", RULES, within)
    page.emulate_media(color_scheme="dark")
    found += _found(page, f"{state}, dark", COLOUR_RULES, within)
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, state: str, rules: dict[str, object], within: str | None) -> list[str]:
    there = page.evaluate("() => 'axe' in window")  # half a megabyte, read once a page
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    response = Axe("" if there else AXE_SCRIPT).run(page, context=within, options=options).response
    return [f"{state}: {rule['id']} {node['target']}" for rule in response["violations"] for node in rule["nodes"]]
