"""What axe, a keyboard, a small screen, a screen reader and a printer meet on every step of the form."""

import os
import re
import signal

import pytest
from accessibility import violations
from network import Proxy
from playwright.sync_api import Browser, Page, expect
from servers import STUDY, Learn

from conftest import begin, box, go, new_learner, saved

ANSWER = "The nurse sat down, drew my heart on a napkin, and asked what I was afraid of."
SECTIONS = STUDY.sections
QUESTIONS = [question for section in SECTIONS for question in section.questions]
LISTEN = """() => {
  window.heard = [];
  for (const place of document.querySelectorAll("[role=status], [role=alert]"))
    new MutationObserver(() => window.heard.push([place.getAttribute("role"), place.textContent]))
      .observe(place, { childList: true, characterData: true, subtree: true });
}"""


def steps(page: Page):
    """Walk the whole form, and name each state on the way."""
    yield "start"
    begin(page)
    for index, section in enumerate(SECTIONS):
        yield f"{section.key}, empty"
        go(page, "Continue" if index < len(SECTIONS) - 1 else "Review my answers")
    yield "review, empty"
    go(page, "Hand in")
    expect(page.get_by_role("heading", name="Not handed in yet")).to_be_focused()
    yield "error"
    contents(page, f"{SECTIONS[0].letter}. {SECTIONS[0].title}")
    for index, section in enumerate(SECTIONS):
        for question in section.questions:
            box(page, question.key).fill(ANSWER)
        saved(page)
        yield f"{section.key}, filled"
        go(page, "Continue" if index < len(SECTIONS) - 1 else "Review my answers")
    yield "review, filled"
    page.get_by_role("checkbox", name="Show it to my class").check()
    expect(page.locator(".coprod-choice", has_text="You agreed")).to_be_visible()
    yield "review, agreed"
    go(page, "Hand in")
    expect(page.get_by_role("heading", name="Would a colleague know who this is?")).to_be_focused()
    yield "last question"
    go(page, "Hand in as it is")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")
    yield "receipt"
    go(page, "Resume code and take-home")
    expect(page.get_by_role("img", name="Your resume link")).to_be_visible()
    yield "resume and take-home"
    go(page, "Delete everything…")
    yield "before deleting"
    go(page, "What happens to your text")
    yield "what happens to a text"
    go(page, "About and credits")
    yield "about"


def contents(page: Page, name: str) -> None:
    """Go to a step by the contents, which a small screen keeps closed."""
    if (toggle := page.get_by_role("button", name="Contents", exact=True)).is_visible():
        toggle.click()
    page.get_by_role("navigation", name="Contents").get_by_role("button", name=name).click()


def cut(network: Proxy, page: Page) -> None:
    """Take the server away, and wait until the page has noticed."""
    network.cut()
    expect(page.get_by_text("The connection is lost.").locator("visible=true").first).to_be_visible()


def heard(page: Page, role: str) -> list[str]:
    return page.evaluate("role => window.heard.filter(one => one[0] === role).map(one => one[1])", role)


def saved_as(page: Page, learn: Learn, text: str) -> None:
    """Type a text over the old one, and wait until the store has answered."""
    answer = box(page, "what_happened")
    answer.fill("")
    answer.press_sequentially(text)
    answer.press("Tab")
    saved(page)
    assert learn.answers() == {"what_happened": text}


