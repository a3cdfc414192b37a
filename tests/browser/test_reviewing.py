"""The review: twenty texts by keyboard alone, kept through restarts, no text in a file."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from accessibility import violations
from labs import LabPage, first_cell, run_cell
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import WidgetPages

from coprod_widgets.deidentify.proposals import Decision
from coprod_widgets.deidentify.review_file import ReviewFile

SOURCE = """import pandas as pd
from coprod_widgets.deidentify.scrub import scrub
from coprod_widgets.apps.review import open_review

folder = {folder!r}
open_review(scrub(pd.read_json(f"{{folder}}/responses.json")), f"{{folder}}/review.json", reviewer="M. K.")"""
FIRST = "Mrs. Petrović drew the lung 🫁 on an envelope, and 漢字 beside it. Petrović’s tea was cold on 3 May 2024."
SHARED = "[NAME-1] drew the lung 🫁 on an envelope, and 漢字 beside it. [NAME-1]’s tea was cold in 2024."
TEXTS = [FIRST, *(f"Dr. Okonkwo rang about the quilting, number {n}." for n in range(1, 20)), "Jag satt hos honom."]

SPANISH = """import pandas
from coprod_widgets.deidentify.scrub import scrub
from coprod_widgets.widgets.review import ReviewDesk
row = dict(session="S", pseudonym="L-1", question="patient_plan", text="Ella escuchó a mi madre.", research_use=True)
ReviewDesk(scrub(pandas.DataFrame([row])).proposals, reviewer="M. K.")"""


@dataclass
class Work:
    """A folder with the answers to review and the review of them; of one test."""

    folder: Path
    pages: WidgetPages

    @property
    def source(self) -> str:
        return SOURCE.format(folder=str(self.folder))

    def open(self, browser: Browser) -> Page:
        """The review on a thin page."""
        return there(self.pages.open(browser, self.source))

    def open_in_lab(self, lab_page: LabPage) -> Page:
        return there(lab_page.open(self.source))

    def kept(self) -> list[Decision]:
        return list(ReviewFile(self.folder / "review.json").decisions().values())


def there(page: Page) -> Page:
    expect(page.locator(".coprod-text")).to_contain_text("lung", timeout=60_000)
    return page


@pytest.fixture
def work(tmp_path: Path, widget_pages: WidgetPages) -> Work:
    rows = [
        {"session": "SPRING-26", "pseudonym": f"L-{n}", "question": "patient_plan", "language": "en", "text": text}
        for n, text in enumerate(TEXTS)
    ]
    rows[-1]["language"] = "sv"
    (tmp_path / "responses.json").write_text(json.dumps([{**row, "research_use": True} for row in rows]))
    return Work(tmp_path, widget_pages)


def saved(page: Page) -> None:
    expect(page.locator(".coprod-review .coprod-status[data-state=saved]")).to_contain_text("Kept ")


def stands_at(page: Page, number: int) -> None:
    expect(page.locator(".coprod-review .coprod-number")).to_have_text(f"Text {number} of {len(TEXTS)}")


def progress(page: Page, approved: int) -> Locator:
    return page.get_by_text(f"{approved} of {len(TEXTS)} approved")


def test_twenty_texts_are_approved_by_keyboard_alone_and_leave_nothing_in_the_notebook(work: Work, lab_page: LabPage):
    page = work.open_in_lab(lab_page)
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.locator(".coprod-change").first.focus()
    expect(page.get_by_text("Name: ")).to_be_visible()
    for number in range(1, 21):
        stands_at(page, number)
        page.keyboard.press("a")
    stands_at(page, 21)
    expect(progress(page, 20)).to_be_visible()
    saved(page)
    assert [said.verdict for said in work.kept()] == ["approved"] * 20
    assert work.kept()[0].text == SHARED
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells  # JupyterLab took no key for its own
    written = lab_page.saved()
    assert "application/vnd.jupyter.widget-state+json" in written and "Approve" in written
    for place in (written, lab_page.lab.log.read_text()):
        assert not any(word in place for word in ("envelope", "quilting", "Petrovi", "Okonkwo"))
    restart(page)
    expect(progress(page, 20)).to_be_visible(timeout=60_000)
    stands_at(page, 21)  # the one that is left
    expect(page.get_by_text("Not checked for names: this text is not in English.")).to_be_visible()


def test_a_text_in_another_language_is_said_to_be_unchecked(browser: Browser, widget_pages: WidgetPages):
    page = widget_pages.open(browser, SPANISH)
    expect(page.get_by_text("Not checked for names: this text is not in English.")).to_be_visible()
    expect(page.get_by_text("Nothing was found")).to_have_count(0)
    page.context.close()


def restart(page: Page) -> None:
    """Restart the kernel as its user does, and run the cell again."""
    page.locator("[data-command='notebook:restart-kernel']").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    run_cell(page)


def test_a_word_is_kept_a_text_edited_dropped_and_all_of_it_taken_back(browser: Browser, work: Work):
    page = work.open(browser)
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
    first, second, third = work.kept()
    assert first.text == SHARED.replace("[NAME-1]’s", "Petrović’s")
    assert second.text.endswith("number 1. And a day jug, ead")
    assert (third.verdict, third.text) == ("dropped", "")
    for number in (3, 2, 1):
        page.keyboard.press("u")
        stands_at(page, number)
    expect(progress(page, 0)).to_be_visible()
    saved(page)
    assert work.kept() == []
    page.context.close()


def test_texts_that_are_reviewed_can_be_passed_over(browser: Browser, work: Work):
    page = work.open(browser)
    page.locator(".coprod-change").first.focus()
    for key, number in (("j", 2), ("a", 3), ("ArrowLeft", 2), ("k", 1)):
        page.keyboard.press(key)
        stands_at(page, number)
    page.get_by_label("Only those not reviewed yet").check()
    for key, number in (("j", 3), ("k", 1), ("k", 21)):
        page.keyboard.press(key)
        stands_at(page, number)
    page.context.close()


def test_what_is_decided_after_the_kernel_was_killed_is_sent_when_the_cell_runs_again(work: Work, lab_page: LabPage):
    page = work.open_in_lab(lab_page)
    lab_page.lab.kill_kernels()
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click(timeout=60_000)
    page.locator(".coprod-change").first.focus()
    page.keyboard.press("a")
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text("Not kept", timeout=40_000)
    expect(page.locator(".coprod-banner")).to_contain_text("run the cell again")
    assert work.kept() == []
    run_cell(page)
    expect(progress(page, 1)).to_be_visible(timeout=60_000)
    saved(page)
    assert [said.text for said in work.kept()] == [SHARED]


def test_axe_finds_nothing_on_a_wide_and_a_small_page(browser: Browser, work: Work):
    page = work.open(browser)
    assert [line for width in (1280, 390) for line in every_state(page, width)] == []
    page.context.close()


def test_axe_finds_nothing_in_jupyterlab_in_either_theme(work: Work, lab_page: LabPage):
    page = work.open_in_lab(lab_page)
    first_cell(page).click()
    lab_page.collapse_sidebar()
    found = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.show_theme(theme)
        found += [line for width in (1280, 390) for line in every_state(page, width)]
    first_cell(page).click()
    assert found == []


def every_state(page: Page, width: int) -> list[str]:
    """What axe finds on a text that is proposed, edited and dropped, and what is wider than its page."""
    page.set_viewport_size({"width": width, "height": 900})
    page.locator(".coprod-change").first.focus()
    found = violations(page, f"{width}: proposed", within=".coprod-review")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    page.keyboard.press("e")
    found += violations(page, f"{width}: edited", within=".coprod-review")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("d")
    page.keyboard.press("k")
    found += violations(page, f"{width}: dropped", within=".coprod-review")
    if not page.locator(".coprod-review").evaluate("review => review.scrollWidth <= review.clientWidth"):
        found.append(f"{width}: wider than its place")
    for _ in range(3):
        page.keyboard.press("u")
    return found
