import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from frozen import FILE, STUDY
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from coprod_widgets.errors import SelfStudyError
from coprod_widgets.study import self_study
from coprod_widgets.study.checks import _MARKUP, check_canvas, compare_translation
from coprod_widgets.study.self_study import ACTORS, ASPECTS, CONTENT, Question, Reading, SelfStudy
from coprod_widgets.study.study_file import SCHEMA

PAGE = (Path(__file__).parent / "learning_page.txt").read_text(encoding="utf-8")
TEXT = FILE.read_text(encoding="utf-8")
KITS_OWN = SelfStudy.load()
"""What learners see; how files are read is tested on a frozen copy, which does not change with its words."""

TABLE = {
    "what_happened": (None, None),
    "professional_contribution": ("professional", None),
    "patient_contribution": ("patient", None),
    "professional_relationship": ("professional", "relationship"),
    "patient_relationship": ("patient", "relationship"),
    "professional_plan": ("professional", "plan"),
    "patient_plan": ("patient", "plan"),
    "professional_carrying_out": ("professional", "carrying_out"),
    "patient_carrying_out": ("patient", "carrying_out"),
    "resources_and_supports": (None, None),
    "difficult_to_do_consistently": (None, None),
}


def page_of(study: SelfStudy) -> Iterator[str]:
    """The lines of the learning page, numerals and letters included, from what the kit shows."""
    yield from (study.title, study.lead, study.readings_title)
    yield from (f"{reading.note} {reading.citation}".strip() for reading in study.readings)
    yield study.self_study_title
    for section in study.sections:
        if section.text:
            yield f"{section.letter}. {section.text}"
        numbered = {question.number or section.letter: question.prompt for question in section.questions}
        yield from (f"{number}. {prompt}" for number, prompt in numbered.items())


def refusal(path: Path) -> tuple[str, ...]:
    with pytest.raises(SelfStudyError) as caught:
        SelfStudy.load(path)
    return caught.value.problems


def tells(problem: str, message: str) -> bool:
    """Whether a problem begins with the message, in which … stands for any words."""
    return re.match(".*".join(map(re.escape, message.split("…"))), problem) is not None


def edited(folder: Path, *edits: tuple[str, str]) -> tuple[Path, int]:
    """A copy of the frozen file with each first text, found once, made its second; § marks a line."""
    text = TEXT
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    line = text.partition("§")[0].count("\n") + 1
    path = folder / "ward_round.yaml"
    path.write_text(text.replace("§", ""), encoding="utf-8")
    return path, line


def test_the_wording_is_the_learning_pages_character_for_character():
    lines = [line.strip() for line in PAGE.splitlines() if line.strip()]
    lines.remove("Supplementary material")
    assert list(page_of(KITS_OWN)) == lines


def test_nothing_of_the_kits_own_wording_is_passed_off_as_the_pages():
    ours = [section.title for section in KITS_OWN.sections] + [box.part for box in KITS_OWN.questions if box.part]
    ours += [box.hint for box in KITS_OWN.roles + KITS_OWN.questions] + [role.prompt for role in KITS_OWN.roles]
    assert [words for words in ours if words in PAGE] == []


def test_the_questions_are_eleven_boxes_whose_keys_actors_and_aspects_never_change():
    assert {box.key: (box.actor, box.aspect) for box in KITS_OWN.questions} == TABLE
    assert KITS_OWN.keys == ("role_professional", "role_patient", *TABLE)
    assert [role.actor for role in KITS_OWN.roles] == list(ACTORS)
    assert [section.letter for section in KITS_OWN.sections] == list("abcd")


def test_four_boxes_share_one_prompt_of_the_page_and_have_labels_of_their_own():
    boxes = KITS_OWN.sections[1].questions[2:]
    assert {(box.number, box.prompt[:27]) for box in boxes} == {("3", "And the same questions for ")}
    assert len({box.part for box in boxes if box.part}) == 4


