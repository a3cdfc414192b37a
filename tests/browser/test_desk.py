"""The coder's desk: coding by mouse and by keyboard, kept through restarts and out of files."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from accessibility import violations
from labs import LabPage, first_cell, run_cell
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import WidgetPages

from coprod_widgets.store.codings import CodingStore
from coprod_widgets.study.codebook import Coding

SOURCE = """import pandas as pd
from coprod_widgets.apps.coding import open_coding
from coprod_widgets.store.codings import CodingStore

folder = {folder!r}
themes, store = pd.read_csv(f"{{folder}}/themes.csv"), CodingStore(f"{{folder}}/responses.sqlite3")
desk = open_coding(pd.read_csv(f"{{folder}}/responses.csv"), themes, coder="{coder}", store=store)
desk"""
ANSWER = "The night nurse drew the lung 🫁 on an envelope, and 漢字 beside it. She asked what I feared; I told her."
OTHER = "My son wrote the doses on the fridge, in his own words."
MEMO = "A drawing that stays: quilting 1 2 a b dd"
RESPONSES = [
    ("SPRING-26", "L-0SAMPLE0", "role_professional", 1, "en", "night nurse"),
    ("SPRING-26", "L-0SAMPLE0", "what_happened", 2, "en", ANSWER),
    ("SPRING-26", "L-0SAMPLE0", "patient_plan", 1, "en", OTHER),
    ("SPRING-26", "L-0SAMPLE1", "what_happened", 1, "en", "The pharmacist phoned back the same evening."),
]
THEMES = [
    ("tools_and_papers", "Tools and papers", "A thing carries the work.", "A drawing.", "Only scenery."),
    ("asks_and_listens", "Asks and listens", "Somebody asks what matters.", "Waiting.", "Politeness."),
    ("power", "Power", "Who decides.", "Talked over.", "Disagreement between equals."),
]
COLUMNS = {
    "responses": ("session", "pseudonym", "question", "revision", "language", "text"),
    "themes": ("theme", "name", "meaning", "include", "exclude"),
}
LISTEN = """() => {
  window.heard = [];
  const changes = { childList: true, characterData: true, subtree: true };
  for (const place of document.querySelectorAll(".coprod-coding :is([role=status], [role=alert])"))
    new MutationObserver(() => window.heard.push(place.textContent)).observe(place, changes);
}"""
# Where words of the text stand on the screen: whole pixels, as a mouse has, within their first and last character.
ENDS = """(words) => {
  const passage = document.querySelector(".coprod-passage"), nodes = [];
  const walker = document.createTreeWalker(passage, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(), at = 0; node; at += node.length, node = walker.nextNode()) nodes.push([at, node]);
  const place = (at) => {
    const [start, node] = nodes.filter(([start]) => start <= at).at(-1), range = document.createRange();
    range.setStart(node, at - start);
    range.setEnd(node, at - start + 1);
    return range.getBoundingClientRect();
  };
  const from = passage.textContent.indexOf(words);
  const [first, last] = [place(from), place(from + words.length - 1)];
  return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2].map(Math.round);
}"""


@dataclass
class Work:
    """A folder with the answers to code, their themes and a store; of one test."""

    folder: Path
    pages: WidgetPages

    @property
    def store(self) -> CodingStore:
        return CodingStore(self.folder / "responses.sqlite3")

    def source(self, coder: str) -> str:
        return SOURCE.format(folder=str(self.folder), coder=coder)

    def open(self, browser: Browser, coder: str, **settings: object) -> Page:
        """The desk on a thin page."""
        return there(self.pages.open(browser, self.source(coder), **settings))

    def open_in_lab(self, lab_page: LabPage, coder: str) -> Page:
        return there(lab_page.open(self.source(coder)))

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Meanwhile the store cannot be reached, as when a disk is unplugged."""
        file = self.folder / "responses.sqlite3"
        away = file.rename(file.with_name("away"))
        try:
            yield
        finally:
            away.rename(file)

    def kept(self, coder: str) -> list[tuple[str, str, str]]:
        """Theme, excerpt and memo of whatever this coder has in the store."""
        found = self.store.codings(coder)
        assert all(one.words == text_of(one)[one.start : one.end] for one in found)
        return [(one.theme, one.words, one.memo) for one in found]


def there(page: Page) -> Page:
    expect(passage(page)).to_contain_text("night nurse", timeout=60_000)
    return page


@pytest.fixture
def work(tmp_path: Path, widget_pages: WidgetPages) -> Work:
    work = Work(tmp_path, widget_pages)
    write_table(work, "responses", RESPONSES)
    write_table(work, "themes", THEMES)
    work.store.prepare()
    return work


