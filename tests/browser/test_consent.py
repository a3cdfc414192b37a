"""What a learner agrees to, from the click to the bytes of the file; and the last question before handing in."""

import re
from pathlib import Path

import pytest
from commands import coprod
from network import Proxy
from playwright.sync_api import Browser, Locator, Page, expect
from servers import Learn

from conftest import begin, box, go, new_learner, saved

STORY = "The interpreter asked my mother what she wanted to know, and waited."
CLASS, RESEARCH = "Show it to my class, without my name", "Export it for evaluation or research"


@pytest.fixture
def review(learner: Page) -> Page:
    """A review with one answer, and nothing agreed to."""
    written(learner)
    go(learner, "Review")
    return learner


def written(page: Page) -> None:
    begin(page)
    box(page, "what_happened").fill(STORY)
    saved(page)


def use(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name)


def choice(page: Page, words: str | re.Pattern[str]) -> Locator:
    return page.locator(".coprod-choice", has_text=words)


def choose(page: Page, name: str, agreed: bool = True) -> None:
    """Click, and wait until the page says that it is saved."""
    use(page, name).click()
    told = "Saved .* You agreed" if agreed else "Saved .* You don't agree any more"
    expect(page.locator(".coprod-use", has=use(page, name)).locator(".coprod-choice")).to_have_text(re.compile(told))


def exported(learn: Learn, tmp_path: Path, name: str) -> bytes:
    """The bytes that an instructor exports now, without the lines of learners of other tests."""
    done = coprod("export", "-o", tmp_path / name, "--store", learn.store)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / name).read_bytes().splitlines()
    return b"\n".join(line for line in lines if not any(one.encode() in line for one in learn.earlier))


def agreed(learn: Learn) -> set[tuple[bool, bool]]:
    return {(row["class_use"], row["research_use"]) for row in learn.rows()}


def last_question(page: Page) -> Locator:
    return page.get_by_role("heading", name="Would a colleague know who this is?")


def test_only_what_was_agreed_to_is_in_the_file(review: Page, learn: Learn, tmp_path: Path):
    for name in (CLASS, RESEARCH):
        expect(use(review, name)).not_to_be_checked()
    assert STORY.encode() not in exported(learn, tmp_path, "before.csv")
    choose(review, CLASS)
    assert STORY.encode() not in exported(learn, tmp_path, "class.csv")
    choose(review, RESEARCH)
    assert STORY.encode() in exported(learn, tmp_path, "agreed.csv")
    choose(review, RESEARCH, agreed=False)
    assert STORY.encode() not in exported(learn, tmp_path, "after.csv")
    assert agreed(learn) == {(True, False)}


def test_a_choice_is_announced_once_it_is_saved_and_found_again_on_every_page(review: Page, learn: Learn):
    choose(review, CLASS)
    expect(review.get_by_role("status").filter(has_text=re.compile(f"{CLASS}: Saved"))).to_be_attached()
    for place in ("Resume code and take-home", "What happens to your text"):
        go(review, place)
        expect(use(review, CLASS)).to_be_checked()
        expect(use(review, RESEARCH)).not_to_be_checked()
        expect(choice(review, re.compile("Agreed .* at "))).to_be_visible()
    review.reload()
    expect(use(review, CLASS)).to_be_checked(timeout=30_000)


def test_a_choice_that_cannot_be_saved_goes_back_and_says_so(review: Page, learn: Learn):
    choose(review, CLASS)
    with learn.store_away():
        use(review, RESEARCH).click()
        expect(choice(review, "could not be saved")).to_be_visible()
        expect(use(review, RESEARCH)).not_to_be_checked()
        expect(review.get_by_role("alert").filter(has_text="could not be saved")).to_be_attached()
        use(review, CLASS).click()
        expect(choice(review, "could not be saved")).to_have_count(2)
        expect(use(review, CLASS)).to_be_checked()
    assert agreed(learn) == {(True, False)}
    choose(review, CLASS, agreed=False)
    assert agreed(learn) == {(False, False)}


def test_a_choice_made_while_the_connection_is_lost_is_not_made(browser: Browser, learn: Learn, network: Proxy):
    page = new_learner(browser, network.url)
    written(page)
    go(page, "Review")
    network.cut()
    expect(page.get_by_text("The connection is lost").locator("visible=true").first).to_be_visible()
    use(page, CLASS).click()
    expect(choice(page, "once the connection is there")).to_be_visible()
    expect(use(page, CLASS)).not_to_be_checked()
    page.context.close()
    assert agreed(learn) == {(False, False)}