def test_the_parts_of_a_question_become_boxes_with_its_number_and_prompt():
    boxes = STUDY.sections[1].questions[2:]
    assert len({(box.number, box.prompt) for box in boxes}) == 1
    assert [box.part for box in boxes] == [
        "The professional-person, planning",
        "The patient-person, planning",
        "The professional-person, carrying out",
        "The patient-person, carrying out",
    ]


@pytest.mark.parametrize("words", [("professional-person", "patient-person"), ("midwife", "parent")])
def test_hints_read_well_with_any_two_role_words(words):
    professional, patient = words
    for box in KITS_OWN.questions:
        hint = box.hint.replace("{professional}", professional).replace("{patient}", patient)
        assert hint and len(hint) < 110 and hint.endswith((".", "?")) and "{" not in hint
        assert re.findall(r"(\w+) \{", box.hint) == ["the"] * box.hint.count("{")
        assert box.actor is None or f"{{{box.actor}}}" in box.hint


def test_readings_link_to_their_doi():
    urls = [reading.url for reading in KITS_OWN.readings]
    assert urls == ["https://doi.org/10.1136/bmj.k3617", "https://doi.org/10.1001/jama.2015.14850"]
    assert all(reading.doi in reading.citation for reading in KITS_OWN.readings)
    odd = Reading(citation="A paper with an old DOI.", doi="10.1002/(SICI)1<9::AID-1>3.0.CO;2-#")
    assert re.fullmatch(r"https://doi\.org/10\.1002/[^<>#\s]+", odd.url)


def test_credits_name_the_page_and_say_that_its_text_is_not_under_the_kits_licence():
    told = " ".join(credit.text for credit in KITS_OWN.credits)
    assert "International Coproduction of Health Network" in told and "Paul Batalden" in told
    assert re.search(r"\bBSD\b[^.;]*\bnot\b", told) and "CC BY-NC" in told
    assert KITS_OWN.credits[0].url.endswith("/the-power-of-coproduction/episodes/introduction.html")


def test_a_question_is_found_by_its_key_and_an_unknown_key_names_the_known_ones():
    assert STUDY.question("role_patient").actor == "patient"
    assert STUDY.question("patient_plan").aspect == "plan"
    with pytest.raises(KeyError, match="'patient_plans'.*role_professional, .*patient_plan, "):
        STUDY.question("patient_plans")


def test_the_form_is_sent_plain_data_that_names_every_question():
    sent = STUDY.to_dict()
    assert json.loads(json.dumps(sent)) == sent
    keys = [box["key"] for section in sent["sections"] for box in section["questions"]]
    assert [role["key"] for role in sent["roles"]] + keys == list(STUDY.keys)
    assert sent["sections"][1]["questions"][2]["part"] == "The professional-person, planning"
    assert [reading["url"] for reading in sent["readings"]] == [reading.url for reading in STUDY.readings]


def test_a_repr_is_one_short_line():
    assert repr(STUDY).startswith("SelfStudy(key='paul_on_coproduction', version=1, language='en'")
    assert len(repr(STUDY)) < 130


def test_every_self_study_of_the_kit_passes_its_own_check_and_is_named_for_its_key_and_language():
    for path in CONTENT.glob("*.yaml"):
        study = SelfStudy.load(path)
        assert path.name == f"{study.key}.{study.language}.yaml"
        assert SelfStudy.load(study.key, language=study.language) == study


def test_translations_keep_every_key_actor_and_aspect():
    for path in CONTENT.glob("paul_on_coproduction.*.yaml"):
        boxes = SelfStudy.load(path).questions
        assert {box.key: (box.actor, box.aspect) for box in boxes} == TABLE


def test_a_path_is_read_whether_it_is_text_or_a_path(tmp_path):
    path, _ = edited(tmp_path, ("minutes: 25", "minutes: 40"))
    assert SelfStudy.load(path) == SelfStudy.load(str(path))
    assert SelfStudy.load(path, language="sv").minutes == 40


