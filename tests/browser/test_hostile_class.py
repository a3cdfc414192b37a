"""A class that would break the wall, before a real wall and a real projector, while it goes on writing: what it writes
is text, and hidden until shown.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hostile import HOSTILE, INVISIBLE, MARKUP
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect
from rooms import (
    PROJECTOR,
    Class,
    ThinClass,
    cards,
    counted,
    current,
    press,
    uncover,
    words_there,
)

MARK = re.compile(r"#\d+\.\d+#")  # each text has one of its own, which no encoding changes
REWRITES, MOST = 50, 400
ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1)")
# Elements that no text may turn into.
MADE = r"""() => [
  ...document.querySelectorAll(":is(.coprod-text, .coprod-stage) :is(a, b, code, details, iframe, img, input, math, script, style, strong, svg)"),
  ...document.querySelectorAll("[onerror], [onload], [ontoggle], [onfocus], [srcdoc], a[href^='javascript:']"),
  ...[...document.querySelectorAll("script, style, link, img, iframe")].filter((one) => /taken=1|elsewhere\.invalid/.test(one.outerHTML)),
].map((one) => one.outerHTML.slice(0, 100))"""  # noqa: E501
STYLE = "all => all.map((one) => [getComputedStyle(one).unicodeBidi, getComputedStyle(one).direction])"


class Trap:
    """Notes down whatever a page does that no text may make it do."""

    def __init__(self, page: Page):
        self.page, self.sprung = page, []
        page.on("dialog", self.dismiss)
        page.route(ELSEWHERE, self.refuse)

    def remove(self) -> None:
        """Leave the page to other tests."""
        self.page.remove_listener("dialog", self.dismiss)
        self.page.unroute(ELSEWHERE, self.refuse)

    def dismiss(self, dialog: Dialog) -> None:
        self.sprung.append("dialog")
        dialog.dismiss()

    def refuse(self, route: Route) -> None:
        self.sprung.append(route.request.url)
        route.abort()

    def all(self) -> list[str]:
        flag = ["flag"] if self.page.evaluate("() => 'taken' in window") else []
        return [*self.sprung, *flag, *self.page.evaluate(MADE)]


def marked(n: int, times: int = 0) -> str:
    return f"#{n}.{times}# {HOSTILE[(n + times) % len(HOSTILE)]}"


@contextmanager
def writing(room: Class) -> Iterator[None]:
    """Meanwhile one after another writes, as fast as the store takes it, until this ends or some hundreds have."""
    enough = threading.Event()

    def write() -> None:
        while room.learners < MOST and not enough.is_set():
            room.write(marked(room.learners))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def told(page: Page) -> set[str]:
    """The marks of all texts that came to this browser, over the network or into its page."""
    frames = b"\n".join(page.frames_heard).decode("utf-8", "replace")
    return {*MARK.findall(frames), *MARK.findall(page.content())}


def show(page: Page) -> str:
    """Show the current answer by keyboard, whatever it may name and however long it is; its mark."""
    mark = MARK.search(current(page).locator(".coprod-text").inner_text())[0]
    if current(page).locator(".coprod-more").count():
        page.keyboard.press("s")  # which unfolds it
        expect(current(page).get_by_role("button", name="Show all")).to_be_visible()
        current(page).locator(".coprod-actions").scroll_into_view_if_needed()
    page.keyboard.press("s")
    if current(page).locator("[data-kind=marks]").count():
        press(page, "Show anyway")
    expect(current(page).get_by_text("On the screen")).to_be_visible()
    return mark


def screenfuls(beamer: Page, shown: int) -> Iterator[Locator]:
    """What is shown, a dozen at a time."""
    press(beamer, "Several")
    beamer.get_by_label("Answers to").select_option("All questions")
    for first in range(1, shown + 1, 12):
        expect(beamer.locator(".coprod-count")).to_contain_text(re.compile(rf"^{first} ?–"))
        yield beamer.locator(".coprod-stage blockquote")
        press(beamer, "Next")


def directions(texts: Locator) -> set[str]:
    """How these texts run, each for itself: none of them is without bounds, and none has a sign that nobody sees."""
    assert not INVISIBLE.search("\n".join(texts.all_inner_texts()))
    styles = texts.evaluate_all(STYLE)
    assert {bidi for bidi, _ in styles} == {"plaintext"}
    return {direction for _, direction in styles}


@pytest.mark.parametrize("text", MARKUP[:9])
def test_a_text_does_harm_where_it_is_taken_for_markup(page: Page, text: str):
    trap = Trap(page)
    page.set_content(text)
    page.evaluate("() => document.querySelector('a')?.click()")
    assert trap.all()


def test_a_covered_wall_and_a_projector_are_told_nothing_of_what_a_hostile_class_writes(
    browser: Browser, room: ThinClass
):
    page, beamer = room.open(browser), room.open(browser, PROJECTOR)
    traps = [Trap(page), Trap(beamer)]
    with writing(room):
        expect(page.locator(".coprod-guard")).to_contain_text(re.compile(r"\d{3} answers wait"))
    counted(page, room.learners, 0)
    assert told(page) == told(beamer) == set()
    uncover(page)
    expect(page.locator(".coprod-text").get_by_text("#49.0#")).to_be_visible()
    assert len(told(page)) == 50  # a page of them, so that the line above could fail
    page.locator(".coprod-wall").press("Escape")
    counted(page, room.learners, 0)
    assert not MARK.search(page.content() + room.pages.learn.log.read_text(encoding="utf-8"))
    assert told(beamer) == set()
    assert [trap.all() for trap in traps] == [[], []]
    page.context.close()
    beamer.context.close()


def test_the_wall_is_moderated_while_a_hostile_class_writes(browser: Browser, room: ThinClass):
    page, beamer = room.open(browser), room.open(browser, PROJECTOR)
    traps = [Trap(page), Trap(beamer)]
    shown, kinds = [], len(HOSTILE)
    writer = room.write(marked(0))
    room.write(*map(marked, range(1, kinds)))
    uncover(page)
    with writing(room):
        for n in range(kinds):
            expect(current(page).locator(".coprod-text")).to_contain_text(f"#{n}.0#")
            shown.append(show(page))
            page.keyboard.press("j")
            if n < 2:  # it turns to what is shown
                expect(beamer.locator(".coprod-stage")).to_contain_text(shown[n], timeout=2500)
        expect(beamer.locator(".coprod-count")).to_have_text(re.compile(rf"\d+ of {kinds}"))
    room.rewrite(writer, *(marked(0, times) for times in range(1, REWRITES + 1)))
    expect(beamer.locator(".coprod-count")).to_have_text(re.compile(rf"\d+ of {kinds - 1}"), timeout=2500)
    assert told(beamer) <= set(shown)
    press(page, "Changed since shown")
    expect(cards(page).locator(".coprod-text")).to_contain_text([f"#0.{REWRITES}#"])

    press(page, "All")
    expect(page.locator("[data-do=all]")).to_contain_text(str(room.learners))
    words_there(page)
    assert directions(page.locator(".coprod-card .coprod-text")) == {"ltr", "rtl"}
    assert page.locator(".coprod-odd").count() >= 5
    assert max(page.eval_on_selector_all(".coprod-card", "all => all.map((one) => one.offsetHeight)")) < 420
    ways = [directions(texts) for texts in screenfuls(beamer, kinds - 1)]
    assert set().union(*ways) == {"ltr", "rtl"}
    assert told(beamer) == set(shown) < told(page)
    for one in (page, beamer):
        assert one.locator(".coprod-wall").evaluate("wall => wall.scrollWidth <= wall.clientWidth")
    assert [trap.all() for trap in traps] == [[], []]
    page.context.close()
    beamer.context.close()
