"""What a learner is told of words that may point to somebody: softly, once, and nothing of it is kept."""

import pytest
from accessibility import violations
from network import Proxy
from playwright.sync_api import Browser, Locator, Page, expect
from servers import Learn

from conftest import begin, box, go, new_learner, saved

KEY = "what_happened"
STORY = "On the second night 😀 Dr Khan came. Mary, in the next bed, trusted Dr Khan. She was 93."
LISTEN = """() => {
  window.heard = [];
  for (const place of document.querySelectorAll("[role=status], [role=alert]"))
    new MutationObserver(() => window.heard.push(place.textContent))
      .observe(place, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def page(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    page.evaluate(LISTEN)
    yield page
    page.context.close()


def leave(page: Page, text: str, key: str = KEY) -> Locator:
    """Type a text, leave its box, and give back the list that may come under it."""
    box(page, key).fill(text)
    page.keyboard.press("Tab")
    return hints(page)


def hints(page: Page, prompt: str = "What happened?") -> Locator:
    return page.get_by_role("group", name=f"To look at in “{prompt}”")


def button(page: Page, name: str) -> Locator:
    return hints(page).get_by_role("button", name=name)


def stored(page: Page, learn: Learn) -> str:
    saved(page)
    return learn.answers()[KEY]


def told(page: Page) -> list[str]:
    return [words for words in page.evaluate("window.heard") if "to look at" in words]


def test_leaving_a_box_shows_what_may_point_to_somebody_and_why(page: Page):
    expect(hints(page)).to_have_count(0)
    shown = leave(page, STORY)
    expect(shown).to_contain_text("Dr Khan – looks like a name, because it follows 'Dr'")
    expect(shown).to_contain_text("Mary – may be somebody's name: it is in a list of names")
    expect(shown).to_contain_text("93 – is an age that few people reach")


def test_a_box_without_names_gets_no_list(page: Page):
    leave(page, "The night nurse sat down with my mother, and waited.")
    leave(page, "Dr Khan asked.", "patient_contribution")
    expect(page.get_by_role("button", name="Use “the doctor”")).to_be_visible()  # the later answer came
    expect(hints(page)).to_have_count(0)


def test_a_text_in_another_language_is_said_to_be_unchecked(page: Page):
    shown = leave(page, "Por favor, llamen mañana a mi madre.")
    expect(shown.get_by_text("Not checked for names")).to_be_visible()
    expect(shown.get_by_role("button")).to_have_count(0)
    box(page, KEY).fill("Please ring my mother tomorrow.")
    page.keyboard.press("Tab")
    expect(hints(page)).to_have_count(0)


def test_a_replacement_changes_those_words_wherever_they_stand_and_is_stored(page: Page, learn: Learn):
    leave(page, STORY)
    button(page, "Use “the doctor”").click()
    changed = STORY.replace("Dr Khan", "the doctor")
    expect(box(page, KEY)).to_have_value(changed)
    expect(box(page, KEY)).to_be_focused()
    expect(button(page, "Use “the doctor”")).to_have_count(0)
    expect(button(page, "Use “a person”")).to_be_visible()
    button(page, "Use “a person”").click()
    changed = changed.replace("Mary", "A person")  # it opens the sentence
    expect(box(page, KEY)).to_have_value(changed)
    page.keyboard.press("Tab")
    assert stored(page, learn) == changed


def test_words_in_the_list_lead_to_where_they_stand_in_the_box(page: Page):
    leave(page, STORY)
    selected = "() => getSelection().toString()"
    for start in (STORY.encode("utf-16-le").index("Dr Khan".encode("utf-16-le")) // 2, STORY.rindex("Dr Khan") + 1):
        button(page, "Dr Khan: show it in the box").click()
        expect(box(page, KEY)).to_be_focused()
        assert page.evaluate(selected) == "Dr Khan"
        assert box(page, KEY).evaluate("area => area.selectionStart") == start


def test_a_click_right_after_typing_finds_words_that_have_moved(page: Page):
    leave(page, "Dr Khan asked me.")
    expect(button(page, "Use “the doctor”")).to_be_visible()
    box(page, KEY).press("Home")
    page.keyboard.type("Later 😀 ")
    button(page, "Use “the doctor”").click()
    expect(box(page, KEY)).to_have_value("Later 😀 the doctor asked me.")


@pytest.mark.parametrize("way", ["button", "keys"])
def test_a_replacement_can_be_undone(page: Page, learn: Learn, way: str):
    leave(page, STORY)
    button(page, "Use “the doctor”").click()
    expect(hints(page)).to_contain_text("Now “the doctor”, not “Dr Khan”.")
    if way == "button":
        button(page, "Undo").click()
    else:
        page.keyboard.press("Control+z")
    expect(box(page, KEY)).to_have_value(STORY)
    expect(box(page, KEY)).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(page, "Use “the doctor”")).to_be_visible()
    assert stored(page, learn) == STORY


def test_what_is_fine_is_hidden_and_stays_hidden_in_that_box(page: Page):
    leave(page, "Mary asked. Dr Khan sat down.")
    button(page, "This is fine: Mary").click()
    expect(hints(page)).not_to_contain_text("Mary")
    button(page, "This is fine: Dr Khan").click()
    expect(hints(page)).to_have_count(0)
    expect(box(page, KEY)).to_be_focused()
    leave(page, " Mary waited. Nurse Anna called.")
    expect(hints(page)).to_contain_text("Nurse Anna")
    expect(hints(page)).not_to_contain_text("Mary")
    leave(page, "Mary wrote it all down.", "patient_contribution")
    expect(page.get_by_role("button", name="This is fine: Mary")).to_be_visible()


def test_what_is_only_possible_waits_behind_a_line(page: Page):
    shown = leave(page, "I cycled home on my Brompton.")
    expect(shown.get_by_role("button")).to_have_count(0)
    shown.get_by_text("to look at, if you like").click()
    expect(shown.get_by_role("button").first).to_be_visible()
    assert told(page) == []


def test_each_word_is_announced_once_and_politely(page: Page):
    leave(page, "Dr Khan asked.")
    expect(button(page, "Use “the doctor”")).to_be_visible()
    leave(page, " Dr Khan waited.")
    leave(page, " Then Nurse Anna came, and Mary.")
    expect(hints(page)).to_contain_text("Mary")
    assert told(page) == ["1 word to look at in “What happened?”", "2 words to look at in “What happened?”"]
    expect(page.get_by_role("alert")).to_be_empty()


def test_the_keyboard_alone_reaches_replaces_and_accepts(page: Page):
    leave(page, "Mary asked. Dr Khan sat down.")
    expect(button(page, "Use “a person”")).to_be_visible()
    box(page, KEY).focus()
    for key in ("Tab", "Tab", "Tab", "Enter"):  # the words themselves, Use, This is fine
        page.keyboard.press(key)
    expect(button(page, "This is fine: Dr Khan")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(box(page, KEY)).to_have_value("Mary asked. The doctor sat down.")
    expect(box(page, KEY)).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(page, "Undo")).to_be_focused()


def test_a_click_that_leaves_a_box_lands_where_it_was_aimed(page: Page):
    with page.expect_websocket() as opened:
        page.reload()
    box(page, KEY).press_sequentially(STORY)
    goal = page.get_by_role("button", name="Continue")
    goal.scroll_into_view_if_needed()
    aim = goal.bounding_box()
    page.mouse.move(aim["x"] + 20, aim["y"] + 20)
    with opened.value.expect_event("framereceived", lambda frame: b"it follows" in as_bytes(frame)):
        page.mouse.down()
    assert goal.bounding_box() == aim  # the kernel has answered, and the button is held down
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Part 2 of 4")
    go(page, "Review")
    expect(page.get_by_text("3 words to look at", exact=True)).to_be_visible()


def as_bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def test_nothing_about_it_is_kept(page: Page, learn: Learn):
    leave(page, STORY)
    button(page, "This is fine: Mary").click()
    button(page, "Use “the doctor”").click()
    page.keyboard.press("Tab")
    kept = stored(page, learn)
    browser = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    files = b"".join(path.read_bytes() for path in learn.store.parent.iterdir() if path.is_file())
    for word in ("list of names", "looks like", "likely", "identifiers"):
        assert word not in browser and word.encode() not in files
    assert "Mary" not in browser and "Mary" not in learn.log.read_text()
    assert kept == STORY.replace("Dr Khan", "the doctor")
    page.reload()
    expect(box(page, KEY)).to_have_value(kept, timeout=30_000)
    box(page, KEY).focus()
    page.keyboard.press("Tab")
    expect(button(page, "This is fine: Mary")).to_be_visible()  # it was remembered in that page only


def test_the_next_person_on_this_computer_sees_nothing_of_it(page: Page):
    leave(page, STORY)
    button(page, "This is fine: Mary").click()
    button(page, "Use “the doctor”").click()
    go(page, "Resume code and take-home")
    go(page, "Leave this browser")
    expect(page.get_by_text("0 of 11 answered")).to_be_visible()
    begin(page)
    expect(hints(page)).to_have_count(0)
    leave(page, "Mary asked.")
    expect(button(page, "This is fine: Mary")).to_be_visible()


def test_without_a_line_to_the_kernel_nothing_is_shown_and_the_text_is_kept(browser: Browser, network: Proxy):
    page = new_learner(browser, network.url)
    begin(page)
    network.cut()
    expect(page.get_by_text("The connection is lost").locator("visible=true").first).to_be_visible()
    leave(page, STORY)
    expect(page.locator(".coprod-status[data-state=broken]")).to_contain_text("Not saved")
    expect(hints(page)).to_have_count(0)
    expect(box(page, KEY)).to_have_value(STORY)
    page.context.close()


def test_it_never_stands_in_the_way_of_handing_in(page: Page):
    leave(page, STORY)
    expect(button(page, "Use “the doctor”")).to_be_visible()
    go(page, "Review")
    go(page, "Hand in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 320, "height": 568}], ids=str)
def test_axe_finds_nothing_in_the_list_and_it_fits(browser: Browser, learn: Learn, viewport: dict[str, int]):
    page = new_learner(browser, learn.url, viewport=viewport)
    begin(page)
    leave(page, STORY + " It was on 14 March 2023, at Lund University Hospital.")
    button(page, "Use “the doctor”").click()
    hints(page).get_by_text("more to look at").click()
    assert violations(page, "a list of words to look at") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()
