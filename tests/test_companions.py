"""What the companion notebooks call."""

import pytest

from coprod_widgets.companions import check
from coprod_widgets.errors import SelfStudyError

CHECK = """
key: check_lesson
version: 1
language: en
title: "Check yourself"
lead: "Write before you compare."
minutes: 5
readings_title: "Reading"
readings: []
self_study_title: "Check yourself"
sections:
  - key: check
    letter: a
    title: "One question"
    questions:
      - key: who_was_left_out
        prompt: "Who could not have done this?"
        compare: "Whoever has no phone, no time or no interpreter."
credits: []
"""


def test_a_check_asks_its_questions_without_roles_and_offers_a_way_to_compare(tmp_path, monkeypatch):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "lesson.en.yaml").write_text(CHECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    study = check("lesson").self_study
    assert (study.roles, study.keys) == ((), ("who_was_left_out",))
    assert study.questions[0].compare.startswith("Whoever has no phone")


def test_a_missing_check_is_told_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SelfStudyError, match="checks/lesson.en.yaml.*cannot be read"):
        check("lesson")
