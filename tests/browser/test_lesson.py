"""What a lesson shows in a real JupyterLab: questions at its end, and texts that leave nothing in its file."""

from pathlib import Path

from accessibility import violations
from hostile import INVISIBLE, SIGNS
from labs import LabPage
from playwright.sync_api import expect

from coprod_widgets import SelfStudy

CHECK = Path(__file__).parents[2] / "notebooks" / "checks" / "04_explore_responses.en.yaml"
QUESTIONS = SelfStudy.load(CHECK).questions
WRITTEN = "I would ask Dr Khan whose morning it was."
SHOWN = "Lovisa’s <b>haematologist</b> rang back, herself & at once."
CHECK_SOURCE = f"""from pathlib import Path
from coprod_widgets import SelfStudy, SelfStudyForm
SelfStudyForm(SelfStudy.load(Path({str(CHECK)!r})))"""
TEXTS_SOURCE = f"""import pandas as pd
from coprod_widgets.apps.lessons import show_texts
show_texts(pd.DataFrame({{'session': 'MONDAY', 'text': [{SHOWN!r}, {SIGNS[0]!r}, {SIGNS[1]!r}]}}))"""


def test_a_lessons_questions_stand_there_at_once_and_offer_to_compare(lab_page: LabPage):
    page = lab_page.open(CHECK_SOURCE)
    form = page.locator(".coprod-form")
    first = form.get_by_role("textbox", name=QUESTIONS[0].prompt)
    expect(first).to_be_visible(timeout=60_000)
    expect(form.get_by_role("textbox")).to_have_count(len(QUESTIONS))
    expect(first).not_to_be_focused()
    first.fill(WRITTEN)
    expect(form.get_by_text("Kept in this notebook")).to_be_visible()
    expect(form.get_by_text(QUESTIONS[0].compare)).to_be_hidden()
    form.get_by_text("Compare with one way to answer").first.click()
    expect(form.get_by_text(QUESTIONS[0].compare)).to_be_visible()
    for name in ("Start", "Continue", "Hand in", "Contents", "Delete everything…"):
        expect(form.get_by_role("button", name=name)).to_have_count(0)
    expect(form.get_by_role("checkbox")).to_have_count(0)  # nothing leaves the notebook: nothing to agree to
    expect(form.get_by_role("group", name="To look at")).to_have_count(0)  # nor anybody to keep out of it
    assert violations(page, "questions", within=".coprod-form") == []


def test_texts_of_a_class_are_read_as_text_and_not_saved_with_the_notebook(lab_page: LabPage):
    page = lab_page.open(TEXTS_SOURCE)
    expect(page.get_by_role("cell", name=SHOWN)).to_be_visible(timeout=60_000)
    assert violations(page, "texts", within=".coprod-texts") == []
    cells = page.locator(".coprod-texts td")
    assert not INVISIBLE.search("".join(cells.all_text_contents())) and cells.count() == 3
    assert cells.first.evaluate("(one) => getComputedStyle(one).overflow") == "hidden"
    notebook = lab_page.saved()
    assert "application/vnd.jupyter.widget-state+json" in notebook
    assert notebook.count("haematologist") == 1  # in the cell that made it up
