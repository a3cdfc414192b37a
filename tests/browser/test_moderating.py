"""The wall, covered and moderated by keyboard; the projector; two instructors."""

import re

import pytest
from accessibility import violations
from hostile import LONG
from labs import SIZE
from playwright.sync_api import Browser, Locator, Page, expect
from rooms import (
    JOIN,
    PROJECTOR,
    Class,
    ThinClass,
    cards,
    counted,
    current,
    note,
    press,
    told,
    uncover,
    words_there,
)

from coprod_widgets.store.sessions import ClassSession

STORIES = ["She knelt on the floor beside the bed.", "He wrote the doses on the fridge.", "The clerk moved two chairs."]
NAMED = "Dr Grace Moorehouse rang my father on 419-555-0127."


def test_a_class_is_moderated_by_keyboard_alone(browser: Browser, room: ThinClass):
    room.write(*STORIES)
    page = room.open(browser)
    moderate_by_keyboard(page, room)
    page.context.close()


def test_an_answer_in_another_language_is_said_to_be_unchecked(browser: Browser, room: ThinClass):
    room.write("La enfermera habló con mi madre por la mañana.")
    page = room.open(browser)
    page.get_by_role("button", name="Uncover on this screen").click()
    expect(cards(page).get_by_text("Not checked for names: not English")).to_be_visible()
    page.context.close()


