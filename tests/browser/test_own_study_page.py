"""A self-study of the course team's own: it is served with all that the kit's own one has."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from widget_pages import WidgetPages

from conftest import go, saved

ONE = """key: five_questions
version: 1
language: en
title: Five questions
lead: Think of last week.
minutes: 5
readings_title: Read first
readings: [{citation: A reading., doi: 10.1136/bmj.k3617}]
self_study_title: Questions
sections:
  - key: only
    letter: a
    title: Last week
    text: About last week.
    questions:
      - {key: what_happened, prompt: "What happened last week?"}
      - {key: what_helped, prompt: "What helped?"}
credits: []
"""
SHOW = """from coprod_widgets.apps.learner import open_self_study
from coprod_widgets.store.responses import ResponseStore
store = ResponseStore({store!r})
store.prepare()
open_self_study({study!r}, store=store)"""


@pytest.fixture
def own(browser: Browser, widget_pages: WidgetPages, tmp_path: Path) -> Page:
    study = tmp_path / "one.en.yaml"
    study.write_text(ONE, encoding="utf-8")
    page = widget_pages.open(browser, SHOW.format(store=str(widget_pages.store), study=str(study)))
    expect(page.get_by_role("heading", name="Five questions")).to_be_visible(timeout=30_000)
    return page


def test_a_stored_self_study_with_one_section_keeps_every_safeguard(own: Page):
    expect(own.get_by_text("A reading.")).to_be_visible()
    expect(own.get_by_text("Write roles, not names")).to_be_visible()
    expect(own.get_by_role("button", name="About and credits")).to_have_count(0)  # there are none
    own.get_by_role("button", name="Start", exact=True).last.click()
    expect(own.get_by_text("About last week.")).to_be_visible()
    own.get_by_role("textbox", name="What happened last week?").fill("On Monday Dr Lindqvist came.")
    own.keyboard.press("Tab")
    expect(own.get_by_role("group", name="To look at").get_by_text("Lindqvist").first).to_be_visible()
    saved(own)
    go(own, "What happens to your text")
    expect(own.get_by_role("checkbox")).to_have_count(2)
    go(own, "Resume code and take-home")
    expect(own.locator(".coprod-code")).to_be_visible()
    expect(own.get_by_role("button", name="Delete everything…")).to_be_visible()
    go(own, "Review")
    go(own, "Hand in")
    expect(own.get_by_role("heading", name="Handed in")).to_be_visible()


def test_a_canvas_shows_no_field_that_no_question_fills(browser: Browser, widget_pages: WidgetPages):
    study = Path(__file__).parents[1] / "data" / "home_care.en.yaml"
    page = widget_pages.open(browser, SHOW.format(store=str(widget_pages.store), study=str(study)))
    page.get_by_role("button", name="Start", exact=True).last.click()
    go(page, "Continue")
    canvas = page.get_by_role("complementary", name="Who brought what")
    expect(canvas.get_by_role("rowheader")).to_have_text(["The plan", "The carrying out"])
    expect(canvas.get_by_role("cell", name="Not asked here")).to_have_count(2)
    expect(canvas.get_by_role("cell", name="Nothing here yet")).to_have_count(2)
    page.get_by_role("textbox", name="Who helped?").fill("My aunt knew which pills he left out.")
    expect(canvas).to_contain_text("Nothing yet about what the professional-person brought to the carrying out.")
    page.get_by_role("textbox", name="What did it take?").fill("The nurse came back twice to look at his foot.")
    expect(canvas).to_contain_text("You have written about all that is asked here.")
    page.context.close()