@pytest.mark.parametrize(("name", "language"), [("ward_round", "en"), ("paul_on_coproduction", "tlh")])
def test_an_unknown_name_or_language_is_answered_with_those_that_exist(name, language):
    with pytest.raises(SelfStudyError) as caught:
        SelfStudy.load(name, language=language)
    message = str(caught.value)
    assert name in message and language in message
    assert re.search(r"paul_on_coproduction .*\ben\b", message) and "words" not in message


@pytest.mark.parametrize("name", ["no_such_file.yaml", "./no_such_file", "."])
def test_a_path_that_cannot_be_read_is_refused_plainly(tmp_path, name):
    assert [tells(problem, f"{tmp_path / name}:1: …YAML") for problem in refusal(tmp_path / name)] == [True]


# What stands there, what is written instead (§ marks the line that is reported), and what the message names.
REFUSALS = {
    "no prompt": (
        '- key: what_happened\n        number: 1\n        prompt: "What happened?"',
        "- §key: what_happened",
        "'a_time_it_worked'…'what_happened'…'prompt'",
    ),
    "no key": (
        "- key: what_happened\n        number: 1",
        "- §number: 1",
        "'a_time_it_worked'…question 1…'key'",
    ),
    "misspelt property": (
        'prompt: "What happened?"',
        '§promt: "What happened?"\n        prompt: "What happened?"',
        "'what_happened'…'promt'…key, number, prompt, hint, actor, aspect, compare, parts…'prompt'",
    ),
    "unknown property": (
        "minutes: 25",
        "minutes: 25\n§pass_mark: 10",
        "'pass_mark'…key, version",
    ),
    "unknown actor": (
        "- key: resources_and_supports",
        "- key: resources_and_supports\n        §actor: patients",
        "'resources_and_supports'…'actor'…'patients'…professional, patient…'patient'",
    ),
    "unknown aspect": (
        "- key: resources_and_supports",
        "- key: resources_and_supports\n        §aspect: feelings",
        "'aspect'…'feelings'…relationship, plan, carrying_out",
    ),
    "key with a space": (
        "key: what_happened",
        "§key: What happened",
        "'key'…'What happened'…a-z",
    ),
    "number for text": (
        'title: "What helped"',
        "§title: 2018",
        "'what_helped'…'title'…number…text",
    ),
    "text for number": (
        "minutes: 25",
        "§minutes: half an hour",
        "'minutes'…text…number",
    ),
    "nothing": (
        'title: "What helped"',
        "§title:",
        "'what_helped'…'title'…empty",
    ),
    "blank": (
        'title: "What helped"',
        '§title: "  "',
        "'what_helped'…'title'…''",
    ),
    "text for list": (
        "credits: # OURS",
        "§credits: ICoHN\ncredit_list:",
        "'credits'…text…list",
    ),
    "empty list": (
        "sections:\n",
        "§sections: []\nmore_sections:\n",
        "'sections'…0…1",
    ),
    "text for an entry": (
        "credits: # OURS",
        "credits:\n  - §ICoHN",
        "credit 1…text…name: value",
    ),
    "number out of range": (
        "version: 1\n",
        "§version: 0\n",
        "'version'…'0'…1 to 999",
    ),
    "address for a DOI": (
        "    doi: 10.1136/bmj.k3617\n",
        "    §doi: https://doi.org/10.1136/bmj.k3617\n",
        "reading 1…'doi'…'https://doi.org/10.1136/bmj.k3617'",
    ),
    "script for a link": (
        "url: https://doi.org/10.1136/bmj.k3617",
        "§url: javascript:alert(1)",
        "credit 4…'url'…'javascript:alert(1)'",
    ),
    "property again": (
        "minutes: 25",
        "minutes: 30\n§minutes: 25",
        "'minutes'…twice",
    ),
    "placeholder": (
        'hint: "Once the plan was made, what did the {patient} do?"',
        '§hint: "Once the plan was made, what did the {patients} do?"',
        "'patient_carrying_out'…'hint'…'{patients}'…{professional}…{patient}…'{patient}'",
    ),
    "lone brace": (
        'hint: "A few sentences are enough;',
        '§hint: "A few sentences are enough}',
        "'hint'…'}'…{professional}…{patient}",
    ),
    "beside parts": (
        "        parts:\n",
        "        §actor: patient\n        parts:\n",
        "question 3…'actor'…'parts'…number, prompt",
    ),
    "anchor": (
        "minutes: 25",
        "§minutes: &m 25",
        "YAML anchor…'m'",
    ),
    "tag": (
        "minutes: 25",
        "§minutes: !!python/object/apply:os.getcwd []",
        "YAML tag…'tag:yaml.org,2002:python/object/apply:os.getcwd'",
    ),
    "control character": (
        '"What happened?"',
        r'§"What \0 happened?"',
        "'what_happened'…'prompt'…U+0000",
    ),
    "half a character": (
        '"What happened?"',
        r'§"What \uD83D happened?"',
        "'what_happened'…'prompt'…U+D83D",
    ),
    "list for a name": (
        "minutes: 25",
        "minutes: 25\n§? [minutes]\n: 25",
        "self-study…list…name",
    ),
    "broken": (
        "minutes: 25",
        "§minutes: 25: 30",
        "file: 'minutes' holds a colon",
    ),
    "colon without quotes": (
        'prompt: "What happened?"',
        "§prompt: Think of this: what happened?",
        "file: 'prompt' holds a colon…quotes",
    ),
    "quote never closed": (
        'prompt: "What happened?"',
        '§prompt: "What happened?',
        'file: opens with " and is not closed',
    ),
    "tab for spaces": (
        '        prompt: "What happened?"',
        '§\tprompt: "What happened?"',
        "file: begins with a tab",
    ),
    "no space after a colon": (
        'prompt: "What happened?"',
        '§prompt:"What happened?"',
        "file: lacks the space behind 'prompt:'",
    ),
    "no space after a dash": (
        "      - key: what_happened",
        "      §-key: what_happened",
        "file: lacks the space behind '-'…'- key: ...'",
    ),
    "no-break space": (
        '        prompt: "What happened?"',
        '        §prompt:\u00a0"What happened?"',
        "file: holds a no-break space",
    ),
    "quotes within quotes": (
        'prompt: "What happened?"',
        '§prompt: "What did the "nurse" do?"',
        "file: 'prompt' goes on behind the quote that ends it",
    ),
    "apostrophe within quotes": (
        'prompt: "What happened?"',
        "§prompt: 'What did the nurse's visit change?'",
        "file: 'prompt' goes on behind the quote that ends it",
    ),
    "brace at the beginning": (
        'prompt: "What happened?"',
        "§prompt: {patient}, what happened?",
        "file: 'prompt' begins with {…quotes",
    ),
    "star at the beginning": (
        'prompt: "What happened?"',
        "§prompt: * What happened?",
        "file: 'prompt' begins with *…quotes",
    ),
    "too far to the right": (
        '        prompt: "What happened?"',
        '          §prompt: "What happened?"',
        "file: 'prompt' begins in column 11, and 'number' above it in column 9",
    ),
    "too far to the left": (
        '        prompt: "What happened?"',
        '       §prompt: "What happened?"',
        "file: 'prompt' begins in column 8, and 'number' above it in column 9",
    ),
    "colon on a second line": (
        'prompt: "What happened?"',
        "prompt: What happened,\n          §for example: at the bedside?",
        "file: goes on with the text above, and holds a colon…quotes",
    ),
    "no name": (
        '        prompt: "What happened?"',
        "        §What happened?",
        "file: has no name with a colon",
    ),
    "comment in place of a prompt": (
        'prompt: "What happened?"',
        "§prompt: #1 on your list?",
        "'what_happened': 'prompt' is empty before '#1 on your list?'…comment",
    ),
    "single curly quotes": (
        'prompt: "What happened?"',
        "§prompt: ‘What happened?’",
        "'what_happened': 'prompt' stands in curly quotes",
    ),
    "lost dash": (
        "      - key: professional_contribution",
        "        §key: professional_contribution",
        "'key' is given twice…or begin a new entry with '- '",
    ),
    "comment within a prompt": (
        'prompt: "What happened?"',
        "§prompt: What happened #1 on your list?",
        "'what_happened': 'prompt' ends before '#1 on your list?'",
    ),
    "role in a prompt": (
        'prompt: "What happened?"',
        '§prompt: "What did the {patient} do?"',
        "'what_happened': 'prompt' holds '{patient}'",
    ),
    "word processor's quotes": (
        'prompt: "What happened?"',
        "§prompt: “What happened?”",
        "'what_happened': 'prompt' stands in curly quotes",
    ),
    "half a pair of curly quotes": (
        'prompt: "What happened?"',
        "§prompt: “What happened?",
        "'what_happened': 'prompt' stands in curly quotes",
    ),
    "quote never opened": (
        'prompt: "What happened?"',
        '§prompt: What happened?"',
        "'what_happened': 'prompt' stands in half a pair of quotes",
    ),
    "stars for bold": (
        'prompt: "What happened?"',
        '§prompt: "What **really** happened?"',
        "'what_happened': 'prompt' holds '**really**'",
    ),
    "a tag": (
        'prompt: "What happened?"',
        '§prompt: "What <b>really</b> happened?"',
        "'what_happened': 'prompt' holds '<b>'",
    ),
    "far too long": (
        'prompt: "What happened?"',
        f'§prompt: "{"What happened? " * 200}"',
        "'what_happened': 'prompt' has 2,999 characters",
    ),
    "aspect without actor": (
        'prompt: "What happened?"',
        'prompt: "What happened?"\n        §aspect: plan',
        "'what_happened': 'aspect' is 'plan' without an 'actor'",
    ),
    "huge escape": (
        "minutes: 25",
        r'minutes: "\UFFFFFFFF"',
        "YAML…escape",
    ),
    "bell": (
        "minutes: 25",
        "§minutes: 25 # \x07",
        "YAML…U+0007",
    ),
    "second document": (
        "minutes: 25",
        "minutes: 25\n§---",
        "YAML…document",
    ),
    "too deep": (
        "minutes: 25",
        "§minutes: " + "[" * 3000,
        "20…7",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_mistake_is_refused_with_its_file_line_and_place_and_the_way_out(tmp_path, old, new, message):
    path, line = edited(tmp_path, (old, new))
    expected = f"{path}:{line if '§' in new else 1}: …{message}"
    (told,) = [problem for problem in refusal(path) if tells(problem, expected)]
    assert told.count("; ") >= 2  # what is wrong; what is allowed; what to do


@pytest.mark.parametrize(
    ("old", "again", "place"),
    [
        ("resources_and_supports", "role_patient", "question 'role_patient'"),
        ("patient_plan", "what_happened", "question 3, part 'what_happened'"),
        ("what_helped", "a_time_it_worked", "section 'a_time_it_worked'"),
    ],
)
def test_a_key_used_twice_is_refused_with_both_lines(tmp_path, old, again, place):
    path, line = edited(tmp_path, (f"key: {old}\n", f"key: §{again}\n"))
    first = TEXT[: TEXT.index(f"key: {again}\n")].count("\n") + 1
    (problem,) = refusal(path)
    assert tells(problem, f"{path}:{line}: …{place}…'{again}'…{first} and {line}")


def test_a_section_may_have_the_key_of_a_question(tmp_path):
    path, _ = edited(tmp_path, ("key: what_helped", "key: what_happened"))
    assert SelfStudy.load(path).sections[2].key == "what_happened"


@pytest.mark.parametrize(
    ("actors", "expected"),
    [
        (["professional"], ["no …'patient'"]),
        (["patient", "professional", "patient"], ["more than one …'patient'"]),
        ([], ["no …'patient'", "no …'professional'"]),
    ],
)
def test_roles_are_one_for_each_actor(tmp_path, actors, expected):
    roles = [{"key": f"role_{n}", "actor": actor, "prompt": "Who?"} for n, actor in enumerate(actors)]
    ours = TEXT[TEXT.index("roles: #") : TEXT.index("# In every section")]
    path, line = edited(tmp_path, (ours, f"§roles: {json.dumps(roles)}\n"))
    told = zip(sorted(refusal(path)), expected, strict=True)
    assert all(tells(problem, f"{path}:{line}: self-study: {what}") for problem, what in told)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("letter: d", "§letter: c", "'c'…twice, on lines…parts are told apart by it"),
        ('prompt: "What happened?"', '§prompt: "What \u202ehappened?"', "'prompt'…U+202E"),
        ('prompt: "What happened?"', '§prompt: "What\u2028happened?"', "'prompt'…U+2028"),
    ],
)
def test_what_a_page_could_not_show_or_tell_apart_is_refused(tmp_path, old, new, message):
    path, line = edited(tmp_path, (old, new))
    assert [tells(problem, f"{path}:{line}: …{message}") for problem in refusal(path)] == [True]


