"""Figures about answers, against hand-computed tables and independent implementations."""

import math
from collections import Counter

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coprod_widgets import SelfStudy, analysis

STUDY = SelfStudy.load()
QUESTIONS = {question.key: question for question in STUDY.questions}


def frame(*rows):
    """Answers as an export has them: (learner, question, text)."""
    table = pd.DataFrame(rows, columns=["pseudonym", "question", "text"], dtype="str")
    return analysis.actors_and_aspects(table.assign(session="MONDAY"))


SMALL = frame(
    ("L-1", "role_patient", "daughter"),
    ("L-1", "what_happened", "The ward clerk found the missing letter."),
    ("L-1", "professional_plan", "Two ways, both with their price."),
    ("L-1", "patient_plan", "I chose."),
    ("L-2", "professional_plan", "He asked, and waited, and asked again."),
    ("L-2", "patient_plan", "   "),
    ("L-3", "role_patient", "uncle"),
)


def test_answers_are_without_roles_and_blanks_and_in_the_order_of_the_questions():
    given = analysis.answers(SMALL.sample(frac=1, random_state=3))
    assert list(given["question"]) == ["what_happened", "professional_plan", "patient_plan", "professional_plan"]
    assert list(given["words"]) == [7, 6, 2, 7]


def test_answered_has_a_row_for_who_answered_nothing_and_a_column_for_what_nobody_answered():
    table = analysis.answered(SMALL)
    assert list(table.columns) == list(QUESTIONS)
    assert table.sum(axis=1).to_dict() == {"L-1": 3, "L-2": 1, "L-3": 0}
    assert not table["difficult_to_do_consistently"].any()


def test_who_did_what_counts_learners_and_says_where_nobody_wrote():
    table = analysis.who_did_what(SMALL).set_index(["aspect", "actor"])
    assert table.loc[("plan", "professional")].to_dict() == {
        "asked": 3,
        "answered": 2,
        "share": 2 / 3,
        "median_words": 6.5,
    }
    assert table.loc[("relationship", "patient"), "answered"] == 0
    assert math.isnan(table.loc[("relationship", "patient"), "median_words"])
    assert len(table) == 6


def test_side_by_side_has_nought_for_the_one_who_is_left_out():
    table = analysis.side_by_side(SMALL)
    assert table.values.tolist() == [["plan", "L-1", 6, 2], ["plan", "L-2", 7, 0]]
    only = analysis.side_by_side(SMALL[SMALL["actor"] != "patient"])
    assert list(only["patient"]) == [0, 0]


ROW = st.tuples(st.sampled_from("ABC"), st.sampled_from(list(QUESTIONS)), st.sampled_from(["", "one", "one two"]))


@given(st.lists(ROW, unique_by=lambda row: row[:2]))
def test_who_did_what_agrees_with_counting_by_hand(rows):
    table = analysis.who_did_what(frame(*rows)).set_index(["aspect", "actor"])
    assert len(table) == 6
    for (aspect, actor), row in table.iterrows():
        mine = [
            text for _, key, text in rows if text and (QUESTIONS[key].aspect, QUESTIONS[key].actor) == (aspect, actor)
        ]
        assert row["answered"] == len(mine)
        lengths = [len(text.split()) for text in mine]
        assert row["median_words"] == np.median(lengths) if mine else math.isnan(row["median_words"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She didn’t hurry; the well-worn 3 chairs!", ["she", "didn't", "hurry", "the", "well-worn", "chairs"]),
        ("Hon frågade ÄNDÅ, 患者も", ["hon", "frågade", "ändå", "患者も"]),
        ("=1+1 -- '", []),
    ],
)
def test_words_are_letters_of_any_script_in_small(text, expected):
    assert analysis.words(text) == expected


def test_a_concordance_finds_whole_words_and_beginnings():
    table = analysis.in_context(SMALL, "ASKED", width=8)
    assert table[["left", "word", "right"]].values.tolist() == [
        ["He", "asked", ", and"],
        ["and", "asked", "again."],
    ]
    assert list(analysis.in_context(SMALL, "wait*")["word"]) == ["waited"]
    assert analysis.in_context(SMALL, "ask").empty and analysis.in_context(SMALL, "a.k*").empty


