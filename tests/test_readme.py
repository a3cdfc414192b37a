"""The examples of README.md do what it says: each is run as a notebook with one cell a paragraph, in a new process."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from notebooks.refresh import VIEW

from coprod_widgets import SelfStudy
from coprod_widgets.exports.csv_file import read_table

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FORM, SHARING = re.findall(r"^```python\n(.*?)\n```$", README, re.MULTILINE | re.DOTALL)

ANSWER = """
for question, text in {answers!r}.items():
    saved = {{"id": "p-1", "ask": "save", "device": "0f" * 16, "question": question, "text": text, "base": 0}}
    form._handle_custom_msg(saved, [])
"""
"""What a page sends when somebody answers."""

RESPONSES = """
import pandas as pd
columns = ["session", "pseudonym", "question", "language", "version", "revision", "research_use", "text"]
row = ["MONDAY", "L-0SAMPLE0", "what_happened", "en", 1, 1, True, "Then Ines Berg sat down."]
responses = pd.DataFrame([row], columns=columns)
"""

APPROVE = """
from coprod_widgets.deidentify.proposals import decide
from coprod_widgets.deidentify.review_file import ReviewFile
for text in scrubbed.proposals:
    ReviewFile("review.json").keep(decide(text, "approved", by="M. K.", read=True))
"""
"""What the reading desk keeps when somebody approves every text."""


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """Run cells in a notebook of their own; what each shows, an error of any ends the test."""
    monkeypatch.setenv("COPROD_STORE", str(tmp_path / "responses.sqlite3"))

    def run(*cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        place = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, timeout=120, resources=place, store_widget_state=False).execute()
        return [cell.outputs for cell in notebook.cells]

    return run


def test_the_first_example_prints_a_question_shows_the_form_and_reads_an_answer_back(outputs):
    load, ask, show, read = FORM.split("\n\n")
    answers = ast.literal_eval(read.partition("#")[2].strip())
    nothing, (printed,), (shown,), _, (value,) = outputs(load, ask, show, ANSWER.format(answers=answers), read)
    assert nothing == [] and len(FORM.splitlines()) <= 10
    assert printed.text == SelfStudy.load().question("patient_plan").prompt + "\n"
    assert VIEW in shown.data
    assert ast.literal_eval(value.data["text/plain"]) == answers


def test_the_example_of_sharing_writes_what_was_approved_without_the_names_of_the_roster(outputs, tmp_path):
    load, review, release = SHARING.split("\n\n")
    _, _, (desk,), _, _ = outputs(RESPONSES, load, review, APPROVE, release)
    assert VIEW in desk.data
    assert list(read_table(tmp_path / "for_the_ward_team" / "texts.csv")["text"]) == ["Then [NAME-1] sat down."]