def test_an_actor_needs_roles(tmp_path):
    ours = TEXT[TEXT.index("roles: #") : TEXT.index("# In every section")]
    path, _ = edited(tmp_path, (ours, ""))
    problems = refusal(path)
    assert problems and all("the file has no 'roles'" in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("language: sv", "§language: en", "'language' is 'en'…'ward_round.sv.yaml'"),
        ("key: patient_plan", "§key: patient_plam", "'key' is 'patient_plam'…English file has 'patient_plan'"),
        ("version: 1", "§version: 2", "'version' is '2'…English file has '1'"),
    ],
)
def test_a_translation_is_compared_with_the_english_file_beside_it(tmp_path, old, new, message):
    (tmp_path / "ward_round.en.yaml").write_text(TEXT, encoding="utf-8")
    swedish = TEXT.replace("language: en", "language: sv")
    path = tmp_path / "ward_round.sv.yaml"
    path.write_text(swedish, encoding="utf-8")
    compare_translation(path)
    assert old in swedish
    line = swedish[: swedish.index(old)].count("\n") + 1
    path.write_text(swedish.replace(old, new.strip("§"), 1), encoding="utf-8")
    with pytest.raises(SelfStudyError) as told:
        compare_translation(path)
    assert [tells(problem, f"{path}:{line}: …{message}") for problem in told.value.problems] == [True]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(tmp_path):
    path, _ = edited(
        tmp_path,
        ("- key: what_helped", "- key: what_helped\n    letter: c"),
        ("key: patient_plan", "key: what_happened"),
        ('prompt: "What happened?"', 'promt: "What happened?"'),
        ("what did the {patient} do?", "what did the {parent} do?"),
        ("version: 1\n", "version: first\n"),
    )
    problems = refusal(path)
    lines = [int(problem.removeprefix(f"{path}:").partition(":")[0]) for problem in problems]
    assert len(problems) == 6 and lines == sorted(lines)
    told = [
        "'version'",
        "'prompt'",
        "'promt'",
        "'what_happened'",
        "{parent}",
        "'letter'",
    ]
    assert all(what in problem for what, problem in zip(told, problems, strict=True))


