"""Whatever breaks between a learner's keys and the store, the text comes through, and the page says so."""

import os
import signal
import time

import pytest
import sqlalchemy as sa
from network import Proxy
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from servers import STUDY, Learn, start, stop

from conftest import begin, box, go, new_learner, saved
from coprod_widgets.store.responses import MOST_TEXT, ResponseStore
from coprod_widgets.store.settings import SESSION
from coprod_widgets.store.tables import responses

NOT_SAVED = "Not saved: kept in this browser"
BEFORE = "The night nurse sat down before she said anything."
AFTER = BEFORE + " Then she asked what I was most afraid of, and waited."
KEY = "patient_relationship"


def start_again(learn: Learn) -> Learn:
    """The killed server once more, on its old port and store."""
    learn.log.unlink()  # else its old lines would say that the new server is ready
    return start(learn.store, learn.port)


def status(page: Page) -> Locator:
    return page.locator(".coprod-status")


def write(page: Page, text: str = BEFORE, *, key: str = KEY) -> Locator:
    """Begin, go to part 2, and have a first text stored there."""
    begin(page)
    go(page, "Continue")
    answer = box(page, key)
    answer.fill(text)
    saved(page)
    return answer


def type_on(page: Page, answer: Locator) -> None:
    """Type the rest of the sentence, key by key, at the end of the box."""
    answer.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(AFTER[len(BEFORE) :], delay=15)


def troubled(page: Page) -> None:
    """Within 15 seconds the page says that this text is not saved."""
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text(NOT_SAVED, timeout=15_000)


def troubled_page(page: Page) -> None:
    """The same where the browser keeps nothing."""
    words = "Not saved: kept only on this page"
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text(words, timeout=15_000)


def mended(page: Page) -> None:
    """Everything is stored, with nobody doing anything about it."""
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Saved ", timeout=60_000)


def back_after_reload(page: Page, text: str) -> None:
    """A reload shows the text, and stands in the box where the learner was."""
    page.reload()
    answer = box(page, KEY)
    expect(answer).to_have_value(text, timeout=60_000)
    expect(answer).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Part 2 of 4")


def every_text(learn: Learn) -> list[str]:
    """Every stored text of every answer, oldest first."""
    return [row["text"] for row in learn.rows(latest_only=False)]


def stored_place(learn: Learn) -> str:
    (pseudonym,) = {row["pseudonym"] for row in learn.rows()}
    with ResponseStore(str(learn.store)) as store:
        response = store.response(pseudonym, session=SESSION, study=STUDY)
    return response.place if response else ""


def placed(page: Page, learn: Learn, place: str) -> None:
    """Wait until the store knows where the learner is."""
    deadline = time.monotonic() + 15
    while stored_place(learn) != place:
        assert time.monotonic() < deadline, f"the store has {stored_place(learn)!r}, not {place!r}"
        page.wait_for_timeout(100)  # the page says nothing about its place: there is only the store to ask


def resume_code(page: Page) -> str:
    go(page, "Resume code and take-home")
    return page.locator(".coprod-code").inner_text()


def section_of(key: str) -> str:
    return next(section.key for section in STUDY.sections if key in {one.key for one in section.questions})


def test_dictated_chunks_on_a_slow_line_are_stored_by_save_now(browser: Browser, learn: Learn):
    chunks = [
        "She looked at the chart, put it away, ",
        "and asked me to tell it in my own words; ",
        "nobody had asked me that since the spring ward.",
    ]
    text = "".join(chunks)[:124].ljust(124, ".")
    proxy = Proxy(learn.port, delay=0.5)
    page = new_learner(browser, proxy.url)
    begin(page)
    box(page, "what_happened").focus()
    for chunk in (text[:38], text[38:80], text[80:]):
        page.keyboard.insert_text(chunk)
    go(page, "Save now")
    mended(page)
    assert learn.answers() == {"what_happened": text}
    page.context.close()
    proxy.cut()