@pytest.fixture
def lab_desk(work: Work, lab_page: LabPage) -> Iterator[Page]:
    """Maud's desk in JupyterLab."""
    yield work.open_in_lab(lab_page, "Maud")


def write_table(work: Work, name: str, rows: list[tuple]) -> None:
    with (work.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS[name], *rows])


def passage(page: Page) -> Locator:
    return page.get_by_role("textbox", name="What happened?")


def codings(page: Page) -> Locator:
    return page.locator(".coprod-codings ol > li")


def drag(page: Page, words: str) -> None:
    """Select words with the mouse."""
    page.locator(".coprod-passage").scroll_into_view_if_needed()
    x, y, to_x, to_y = page.evaluate(ENDS, words)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=4)
    page.mouse.up()


def picked(page: Page, words: str) -> None:
    expect(page.locator(".coprod-picked q")).to_have_text(words)


def press(page: Page, name: str) -> None:
    """Click a button by the beginning of its name."""
    page.get_by_role("button", name=re.compile(f"^{name}")).click()


def saved(page: Page) -> None:
    expect(page.locator(".coprod-coding .coprod-status[data-state=saved]")).to_contain_text("Saved ")


def text_of(coding: Coding) -> str:
    return next(row[-1] for row in RESPONSES if row[1:3] == (coding.pseudonym, coding.question))


def test_words_coded_by_mouse_are_there_after_a_restart_and_in_no_file(work: Work, lab_page: LabPage, lab_desk: Page):
    page = lab_desk
    drag(page, "rew the lun")
    picked(page, "drew the lung")
    press(page, "Tools and papers")
    expect(page.locator("mark")).to_have_text("drew the lung")
    memo = page.get_by_role("textbox", name="Memo on Tools and papers")
    memo.click()
    page.keyboard.type(MEMO)
    expect(memo).to_have_value(MEMO)
    saved(page)
    expect(codings(page)).to_have_count(1)  # no key of the memo was a theme's
    assert work.kept("Maud") == [("tools_and_papers", "drew the lung", MEMO)]
    written = lab_page.saved()
    assert "application/vnd.jupyter.widget-state+json" in written and "Tools and papers" in written
    for place in (written, lab_page.lab.log.read_text()):
        assert not any(word in place for word in ("envelope", "night nurse", "the lung", "quilting"))
    restart(page)
    expect(page.locator("mark")).to_have_text("drew the lung", timeout=60_000)
    expect(memo).to_have_value(MEMO)
    saved(page)


def restart(page: Page) -> None:
    """Restart the kernel as its user does, and run the cell again."""
    page.locator("[data-command='notebook:restart-kernel']").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    run_cell(page)


def test_the_keyboard_alone_codes_notes_removes_and_undoes(work: Work, lab_desk: Page):
    page = lab_desk
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.get_by_role("button", name="Next uncoded").focus()
    page.evaluate(LISTEN)
    page.keyboard.press("Tab")
    expect(passage(page)).to_be_focused()
    words = "🫁 on an envelope, and 漢字"
    for key in ("Control+Home", *["ArrowRight"] * ANSWER.index(words), *["Shift+ArrowRight"] * len(words)):
        page.keyboard.press(key)
    picked(page, words)
    page.keyboard.press("3")
    expect(page.locator("mark")).to_have_attribute("data-ends", "Power")
    expect(passage(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first theme, on the same words
    expect(codings(page)).to_have_count(2)
    saved(page)
    assert work.kept("Maud") == [("power", words, ""), ("tools_and_papers", words, "")]
    memo = page.get_by_role("textbox", name="Memo on Tools and papers")
    tab_to(page, memo)
    page.keyboard.type(MEMO)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Remove Tools and papers")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo removing Tools and papers")).to_be_focused()
    expect(page.locator("mark")).to_have_attribute("data-ends", "Power")
    saved(page)
    assert work.kept("Maud") == [("power", words, "")]
    page.keyboard.press("Enter")
    expect(memo).to_have_value(MEMO)
    saved(page)
    assert work.kept("Maud") == [("power", words, ""), ("tools_and_papers", words, MEMO)]
    said = [f"{what}: {theme}, “{words}”" for what in ("Removed", "Back again") for theme in ("Tools and papers",)]
    assert page.evaluate("window.heard") == [f"Power: “{words}”", f"Tools and papers: “{words}”", *said]
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until the focus is there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if place.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab never comes there")