def test_quick_clicks_end_with_what_the_box_shows(review: Page, learn: Learn):
    for _ in range(5):
        use(review, CLASS).click(no_wait_after=True)
    expect(choice(review, "You agreed")).to_be_visible()
    expect(use(review, CLASS)).to_be_checked()
    assert agreed(learn) == {(True, False)}


def test_a_choice_in_one_window_is_seen_in_the_other(review: Page, learn: Learn):
    other = review.context.new_page()
    other.goto(f"{learn.url}#privacy")
    expect(use(other, CLASS)).not_to_be_checked(timeout=30_000)
    choose(review, CLASS)
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(use(other, CLASS)).to_be_checked()
    choose(other, CLASS, agreed=False)
    review.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(use(review, CLASS)).not_to_be_checked()


def test_one_may_agree_before_writing(learner: Page, learn: Learn):
    go(learner, "What happens to your text")
    choose(learner, CLASS)
    learner.get_by_role("button", name="Start", exact=True).first.click()
    written(learner)
    assert agreed(learn) == {(True, False)}


@pytest.mark.parametrize("way", ["Leave this browser", "Delete everything…"])
def test_the_next_person_on_this_computer_has_agreed_to_nothing(review: Page, learn: Learn, way: str):
    choose(review, CLASS)
    go(review, "Resume code and take-home")
    go(review, way)
    if way.startswith("Delete"):
        go(review, "Yes, delete everything")
    expect(review.get_by_text("0 of 11 answered")).to_be_visible()
    go(review, "What happens to your text")
    expect(use(review, CLASS)).not_to_be_checked()
    go(review, "Start")
    written(review)
    assert (False, False) in agreed(learn)


def test_nothing_shared_is_handed_in_without_a_question(review: Page):
    go(review, "Hand in")
    expect(review.get_by_role("heading", level=1)).to_have_text("Handed in")


@pytest.mark.parametrize("name", [CLASS, RESEARCH])
def test_before_something_shared_is_handed_in_one_question_is_asked(review: Page, learn: Learn, name: str):
    choose(review, name)
    go(review, "Hand in")
    expect(last_question(review)).to_be_focused()
    expect(review.get_by_role("button", name="Hand in as it is")).to_be_in_viewport()
    assert {row["state"] for row in learn.rows()} == {"in-progress"}
    go(review, "Go back and change it")
    expect(last_question(review)).to_have_count(0)
    expect(review.get_by_role("heading", level=1)).to_be_focused()
    go(review, "Hand in")
    go(review, "Hand in as it is")
    expect(review.get_by_role("heading", level=1)).to_have_text("Handed in")


def test_a_click_on_hand_in_waits_for_a_choice_on_its_way(review: Page, learn: Learn):
    with learn.kernels_stopped():
        use(review, CLASS).click()
        expect(choice(review, "Saving…")).to_be_visible()
        go(review, "Hand in")
    expect(last_question(review)).to_be_focused()


def test_the_keyboard_agrees_answers_the_last_question_and_hands_in(review: Page):
    use(review, CLASS).focus()
    review.keyboard.press("Space")
    expect(choice(review, "You agreed")).to_be_visible()
    expect(use(review, CLASS)).to_be_focused()
    for _ in range(3):  # the other use, back, hand in
        review.keyboard.press("Tab")
    review.keyboard.press("Enter")
    expect(last_question(review)).to_be_focused()
    for _ in range(2):
        review.keyboard.press("Tab")
    review.keyboard.press("Enter")
    expect(review.get_by_role("heading", level=1)).to_have_text("Handed in")


@pytest.mark.parametrize("own_server", [{"more": ("--keep-until", "2099-01-31")}], indirect=True, ids=["2099-01-31"])
def test_until_when_texts_are_kept_is_said_at_the_start_and_on_their_page(browser: Browser, own_server: Learn):
    page = new_learner(browser, own_server.url)
    expect(page.get_by_text("It is kept until January 31, 2099.")).to_be_visible()
    go(page, "What happens to your text")
    expect(page.get_by_text("Until January 31, 2099.")).to_be_visible()
    page.context.close()