def test_a_concordance_needs_a_word():
    with pytest.raises(ValueError, match=r"'listen\*'"):
        analysis.in_context(SMALL, "")


def test_a_contrast_agrees_with_a_hand_computed_table():
    """Counts 8:2 and 2:8 with a prior of ten words, half each: the odds are 13:7 against 7:13."""
    table = analysis.contrast(["ask " * 8 + "tell tell"], ["ask ask " + "tell " * 8], prior_words=10).set_index("word")
    odds = math.log(13 / 7) - math.log(7 / 13)
    assert table.loc["ask", "log_odds"] == pytest.approx(odds)
    assert table.loc["ask", "z"] == pytest.approx(odds / math.sqrt(1 / 13 + 1 / 7))
    assert table.loc["tell", "z"] == pytest.approx(-table.loc["ask", "z"])
    assert list(table.index) == ["ask", "tell"]


def fighting_words(first, second, strength):
    """Monroe, Colaresi & Quinn's z-scores once more, one word at a time."""
    one, two = Counter(first), Counter(second)
    both = one + two
    prior = {word: strength * count / both.total() for word, count in both.items()}
    total = {id(counts): counts.total() + strength for counts in (one, two)}

    def log_odds(counts, word):
        seen = counts[word] + prior[word]
        return math.log(seen / (total[id(counts)] - seen))

    return {
        word: (log_odds(one, word) - log_odds(two, word))
        / math.sqrt(1 / (one[word] + prior[word]) + 1 / (two[word] + prior[word]))
        for word in both
    }


WORDS = st.lists(st.sampled_from(["ask", "tell", "wait", "walk", "drive"]), min_size=1, max_size=40)


@given(WORDS, WORDS, st.sampled_from([1, 50, 500]))
def test_a_contrast_agrees_with_an_independent_implementation(first, second, strength):
    if len({*first, *second}) < 2:
        return  # one word sets nothing apart: its odds are infinite
    table = analysis.contrast([" ".join(first)], [" ".join(second)], prior_words=strength)
    expected = fighting_words(first, second, strength)
    assert dict(zip(table["word"], table["z"], strict=True)) == pytest.approx(expected)
    assert table["z"].is_monotonic_decreasing


def test_a_rare_word_is_drawn_to_the_middle_by_the_prior():
    common, rare = ["ask " * 60 + "tell " * 30 + "hum"], ["ask " * 30 + "tell " * 60]
    strong = analysis.contrast(common, rare, prior_words=500).set_index("word")["z"]
    assert abs(strong["hum"]) < abs(strong["ask"])


def test_topics_keep_apart_what_never_stands_together():
    needles = [f"needle machine arm drain {extra}" for extra in ("alarm", "alarm", "tape", "tape")]
    gardens = [f"garden gate walker hedge {extra}" for extra in ("rail", "rail", "frame", "frame", "frame")]
    table = analysis.topics(needles + gardens, 2, top=4)
    assert [sorted(words.split(", ")) for words in table["words"]] == [
        ["garden", "gate", "hedge", "walker"],
        ["arm", "drain", "machine", "needle"],
    ]
    assert list(table["texts"]) == [5, 4]
    assert all(
        (place < 4) == ("needle" in words) for place, words in zip(table["example"], table["words"], strict=True)
    )


def test_topics_of_texts_with_nothing_in_common_are_refused():
    with pytest.raises(ValueError, match="2 texts .*2 topics"):
        analysis.topics(["needle", "garden"], 2)


CODINGS = analysis.actors_and_aspects(
    pd.DataFrame(
        [
            ("alder", "L-1", "professional_plan", "asks"),
            ("alder", "L-1", "professional_plan", "asks"),
            ("birch", "L-1", "professional_plan", "asks"),
            ("birch", "L-1", "professional_plan", "power"),
            ("alder", "L-2", "patient_plan", "asks"),
            ("birch", "L-2", "what_happened", "power"),
        ],
        columns=["coder", "pseudonym", "question", "theme"],
    )
)


def test_a_theme_counts_once_in_an_answer_whoever_found_it():
    table = analysis.theme_counts(CODINGS)
    assert table.loc["asks"].to_dict() == {"neither": 0, "patient": 1, "professional": 1, "all": 2}
    assert table.loc["power"].to_dict() == {"neither": 1, "patient": 0, "professional": 1, "all": 2}