def test_axe_finds_nothing_on_any_step(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    found = [line for step in steps(page) for line in violations(page, step)]
    assert found == []
    page.context.close()


def test_axe_finds_nothing_when_the_connection_is_lost(browser: Browser, network: Proxy):
    page = new_learner(browser, network.url)
    begin(page)
    cut(network, page)
    box(page, "what_happened").fill(ANSWER)
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text("Not saved")
    assert violations(page, "disconnected") == []
    page.context.close()


def test_every_box_is_named_by_its_question(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    assert len(QUESTIONS) == 11
    for section in SECTIONS:
        contents(page, f"{section.letter}. {section.title}")
        for question in section.questions:
            named = page.get_by_role("textbox", name=question.prompt)
            named = named.and_(page.get_by_role("textbox", name=question.part or question.prompt))
            expect(named).to_have_attribute("id", re.compile(f"-{question.key}$"))
    page.context.close()


def tab_to(page: Page, key: str) -> None:
    """Press Tab until the focus is on what these words begin, or on the box with this key."""
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate("[document.activeElement.id, document.activeElement.textContent]")
        if at[0].endswith(f"-{key}") or at[1].startswith(key):
            return
    raise AssertionError(f"Tab never comes to {key}")


def test_the_keyboard_alone_goes_all_the_way(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    page.get_by_role("heading", level=1).focus()
    tab_to(page, "Start")
    page.keyboard.press("Enter")
    for index, section in enumerate(SECTIONS):
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        for question in section.questions:
            tab_to(page, question.key)
            page.keyboard.type("She waited for me.")
        tab_to(page, "Continue" if index < len(SECTIONS) - 1 else "Review my answers")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, "Hand in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")
    expect(page.get_by_text("11 of 11 answered")).to_be_visible()
    page.context.close()


def test_only_the_first_save_and_a_lost_connection_speak(browser: Browser, learn: Learn, network: Proxy):
    page = new_learner(browser, network.url)
    begin(page)
    page.evaluate(LISTEN)
    for text in ("He asked first.", "He asked first, then waited.", "He asked, waited, and asked again."):
        saved_as(page, learn, text)
        assert heard(page, "status") == ["Your text is saved, and will be saved as you write."]
    assert heard(page, "alert") == []
    cut(network, page)
    box(page, "what_happened").press_sequentially(" Nobody hurried.")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    assert len(heard(page, "alert")) == 1
    page.context.close()


def test_what_was_spoken_of_a_lost_connection_is_gone_once_it_is_back(browser: Browser, network: Proxy):
    page = new_learner(browser, network.url)
    begin(page)
    cut(network, page)
    box(page, "what_happened").fill("The porter waited with my mother.")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    network.mend()
    expect(page.get_by_role("status").filter(has_text="The connection is back.")).to_be_attached(timeout=40_000)
    expect(page.get_by_role("alert")).to_be_empty()
    page.context.close()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256)])
def test_nothing_is_wider_than_a_small_or_enlarged_page(browser: Browser, learn: Learn, width: int, height: int):
    page = new_learner(browser, learn.url, viewport={"width": width, "height": height})
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert [step for step in steps(page) if not page.evaluate(fits)] == []
    page.context.close()


def test_no_step_asks_another_computer(browser: Browser, learn: Learn):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(learn.url)
    assert len(list(steps(page))) > len(SECTIONS)
    assert [url for url in asked if not url.startswith((learn.url, "data:", "blob:"))] == []
    context.close()


def test_nothing_moves_for_those_who_asked_for_calm(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url, reduced_motion="reduce")
    moving = "document.getAnimations().filter(one => one.playState === 'running').length"
    assert [step for step in steps(page) if page.evaluate(moving)] == []
    page.context.close()


def test_paper_shows_every_question_and_answer(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    for index, section in enumerate(SECTIONS):
        for question in section.questions:
            box(page, question.key).fill(f"On {question.key}: {ANSWER}")
        go(page, "Continue" if index < len(SECTIONS) - 1 else "Review my answers")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    paper = page.locator("body").inner_text()
    for question in QUESTIONS:
        assert paper.count(f"On {question.key}: {ANSWER}") >= 1, question.key
        assert question.prompt in paper and question.part in paper, question.key
    assert "Hand in" not in paper
    page.context.close()


@pytest.mark.parametrize("own_server", [{"COPROD_HEARTBEAT": "0.5"}], indirect=True, ids=["heartbeat"])
def test_a_server_that_stops_answering_is_told_in_an_alert(browser: Browser, own_server: Learn):
    page = new_learner(browser, own_server.url)
    begin(page)
    saved_as(page, own_server, "The porter knew the short way.")
    page.evaluate(LISTEN)
    os.kill(own_server.process.pid, signal.SIGSTOP)  # the server no longer mends anything
    try:
        box(page, "what_happened").press_sequentially(" He sang.")
        expect(page.get_by_role("alert")).to_contain_text("Not saved", timeout=40_000)
    finally:
        os.kill(own_server.process.pid, signal.SIGCONT)
    page.context.close()