def moderate_by_keyboard(page: Page, room: Class) -> None:
    """Every action on the wall, by keys; the class has written the three stories."""
    counted(page, 3, 0)
    page.get_by_role("button", name="Uncover on this screen").focus()
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(3)
    expect(current(page)).to_be_focused()
    words_there(page)
    first = current(page).locator(".coprod-text").inner_text()
    page.keyboard.press("s")
    expect(note(page)).to_have_text("Shown: an answer to a 1.")
    assert room.shown() == [first]
    page.keyboard.press("j")
    expect(cards(page)).to_have_count(2)  # what is shown waits no more
    page.keyboard.press("f")
    expect(note(page)).to_have_text("Flagged: an answer to a 1.")
    page.keyboard.press("t")
    page.keyboard.type("Asks & listens, j k s")
    page.keyboard.press("Enter")
    expect(current(page).locator("[data-kind=theme]")).to_have_text("Asks & listens, j k s")
    page.keyboard.press("e")
    area = page.get_by_role("textbox", name="What the class sees instead")
    expect(area).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Somebody helped.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(note(page)).to_have_text("Edited: an answer to a 1.")
    page.keyboard.press("s")
    expect(page.get_by_text("This answer is flagged.")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # show anyway
    expect(note(page)).to_have_text("Shown: an answer to a 1.")
    assert room.shown() == sorted([first, "Somebody helped."])
    page.keyboard.press("u")
    expect(note(page)).to_have_text("Undone: an answer to a 1 is as it was before.")
    expect(page.get_by_role("button", name="Undo editing out")).to_be_visible()
    assert room.shown() == [first]
    page.keyboard.press("Enter")
    expect(current(page).locator("blockquote")).to_be_visible()  # the original
    page.keyboard.press("o")
    expect(note(page)).to_contain_text("The original is back")
    page.keyboard.press("/")
    page.keyboard.type("chairs")
    expect(cards(page)).to_have_count(1 if first != STORIES[2] else 0)
    page.keyboard.press("Escape")
    counted(page, 2, 1)


def test_what_may_name_somebody_is_asked_about_once_and_its_words_replaced(browser: Browser, room: ThinClass):
    room.write(NAMED)
    page = room.open(browser)
    uncover(page)
    expect(page.locator("mark")).to_have_count(2)
    expect(page.locator(".coprod-why li")).to_have_count(2)
    current(page).focus()
    page.keyboard.press("s")
    expect(page.get_by_text("It may name somebody.")).to_be_visible()
    assert room.shown() == []
    page.keyboard.press("Enter")  # edit out
    press(page, "Replace the underlined words")
    press(page, "Keep this text")
    expect(page.get_by_text("[edited]")).to_be_visible()
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    assert room.shown() == ["[The doctor] rang my father on [a phone number]."]
    press(page, "Bring the original back")
    expect(note(page)).to_contain_text("The original is back, and hidden")
    assert room.shown() == []
    press(page, "Show this answer")
    press(page, "Show anyway")
    expect(note(page)).to_contain_text("Shown")
    assert room.shown() == [NAMED]
    page.context.close()


LAST = "and sometimes I do not want to be here any more"
UNREAD = f"It was a good day on the ward. {'She brought the tea, and we talked. ' * 30}{LAST}"


@pytest.mark.parametrize("way", ["key", "button", "thumb", "held key", "held button", "double click"])
def test_an_answer_is_shown_only_when_it_stands_on_the_page_to_its_end(browser: Browser, room: ThinClass, way: str):
    room.write(UNREAD)
    page = room.open(browser, viewport={"width": 390, "height": 844} if way == "thumb" else SIZE)
    uncover(page)
    expect(page.get_by_text("229 words in all")).to_be_visible()
    assert not told(page, LAST)
    show(page, way)
    expect(current(page).locator(".coprod-text")).to_contain_text(LAST)
    expect(note(page)).to_have_text("There is more. Read it to the end, then show it.")
    expect(page.locator("[data-do=show]")).to_contain_text("Show all 229 words")
    assert room.shown() == []
    page.keyboard.press("Enter") if way == "key" else press(page, "Fold")
    expect(page.get_by_text("229 words in all")).to_be_visible()
    show(page, way)
    expect(current(page).locator(".coprod-text")).to_contain_text(LAST)
    assert room.shown() == []
    if way not in ("key", "held key", "thumb"):
        page.locator("[data-do=show]").scroll_into_view_if_needed()
    for _ in range(9):  # a key, and the thumb's button, scroll to the end before they show it
        if end_in_sight(page):
            break
        show(page, way)
        assert room.shown() == []
    assert end_in_sight(page)
    show(page, "button" if way == "double click" else way)
    expect(note(page)).to_contain_text("Shown")
    assert room.shown() == [UNREAD]
    page.context.close()


BUTTONS = {"thumb": "thumb-show"}
END = """card => {
  const lowest = document.querySelector(".coprod-work").getBoundingClientRect().bottom;
  const thumb = document.querySelector(".coprod-thumb").offsetHeight;
  return card.querySelector(".coprod-text").getBoundingClientRect().bottom < Math.min(lowest, innerHeight) - thumb + 5;
}"""


def end_in_sight(page: Page) -> bool:
    return bool(current(page).evaluate(END))


def show(page: Page, way: str) -> None:
    """Show the current answer, by one key or click, or by one that comes twice."""
    button = page.locator(f"[data-do={BUTTONS.get(way, 'show')}]")
    if "key" in way:
        current(page).focus()
    elif "held" in way:
        button.focus()
    key = "s" if "key" in way else "Enter"
    if way == "double click":
        return button.dblclick()
    if way in ("button", "thumb"):
        return button.click()
    for _ in range(3 if "held" in way else 1):  # pressed again without being let go: the browser repeats it
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_a_flagged_answer_asks_before_it_is_shown_also_to_a_colleague(browser: Browser, room: ThinClass):
    room.write(STORIES[0])
    page = room.open(browser)
    uncover(page)
    colleague = room.wall()
    (card,) = colleague.changes("")["cards"]
    colleague.act(card["id"], "flag", version=card["version"])
    current(page).focus()
    page.keyboard.press("s")
    expect(page.get_by_text("This answer is flagged.")).to_be_visible()
    expect(page.get_by_role("button", name="Leave it hidden")).to_be_focused()
    assert room.shown() == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("This answer is flagged.")).to_have_count(0)
    page.keyboard.press("s")
    press(page, "Show anyway")
    expect(note(page)).to_contain_text("Shown")
    page.keyboard.press("h")
    expect(note(page)).to_contain_text("Hidden")
    page.keyboard.press("u")
    expect(page.get_by_text("This answer is flagged.")).to_be_visible()
    assert room.shown() == []
    press(page, "Show anyway")
    expect(note(page)).to_contain_text("Undone")
    assert room.shown() == [STORIES[0]]
    page.context.close()


