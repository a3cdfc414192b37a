"""Through networks that misbehave no text is lost without a word to its learner, and each cause has its own words."""

import time
from collections.abc import Callable

import pytest
from network import Proxy
from playwright.sync_api import Browser, Page, expect
from servers import Learn
from test_nothing_is_lost import AFTER, BEFORE, KEY, every_text, mended, troubled, type_on, write

from conftest import begin, box, go, new_learner, saved

LONG = "She came back twice, and each time she asked what had changed since. " * 400


@pytest.fixture
def through(learn: Learn):
    """Networks of a kind to the server of this process."""
    made = []

    def proxy(**kind) -> Proxy:
        made.append(Proxy(learn.port, **kind))
        return made[-1]

    yield proxy
    for one in made:
        one.cut()


def test_a_first_connection_that_fails_twice_is_tried_again_without_alarm(browser: Browser, learn: Learn, through):
    network = through(refused=2)
    page = new_learner(browser, network.url)
    write(page)
    assert learn.answers() == {KEY: BEFORE} and network.asked == 3
    page.context.close()


@pytest.mark.parametrize("sign", ["", "online", "visibilitychange"])
def test_a_connection_that_is_silently_dead_is_replaced_within_half_a_minute(
    browser: Browser, learn: Learn, through, sign: str
):
    network = through()
    page = new_learner(browser, network.url)
    answer = write(page)
    network.half_open()
    type_on(page, answer)
    if sign:
        page.evaluate("sign => (sign === 'online' ? window : document).dispatchEvent(new Event(sign))", sign)
    expect(page.locator(".coprod-status[data-state=saved]")).to_be_visible(timeout=30_000)
    assert learn.answers() == {KEY: AFTER} and network.asked == 2
    page.context.close()


def test_a_network_without_websockets_is_named_and_the_page_opens_once_it_has_them(
    browser: Browser, learn: Learn, through
):
    network = through(stripping=True)
    page = browser.new_page()
    page.goto(network.url)
    expect(page.get_by_text("This network does not let the page through")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("The questions could not be opened")).to_be_hidden()
    network.stripping = False
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=45_000)
    write(page)
    network.stripping = True
    network.half_open()
    type_on(page, box(page, KEY))
    troubled(page)
    expect(page.locator(".coprod-banner")).to_contain_text(
        "This network does not let your text through", timeout=30_000
    )
    network.stripping = False
    mended(page)
    assert learn.answers() == {KEY: AFTER}
    page.close()


def test_at_three_kilobytes_a_second_a_long_text_is_stored_once(browser: Browser, learn: Learn, through):
    network = through()
    page = new_learner(browser, network.url)
    begin(page)
    network.rate = 3000
    box(page, "what_happened").fill(LONG)
    expect(page.locator(".coprod-status[data-state=saving]")).to_be_visible()
    mended(page)
    assert every_text(learn) == [LONG] and network.asked == 1
    page.context.close()


def test_at_three_kilobytes_a_second_the_page_opens_and_saves(browser: Browser, learn: Learn, through):
    network = through(rate=3000)
    page = browser.new_page()
    page.goto(network.url, timeout=120_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=120_000)
    begin(page)
    box(page, "what_happened").fill(BEFORE)
    saved(page)
    assert learn.answers() == {"what_happened": BEFORE}
    page.close()


def test_a_text_that_is_too_long_is_told_by_how_much_and_keeps_no_other_from_being_stored(
    browser: Browser, learn: Learn, through
):
    network = through()
    page = new_learner(browser, network.url)
    begin(page)
    answer = box(page, "what_happened")
    answer.fill("痛" * 728_000)
    box(page, "professional_contribution").fill(BEFORE)
    trouble = page.locator(".coprod-trouble:visible")
    expect(trouble).to_contain_text("628000 characters too long: 100000 can be stored")
    expect(page.locator(".coprod-status[data-state=choice]")).to_contain_text("Not everything is saved")
    wait_for(page, lambda: learn.answers() == {"professional_contribution": BEFORE})
    assert network.asked == 1
    go(page, "Review")
    go(page, "Hand in")
    page.get_by_role("button", name="is not saved. Look at its box first").click()
    answer.fill("😀" * 100_001)
    expect(trouble).to_contain_text("1 character too long")
    answer.fill("😀" * 100_000)
    saved(page)
    expect(trouble).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_empty()
    page.context.close()


def test_answers_of_the_greatest_length_are_handed_in(browser: Browser, learn: Learn, through):
    network = through()
    page = new_learner(browser, network.url)
    begin(page)
    texts = {key: name * 100_000 for key, name in (("what_happened", "痛"), ("professional_contribution", "心"))}
    for key, text in texts.items():
        box(page, key).fill(text)
    go(page, "Continue")
    for key, name in (("patient_relationship", "手"), ("patient_plan", "足")):
        texts[key] = name * 100_000
        box(page, key).fill(texts[key])
    saved(page)
    go(page, "Review")
    go(page, "Hand in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in", timeout=30_000)
    assert learn.answers() == texts and network.asked == 1
    page.context.close()


def wait_for(page: Page, met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not met():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)  # the page says nothing of one box: there is only the store to ask


def end_kernel(page: Page, learn: Learn, address: str) -> None:
    """As the server does two minutes after a connection was lost."""
    kernel = address.partition("/kernels/")[2].partition("/")[0]
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "_xsrf")
    reply = page.context.request.post(f"{learn.url}voila/api/shutdown/{kernel}", multipart={"_xsrf": token})
    assert reply.status == 204


@pytest.mark.parametrize("own_server", [{"more": ("--learners", "1")}], indirect=True, ids=["room for one"])
def test_whoever_lost_the_place_while_away_is_told_the_number_in_line(browser: Browser, own_server: Learn):
    network = Proxy(own_server.port)
    page = browser.new_context().new_page()
    with page.expect_websocket() as opened:
        page.goto(network.url)
    answer = write(page)
    network.cut()
    type_on(page, answer)
    end_kernel(page, own_server, opened.value.url)
    second = new_learner(browser, own_server.url)
    network.mend()
    banner = page.locator(".coprod-banner")
    expect(banner).to_contain_text("You are number 1 in line", timeout=45_000)
    expect(banner).not_to_contain_text("reload")
    second.close()
    mended(page)
    assert own_server.answers() == {KEY: AFTER}
    second.context.close()
    page.context.close()
    network.cut()
