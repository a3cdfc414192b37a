"""What a learner takes home holds what the page says it holds, in the form that it had."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from servers import STUDY

from conftest import begin, box, go, saved

LINES = "She asked first.\n\nThen we planned:\n  - one thing\n  - another"
PLAN = "I said what I could do\nand what not."


@pytest.fixture
def home(learner: Page) -> Page:
    begin(learner)
    box(learner, "role_patient").fill("my father")
    box(learner, "what_happened").fill(LINES)
    go(learner, "Continue")
    box(learner, "patient_plan").fill(PLAN)
    saved(learner)
    go(learner, "Resume code and take-home")
    return learner


def taken(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        go(page, button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_the_page_that_is_taken_home_keeps_line_breaks_and_form(home: Page, browser: Browser, tmp_path: Path):
    path = taken(home, "As a page (HTML)", tmp_path)
    page = browser.new_page()
    page.goto(path.as_uri())
    text = page.locator(".coprod-text").filter(has_text="She asked first.")
    assert text.inner_text() == LINES
    assert text.evaluate("element => element.getBoundingClientRect().height") > 100  # five lines of it
    blank = page.locator(".coprod-blank").first.evaluate("element => getComputedStyle(element).borderTopStyle")
    canvas = page.locator(".coprod-canvas td").first.evaluate("element => getComputedStyle(element).borderRadius")
    assert (blank, canvas) == ("solid", "8px")
    expect(page.locator(".coprod-canvas td").filter(has_text="I said")).to_have_text(PLAN)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_markdown_holds_roles_canvas_readings_with_their_notes_date_and_credits(home: Page, tmp_path: Path):
    text = taken(home, "As Markdown", tmp_path).read_text(encoding="utf-8")
    assert "my father" in text
    assert text.count("> I said what I could do  \n> and what not.") == 2  # once as an answer, once on the canvas
    for heading in ("Who brought what", STUDY.readings_title, "About and credits"):
        assert f"\n## {heading}\n" in text
    assert "*My reflections, " in text
    plain = text.replace("\\", "")
    for reading in STUDY.readings:
        assert reading.citation in plain and reading.note in plain and reading.url in plain
    for credit in STUDY.credits:
        assert credit.heading in plain and credit.text in plain and credit.url in plain


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_is_dark_on_white_whatever_the_screen_is(home: Page, scheme: str):
    home.emulate_media(media="print", color_scheme=scheme)
    home.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    text = home.locator(".coprod-print .coprod-text").filter(has_text="She asked first.")
    assert text.evaluate("element => getComputedStyle(element).color") == "rgb(0, 0, 0)"
    home.emulate_media(media=None, color_scheme=None)
