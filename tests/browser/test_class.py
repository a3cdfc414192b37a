"""A learner in a class: the link with its code, the phases as they reach an open page, classmates' answers, the end."""

import re
from uuid import uuid4

import pytest
from hostile import INVISIBLE, SIGNS
from playwright.sync_api import Browser, Page, expect
from servers import STUDY, Learn

from conftest import begin, box, go, new_learner, saved
from coprod_widgets.errors import JoinRefused
from coprod_widgets.store.responses import ResponseStore
from coprod_widgets.store.sessions import FREE_FAILURES, ClassSession, Sessions
from coprod_widgets.store.wall import Wall

TITLE = "Nursing 2, <i>Tuesday</i>"
ANA, BEN = "The interpreter asked my mother what she wanted to know.", "<b>He</b> drew it.\n\nThen he waited."


@pytest.fixture
def store(learn: Learn):
    with ResponseStore(str(learn.store)) as store:
        yield store


@pytest.fixture
def lesson(store: ResponseStore) -> ClassSession:
    return ClassSession.open(STUDY, store, title=TITLE).moved(store, "writing")


@pytest.fixture
def ana(browser: Browser, learn: Learn, lesson: ClassSession):
    page = new_learner(browser, f"{learn.url}?session={lesson.code}", viewport={"width": 390, "height": 844})
    yield page
    page.context.close()


def write(page: Page, text: str) -> None:
    begin(page)
    box(page, "what_happened").fill(text)
    saved(page)


def ben_shares(store: ResponseStore, lesson: ClassSession, text: str = BEN) -> Wall:
    """Another learner's answer, agreed to and shown."""
    course = {"session": lesson.name, "study": STUDY}
    ben = store.enrol(uuid4().hex)
    store.save(ben, "what_happened", text, base=0, **course)
    store.agree(ben, "class", True, version=2, language="en", **course)
    wall = Wall(store, lesson.name, STUDY)
    (card,) = wall.changes("")["cards"]
    wall.act(card["id"], "show", card["number"], version=card["version"])
    return wall


def open_part(page: Page, name: str) -> None:
    """Another page, by the list of contents that a phone folds away."""
    go(page, "Contents")
    page.get_by_role("navigation").get_by_role("button", name=name).click()


def stored(learn: Learn) -> dict[str, str]:
    """The newest text of each of Ana's questions, who is alone in her class."""
    return {row["question"]: row["text"] for row in learn.rows()}


def sessions(learn: Learn) -> dict[str, str]:
    return {row["text"]: row["session"] for row in learn.rows()}


def test_every_page_of_a_learner_and_the_receipt_say_whom_to_turn_to(browser: Browser, learn: Learn, store, lesson):
    told = "Student health, house <b>: 036-10 10 10"
    Sessions(store).tell_support(lesson.name, told)
    page = new_learner(browser, f"{learn.url}?session={lesson.code}")
    support = page.locator(".coprod-support")
    expect(support).to_contain_text(told)
    write(page, ANA)
    expect(support).to_contain_text(told)
    for step in ("Resume code and take-home", "What happens to your text", "About and credits", "Review"):
        go(page, step)
        expect(support).to_contain_text(told)
    go(page, "Hand in")
    expect(page.locator(".coprod-receipt")).to_be_visible()
    expect(support).to_contain_text(told)
    page.context.close()
    alone = new_learner(browser, learn.url)
    expect(alone.locator(".coprod-support")).to_contain_text("Talk to somebody you trust")
    alone.context.close()


def test_a_learner_with_the_link_sees_the_class_and_writes_into_it(ana: Page, learn: Learn, store, lesson):
    expect(ana.locator(".coprod-course")).to_contain_text(TITLE)
    expect(ana.get_by_text("I have a code from my class")).to_have_count(0)
    write(ana, ANA)
    assert sessions(learn) == {ANA: lesson.name}
    ana.reload()
    expect(ana.locator(".coprod-course")).to_contain_text(TITLE, timeout=30_000)
    expect(box(ana, "what_happened")).to_have_value(ANA)


def test_classmates_answers_come_when_the_class_shares_and_as_text(ana: Page, learn: Learn, store, lesson):
    wall = ben_shares(store, lesson)
    asked = []
    ana.on("websocket", lambda socket: socket.on("framereceived", lambda frame: asked.append(str(frame))))
    ana.reload()
    expect(ana.get_by_role("button", name="From your class")).to_have_count(0)
    lesson.moved(store, "sharing")
    expect(ana.locator(".coprod-course")).to_contain_text("Your class is reading together")
    ana.locator(".coprod-course").get_by_role("button", name="From your class").click()
    expect(ana.get_by_text("Answer a question yourself first")).to_be_visible()
    assert not any("Then he waited" in frame for frame in asked)
    go(ana, "Back to my answers")
    write(ana, ANA)
    ana.locator(".coprod-course").get_by_role("button", name="From your class").click()
    expect(ana.locator(".coprod-class .coprod-text")).to_have_text(BEN)
    assert ana.locator(".coprod-class b").count() == 0
    (card,) = wall.changes("")["cards"]
    wall.act(card["id"], "edit", "He drew it.", version=card["version"])
    go(ana, "Look for new ones")
    expect(ana.locator(".coprod-class")).to_contain_text("He drew it.edited by your teacher")
    (card,) = wall.changes("")["cards"]
    wall.act(card["id"], "hide", version=card["version"])
    expect(ana.locator(".coprod-class .coprod-text")).to_have_count(0)  # without a click: it leaves every phone