def test_an_edit_survives_as_a_draft_when_the_learner_changes_the_text(browser: Browser, room: ThinClass):
    learner = room.write("Karin sat down.")
    page = room.open(browser)
    uncover(page)
    press(page, "Edit out")
    page.get_by_role("textbox", name="What the class sees instead").fill("She sat down.")
    press(page, "Keep this text")
    expect(page.get_by_text("[edited]")).to_be_visible()
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    room.rewrite(learner, "Karin sat down. He is 81 now.")
    expect(page.get_by_text("Changed since it was shown")).to_be_visible()
    assert room.shown() == []
    expect(current(page).locator(".coprod-text")).to_have_text("Karin sat down. He is 81 now.")
    current(page).focus()
    page.keyboard.press("e")
    area = page.get_by_role("textbox", name="What the class sees instead")
    expect(area).to_have_value("She sat down.")
    expect(page.get_by_text("The learner has changed this answer since you edited it.")).to_be_visible()
    expect(page.locator(".coprod-forms blockquote")).to_have_text("Karin sat down. He is 81 now.")
    assert violations(page, "draft", within=".coprod-wall") == []
    press(page, "Start from what it says now")
    expect(area).to_have_value("Karin sat down. He is 81 now.")
    page.context.close()


def test_an_answer_that_is_being_edited_is_not_shown_as_it_was(browser: Browser, room: ThinClass):
    room.write(STORIES[0])
    page = room.open(browser, viewport={"width": 390, "height": 844})
    uncover(page)
    press(page, "Edit out")
    page.get_by_role("textbox", name="What the class sees instead").fill("She sat down.")
    page.locator("[data-do=thumb-show]").click()
    expect(note(page)).to_have_text("Keep the text that you are writing, or cancel it, before you show this answer.")
    assert room.shown() == []
    page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_on_what_asks_to_be_read_first(browser: Browser, room: ThinClass, width: int):
    room.write(UNREAD)
    page = room.open(browser, viewport={"width": width, "height": 844})
    uncover(page)
    assert violations(page, "folded", within=".coprod-wall") == []
    current(page).focus()
    page.keyboard.press("s")
    expect(current(page).locator(".coprod-text")).to_contain_text(LAST)
    assert violations(page, "unfolded", within=".coprod-wall") == []
    page.keyboard.press("f")
    expect(note(page)).to_contain_text("Flagged")
    expect(page.locator("[data-do=sure-show]")).to_have_count(0)
    for _ in range(9):
        if page.locator("[data-do=sure-show]").count():
            break
        page.keyboard.press("s")
    expect(page.get_by_text("This answer is flagged.")).to_be_visible()
    assert violations(page, "flagged", within=".coprod-wall") == []
    assert room.shown() == []
    room.session.closed(room.store)
    projector = room.open(browser, PROJECTOR, viewport={"width": width, "height": 844})
    expect(projector.get_by_text("This session is closed.")).to_be_visible()
    assert violations(projector, "closed", within=".coprod-wall") == []
    projector.context.close()
    page.context.close()


def test_a_search_says_where_else_its_words_are(browser: Browser, room: ThinClass):
    room.write(*STORIES)
    page = room.open(browser)
    uncover(page)
    page.get_by_text(STORIES[1]).click()
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    page.get_by_role("searchbox").fill("fridge")
    press(page, "Waiting")
    expect(page.get_by_text("Nothing here has these words, but 1 under Shown.")).to_be_visible()
    expect(page.locator("[data-do=waiting]")).to_have_text("Waiting 0")
    page.get_by_role("searchbox").fill("bassoon")
    expect(page.get_by_text("No answer has these words.")).to_be_visible()
    page.context.close()