def test_words_yaml_would_turn_into_truth_or_dates_stay_words(tmp_path):
    path, _ = edited(
        tmp_path,
        ("language: en", "language: no"),
        ("letter: d", "letter: n"),
        ('title: "What helped"', "title: 2018-09-06"),
    )
    study = SelfStudy.load(path)
    assert (study.language, study.sections[3].letter, study.sections[2].title) == ("no", "n", "2018-09-06")


def test_a_folded_prompt_has_no_line_break_at_its_end(tmp_path):
    path, _ = edited(tmp_path, ('prompt: "What happened?"', "prompt: >\n          What happened\n          then?"))
    assert SelfStudy.load(path).question("what_happened").prompt == "What happened then?"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", ":1: …empty…key: "),
        (b"- What happened?\n", ":1: …list…key: "),
        (b"What happened?\n", ":1: …text…key: "),
        (b"key: a\ntitle: V\xe5rd\n", ":2: …0xE5…UTF-8"),
        (TEXT.encode("utf-16"), ":1: …0xFF…UTF-8"),
    ],
)
def test_a_file_that_is_no_self_study_at_all_is_refused_plainly(tmp_path, raw, message):
    path = tmp_path / "ward_round.yaml"
    path.write_bytes(raw)
    assert [tells(problem, f"{path}{message}") for problem in refusal(path)] == [True]