def test_selecting_may_begin_within_a_selection_and_go_on_with_shift(lab_desk: Page):
    page = lab_desk
    drag(page, "drew the lung")
    picked(page, "drew the lung")
    drag(page, "the lun")  # which a browser would rather drag elsewhere
    picked(page, "the lung")
    x, y, _, _ = page.evaluate(ENDS, "urse drew")
    page.mouse.click(x, y)
    _, _, x, y = page.evaluate(ENDS, "drew the")
    page.keyboard.down("Shift")
    page.mouse.click(x, y)  # which JupyterLab would take for selecting cells
    page.keyboard.up("Shift")
    picked(page, "nurse drew the")


def test_the_text_cannot_be_written_in(lab_desk: Page):
    page = lab_desk
    passage(page).focus()
    page.keyboard.press("Control+a")
    picked(page, ANSWER)
    for key in ("x", "Enter", "Backspace", "Delete", "Control+x", "Control+v", "Control+b", "d", "d"):
        page.keyboard.press(key)
    page.keyboard.insert_text("漢")  # as an input method does, which cannot be refused
    expect(passage(page)).to_have_text(ANSWER)
    expect(codings(page)).to_have_count(0)


def test_texts_are_gone_through_and_the_next_uncoded_one_is_found(browser: Browser, work: Work):
    page = work.open(browser, "Olle")
    expect(page.get_by_text("Text 1 of 3 · 0 coded")).to_be_visible()
    expect(page.get_by_text("Professional-person: night nurse")).to_be_visible()
    press(page, "Tools")
    expect(page.locator(".coprod-picked[data-asked]")).to_be_visible()  # nothing is selected
    press(page, "Next text")
    expect(page.get_by_role("textbox", name="The patient-person, planning")).to_have_text(OTHER)
    drag(page, "fridge")
    picked(page, "fridge")
    page.keyboard.press("2")
    expect(page.get_by_text("Text 2 of 3 · 1 coded")).to_be_visible()
    press(page, "Previous")
    press(page, "Next uncoded")
    expect(page.get_by_text("Text 3 of 3 · 1 coded")).to_be_visible()
    press(page, "Next text")
    expect(page.locator(".coprod-coding [role=status]")).to_have_text("This is the last text.")
    page.context.close()


def test_axe_finds_nothing_on_a_wide_and_a_small_page(browser: Browser, work: Work):
    page = everything_on_it(work, lambda: work.open(browser, "Maud"))
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found += violations(page, f"{width}", within=".coprod-coding")
        if not fits(page):
            found.append(f"{width}: wider than its place")
    page.context.close()
    assert found == []