def test_co_occurrence_counts_answers_that_hold_both():
    table = analysis.co_occurrence(CODINGS)
    assert (table.loc["asks", "asks"], table.loc["asks", "power"], table.loc["power", "asks"]) == (2, 1, 1)


READ = pd.DataFrame([(f"L-{n}", key) for n in (1, 2, 3) for key in QUESTIONS], columns=["pseudonym", "question"])


def test_agreement_counts_what_both_read_also_where_nobody_coded():
    table = analysis.agreement(CODINGS, READ).set_index("theme")
    assert table.loc["asks", ["alder", "birch", "both"]].to_list() == [2, 1, 1]
    total = len(READ)
    chance = (2 * 1 + (total - 2) * (total - 1)) / total**2
    assert table.loc["asks", "kappa"] == pytest.approx(((total - 1) / total - chance) / (1 - chance))
    assert table.loc["asks", "kappa_low"] <= table.loc["asks", "kappa"] <= table.loc["asks", "kappa_high"]
    assert "alder" in table.loc["power", "note"] and "undefined" not in table.loc["power", "note"]


def test_agreement_is_the_same_each_time():
    pd.testing.assert_frame_equal(analysis.agreement(CODINGS, READ), analysis.agreement(CODINGS, READ))


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        ([("L-3", "patient_plan")], "neither"),
        ([("L-1", "professional_plan")], "both"),
    ],
)
def test_an_undefined_agreement_says_why(read, reason):
    table = analysis.agreement(CODINGS, pd.DataFrame(read, columns=["pseudonym", "question"])).set_index("theme")
    assert math.isnan(table.loc["asks", "kappa"]) and math.isnan(table.loc["asks", "alpha_low"])
    assert "undefined" in table.loc["asks", "note"] and reason in table.loc["asks", "note"]


def test_agreement_needs_two_coders():
    with pytest.raises(ValueError, match="alder"):
        analysis.agreement(CODINGS[CODINGS["coder"] == "alder"], READ)


def test_kappa_agrees_with_a_textbook_table():
    """Twenty both, five and ten alone, fifteen neither: observed 0.7, by chance 0.5, so 0.4."""
    assert analysis.kappa(np.array([20, 5, 10, 15])) == pytest.approx(0.4)


CELLS = st.tuples(*[st.integers(0, 30)] * 4).filter(lambda cells: sum(cells) > 0)


def codes(cells):
    """What the two coders did with each answer, as 1 and 0."""
    both, first, second, neither = cells
    pairs = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    return tuple(map(list, zip(*pairs, strict=True)))


@given(CELLS)
def test_kappa_agrees_with_scikit_learn(cells):
    from sklearn.metrics import cohen_kappa_score  # here: it takes a second to load, in every process

    one, two = codes(cells)
    if len({*one, *two}) < 2:
        assert math.isnan(analysis.kappa(np.array(cells)))
    else:
        assert analysis.kappa(np.array(cells)) == pytest.approx(cohen_kappa_score(one, two))


@given(CELLS)
def test_alpha_agrees_with_krippendorff(cells):
    one, two = codes(cells)
    if len({*one, *two}) < 2:
        assert math.isnan(analysis.alpha(np.array(cells)))
    else:
        expected = krippendorff.alpha(np.array([one, two]), level_of_measurement="nominal")
        assert analysis.alpha(np.array(cells)) == pytest.approx(expected)


