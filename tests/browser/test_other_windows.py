"""Two windows, a shared computer, a link from elsewhere: what one of them does is no surprise in the other."""

import pytest
from playwright.sync_api import Browser, Page, expect
from servers import Learn
from test_nothing_is_lost import BEFORE, KEY, every_text, resume_code, write

from conftest import begin, box, go, new_learner, saved

MINE, THEIRS = "She wrote my own words on the chart.", "She wrote the time on the chart."


def second_window(first: Page, learn: Learn) -> Page:
    second = first.context.new_page()
    second.goto(learn.url)
    expect(second.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    return second


def looked_at(page: Page) -> None:
    """What a browser does when its learner comes back to a window."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_an_earlier_text_is_not_put_back_over_one_that_waits_for_a_choice(learner: Page, learn: Learn):
    answer = write(learner)
    answer.fill(BEFORE + " Twice.")
    saved(learner)
    other = second_window(learner, learn)
    box(other, KEY).fill(THEIRS)
    saved(other)
    answer.fill(MINE)
    expect(learner.locator(".coprod-trouble:visible")).to_be_visible()
    learner.get_by_role("button", name="Earlier versions").filter(visible=True).first.click()
    learner.get_by_role("button", name="Put this text back").last.click()
    expect(learner.get_by_text("not stored yet, and would be lost")).to_be_visible()
    expect(answer).to_have_value(MINE)


def test_the_status_leads_to_the_answer_that_needs_a_choice_and_says_what_is_saved(learner: Page, learn: Learn):
    answer = write(learner)
    other = second_window(learner, learn)
    box(other, KEY).fill(THEIRS)
    saved(other)
    answer.fill(MINE)
    status = learner.locator(".coprod-status[data-state=choice]")
    expect(status).to_contain_text("One answer needs your choice Saved ")
    go(learner, "Continue")
    status.get_by_role("button").click()
    expect(answer).to_be_focused()


def test_an_earlier_version_marks_what_the_text_in_the_box_lacks(learner: Page):
    answer = write(learner)
    answer.fill("She waited by the window and slept.")
    saved(learner)
    answer.fill("She waited by the door and slept.")
    saved(learner)
    learner.get_by_role("button", name="Earlier versions").filter(visible=True).first.click()
    version = learner.locator(".coprod-earlier li").filter(has_text="and slept")
    expect(version.locator("mark")).to_have_text(["window"])


def test_a_choice_that_could_not_be_stored_is_asked_again_after_a_reload(learner: Page, learn: Learn):
    answer = write(learner)
    other = second_window(learner, learn)
    box(other, KEY).fill(THEIRS)
    saved(other)
    answer.fill(MINE)
    expect(learner.locator(".coprod-trouble:visible")).to_be_visible()
    with learn.kernels_stopped():
        go(learner, "Use the other text")
        learner.reload()
        expect(box(learner, KEY)).to_have_value(MINE, timeout=30_000)
        expect(learner.locator(".coprod-trouble:visible")).to_be_visible()
        assert MINE not in every_text(learn) and THEIRS in every_text(learn)


def test_the_next_person_on_a_shared_computer_finds_nothing_in_any_window(learner: Page, learn: Learn):
    answer = write(learner)
    answer.fill(BEFORE + " Twice.")
    saved(learner)
    learner.get_by_role("button", name="Earlier versions").click()
    expect(learner.get_by_role("button", name="Put this text back")).to_be_visible()
    other = second_window(learner, learn)
    expect(box(other, KEY)).to_have_value(BEFORE + " Twice.")
    go(learner, "Resume code and take-home")
    go(learner, "Leave this browser")
    expect(learner.get_by_text("Nothing of yours is left").first).to_be_attached()
    expect(other.get_by_text("0 of 11 answered")).to_be_visible()
    looked_at(other)
    begin(learner)
    go(learner, "Continue")
    expect(learner.get_by_text(BEFORE)).to_have_count(0)
    box(learner, KEY).fill(MINE)
    saved(learner)
    learner.reload()
    expect(box(learner, KEY)).to_have_value(MINE, timeout=30_000)
    assert MINE in every_text(learn) and BEFORE in every_text(learn)


def test_what_is_handed_in_has_been_shown_in_the_review(learner: Page, learn: Learn):
    write(learner)
    other = second_window(learner, learn)
    go(learner, "Review")
    box(other, KEY).fill(THEIRS)
    saved(other)
    go(learner, "Hand in")
    expect(learner.get_by_role("heading", name="Not handed in yet")).to_be_visible()
    expect(learner.locator(".coprod-review").get_by_text(THEIRS)).to_be_visible()
    go(learner, "Hand in")
    expect(learner.get_by_role("heading", level=1)).to_have_text("Handed in")


def test_a_deleted_response_does_not_come_back_from_another_device(browser: Browser, learner: Page, learn: Learn):
    write(learner)
    other = new_learner(browser, f"{learn.url}#resume={resume_code(learner)}")
    expect(box(other, KEY)).to_have_value(BEFORE)
    go(learner, "Delete everything…")
    go(learner, "Yes, delete everything")
    expect(learner.get_by_text("Deleted: 1 answer and ").first).to_be_visible()
    box(other, "patient_plan").fill(MINE)
    expect(other.get_by_text("deleted in another window or on another device").first).to_be_visible()
    assert every_text(learn) == []
    go(other, "Store this text again")
    saved(other)
    assert sorted(every_text(learn)) == sorted([BEFORE, MINE])
    other.context.close()


def test_a_resume_code_opens_nothing_where_somebodys_text_is(browser: Browser, learner: Page, learn: Learn):
    write(learner)
    code = resume_code(learner)
    other = new_learner(browser, learn.url)
    begin(other)
    box(other, "role_patient").fill("uncle")
    saved(other)
    other.get_by_role("button", name="Start", exact=True).first.click()
    expect(other.get_by_text("I have begun on another device")).to_have_count(0)
    again = other.context.new_page()
    again.goto(f"{learn.url}#resume={code}")
    expect(again.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    expect(again.locator(".coprod-refused")).to_contain_text("This browser holds another self-study")
    assert sorted(every_text(learn)) == sorted([BEFORE, "uncle"])
    other.context.close()


@pytest.mark.parametrize("place", ["#resume=%E0%A4%A", "#constructor", "#nowhere"])
def test_an_address_that_somebody_mangled_still_opens_the_page(browser: Browser, learn: Learn, place: str):
    page = new_learner(browser, learn.url + place)
    expect(page.get_by_role("heading", level=1)).to_have_text("Paul on Coproduction")
    begin(page)
    page.context.close()


def test_the_skip_link_leaves_the_learner_where_they_are(learner: Page, learn: Learn):
    write(learner)
    learner.get_by_role("link", name="Skip to the questions").focus()
    learner.keyboard.press("Enter")
    expect(learner.get_by_role("heading", level=1)).to_contain_text("Part 2 of 4")
    expect(learner.locator("main")).to_be_focused()
    learner.reload()
    expect(box(learner, KEY)).to_have_value(BEFORE, timeout=30_000)


def test_a_resume_link_put_into_the_address_of_an_open_page_is_followed(browser: Browser, learner: Page, learn: Learn):
    write(learner)
    code = resume_code(learner)
    other = new_learner(browser, learn.url)
    other.evaluate("code => { location.hash = `resume=${code}`; }", code)
    expect(box(other, KEY)).to_have_value(BEFORE, timeout=30_000)
    assert code not in other.url
    other.context.close()


def test_a_delete_that_failed_is_said_on_the_page(learner: Page, learn: Learn):
    write(learner)
    go(learner, "Resume code and take-home")
    with learn.store_away():
        go(learner, "Delete everything…")
        go(learner, "Yes, delete everything")
        expect(learner.locator(".coprod-refused")).to_contain_text("may not be deleted yet")
    assert every_text(learn) == [BEFORE]


def test_two_clicks_on_hand_in_are_one_hand_in(learner: Page, learn: Learn):
    write(learner)
    go(learner, "Review")
    learner.get_by_role("button", name="Hand in", exact=True).dblclick()
    expect(learner.get_by_role("heading", level=1)).to_have_text("Handed in")
    assert {row["state"] for row in learn.rows()} == {"completed"}


def test_a_text_typed_and_erased_while_the_server_is_away_leaves_no_alarm(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    begin(page)
    learn.kill_kernels()
    box(page, "what_happened").press_sequentially("x")
    box(page, "what_happened").press("Backspace")
    box(page, "what_happened").fill(BEFORE)
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Saved ", timeout=60_000)
    assert problems == []
    page.context.close()