def test_a_killed_kernel_loses_no_text_and_no_reload_is_needed(learner: Page, learn: Learn):
    answer = write(learner)
    learner.evaluate("window.samePage = true")
    learn.kill_kernels()
    type_on(learner, answer)
    lost = learner.locator(".coprod-banner", has_text="The connection is lost").or_(
        learner.locator(".coprod-status[data-state=broken], .coprod-status[data-state=saved]")
    )
    expect(lost.filter(visible=True).first).to_be_visible(timeout=15_000)
    mended(learner)
    assert learn.answers() == {KEY: AFTER}
    assert learner.evaluate("window.samePage")
    back_after_reload(learner, AFTER)


def kernel_other_than(pid: int | None, learn: Learn) -> int:
    """The one kernel there is, as soon as there is only one and it is another."""
    deadline = time.monotonic() + 30
    while len(kernels := learn.kernels()) != 1 or kernels == [pid]:
        assert time.monotonic() < deadline, f"there are {len(kernels)} kernels"
        time.sleep(0.05)  # the server tells nobody but a connected page
    return kernels[0]


def start_kernel_anew(learn: Learn) -> None:
    """Kill a page's kernel, and wait until the server has started another one in its place."""
    killed = kernel_other_than(None, learn)  # the one that the server warms up with has ended
    os.kill(killed, signal.SIGKILL)
    kernel_other_than(killed, learn)


def test_a_page_gets_a_new_kernel_when_its_own_died_while_the_network_was_cut(browser: Browser, own_server: Learn):
    network = Proxy(own_server.port)
    page = new_learner(browser, network.url)
    answer = write(page)
    network.cut()
    start_kernel_anew(own_server)
    type_on(page, answer)
    network.mend()
    mended(page)
    assert own_server.answers() == {KEY: AFTER}
    page.context.close()
    network.cut()


def test_a_page_gets_a_new_kernel_when_its_own_died_before_the_page_connected(browser: Browser, own_server: Learn):
    page, connections = browser.new_page(), []

    def connect(connection: WebSocketRoute) -> None:
        if not connections:
            start_kernel_anew(own_server)
        connections.append(connection)
        connection.connect_to_server()

    page.route_web_socket("**/channels*", connect)
    page.goto(own_server.url)
    write(page)
    assert own_server.answers() == {KEY: BEFORE}
    assert len(connections) == 2
    page.close()


@pytest.fixture
def left_page(browser: Browser, own_server: Learn):
    """A page whose server was killed while its learner wrote on."""
    page = new_learner(browser, own_server.url)
    answer = write(page)
    own_server.kill()
    type_on(page, answer)
    troubled(page)
    yield page
    page.context.close()


def test_text_typed_while_the_server_is_dead_is_stored_when_it_is_back(left_page: Page, own_server: Learn):
    again = start_again(own_server)
    try:
        mended(left_page)
        expect(box(left_page, KEY)).to_have_value(AFTER)
        assert again.answers() == {KEY: AFTER}
    finally:
        stop(again)


def test_a_reload_after_the_server_died_brings_back_text_and_place(left_page: Page, own_server: Learn):
    again = start_again(own_server)
    try:
        back_after_reload(left_page, AFTER)
        mended(left_page)
        assert again.answers() == {KEY: AFTER}
    finally:
        stop(again)


def test_text_typed_while_the_network_is_cut_is_stored_when_it_is_back(browser: Browser, learn: Learn, network: Proxy):
    page = new_learner(browser, network.url)
    answer = write(page)
    network.cut()
    type_on(page, answer)
    troubled(page)
    expect(page.get_by_text("The connection is lost").first).to_be_visible()
    assert learn.answers() == {KEY: BEFORE}
    network.mend()
    mended(page)
    assert learn.answers() == {KEY: AFTER}
    page.context.close()


def test_without_its_store_the_page_says_so_refuses_the_hand_in_and_saves_later(learner: Page, learn: Learn):
    answer = write(learner)
    placed(learner, learn, f"{section_of(KEY)}/{KEY}")
    with learn.store_away():
        type_on(learner, answer)
        troubled(learner)
        expect(learner.get_by_text("Your text can't be stored at the moment").first).to_be_visible()
        go(learner, "Review")
        go(learner, "Hand in")
        expect(learner.get_by_role("heading", name="Not handed in yet")).to_be_focused()
        expect(learner.get_by_text(AFTER).first).to_be_visible()
    mended(learner)
    assert learn.answers() == {KEY: AFTER}
    go(learner, "Hand in")
    expect(learner.get_by_role("heading", level=1)).to_have_text("Handed in")


