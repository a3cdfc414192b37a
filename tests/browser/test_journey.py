"""A learner's whole way, in Chromium through a real Voila: every text typed comes back identical from the export."""

import pytest
from playwright.sync_api import Browser, expect
from servers import STUDY, Learn

from conftest import begin, box, go, new_learner, saved

PROSE = {
    "role_professional": "midwife",
    "role_patient": "mother",
    "what_happened": "A slow birth, on a Sunday.\n\nThe room was dark; nobody hurried.\tA clock ticked. L a b dd",
    "professional_contribution": "Elle a demandé, à chaque fois, ce que j’espérais: « et vous, qu’en pensez-vous ? » é",
    "patient_contribution": "我告诉她我害怕什么。漢字 かな 한국어 👩🏽‍⚕️🤱",
    "professional_relationship": "هي جلست بجانبي وسألتني عن ابنتي قبل أي شيء آخر. עברית",
    "patient_relationship": "<script>alert('I wrote this myself')</script> <b>bold</b> &amp; \"quotes\"",
    "professional_plan": "=1+1\n+46 70\n-3\n@home",
    "patient_plan": "'=SUM(A1:A9)' was how I felt: a number.",
    "professional_carrying_out": "She stayed past the end of her shift. " * 530,
    "patient_carrying_out": "I walked the corridor, forty-one times.\n" * 8 + "\\n `code` *star* _under_ #1",
    "resources_and_supports": "A second midwife, a bath, time; a form that was two pages and not nine.",
    "difficult_to_do_consistently": "Three rooms for one midwife. ‮txet desrever‬ and a zero-width\u200bspace.",
}


def write_all(page) -> None:
    """Fill every box, one part after another."""
    begin(page)
    for role in STUDY.roles:
        box(page, role.key).fill(PROSE[role.key])
    for index, section in enumerate(STUDY.sections):
        for question in section.questions:
            box(page, question.key).fill(PROSE[question.key])
        go(page, "Continue" if index < 3 else "Review my answers")


@pytest.mark.parametrize("width", [1280, 390])
def test_all_eleven_answers_come_back_identical_from_the_export(browser: Browser, learn: Learn, width: int):
    page = new_learner(browser, learn.url, viewport={"width": width, "height": 844})
    write_all(page)
    expect(page.get_by_text("11 of 11 answered")).to_be_visible()
    go(page, "Hand in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")
    assert learn.answers() == PROSE
    page.context.close()


def test_keys_typed_one_by_one_arrive_as_typed(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    answer = box(page, "what_happened")
    answer.click()
    page.keyboard.type("Lab results came, dd and all.")
    page.keyboard.press("Enter")
    page.keyboard.type("a b L é 漢字")
    page.keyboard.press("Tab")
    saved(page)
    assert learn.answers() == {"what_happened": "Lab results came, dd and all.\na b L é 漢字"}
    page.context.close()


def test_handing_in_gives_a_receipt_and_can_be_amended(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    box(page, "what_happened").fill("The dentist stopped when I raised my hand.")
    go(page, "Review")
    go(page, "Hand in")
    row = page.get_by_role("row", name="What happened?")
    expect(row).to_contain_text("8")
    go(page, "Change my answers")
    box(page, "what_happened").fill("The dentist stopped when I raised my hand, every time.")
    saved(page)
    go(page, "Review")
    expect(page.get_by_text("have changed your answers since")).to_be_visible()
    go(page, "Hand in again")
    expect(page.get_by_role("heading", level=1)).to_have_text("Handed in")
    page.context.close()


def test_deleting_everything_leaves_nothing(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    box(page, "what_happened").fill("The pharmacist phoned me back the same evening.")
    saved(page)
    go(page, "Resume code and take-home")
    go(page, "Delete everything…")
    go(page, "Yes, delete everything")
    expect(page.locator(".coprod-note", has_text="Deleted: 1 answer and ")).to_be_visible()
    assert learn.answers() == {}
    page.reload()
    expect(page.get_by_text("0 of 11 answered")).to_be_visible()
    page.context.close()


def test_an_earlier_version_can_be_put_back(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    answer = box(page, "what_happened")
    answer.fill("First I thought it was the doctor's doing.")
    saved(page)
    answer.fill("Then I saw that it was both of us.")
    saved(page)
    go(page, "Earlier versions")
    page.get_by_role("button", name="Put this text back").click()
    expect(answer).to_have_value("First I thought it was the doctor's doing.")
    saved(page)
    assert learn.answers() == {"what_happened": "First I thought it was the doctor's doing."}
    page.context.close()


def test_the_hints_use_the_roles_that_the_learner_named(browser: Browser, learn: Learn):
    page = new_learner(browser, learn.url)
    begin(page)
    page.get_by_role("textbox", name="What would you call the professional").fill("night nurse")
    expect(page.get_by_text("night nurse").first).to_be_visible()
    go(page, "Continue")
    expect(page.get_by_role("columnheader", name="professional-person (night nurse)")).to_be_visible()
    page.context.close()


def test_the_page_asks_no_other_computer_for_anything(browser: Browser, learn: Learn):
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(learn.url)
    begin(page)
    box(page, "what_happened").fill("The ambulance crew asked my brother what usually helps.")
    saved(page)
    assert [url for url in asked if not url.startswith((learn.url, "data:", "blob:"))] == []
    assert len([url for url in asked if url.startswith("http")]) <= 10
    context.close()
