"""What a lesson shows in a real JupyterLab: questions at its end, and texts that leave nothing in its file."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import Lab, open_notebook, save, start_lab
from playwright.sync_api import Browser, Page, expect

from coprod_widgets import SelfStudy

CHECK = Path(__file__).parents[2] / "notebooks" / "checks" / "04_explore_responses.en.yaml"
QUESTIONS = SelfStudy.load(CHECK).questions
WRITTEN = "I would ask Dr Khan whose morning it was."
SHOWN = "Lovisa’s <b>haematologist</b> rang back, herself & at once."
SOURCES = {
    "check": "from pathlib import Path\nfrom coprod_widgets import SelfStudy, SelfStudyForm\n"
    f"SelfStudyForm(SelfStudy.load(Path({str(CHECK)!r})))",
    "texts": "import pandas as pd\nfrom coprod_widgets.companions import show_texts\n"
    f"show_texts(pd.DataFrame({{'session': ['MONDAY'], 'text': [{SHOWN!r}]}}))",
}


@pytest.fixture
def lab(tmp_path: Path):
    lab = start_lab(tmp_path, SOURCES)
    yield lab
    lab.stop()


@pytest.fixture
def page(browser: Browser):
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    yield page
    page.context.close()


def violations(page: Page, place: str) -> list[str]:
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, context=place, options={"runOnly": rules}).response["violations"]
    return [f"{rule['id']} {node['target']}" for rule in found for node in rule["nodes"]]


def test_a_lessons_questions_stand_there_at_once_and_offer_to_compare(page: Page, lab: Lab):
    open_notebook(page, lab, "check")
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
    assert violations(page, ".coprod-form") == []


def test_texts_of_a_class_are_read_as_text_and_not_saved_with_the_notebook(page: Page, lab: Lab):
    open_notebook(page, lab, "texts")
    expect(page.get_by_role("cell", name=SHOWN)).to_be_visible(timeout=60_000)
    assert violations(page, ".coprod-texts") == []
    save(page, "texts")
    notebook = (lab.notebooks / "texts.ipynb").read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget-state+json" in notebook
    assert notebook.count("haematologist") == 1  # in the cell that made it up
