"""A browser that keeps nothing, or has no room left: the page says so before anything is lost, and nothing else."""

import time

import pytest
from network import Proxy
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers import Learn
from test_nothing_is_lost import AFTER, BEFORE, KEY, troubled_page, type_on, write

from conftest import begin, box, go, saved

# As Chrome does where all site data are blocked: to name the storage throws.
BLOCKED = """Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });
window.BroadcastChannel = class { constructor() { throw new DOMException('', 'SecurityError'); } };"""
# Another page of this address has left no room.
FULL = "if (!localStorage.more) { let more = 'x'.repeat(2 ** 20); for (; more; more = more.slice(more.length / 2 + 1)) \
try { for (let i = 0; i < 9; i++) localStorage.more = (localStorage.more ?? '') + more; } catch {} }"
PROMISES = "in this browser"


def opened(browser: Browser, url: str, script: str) -> Page:
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(script)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    return page


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_is_told_at_once_and_the_code_brings_the_text_back(
    browser: Browser, learn: Learn, script: str
):
    page = opened(browser, learn.url, script)
    expect(page.locator(".coprod-unkept")).to_contain_text("only your resume code brings it back")
    write(page)
    code = page.locator(".coprod-unkept .coprod-code")
    expect(code).to_be_visible()
    told = code.inner_text()
    page.reload()
    expect(page.locator(".coprod-unkept")).to_be_visible(timeout=30_000)
    page.get_by_text("I have begun on another device").click()
    page.get_by_role("textbox", name="Your resume code").fill(told)
    go(page, "Bring my text here")
    expect(box(page, KEY)).to_have_value(BEFORE)
    expect(code).to_have_text(told)  # another one would end the one on paper
    page.context.close()


@pytest.mark.parametrize("script", [BLOCKED, FULL], ids=["blocked", "full"])
def test_where_nothing_is_kept_no_sentence_says_that_it_is(browser: Browser, learn: Learn, network: Proxy, script: str):
    page = opened(browser, network.url, script)
    answer = write(page)
    network.cut()
    type_on(page, answer)
    troubled_page(page)
    expect(page.locator(".coprod-banner").first).to_contain_text("only on this page, so don't close or reload it")
    go(page, "Review")
    go(page, "Hand in")
    expect(page.get_by_role("heading", name="Not handed in yet")).to_be_focused()
    assert PROMISES not in page.locator(".coprod-form").inner_text()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    network.mend()
    expect(page.locator(".coprod-status[data-state=saved]")).to_be_visible(timeout=60_000)
    assert learn.answers() == {KEY: AFTER}
    page.context.close()


def test_storage_that_fails_later_is_noticed_while_one_writes(browser: Browser, learn: Learn):
    page = opened(browser, learn.url, "")
    write(page)
    expect(page.locator(".coprod-unkept")).to_be_hidden()
    page.evaluate("void (Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); })")
    type_on(page, box(page, KEY))
    expect(page.locator(".coprod-unkept .coprod-code")).to_be_visible()
    saved(page)
    expect(page.locator(".coprod-unkept")).to_be_visible()  # also once the store has it: the next text fails too
    page.context.close()


def test_a_page_on_which_storage_works_says_nothing_of_it(browser: Browser, learn: Learn):
    page = opened(browser, learn.url, "")
    begin(page)
    box(page, "what_happened").fill(BEFORE)
    saved(page)
    expect(page.locator(".coprod-unkept")).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("delay", [0, 0.4], ids=["fast", "an earlier text still on its way"])
def test_last_words_reach_the_store_where_nothing_else_keeps_them(browser: Browser, learn: Learn, delay: float):
    network = Proxy(learn.port)
    for run in range(4):
        page = opened(browser, network.url, BLOCKED)
        write(page)
        network.delay = delay
        text = f"{AFTER} {run}"
        if delay:
            box(page, KEY).fill(BEFORE + " Then")
            expect(page.locator(".coprod-status[data-state=saving]")).to_be_visible()
        box(page, KEY).fill(text)
        page.close()
        stored(learn, text)
        network.delay = 0
        page.context.close()
    network.cut()


def stored(learn: Learn, text: str) -> None:
    deadline = time.monotonic() + 15
    while text not in (texts := [row["text"] for row in learn.rows()]):
        assert time.monotonic() < deadline, texts
        time.sleep(0.1)  # the page has gone: there is only the store to ask