def test_a_file_of_windows_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "ward_round.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert SelfStudy.load(path) == STUDY


MANY = {
    "names": "".join(f"k{number}: 1\n" for number in range(80_000)),
    "one name": "a: 1\n" * 190_000,
    "numbers": f"sections: [{'1,' * 400_000}]",
    "documents": "---\n" * 240_000,
    "questions": "? a\n" * 200_000,
}


@pytest.mark.parametrize("content", MANY.values(), ids=MANY)
def test_a_short_file_of_very_many_values_is_refused_at_once(tmp_path, content):
    """It took up to 43 seconds, and told 400,001 mistakes."""
    (tmp_path / "many.yaml").write_text(content)
    (problem,) = refusal(tmp_path / "many.yaml")
    assert "more than 20,000 values" in problem


@pytest.mark.parametrize("count", [200, 201, 5_000])
def test_so_many_mistakes_are_told_and_the_others_are_counted(tmp_path, count):
    (tmp_path / "many.yaml").write_text("".join(f"k{number}: 1\n" for number in range(count - 1)))
    *told, last = refusal(tmp_path / "many.yaml")  # each name, and those that are missing
    assert len(told) == min(count - 1, 200)
    assert ("more mistake" in last) == (count > 200)
    if count > 200:
        assert f"{count - 200:,} more mistake" in last and len({*told}) == 200