def test_a_resume_code_brings_text_and_place_to_another_device(browser: Browser, learner: Page, learn: Learn):
    write(learner)
    placed(learner, learn, f"{section_of(KEY)}/{KEY}")
    code = resume_code(learner)
    other = new_learner(browser, learn.url)
    other.get_by_text("I have begun on another device").click()
    other.get_by_role("textbox", name="Your resume code").fill(code.lower().replace("-", " "))
    go(other, "Bring my text here")
    expect(box(other, KEY)).to_have_value(BEFORE)
    expect(box(other, KEY)).to_be_focused()
    box(other, KEY).fill(AFTER)
    saved(other)
    assert learn.answers() == {KEY: AFTER}
    other.context.close()


def test_a_resume_link_brings_text_and_place_to_another_device(browser: Browser, learner: Page, learn: Learn):
    write(learner)
    placed(learner, learn, f"{section_of(KEY)}/{KEY}")
    code = resume_code(learner)
    other = new_learner(browser, f"{learn.url}#resume={code}")
    expect(box(other, KEY)).to_have_value(BEFORE)
    expect(box(other, KEY)).to_be_focused()
    assert code not in other.url
    other.context.close()


def test_the_place_of_a_slow_first_answer_reaches_the_store(learner: Page, learn: Learn):
    learner.clock.install()
    begin(learner)
    box(learner, "what_happened").focus()
    learner.clock.run_for(3000)  # thinking: nothing is known of this learner yet
    box(learner, "what_happened").fill(BEFORE)
    learner.clock.run_for(3000)
    saved(learner)
    learner.clock.run_for(3000)
    placed(learner, learn, f"{section_of('what_happened')}/what_happened")


@pytest.mark.parametrize("by_link", [False, True])
def test_a_wrong_resume_code_opens_nothing(browser: Browser, learn: Learn, by_link: bool):
    code = "0000-1111-2222-3333"
    page = new_learner(browser, f"{learn.url}#resume={code}" if by_link else learn.url)
    if not by_link:
        page.get_by_text("I have begun on another device").click()
        page.get_by_role("textbox", name="Your resume code").fill(code)
    go(page, "Bring my text here")
    expect(page.locator(".coprod-error:visible")).to_contain_text("doesn't open anything here")
    expect(page.get_by_role("textbox", name="Your resume code")).to_have_value(code)
    page.context.close()


@pytest.mark.parametrize("button", ["Keep the text in the box", "Use the other text"])
def test_two_windows_on_one_answer_ask_which_text_goes_on_and_keep_both(learner: Page, learn: Learn, button: str):
    here, there = "She told me the odds in plain numbers.", "She drew the odds on the back of a menu."
    first = write(learner)
    second = learner.context.new_page()
    second.goto(learn.url)
    expect(box(second, KEY)).to_have_value(BEFORE, timeout=30_000)
    first.fill(there)
    saved(learner)
    box(second, KEY).fill(here)
    expect(second.get_by_text("was changed in another window").first).to_be_visible()
    expect(status(second)).to_contain_text("needs your choice")
    goes_on = here if button.startswith("Keep") else there
    go(second, button)
    expect(second.locator(".coprod-trouble:visible")).to_have_count(0)
    expect(box(second, KEY)).to_have_value(goes_on)
    saved(second)
    assert learn.answers() == {KEY: goes_on}
    assert {here, there} <= set(every_text(learn))


def test_a_text_for_which_there_is_no_more_room_is_kept_in_the_browser_and_that_is_said(learner: Page, learn: Learn):
    answer = write(learner)
    with ResponseStore(str(learn.store)) as store, store.database.writing() as connection:
        connection.execute(sa.update(responses).values(size=MOST_TEXT))
    type_on(learner, answer)
    expect(learner.locator(".coprod-trouble:visible")).to_contain_text("kept in this browser only")
    expect(learner.locator(".coprod-status[data-state=choice]")).to_be_visible()
    assert learn.answers() == {KEY: BEFORE}
    back_after_reload(learner, AFTER)
