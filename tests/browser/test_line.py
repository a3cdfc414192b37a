"""The line in front of the page, and what becomes of a kernel whose page is closed."""

import time

import pytest
from playwright.sync_api import Browser, expect
from servers import Learn

from conftest import begin, box, new_learner, saved


@pytest.mark.parametrize("own_server", [{"more": ("--learners", "1")}], indirect=True, ids=["room for one"])
def test_whoever_finds_no_place_is_told_and_let_in_when_one_is_free(browser: Browser, own_server: Learn):
    first = new_learner(browser, own_server.url)
    second = browser.new_context(viewport={"width": 390, "height": 700}).new_page()
    second.goto(own_server.url, wait_until="commit")
    expect(second.get_by_text("All places on this computer are taken. You are number 1 in line").last).to_be_visible()
    expect(second.locator(".coprod-place:visible")).to_have_count(1)
    first.close()  # its page tells the server that nobody needs the kernel any more
    expect(second.get_by_role("heading", level=1)).to_have_text("Paul on Coproduction", timeout=30_000)
    expect(second.locator(".coprod-place")).to_have_count(0)
    second.context.close()
    first.context.close()


def only_kernel(learn: Learn, *, but: int = 0) -> int:
    """The one kernel that lives, once the one that warmed the server up has ended, and another has."""
    deadline = time.monotonic() + 30
    while len(found := [pid for pid in learn.kernels() if pid != but]) != 1 or but in learn.kernels():
        assert time.monotonic() < deadline, f"kernels: {learn.kernels()}"
        time.sleep(0.05)  # processes of somebody else's have nothing to wait on
    return found[0]


def test_a_closed_page_leaves_no_kernel(browser: Browser, own_server: Learn):
    page = new_learner(browser, own_server.url)
    kernel = only_kernel(own_server)
    page.close()
    other = new_learner(browser, own_server.url)
    assert only_kernel(own_server, but=kernel) != kernel
    other.context.close()
    page.context.close()


@pytest.mark.parametrize("own_server", [{"COPROD_UNOPENED_SECONDS": "0.5"}], indirect=True, ids=["impatient"])
def test_a_page_that_comes_after_its_kernel_has_ended_goes_on_with_another(browser: Browser, own_server: Learn):
    page, held = browser.new_context().new_page(), []
    page.route("**/coprod/host.js*", lambda route: held.append(route))  # a slow network: the script comes last
    page.goto(own_server.url, wait_until="commit")
    page.wait_for_function("() => document.getElementById('jupyter-config-data')")
    deadline = time.monotonic() + 30
    while own_server.kernels():
        assert time.monotonic() < deadline, own_server.kernels()
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paul on Coproduction", timeout=30_000)
    begin(page)
    box(page, "what_happened").fill("The porter knew the short way.")
    saved(page)
    assert own_server.answers() == {"what_happened": "The porter knew the short way."}
    page.context.close()