def test_aliases_within_aliases_are_refused_before_they_grow(tmp_path):
    lines = ["a0: &a0 [care, care]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    path = tmp_path / "ward_round.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "alias 'a58'" in refusal(path)[-1]


def test_a_broken_file_among_the_kits_own_is_refused_like_any_other(tmp_path, monkeypatch):
    path, _ = edited(tmp_path, ('prompt: "What happened?"', 'promt: "What happened?"'))
    path.rename(tmp_path / "ward_round.en.yaml")
    monkeypatch.setattr(self_study, "CONTENT", tmp_path)
    with pytest.raises(SelfStudyError, match="'promt'.*'prompt'"):
        SelfStudy.load("ward_round")


SNIPPETS = [
    "&a ",
    "*a",
    "<<: ",
    "!!set ",
    "!!binary ",
    "- ",
    ": ",
    "? ",
    "|\n",
    ">\n",
    "---\n",
    "{",
    "[",
    "]",
    "\t",
    "#",
]
SNIPPETS += [
    '"\\U00110000"',
    '"\\ud800"',
    "%YAML 9.9\n",
    "null",
    "1" * 5000,
    "0b_",
    "2001-99-99",
    "\x85",
    "\u2028",
    "'",
    "é",
]
NAMES = [field.name for field in fields(SelfStudy)] + [field.name for field in fields(Question)]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The frozen file with up to four pieces cut out, repeated or replaced."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 80)))
        text = text[:start] + draw(st.sampled_from([*SNIPPETS, "", text[start:end] * 2])) + text[end:]
    return text.encode("utf-8")


def self_study_like() -> st.SearchStrategy[bytes]:
    """Right names, wrong shapes."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(ACTORS)
    names = st.sampled_from([*NAMES, "parts", "citation", "doi", "heading"])
    shapes = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5))
    whole = yaml.load(TEXT, yaml.CSafeLoader)
    tops = st.dictionaries(names, shapes, max_size=12).map(lambda top: whole | top)
    return tops.map(lambda top: yaml.dump(top, Dumper=yaml.CSafeDumper, sort_keys=False).encode())


@given(
    raw=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")) | mutated() | self_study_like()
)
@example(raw=b"?")  # its value ends on a line that is not there
@settings(max_examples=300, deadline=None)
def test_any_bytes_load_or_are_refused_with_file_and_line(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any_bytes.yaml"
    path.write_bytes(raw)
    try:
        study = SelfStudy.load(path)
    except SelfStudyError as error:
        assert error.problems and all(re.match(rf"{re.escape(str(path))}:\d+: ", told) for told in error.problems)
    else:
        assert len(set(study.keys)) == len(study.keys) and json.dumps(study.to_dict())


def properties_of(schema: object) -> Iterator[tuple[str, dict]]:
    if isinstance(schema, dict):
        for name, inner in schema.items():
            if name == "properties":
                yield from inner.items()
            yield from () if name in ("if", "then", "else", "allOf") else properties_of(inner)


def test_the_schema_is_sound_closed_and_explains_every_property():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    groups = [schema, *(group for group in schema["$defs"].values() if group.get("type") == "object")]
    assert len(groups) == 7 and all(group["additionalProperties"] is False for group in groups)
    assert [name for name, inner in properties_of(schema) if not inner.get("description")] == []


def test_the_schema_and_the_code_agree():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kinds = schema["$defs"]
    assert tuple(kinds["actor"]["enum"]) == ACTORS and tuple(kinds["aspect"]["enum"]) == ASPECTS
    assert set(schema["properties"]) == {field.name for field in fields(SelfStudy)}
    assert set(kinds["question"]["properties"]) | {"part"} == {field.name for field in fields(Question)} | {"parts"}


def test_a_learners_kernel_loads_the_kits_self_study_without_jsonschema():
    code = """if True:
        import sys
        from coprod_widgets.study.self_study import SelfStudy
        print("yaml" in sys.modules)
        SelfStudy.load()
        print("jsonschema" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


WITHOUT_ROLES = """key: short
version: 1
language: en
title: Short
lead: Think.
minutes: 5
readings_title: Read
readings: []
self_study_title: Questions
sections:
  - key: only
    letter: a
    title: One
    questions:
      - key: what
        prompt: What?
        {more}
credits: []
"""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('hint: "What did the {patient} hear?"', "'hint' holds '{patient}', but the file has no 'roles'"),
        ("hint: See https://example.org/#part or C# or 50 % of it.", ""),
        ('hint: "“Nothing about us without us”: what does it mean?"', ""),
        ("hint: What does “coproduction” mean?", ""),
        ("hint: 2 * 3 * 4 and a_b_c < d > e", ""),
    ],
)
def test_what_learners_would_see_otherwise_is_told_and_nothing_else(tmp_path, more, message):
    path = tmp_path / "short.yaml"
    path.write_text(WITHOUT_ROLES.replace("{more}", more), encoding="utf-8")
    if not message:
        assert SelfStudy.load(path).questions[0].hint
        return
    (problem,) = refusal(path)
    assert message in problem