def test_a_classmates_text_turns_no_line_on_a_phone_and_stays_within_its_bounds(ana: Page, learn: Learn, store, lesson):
    ben_shares(store, lesson, "\n".join(SIGNS))
    lesson.moved(store, "sharing")
    write(ana, ANA)
    ana.locator(".coprod-course").get_by_role("button", name="From your class").click()
    text = ana.locator(".coprod-class .coprod-text")
    expect(text).to_contain_text("reversed until the end")
    assert not INVISIBLE.search(text.text_content())
    assert text.evaluate("(one) => getComputedStyle(one).overflow") == "hidden"


def test_the_end_of_a_class_leaves_ones_text_to_read_and_what_is_unsaved_in_the_browser(
    ana: Page, learn: Learn, store, lesson
):
    write(ana, ANA)
    lesson.closed(store)
    expect(ana.locator(".coprod-course")).to_contain_text("This session is closed")
    expect(box(ana, "what_happened")).not_to_be_editable()
    expect(box(ana, "what_happened")).to_have_value(ANA)
    lesson.moved(store, "writing")
    expect(box(ana, "what_happened")).to_be_editable()
    box(ana, "what_happened").fill(f"{ANA} And waited.")
    lesson.closed(store)  # before the pause after which a text is saved
    expect(ana.locator(".coprod-status")).to_contain_text("the session is closed. Kept in this browser")
    ana.reload()
    expect(box(ana, "what_happened")).to_have_value(f"{ANA} And waited.", timeout=30_000)
    assert sessions(learn) == {ANA: lesson.name}
    lesson.moved(store, "discussion")
    saved(ana)
    assert sessions(learn) == {f"{ANA} And waited.": lesson.name}


def test_one_part_is_closed_while_the_class_writes_on(ana: Page, learn: Learn, store, lesson):
    write(ana, ANA)
    open_part(ana, "b. Relationship and action")
    box(ana, "professional_plan").fill(BEN)
    saved(ana)
    box(ana, "professional_plan").fill(f"{BEN} And asked.")
    lesson.moved(store, "closed", section=STUDY.section("b"))  # before the pause after which a text is saved
    expect(ana.locator(".coprod-course")).to_contain_text("This part is closed. You can read what you wrote here")
    expect(box(ana, "professional_plan")).not_to_be_editable()
    expect(ana.locator(".coprod-status")).to_have_text("Not saved: part b is closed. Kept in this browser")
    open_part(ana, "c. What helped")
    expect(ana.locator(".coprod-course")).to_contain_text("Your class's session.")
    box(ana, "resources_and_supports").fill("Two chairs.")
    open_part(ana, "Review")
    expect(ana.get_by_text("What you wrote last in part b was not stored")).to_be_visible()
    go(ana, "Hand in")
    expect(ana.get_by_role("heading", level=1)).to_have_text("Handed in")
    expect(ana.get_by_text("What you wrote last in part b was not stored")).to_be_visible()
    assert stored(learn) == {
        "what_happened": ANA,
        "professional_plan": BEN,
        "resources_and_supports": "Two chairs.",
    }
    ana.reload()
    expect(ana.get_by_role("heading", level=1)).to_have_text("Handed in", timeout=30_000)
    open_part(ana, "b. Relationship and action")
    expect(box(ana, "professional_plan")).to_have_value(f"{BEN} And asked.")
    lesson.moved(store, "writing", section=STUDY.section("b"))
    saved(ana)
    expect(box(ana, "professional_plan")).to_be_editable()
    assert stored(learn)["professional_plan"] == f"{BEN} And asked."


def test_a_closed_part_shows_earlier_versions_and_puts_none_back(ana: Page, learn: Learn, store, lesson):
    write(ana, ANA)
    box(ana, "what_happened").fill(BEN)
    saved(ana)
    go(ana, "Earlier versions")
    expect(ana.get_by_role("button", name="Put this text back")).to_have_count(1)
    lesson.moved(store, "closed", section=STUDY.section("a"))
    expect(box(ana, "what_happened")).not_to_be_editable()
    go(ana, "Earlier versions")
    expect(ana.locator(".coprod-earlier .coprod-text")).to_have_text(ANA)
    expect(ana.get_by_role("button", name="Put this text back")).to_have_count(0)


def test_until_when_there_is_time_stands_on_the_page(ana: Page, learn: Learn, store, lesson):
    lesson.timed(store, 15)
    until = re.compile(r"You have until (\w+ \w+, )?\d\d:\d\d; nothing is cut off")  # or tomorrow
    expect(ana.locator(".coprod-course")).to_contain_text(until)
    lesson.moved(store, "sharing")
    expect(ana.locator(".coprod-course")).not_to_contain_text("You have until")


