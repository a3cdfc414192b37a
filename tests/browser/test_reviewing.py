"""The review in a real JupyterLab: twenty texts by keyboard alone, kept through restarts, no text in a file."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import Lab, first_cell, open_notebook, run_cell, save, start_lab, write_notebook
from playwright.sync_api import Browser, Locator, Page, expect

from coprod_widgets.proposal import Decision
from coprod_widgets.review_file import ReviewFile

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SOURCE = """import pandas as pd
from coprod_widgets.deidentify import scrub
from coprod_widgets.sharing_app import open_review

open_review(scrub(pd.read_json("responses.json")), "{name}.json", reviewer="M. K.")"""
FIRST = "Mrs. Petrović drew the lung 🫁 on an envelope, and 漢字 beside it. Petrović’s tea was cold on 3 May 2024."
SHARED = "[NAME-1] drew the lung 🫁 on an envelope, and 漢字 beside it. [NAME-1]’s tea was cold in 2024."
TEXTS = [FIRST, *(f"Dr. Okonkwo rang about the quilting, number {n}." for n in range(1, 20)), "Jag satt hos honom."]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """One JupyterLab for these tests; each reviews into a file of its own."""
    lab = review_lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


@pytest.fixture
def own_lab(tmp_path: Path, request: pytest.FixtureRequest):
    """A JupyterLab of one's own, in a theme, or to break."""
    lab = review_lab(tmp_path, theme=getattr(request, "param", "JupyterLab Light"))
    yield lab
    lab.stop()


def review_lab(folder: Path, **settings: str) -> Lab:
    lab = start_lab(folder, {}, **settings)
    rows = [
        {"session": "SPRING-26", "pseudonym": f"L-{n}", "question": "patient_plan", "language": "en", "text": text}
        for n, text in enumerate(TEXTS)
    ]
    rows[-1]["language"] = "sv"
    (lab.notebooks / "responses.json").write_text(json.dumps([{**row, "research_use": True} for row in rows]))
    return lab


def open_review(browser: Browser, lab: Lab, name: str, **settings: object) -> Page:
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 1000}, **settings}).new_page()
    write_notebook(lab.notebooks / f"{name}.ipynb", SOURCE.format(name=name))
    open_notebook(page, lab, name)
    expect(page.locator(".coprod-text")).to_contain_text("lung", timeout=60_000)
    return page


def kept(lab: Lab, name: str) -> list[Decision]:
    return list(ReviewFile(lab.notebooks / f"{name}.json").decisions().values())


def saved(page: Page) -> None:
    expect(page.locator(".coprod-review .coprod-status[data-state=saved]")).to_contain_text("Kept ")


def stands_at(page: Page, number: int) -> None:
    expect(page.locator(".coprod-review .coprod-number")).to_have_text(f"Text {number} of {len(TEXTS)}")


def progress(page: Page, approved: int) -> Locator:
    return page.get_by_text(f"{approved} of {len(TEXTS)} approved")


def test_twenty_texts_are_approved_by_keyboard_alone_and_leave_nothing_in_the_notebook(browser: Browser, lab: Lab):
    page = open_review(browser, lab, "twenty")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.locator(".coprod-change").first.focus()
    expect(page.get_by_text("Name: ")).to_be_visible()
    for number in range(1, 21):
        stands_at(page, number)
        page.keyboard.press("a")
    stands_at(page, 21)
    expect(progress(page, 20)).to_be_visible()
    saved(page)
    assert [said.verdict for said in kept(lab, "twenty")] == ["approved"] * 20
    assert kept(lab, "twenty")[0].text == SHARED
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells  # JupyterLab took no key for its own
    save(page, "twenty")
    written = (lab.notebooks / "twenty.ipynb").read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget-state+json" in written and "Approve" in written
    for place in (written, lab.log.read_text()):
        assert not any(word in place for word in ("envelope", "quilting", "Petrovi", "Okonkwo"))
    restart(page)
    expect(progress(page, 20)).to_be_visible(timeout=60_000)
    stands_at(page, 21)  # the one that is left
    expect(page.get_by_text("The check knows English only")).to_be_visible()
    page.context.close()


