"""Through networks that misbehave no text is lost without a word to its learner, and each cause has its own words."""

import pytest
from network import Proxy
from playwright.sync_api import Browser, Page, expect
from servers import Learn
from test_nothing_is_lost import AFTER, BEFORE, KEY, every_text, mended, troubled, type_on, write

from conftest import begin, box, new_learner, saved

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