def test_the_analysis_loads_no_widgets():
    import ast
    from pathlib import Path

    paths = [Path(analysis.__file__).with_name(name) for name in ("tables.py", "themes.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level}
    assert named == {"exports.frames", "study.self_study", "text.limits"}


# One learner in two sessions, and every revision


TWO_SESSIONS = pd.DataFrame(
    [
        ("MONDAY", "L-1", "patient_plan", 1, "I chose."),
        ("MONDAY", "L-1", "patient_plan", 9, "I chose the day."),
        ("MONDAY", "L-1", "patient_plan", 10, "I chose the day and the ward."),
        ("FRIDAY", "L-1", "patient_plan", 1, "She chose."),
        ("MONDAY", "L-2", "patient_plan", 1, "We chose."),
    ],
    columns=["session", "pseudonym", "question", "revision", "text"],
).pipe(analysis.actors_and_aspects)


@pytest.mark.parametrize("kind", ["int64", "str"])
def test_a_share_is_never_more_than_everybody(kind):
    table = analysis.who_did_what(TWO_SESSIONS.astype({"revision": kind})).set_index(["aspect", "actor"])
    assert table.loc[("plan", "patient")].to_dict() == {
        "asked": 3,
        "answered": 3,
        "share": 1.0,
        "median_words": 2.0,
    }


def test_each_response_is_a_row_side_by_side():
    table = analysis.side_by_side(TWO_SESSIONS)
    assert table.values.tolist() == [["plan", "L-1", 0, 2], ["plan", "L-1", 0, 7], ["plan", "L-2", 0, 2]]


def test_a_word_is_found_in_the_newest_text_only():
    found = analysis.in_context(TWO_SESSIONS, "day")
    assert found[["study", "session", "pseudonym"]].values.tolist() == [["paul_on_coproduction", "MONDAY", "L-1"]]


def two_coders(*rows):
    columns = ["coder", "session", "pseudonym", "question", "theme"]
    return pd.DataFrame([(*row, "patient_plan", "power") for row in rows], columns=columns)


def test_coders_of_two_sessions_do_not_agree_by_their_learner():
    codings = two_coders(("alder", "MONDAY", "L-1"), ("birch", "FRIDAY", "L-1"))
    table = analysis.agreement(codings, TWO_SESSIONS)
    assert table.loc[0, ["alder", "birch", "both"]].tolist() == [1, 1, 0]


def test_codings_that_say_no_session_are_refused_where_a_learner_is_in_two():
    codings = two_coders(("alder", "MONDAY", "L-1"), ("birch", "FRIDAY", "L-1"))
    with pytest.raises(ValueError, match="session"):
        analysis.agreement(codings.drop(columns="session"), TWO_SESSIONS)


def test_codings_of_another_session_than_was_read_are_refused():
    codings = two_coders(("alder", "sample", "L-1"), ("birch", "sample", "L-1"))
    with pytest.raises(ValueError, match="None of 2 codings"):
        analysis.agreement(codings, TWO_SESSIONS)


def test_answers_to_another_self_study_are_no_answers_to_this_one():
    both = pd.concat([TWO_SESSIONS, TWO_SESSIONS.assign(study="home_care")])
    assert len(analysis.answers(both)) == 3
    with pytest.raises(ValueError, match="home_care"):
        analysis.who_did_what(TWO_SESSIONS.assign(study="home_care"))


def test_themes_are_counted_in_each_session():
    codings = two_coders(("alder", "MONDAY", "L-1"), ("alder", "FRIDAY", "L-1")).assign(actor="patient")
    assert analysis.theme_counts(codings).loc["power", "all"] == 2
    assert analysis.co_occurrence(codings).loc["power", "power"] == 2


APOSTROPHES = frame(
    ("L-1", "what_happened", "I didn't know, and she Didn’t say."),
    ("L-2", "what_happened", "We didn´t ask. A nurse’s well-being."),
)


@pytest.mark.parametrize("word", ["didn't", "didn’t", "DIDN'T", "didn't ", "didn*"])
def test_a_word_in_context_is_found_with_any_apostrophe(word):
    assert list(analysis.in_context(APOSTROPHES, word)["word"]) == ["didn't", "Didn’t", "didn´t"]


def test_in_context_finds_as_many_as_contrast_counts():
    texts = APOSTROPHES["text"]
    for row in analysis.contrast(texts, []).itertuples():
        assert len(analysis.in_context(APOSTROPHES, row.word)) == row.first


@pytest.mark.parametrize("word", ["*", "**", " ", " *", ""])
def test_no_word_to_look_for_is_refused(word):
    with pytest.raises(ValueError, match="no word to look for"):
        analysis.in_context(SMALL, word)


def test_a_table_as_pandas_reads_it_is_analysed_like_one_read_here(tmp_path):
    from coprod_widgets.exports.csv_file import write_table

    write_table(SMALL, tmp_path / "answers.csv")
    loose = pd.read_csv(tmp_path / "answers.csv")  # NaN where a cell is empty, as after `role_patient`
    assert loose.isna().any(axis=None)
    for of in (analysis.answers, analysis.answered, analysis.who_did_what, analysis.side_by_side):
        pd.testing.assert_frame_equal(of(loose), of(SMALL), check_dtype=False)


WIDE = pd.DataFrame({"Timestamp": ["2026"], "What happened?": ["It worked."]})


@pytest.mark.parametrize(
    "of",
    [analysis.answers, analysis.answered, analysis.who_did_what, analysis.side_by_side,
     lambda frame: analysis.in_context(frame, "a")],
)  # fmt: skip
def test_a_table_with_a_column_for_each_question_is_told_what_to_do(of):
    with pytest.raises(ValueError, match=r"lack the column .*question.*pandas\.melt"):
        of(WIDE)


@pytest.mark.parametrize("name", ["alpha", "kappa", "both", "theme", "note", "kappa_low"])
def test_a_coder_called_as_a_column_of_the_result_is_refused(name):
    with pytest.raises(ValueError, match=f"A coder is called {name}"):
        analysis.agreement(CODINGS.replace({"coder": {"alder": name}}), READ)


@pytest.mark.parametrize("empty", [float("nan"), None, "", " "])
@pytest.mark.parametrize("column", ["coder", "theme", "question"])
def test_a_coding_that_does_not_say_whose_or_what_is_refused_with_its_row(column, empty):
    codings = CODINGS.astype("object")
    codings.loc[codings.index[2], column] = empty
    with pytest.raises(ValueError, match=f"Row 3 of the codings has no {column}"):
        analysis.agreement(codings, READ)


def test_coders_may_be_numbers():
    numbered = CODINGS.assign(coder=CODINGS["coder"].map({name: n for n, name in enumerate(CODINGS["coder"].unique())}))
    assert list(analysis.agreement(numbered, READ)["kappa"]) == list(analysis.agreement(CODINGS, READ)["kappa"])
    with pytest.raises(ValueError, match="have 1: 0"):
        analysis.agreement(numbered[numbered["coder"] == 0], READ)


def test_codings_without_an_actor_are_counted_as_about_neither():
    given = analysis.actors_and_aspects(CODINGS) if "actor" not in CODINGS else CODINGS
    loose = given.assign(actor=given["actor"].astype("object").where(given["actor"] != "", None))
    pd.testing.assert_frame_equal(analysis.theme_counts(loose), analysis.theme_counts(given))
    lost = given.assign(actor=float("nan"))
    assert analysis.theme_counts(lost)["all"].sum() == analysis.theme_counts(given)["all"].sum()


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: analysis.agreement(CODINGS, READ.iloc[:0]), "no answer in `read`"),
        (lambda: analysis.agreement(CODINGS.drop(columns="coder"), READ), "codings lack the column coder"),
        (lambda: analysis.agreement(CODINGS, READ.drop(columns="pseudonym")), "lack the column pseudonym"),
        (lambda: analysis.co_occurrence(CODINGS.iloc[:0]), "There are no codings"),
        (lambda: analysis.theme_counts(CODINGS, by="ward"), "codings lack the column ward"),
        (lambda: analysis.topics(["a b", "a c", "b c"], 5), "more topics than texts"),
        (lambda: analysis.topics(["nurse asked"] * 9, 5), "Only 2 words stand in more than one"),
        (lambda: analysis.topics(["a b"] * 9, 0), "at least 1 topic"),
        (lambda: analysis.topics([], 2), "more topics than texts"),
        (lambda: analysis.topics("one text", 2), "This is one text"),
        (lambda: analysis.topics(["a b", 3, "b c"], 2), "Text 2 is no text but int"),
        (lambda: analysis.contrast("one text", []), "This is one text"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused_in_plain_words(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()


def test_an_empty_text_among_others_is_no_reason_to_stop():
    texts = ["nurse asked twice", "nurse asked again", float("nan"), None, pd.NA, "the ward waited", "the ward asked"]
    assert len(analysis.topics(texts, 2)) == 2
    assert analysis.contrast(texts, ["ward", None])["first"].sum() == 12