def restart(page: Page) -> None:
    """Restart the kernel as its user does, and run the cell again."""
    page.locator("[data-command='notebook:restart-kernel']").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    run_cell(page)


def test_a_word_is_kept_a_text_edited_dropped_and_all_of_it_taken_back(browser: Browser, lab: Lab):
    page = open_review(browser, lab, "mended")
    change = page.get_by_role("button", name=re.compile("^Petrović")).last
    change.focus()
    page.keyboard.press("Enter")
    expect(change).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("Name: kept as it was written")).to_be_visible()
    page.keyboard.press("a")
    stands_at(page, 2)
    page.keyboard.press("e")
    box = page.get_by_role("textbox", name="Your text")
    expect(box).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(" And a day jug, ead")  # letters, and no keys
    page.keyboard.press("Control+Enter")
    stands_at(page, 3)
    page.keyboard.press("d")
    stands_at(page, 4)
    saved(page)
    first, second, third = kept(lab, "mended")
    assert first.text == SHARED.replace("[NAME-1]’s", "Petrović’s")
    assert second.text.endswith("number 1. And a day jug, ead")
    assert (third.verdict, third.text) == ("dropped", "")
    for number in (3, 2, 1):
        page.keyboard.press("u")
        stands_at(page, number)
    expect(progress(page, 0)).to_be_visible()
    saved(page)
    assert kept(lab, "mended") == []
    page.context.close()


def test_texts_that_are_reviewed_can_be_passed_over(browser: Browser, lab: Lab):
    page = open_review(browser, lab, "passed")
    page.locator(".coprod-change").first.focus()
    for key, number in (("j", 2), ("a", 3), ("ArrowLeft", 2), ("k", 1)):
        page.keyboard.press(key)
        stands_at(page, number)
    page.get_by_label("Only those not reviewed yet").check()
    for key, number in (("j", 3), ("k", 1), ("k", 21)):
        page.keyboard.press(key)
        stands_at(page, number)
    page.context.close()


def test_what_is_decided_after_the_kernel_was_killed_is_sent_when_the_cell_runs_again(browser: Browser, own_lab: Lab):
    page = open_review(browser, own_lab, "killed")
    own_lab.kill_kernels()
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click(timeout=60_000)
    page.locator(".coprod-change").first.focus()
    page.keyboard.press("a")
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text("Not kept", timeout=40_000)
    expect(page.locator(".coprod-banner")).to_contain_text("run the cell again")
    assert kept(own_lab, "killed") == []
    run_cell(page)
    expect(progress(page, 1)).to_be_visible(timeout=60_000)
    saved(page)
    assert [said.text for said in kept(own_lab, "killed")] == [SHARED]
    page.context.close()


@pytest.mark.parametrize("own_lab", ["JupyterLab Light", "JupyterLab Dark"], indirect=True)
def test_axe_finds_nothing_on_a_wide_and_a_small_page(browser: Browser, own_lab: Lab):
    page = open_review(browser, own_lab, "axe")
    first_cell(page).click()
    page.keyboard.press("Control+b")  # JupyterLab's sidebar makes room
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.locator(".coprod-change").first.focus()
        found += violations(page, f"{width}: proposed")
        page.keyboard.press("Enter")
        page.keyboard.press("a")
        page.keyboard.press("e")
        found += violations(page, f"{width}: edited")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("d")
        page.keyboard.press("k")
        found += violations(page, f"{width}: dropped")
        if not page.locator(".coprod-review").evaluate("review => review.scrollWidth <= review.clientWidth"):
            found.append(f"{width}: wider than its place")
        for _ in range(3):
            page.keyboard.press("u")
    assert found == []
    page.context.close()


def violations(page: Page, state: str) -> list[str]:
    response = Axe().run(page, context=".coprod-review", options={"runOnly": RULES}).response
    return [f"{state}: {rule['id']} {node['target']}" for rule in response["violations"] for node in rule["nodes"]]
