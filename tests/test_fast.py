"""What `make test-fast` leaves out."""

import subprocess
import sys
from pathlib import Path


def last_line(*tests):
    command = [sys.executable, "-m", "pytest", "--fast", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_a_fast_run_starts_no_process_and_tries_no_examples():
    tests = [
        "test_phases.py::test_one_session_s_sections_are_none_of_another_s",  # passes on SQLite, not run on PostgreSQL
        "test_identifiers.py::test_it_needs_the_standard_library_and_nothing_else",  # skipped: it starts a Python
        "test_consents.py::test_of_any_choices_the_last_of_each_use_counts",  # not run: Hypothesis tries many choices
    ]
    assert last_line(*tests).startswith("1 passed, 1 skipped, 2 deselected in ")


def test_a_fast_run_opens_no_browser_and_no_notebook():
    assert last_line("browser/test_lab.py", "../notebooks/04_explore_responses.ipynb").startswith("no tests ran in ")