def test_one_question_alone_makes_no_canvas(tmp_path):
    text = TEXT
    for aspect in ("relationship", "plan", "carrying_out"):
        text = re.sub(rf"\n +aspect: {aspect}", "", text)
    text = text.replace(
        'prompt: "What happened?"', 'prompt: "What happened?"\n        actor: patient\n        aspect: plan'
    )
    path = tmp_path / "one.yaml"
    path.write_text(text, encoding="utf-8")
    assert SelfStudy.load(path)  # one that lost its other questions while it is served still opens
    with pytest.raises(SelfStudyError, match="only this question has an 'aspect'"):
        check_canvas(path)


@pytest.mark.parametrize("sign", ["[a](", "["])
def test_a_text_full_of_signs_of_markup_takes_no_time(sign):
    before = time.process_time()
    assert _MARKUP.search(sign * 50_000) is None and _MARKUP.search(sign * 9 + "[ward](https://example.org)")
    assert time.process_time() - before < 2  # each sign was once searched to the text's end


def test_a_slip_below_a_text_of_many_lines_is_told_at_once(tmp_path):
    before = time.process_time()
    text = "key: x\ntitle: |\n" + "  a: b\n" * 40_000 + "lead: x\n oops: b\n"
    (path := tmp_path / "long.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SelfStudyError, match="'oops' begins in column 2, and 'lead' above it in column 1"):
        SelfStudy.load(path)
    assert time.process_time() - before < 5  # each line was once compared with all below it