def test_a_projector_names_its_class_and_ends_with_it(browser: Browser, room: ThinClass):
    room.write(STORIES[0])
    colleague = room.wall()
    (card,) = colleague.changes("")["cards"]
    colleague.act(card["id"], "show", card["number"], version=card["version"])
    projector = room.open(browser, PROJECTOR)
    expect(projector.get_by_text(STORIES[0])).to_be_visible()
    expect(projector.locator(".coprod-bar")).to_contain_text(f"Tuesday · {room.session.code}")
    room.session.closed(room.store)
    expect(projector.get_by_text("This session is closed.")).to_be_visible(timeout=2500)
    assert STORIES[0] not in projector.content()
    assert violations(projector, "closed", within=".coprod-wall") == []
    projector.context.close()


def test_a_question_about_one_answer_does_not_hold_up_the_next(browser: Browser, room: ThinClass):
    room.write(NAMED, NAMED, NAMED)
    page = room.open(browser)
    uncover(page)
    for at in (0, 1):
        expect(cards(page).nth(at)).to_have_attribute("aria-current", "true")
        page.keyboard.press("s")
        expect(page.get_by_role("button", name="Edit out").first).to_be_focused()
        page.keyboard.press("j")
        expect(page.get_by_text("It may name somebody.")).to_have_count(0)
    expect(cards(page).nth(2)).to_be_focused()
    page.context.close()


def test_nothing_hidden_comes_to_a_covered_screen(browser: Browser, room: ThinClass):
    room.write("The quilting nurse.", "A cello at night.")
    page = room.open(browser)
    counted(page, 2, 0)
    room.write("An oboe in the hall.")
    counted(page, 3, 0)
    for words in ("quilting", "cello", "oboe"):
        assert not told(page, words)
    uncover(page)
    expect(cards(page)).to_have_count(3)
    expect(page.get_by_text("The quilting nurse.")).to_be_visible()
    page.get_by_text("The quilting nurse.").click()
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".coprod-forms textarea")).to_be_focused()
    page.keyboard.press("Escape")
    counted(page, 2, 1)
    page.frames_heard.clear()
    room.write("A bassoon by the lift.")
    counted(page, 3, 1)
    expect(page.get_by_text("The quilting nurse.")).to_be_visible()
    for words in ("cello", "oboe", "bassoon"):
        assert not told(page, words)
    assert page.locator(".coprod-wall textarea").count() == 0
    page.context.close()


