"""The form in a real JupyterLab: what is typed stays in its box, and out of every file and list around it."""

import subprocess

import pytest
from labs import LabPage
from playwright.sync_api import Locator, Page, expect
from servers import STUDY

SOURCE = "from coprod_widgets import SelfStudy, SelfStudyForm\n\nform = SelfStudyForm(SelfStudy.load())\nform"
LINES = ("Lab L a b dd é came back", "aabb dd xx: the haematologist phoned Lovisa’s café herself.")


@pytest.fixture
def form(lab_page: LabPage) -> Page:
    """JupyterLab on a notebook of one cell, which shows the form, opened at its first part."""
    page = lab_page.open(SOURCE)
    page.locator(".coprod-form").get_by_role("button", name="Start", exact=True).last.click(timeout=60_000)
    return page


def cells(page: Page) -> list[str]:
    return page.locator(".jp-Notebook .jp-Cell .jp-InputArea .cm-content").all_inner_texts()


def write(page: Page) -> Locator:
    answer = page.get_by_role("textbox", name=STUDY.question("what_happened").prompt)
    answer.click()
    page.keyboard.type(LINES[0])
    page.keyboard.press("Enter")
    page.keyboard.type(LINES[1])
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Kept in this notebook")
    return answer


def test_keys_typed_in_the_form_do_nothing_to_the_notebook(form: Page):
    before = cells(form)
    answer = write(form)
    expect(answer).to_have_value("\n".join(LINES))
    expect(answer).to_be_focused()
    assert cells(form) == before
    expect(form.locator(".jp-Notebook .jp-CodeCell.jp-mod-noOutputs")).to_have_count(len(before) - 1)


def test_an_answer_is_in_no_notebook_log_or_process_list(form: Page, lab_page: LabPage):
    page, lab = form, lab_page.lab
    write(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("group", name="To look at").get_by_text("Lovisa")).to_be_attached()
    expect(page.locator(".coprod-status[data-state=saved]")).to_contain_text("Kept in this notebook")
    written = lab_page.saved()
    assert "application/vnd.jupyter.widget-state+json" in written
    processes = subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    for place in (written, lab.log.read_text(), processes):
        assert "Lovisa" not in place and "haematologist" not in place


FORKED = """from pathlib import Path
import ipywidgets
forked = "kernels.forkserver" in Path("/proc/self/cmdline").read_text()
print("This kernel was", "forked" if forked else "started anew")
ipywidgets.IntSlider(description="Slide")"""


def test_jupyterlab_forks_the_kernel_of_a_normal_notebook(lab_page: LabPage):
    page = lab_page.open(FORKED, kernel_name="coprod")
    expect(page.get_by_text("This kernel was forked")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Slide", exact=True)).to_be_visible()