def test_axe_finds_nothing_in_jupyterlab_in_either_theme(work: Work, lab_page: LabPage):
    page = everything_on_it(work, lambda: work.open_in_lab(lab_page, "Maud"))
    first_cell(page).click()
    lab_page.collapse_sidebar()
    found = []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.show_theme(theme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            found += violations(page, f"{theme} {width}", within=".coprod-coding")
            if not fits(page):
                found.append(f"{theme} {width}: wider than its place")
    assert found == []


def fits(page: Page) -> bool:
    return page.locator(".coprod-coding").evaluate("desk => desk.scrollWidth <= desk.clientWidth")


def everything_on_it(work: Work, open_desk: Callable[[], Page]) -> Page:
    """Maud's desk with an old coding, three new ones that overlap, one that is removed, and a meaning to read."""
    start = ANSWER.index("nurse")
    old = {"session": "SPRING-26", "pseudonym": "L-0SAMPLE0", "question": "what_happened", "revision": 1}
    work.store.add(
        Coding(coder="Maud", **old, start=start, end=start + 5, words="nurse", theme="power", memo="Who is asked?")
    )
    page = open_desk()
    expect(page.get_by_text("Applied to an earlier version of this text")).to_be_visible()
    expect(page.locator("mark")).to_have_count(0)
    assert violations(page, "empty", within=".coprod-coding") == []
    for words, key in (("drew the lung", "1"), ("the lung 🫁 on an envelope", "3"), ("asked what I feared", "2")):
        drag(page, words)
        picked(page, words)
        page.keyboard.press(key)
    press(page, "Remove Asks and listens")
    press(page, "Meaning of Power")
    saved(page)
    return page


def test_two_coders_on_one_store_overwrite_nothing(browser: Browser, work: Work):
    one, other = work.open(browser, "Astrid"), work.open(browser, "Bo")
    for page, key in ((one, "1"), (other, "2")):
        drag(page, "drew the lung")
        picked(page, "drew the lung")
        page.keyboard.press(key)
        saved(page)
        expect(codings(page)).to_have_count(1)  # nobody sees the other's
    press(other, "Remove Asks and listens")
    saved(other)
    assert work.kept("Bo") == []
    assert work.kept("Astrid") == [("tools_and_papers", "drew the lung", "")]
    one.context.close()
    other.context.close()


def test_one_coder_in_two_windows_loses_neither_memo_nor_coding(browser: Browser, work: Work):
    one = work.open(browser, "Cleo")
    drag(one, "drew the lung")
    picked(one, "drew the lung")
    one.keyboard.press("1")
    saved(one)
    other = work.open(browser, "Cleo")
    expect(codings(other)).to_have_count(1)
    for page, words in ((one, "It is still on the fridge."), (other, "Who kept it?")):
        memo(page).fill(words)
        saved(page)
    both = "It is still on the fridge.\nWho kept it?"
    expect(memo(other)).to_have_value(both)
    saved(other)
    assert work.kept("Cleo") == [("tools_and_papers", "drew the lung", both)]
    press(one, "Remove Tools")
    saved(one)
    memo(other).fill("And who looks at it now?")
    expect(codings(other)).to_contain_text("Removed in another window: Tools and papers")
    press(other, "Undo")
    saved(other)
    assert work.kept("Cleo") == [("tools_and_papers", "drew the lung", "And who looks at it now?")]
    one.context.close()
    other.context.close()


def test_a_store_that_fails_is_told_and_gets_everything_when_it_works_again(browser: Browser, work: Work):
    page = work.open(browser, "Maud")
    with work.store_away():
        code_offline(page)
        expect(page.locator(".coprod-banner")).to_contain_text("can't be stored at the moment")
        expect(page.locator("li[data-unsaved='Not saved yet']")).to_have_count(1)
        assert violations(page, "not saved", within=".coprod-coding") == []
    saved(page)
    expect(page.locator(".coprod-banner")).to_be_hidden()
    expect(page.locator("li[data-unsaved]")).to_have_count(0)
    assert work.kept("Maud") == [("tools_and_papers", "drew the lung", MEMO)]
    page.context.close()


def memo(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Memo on Tools and papers")


def code_offline(page: Page) -> None:
    """Code something that cannot be saved, and wait until the desk says so."""
    drag(page, "drew the lung")
    picked(page, "drew the lung")
    page.keyboard.press("1")
    memo(page).fill(MEMO)
    not_saved = "Not saved: kept on this page"
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text(not_saved, timeout=40_000)


def kill_kernels(lab_page: LabPage) -> None:
    """Kill the kernel, and put away what JupyterLab says of it."""
    lab_page.lab.kill_kernels()
    lab_page.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click(timeout=60_000)


@pytest.fixture
def killed_desk(lab_desk: Page, lab_page: LabPage, work: Work) -> Page:
    """Maud's desk in JupyterLab, with a coding that was made after the kernel was killed."""
    kill_kernels(lab_page)
    code_offline(lab_desk)
    assert work.kept("Maud") == []
    return lab_desk


def test_what_is_coded_after_the_kernel_was_killed_is_sent_when_the_cell_runs_again(killed_desk: Page, work: Work):
    expect(killed_desk.locator(".coprod-banner")).to_contain_text("run the cell again")
    run_cell(killed_desk)
    expect(codings(killed_desk)).to_have_count(1)
    saved(killed_desk)
    assert work.kept("Maud") == [("tools_and_papers", "drew the lung", MEMO)]


def test_what_the_next_desk_cannot_keep_is_said_plainly(killed_desk: Page, work: Work):
    write_table(work, "responses", [(*row[:3], row[3] + 1, *row[4:]) for row in RESPONSES])
    run_cell(killed_desk)
    expect(killed_desk.locator(".coprod-status[data-state=refused]")).to_have_text("Not everything is saved")
    expect(killed_desk.locator(".coprod-banner li")).to_have_text(
        "Tools and papers, “drew the lung”: the text has changed since."
    )
    assert violations(killed_desk, "refused", within=".coprod-coding") == []
    press(killed_desk, "Put away")
    expect(killed_desk.locator(".coprod-banner")).to_be_hidden()
    assert work.kept("Maud") == []


def test_leaving_the_page_with_something_unsaved_is_asked_about(browser: Browser, work: Work):
    page = work.open(browser, "Maud")
    with work.store_away():
        code_offline(page)
        with page.expect_event("dialog") as asked:
            page.close(run_before_unload=True)
        assert asked.value.type == "beforeunload"
        asked.value.accept()
    page.context.close()