def test_one_part_is_read_together_while_the_others_write(ana: Page, learn: Learn, store, lesson):
    ben_shares(store, lesson)
    write(ana, ANA)
    expect(ana.get_by_role("button", name="From your class")).to_have_count(0)
    lesson.moved(store, "sharing", section=STUDY.section("a"))
    expect(ana.locator(".coprod-course")).to_contain_text("Your class is reading this part together")
    open_part(ana, "b. Relationship and action")
    expect(ana.locator(".coprod-course")).to_contain_text("Your class's session.")
    expect(ana.locator(".coprod-course").get_by_role("button", name="From your class")).to_have_count(0)
    open_part(ana, "From your class")
    expect(ana.locator(".coprod-class .coprod-text")).to_have_text(BEN)
    lesson.moved(store, "writing")
    go(ana, "Look for new ones")
    expect(ana.locator(".coprod-class .coprod-text")).to_have_count(0)


def test_a_closed_class_offers_a_newcomer_to_write_alone(browser: Browser, learn: Learn, store, lesson):
    lesson.closed(store)
    page = new_learner(browser, f"{learn.url}?session={lesson.code}")
    page.get_by_role("link", name="Write on your own instead").click()
    expect(page.get_by_text("I have a code from my class")).to_be_visible(timeout=30_000)
    write(page, ANA)
    assert sessions(learn) == {ANA: "self-paced"}
    page.context.close()


def test_a_wrong_code_is_said_kindly_and_the_right_one_comes_in(browser: Browser, learn: Learn, store, lesson):
    page = new_learner(browser, f"{learn.url}?session=QQQ-QQQ")
    expect(page.get_by_text("The code in your link opens no class here")).to_be_visible()
    code = page.get_by_role("textbox", name="Your class's code")
    for typed in ("AAA-AAA", "<b>"):
        code.fill(typed)
        go(page, "Come in")
        expect(page.locator(".coprod-error:visible")).to_contain_text("That code opens no class here")
    code.fill(lesson.code.lower().replace("-", " "))
    go(page, "Come in")
    expect(page.locator(".coprod-course")).to_contain_text(TITLE, timeout=30_000)
    write(page, ANA)
    assert sessions(learn) == {ANA: lesson.name}
    page.context.close()


def test_a_text_begun_alone_stays_there_when_its_learner_joins_a_class(browser: Browser, learn: Learn, store, lesson):
    page = new_learner(browser, learn.url)
    write(page, BEN)
    page.goto(f"{learn.url}?session={lesson.code}")
    expect(page.locator(".coprod-course")).to_contain_text(TITLE, timeout=30_000)
    write(page, ANA)
    assert sessions(learn) == {BEN: "self-paced", ANA: lesson.name}
    page.goto(learn.url)
    expect(box(page, "what_happened")).to_have_value(BEN, timeout=30_000)
    page.context.close()


def test_a_new_kernel_is_in_the_same_class(ana: Page, learn: Learn, store, lesson):
    write(ana, ANA)
    learn.kill_kernels()
    box(ana, "what_happened").fill(f"{ANA} She waited.")
    expect(ana.locator(".coprod-status[data-state=saved]")).to_be_visible(timeout=30_000)
    expect(ana.locator(".coprod-status[data-state=saved]")).to_contain_text(re.compile("Saved "))
    assert sessions(learn) == {f"{ANA} She waited.": lesson.name}


def test_a_mistyped_code_is_put_right_while_somebody_guesses(browser: Browser, own_server: Learn):
    with ResponseStore(str(own_server.store)) as store:
        lesson = ClassSession.open(STUDY, store, title=TITLE)
        page = new_learner(browser, f"{own_server.url}?session=QQQ-QQQ")
        for _ in range(FREE_FAILURES + 5):
            with pytest.raises(JoinRefused):
                Sessions(store).join("QQQ-QQQ", first=True)
    page.get_by_role("textbox", name="Your class's code").fill(lesson.code)
    go(page, "Come in")
    expect(page.locator(".coprod-course")).to_contain_text(TITLE, timeout=30_000)
    page.context.close()


def test_no_log_has_a_join_code(ana: Page, learn: Learn, lesson):
    ana.goto(f"{learn.url}nothing?session={lesson.code}")
    expect(ana.get_by_role("heading", level=1)).to_contain_text("could not be opened")
    assert lesson.code not in learn.log.read_text()


def test_the_page_of_a_class_stays_within_a_phone(ana: Page, learn: Learn, store, lesson):
    ben_shares(store, lesson, "x" * 400)
    write(ana, ANA)
    lesson.moved(store, "sharing")
    ana.locator(".coprod-course").get_by_role("button", name="From your class").click()
    expect(ana.locator(".coprod-class .coprod-text")).to_be_visible()
    assert ana.evaluate("document.documentElement.scrollWidth <= innerWidth")