@pytest.mark.parametrize("way", ["button", "document", "full screen"])
def test_the_cover_falls_by_itself_too(browser: Browser, room: ThinClass, way: str):
    room.write("A cello at night.")
    page = room.open(browser)
    uncover(page)
    expect(page.get_by_text("A cello at night.")).to_be_visible()
    if way == "button":
        press(page, "Cover")
    elif way == "document":
        page.evaluate("""() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
    else:
        page.evaluate("() => document.querySelector('.coprod-wall').requestFullscreen()")
    expect(page.locator(".coprod-guard[data-covered]")).to_be_visible()
    assert "cello" not in page.content()
    page.context.close()


def test_a_shown_answer_fills_the_screen_and_a_hidden_one_never(browser: Browser, room: ThinClass):
    room.write("A cello at night.", "An oboe in the hall.")
    page = room.open(browser)
    uncover(page)
    expect(page.locator(".coprod-text").get_by_text("A cello at night.")).to_be_visible()
    page.get_by_text("A cello at night.").click()
    page.keyboard.press("p")
    expect(note(page)).to_have_text("Only an answer that is shown goes full screen.")
    page.keyboard.press("s")
    expect(note(page)).to_contain_text("Shown")
    page.keyboard.press("p")
    expect(page.locator(".coprod-one blockquote")).to_have_text("A cello at night.")
    page.wait_for_function("() => document.fullscreenElement !== null")
    assert "oboe" not in page.content()
    assert violations(page, "full screen", within=".coprod-wall") == []
    press(page, "Back to the wall")
    expect(page.locator(".coprod-guard[data-covered]")).to_be_visible()
    page.context.close()


def test_a_projector_gets_what_is_shown_within_two_seconds_and_nothing_else(browser: Browser, room: ThinClass):
    room.write("The quilting nurse.", "A cello at night.")
    page, projector = room.open(browser), room.open(browser, PROJECTOR)
    expect(projector.get_by_text("Nothing is shown yet.")).to_be_visible()
    uncover(page)
    page.get_by_text("A cello at night.").click()
    page.keyboard.press("s")
    expect(projector.get_by_text("A cello at night.")).to_be_visible(timeout=2500)
    page.keyboard.press("h")
    expect(projector.get_by_text("Nothing is shown yet.")).to_be_visible(timeout=2500)
    assert "cello" not in projector.content()
    projector.locator(".coprod-bar select").select_option("canvas:")
    expect(projector.get_by_text("What the class brought")).to_be_visible()
    assert not told(projector, "quilting")
    page.context.close()
    projector.context.close()


def test_two_instructors_see_the_same_within_two_seconds_and_lose_no_click(browser: Browser, room: ThinClass):
    room.write(*STORIES)
    one, other = room.open(browser), room.open(browser, by="colleague")
    for page in (one, other):
        uncover(page)
        press(page, "All")
        expect(cards(page)).to_have_count(3)
        page.get_by_text(STORIES[0]).click()
    one.keyboard.press("s")
    expect(cards(other).filter(has_text=STORIES[0]).get_by_text("On the screen")).to_be_visible(timeout=2500)
    other.keyboard.press("f")
    expect(cards(one).filter(has_text=STORIES[0]).get_by_text("Flagged")).to_be_visible(timeout=2500)
    press(other, "Sharing")
    expect(one.get_by_role("button", name="Sharing")).to_have_attribute("aria-pressed", "true", timeout=2500)
    for page in (one, other):  # both at once
        page.get_by_text(STORIES[1]).click()
        page.keyboard.press("s")
    expect(cards(other).filter(has_text=STORIES[1]).get_by_text("On the screen")).to_be_visible()
    assert room.shown() == sorted(STORIES[:2])
    one.context.close()
    other.context.close()


def test_the_way_in_counts_who_came_and_who_wrote(browser: Browser, room: ThinClass):
    page = room.open(browser, JOIN.format("http://192.168.1.20:8866/"))
    expect(page.locator(".coprod-counts dd")).to_have_text(["0", "0", "0"])
    room.write(*STORIES)
    expect(page.locator(".coprod-counts dd")).to_have_text(["3", "3", "0"])
    expect(page.locator(".coprod-code")).to_contain_text(room.session.code)
    page.context.close()


def test_nothing_moves_under_a_pointer(browser: Browser, room: ThinClass):
    room.write(NAMED, *STORIES)  # the first says why it is marked only while it is chosen
    page = room.open(browser)
    uncover(page)
    shows = page.get_by_role("button", name=re.compile("^Show this answer"))
    expect(shows).to_have_count(4)
    expect(current(page)).to_contain_text("419-555-0127")
    for place in (1, 1):  # each click on the button that was there, not on another's that came in its place
        shows.nth(place).scroll_into_view_if_needed()
        box = shows.nth(place).bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.up()
        expect(note(page)).to_contain_text("Shown")
        note(page).evaluate("(note) => (note.textContent = '')")
    assert room.shown() == sorted(STORIES[:2])
    expect(cards(page)).to_have_count(4)
    press(page, "Waiting")
    expect(cards(page)).to_have_count(2)
    page.context.close()


def test_newer_answers_leave_the_one_that_is_looked_at_and_say_how_many_they_are(browser: Browser, room: ThinClass):
    page = room.open(browser)
    room.write("The first of many.")
    press(page, "Uncover on this screen")
    page.get_by_label("Order").select_option("Newest first")
    expect(current(page)).to_contain_text("The first of many.")
    room.write(*[f"Many wrote, this is number {number}." for number in range(2, 62)])
    expect(page.get_by_role("button", name="50 newer")).to_be_visible()
    expect(current(page)).to_contain_text("The first of many.")
    press(page, "50 newer")
    expect(cards(page).first).to_contain_text("this is number 61.")
    expect(page.get_by_role("button", name="50 newer")).to_be_hidden()
    page.context.close()


def test_the_clock_that_an_instructor_starts_stands_on_the_projector(browser: Browser, room: ThinClass):
    page, projector = room.open(browser), room.open(browser, PROJECTOR)
    expect(projector.locator(".coprod-clock")).to_be_hidden()
    page.get_by_role("spinbutton", name="Time for this").fill("")
    page.keyboard.press("Enter")
    expect(note(page)).to_have_text("Say for how many minutes, from 1 to 240.")
    page.get_by_role("spinbutton", name="Time for this").fill("12")
    page.keyboard.press("Enter")
    expect(note(page)).to_contain_text("The clock runs until")
    expect(page.get_by_role("button", name="One minute more")).to_be_focused()
    expect(projector.locator(".coprod-clock")).to_contain_text(re.compile(r"11:\d\d left, until (\w+ \w+, )?\d\d:\d\d"))
    page.keyboard.press("Enter")
    expect(projector.locator(".coprod-clock")).to_contain_text("12:")
    press(page, "Stop the clock")
    expect(projector.locator(".coprod-clock")).to_be_hidden()
    press(page, "Start the clock")
    room.session.timed(room.store, 0)  # from a terminal, say
    expect(page.get_by_role("spinbutton", name="Time for this")).to_be_visible()
    page.context.close()
    projector.context.close()


def test_a_session_is_closed_only_after_asking(browser: Browser, room: ThinClass):
    page = room.open(browser)
    press(page, "Closed")
    expect(page.get_by_role("button", name="Not yet")).to_be_focused()
    assert ClassSession.of(room.store, room.session.name).phase == "joining"
    press(page, "Close it")
    expect(note(page)).to_contain_text("Closed")
    assert ClassSession.of(room.store, room.session.name).phase == "closed"
    page.context.close()


def whom(page: Page) -> Locator:
    """For whom the row of phases is."""
    return page.get_by_label("For", exact=True)


def test_one_part_moves_by_keyboard_and_a_colleague_sees_it_within_two_seconds(browser: Browser, room: ThinClass):
    room.session.moved(room.store, "writing")
    page, other = room.open(browser), room.open(browser, by="colleague")
    row = page.get_by_role("group", name="Phase of the session")
    expect(row.get_by_role("button", name="Writing")).to_have_attribute("aria-pressed", "true")
    whom(page).focus()
    page.keyboard.type("b")  # as in any native list
    expect(row.get_by_role("button", name="Joining")).to_have_count(0)
    expect(page.locator(".coprod-phases .coprod-hint")).to_have_text(re.compile("^Part b: Learners write"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(row.get_by_role("button", name="Discussion")).to_be_focused()
    page.keyboard.press("Enter")
    expect(note(page)).to_have_text("Part b is now in the phase “Discussion”.")
    expect(other.get_by_text("Part b: Discussion", exact=True)).to_be_visible(timeout=2500)
    expect(other.get_by_role("button", name="Writing")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Close part b?")).to_be_visible()
    expect(page.get_by_role("button", name="Not yet")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(other.get_by_text("Part b: Closed", exact=True)).to_be_visible(timeout=2500)
    press(other, "Writing")  # the class's own phase: it brings the part back
    expect(page.locator(".coprod-apart")).to_be_hidden(timeout=2500)
    expect(row.get_by_role("button", name="Writing")).to_have_attribute("aria-pressed", "true")
    page.context.close()
    other.context.close()


def test_a_class_that_is_closed_says_why_none_of_its_parts_opens(browser: Browser, room: ThinClass):
    room.session.closed(room.store)
    page = room.open(browser)
    whom(page).select_option(label="c · What helped")
    press(page, "Writing")
    expect(note(page)).to_contain_text("The session is closed, and every part with it. Move the whole class first.")
    page.context.close()


def test_the_link_can_be_copied_where_a_page_has_no_clipboard(browser: Browser, room: ThinClass):
    page = room.open(browser, JOIN.format("http://127.0.0.1:8866/"))
    expect(
        page.get_by_text("Only this computer can open this address.").filter(has_text="make teach ARGS=--class")
    ).to_be_visible()
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    press(page, "Copy the link")
    field = page.get_by_role("textbox", name="Link to join")
    expect(field).to_have_value(f"http://127.0.0.1:8866/?session={room.session.code}")
    assert field.evaluate("field => field.selectionEnd - field.selectionStart === field.value.length")
    page.context.close()


def test_axe_finds_nothing_on_the_wall(browser: Browser, room: ThinClass):
    room.write(NAMED, *STORIES, LONG)
    room.write("She asked, and waited.", question="professional_plan")
    page = room.open(browser)
    counted(page, 6, 0)
    found = violations(page, "covered", within=".coprod-wall")
    uncover(page)
    page.keyboard.press("?")
    page.get_by_text(STORIES[0]).click()
    for key in ("s", "f", "j", "s", "j", "e"):
        page.keyboard.press(key)
        page.wait_for_timeout(0)
    page.get_by_text("long long").first.click()
    page.keyboard.press("Enter")
    page.keyboard.press("t")
    page.get_by_text(NAMED[:10]).first.click()
    page.keyboard.press("s")
    whom(page).select_option(label="b · Relationship and action")
    press(page, "Sharing")
    expect(page.get_by_text("Part b: Sharing", exact=True)).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found += violations(page, f"uncovered {width}", within=".coprod-wall")
        if not page.locator(".coprod-wall").evaluate("wall => wall.scrollWidth <= wall.clientWidth"):
            found.append(f"{width}: wider than its place")
    page.locator(".coprod-choice select").first.select_option("canvas:")
    expect(page.get_by_text("What the class brought")).to_be_visible()
    found += violations(page, "canvas", within=".coprod-wall")
    page.context.close()
    assert found == []


def test_axe_finds_nothing_on_the_way_into_a_closed_session(browser: Browser, room: ThinClass):
    room.session.closed(room.store)
    page = room.open(browser, JOIN.format("http://192.168.1.20:8866/"))
    expect(page.locator(".coprod-join[data-closed]")).to_be_visible()
    assert violations(page, "closed", within=".coprod-join") == []
    page.context.close()


@pytest.mark.parametrize("show", [PROJECTOR, JOIN.format("http://192.168.1.20:8866/")], ids=["projector", "join"])
def test_axe_finds_nothing_on_the_projector_and_the_way_in(browser: Browser, room: ThinClass, show: str):
    """In their place and on a full screen."""
    room.write(*STORIES)
    for card in room.wall().changes("")["cards"][:2]:
        room.wall().act(card["id"], "show", card["number"], version=card["version"])
    within, found = ".coprod-wall, .coprod-join", []
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 800}):
        page = room.open(browser, show, viewport=size)
        expect(page.get_by_text(re.compile("joined|1 of"))).to_be_visible()
        found += violations(page, f"{size['width']} in its place", within=within)
        press(page, "Full screen")
        expect(page.get_by_role("button", name="Leave full screen")).to_be_visible()
        found += violations(page, f"{size['width']} full screen", within=within)
        if show == PROJECTOR:
            press(page, "Several")
            found += violations(page, f"{size['width']} grid", within=within)
        page.context.close()
    assert found == []
