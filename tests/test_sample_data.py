"""The sample data are what their README says: invented, uneven, exact in every span, and without anybody in them."""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from coprod_widgets import SelfStudy
from coprod_widgets.exports.csv_file import INVENTED, read_csv

FOLDER = Path(__file__).parents[1] / "sample_data"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
STUDY = SelfStudy.load()
KEYS = [question.key for question in STUDY.questions]


def table(name):
    return pd.read_csv(FOLDER / name, keep_default_na=False, dtype={"value": str})


RESPONSES, RAW = read_csv(FOLDER / "responses.csv"), read_csv(FOLDER / "responses_raw.csv")
ANSWERS = RESPONSES[RESPONSES["question"].isin(KEYS)]
LEARNERS, CODINGS, THEMES = table("learners.csv"), table("codings.csv"), table("themes.csv")
IDENTIFIERS = table("responses_raw_identifiers.csv")
ATTRIBUTES = table("attributes.csv")
TEXTS = {(row.pseudonym, row.question): row.text for row in pd.concat([RESPONSES, RAW]).itertuples()}


def sentences(text):
    return [re.sub(r"\W+", " ", part).strip().lower() for part in re.split(r"(?<=[.!?…])(?<!Dr\.)\s+", text)]


def test_every_file_and_every_column_is_in_the_readme():
    for path in FOLDER.glob("*.csv"):
        assert path.name in README
        for column in path.read_text(encoding="utf-8-sig").partition("\n")[0].split(","):
            assert re.search(rf"\b{column}\b", README), f"{path.name}: {column}"


def test_the_readme_says_first_that_nobody_is_in_here():
    assert README.split("\n")[2].startswith("**No person is in here.**")


def test_responses_have_the_columns_of_an_export_but_for_consent_and_known_questions():
    for responses in (RESPONSES, RAW):
        assert tuple(responses.columns) == INVENTED
        assert set(responses["question"]) <= set(STUDY.keys)
        assert not responses.duplicated(["pseudonym", "question"]).any()


def test_there_are_as_many_learners_and_answers_as_the_readme_says():
    assert (RESPONSES["pseudonym"].nunique(), len(ANSWERS), len(RESPONSES) - len(ANSWERS)) == (54, 535, 108)
    assert (RAW["pseudonym"].nunique(), int(RAW["question"].isin(KEYS).sum()), len(IDENTIFIERS)) == (14, 96, 151)
    each = ANSWERS.groupby("pseudonym").size()
    assert (each.min(), each.max()) == (6, 11)


def test_an_answer_has_15_to_120_words_and_lengths_are_uneven():
    words = ANSWERS["text"].str.split().str.len()
    assert words.between(15, 120).all()
    assert (words <= 25).mean() > 0.25 and (words >= 60).mean() > 0.15


def test_no_sentence_stands_twice():
    seen = Counter(sentence for text in pd.concat([ANSWERS, RAW])["text"] for sentence in sentences(text) if sentence)
    assert [sentence for sentence, count in seen.items() if count > 1] == []


def test_patients_are_left_out_more_often_than_professionals():
    given = ANSWERS[ANSWERS["aspect"] != ""].groupby("actor").size()
    assert given["patient"] < given["professional"]


def test_learners_are_who_the_readme_says():
    assert set(LEARNERS["pseudonym"]) == set(RESPONSES["pseudonym"]) and LEARNERS["pseudonym"].is_unique
    assert (LEARNERS["setting"].nunique(), LEARNERS["country"].nunique()) == (12, 32)
    assert LEARNERS["setting"].value_counts().between(4, 5).all()
    for column in ("told_by", "age_band"):
        for value, count in LEARNERS[column].value_counts().items():
            assert f"`{value}` ({count})" in README


def test_the_fourteen_of_the_raw_responses_have_attributes():
    assert sorted(ATTRIBUTES["pseudonym"]) == sorted(RAW["pseudonym"].unique())
    for value, count in ATTRIBUTES["role"].value_counts().items():
        assert f"`{value}` ({count})" in README


IDENTIFIER_SHAPES = {
    "an address on the web": r"https?://|www\.|\S@\S",
    "a long number": r"\d[\d \-]{5,}\d",
    "a date": r"\b\d{1,2}(st|nd|rd|th)? (of )?(January|February|March|April|May|June|July|August|September|October|November|December)\b|\b\d{1,2}[./]\d{1,2}\b",  # fmt: skip  # noqa: E501
    "a title with a name": r"\b(Mr|Mrs|Ms|Dr|Prof|Sister|Nurse|Auntie|Uncle)\.? [A-Z][a-z]+",
    "a street": r"\b[A-Z]\w+ (Street|Road|Lane|Avenue|Hospital|Clinic|Ward)\b",
    "an age over 89": r"\b(9\d|1[01]\d)[- ]years?\b|\bninety[- ](year|one|two|three)",
}


@pytest.mark.parametrize("shape", IDENTIFIER_SHAPES)
def test_no_answer_holds_what_has_the_shape_of(shape):
    found = [match[0] for text in ANSWERS["text"] for match in re.finditer(IDENTIFIER_SHAPES[shape], text)]
    assert found == []


def test_no_answer_holds_a_name_that_the_raw_responses_are_full_of():
    names = {words for words in IDENTIFIERS.loc[IDENTIFIERS["kind"].isin(["name", "place"]), "words"] if len(words) > 5}
    assert names
    text = "\n".join(ANSWERS["text"])
    # Some are words as well, and stand in small letters too.
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", text) and name.lower() not in text] == []


@pytest.mark.parametrize("spans", [IDENTIFIERS, CODINGS], ids=["identifiers", "codings"])
def test_every_span_is_exact(spans):
    for row in spans.itertuples():
        assert TEXTS[row.pseudonym, row.question][row.start : row.end] == row.words


def test_every_kind_of_identifier_is_planted_and_explained():
    kinds = Counter(IDENTIFIERS["kind"])
    assert min(kinds.values()) >= 2 and kinds.most_common(1)[0][0] == "name"
    assert [kind for kind in kinds if f"`{kind}`" not in README] == []


def test_numbers_in_the_raw_responses_are_nobodys():
    """Ranges that are kept free for fiction or documentation, each by its backend."""
    kept = {
        "phone": r"555[ -]?01\d\d|07700 ?900|7946 ?0|1632 ?960",
        "email": r"@(\w+\.)*example\.(org|com|net)$",
        "url": r"\bexample\.(org|com|net)\b",
        "ip": r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$",
    }
    for row in IDENTIFIERS[IDENTIFIERS["kind"].isin(kept)].itertuples():
        assert re.search(kept[row.kind], row.words), row.words


def test_two_coders_used_the_codebook_on_what_both_have_read():
    assert sorted(CODINGS["coder"].unique()) == ["alder", "birch"]
    assert set(CODINGS["theme"]) <= set(THEMES["theme"]) and THEMES["theme"].is_unique and len(THEMES) == 12
    read = set(table("coded_answers.csv").itertuples(index=False, name=None))
    assert set(CODINGS[["pseudonym", "question"]].itertuples(index=False, name=None)) <= read
    assert (len(read), len({pseudonym for pseudonym, _ in read})) == (231, 24)
    assert read <= set(ANSWERS[["pseudonym", "question"]].itertuples(index=False, name=None))


def test_the_coders_disagree_and_agree():
    once = CODINGS.drop_duplicates(["coder", "pseudonym", "question", "theme"])
    both = once.duplicated(["pseudonym", "question", "theme"]).sum()
    assert 0.3 < 2 * both / len(once) < 0.9


@pytest.mark.parametrize("name", ["trial.csv", "trial_adjusted.csv"])
def test_every_published_figure_has_its_source(name):
    assert table(name)["source"].str.contains(r"https://\S+\.\w+").all()


def test_the_trials_figures_add_up_as_published():
    trial = table("trial.csv")
    value = {(row.arm, row.measure): float(row.value) for row in trial.itertuples()}
    arms = ("control", "physician", "patient", "shared")
    assert sum(value[arm, "enrolled"] for arm in arms) == value["all", "enrolled"] == 1503
    assert round(100 * value["all", "enrolled"] / value["all", "potentially_eligible"], 1) == 5.9
    assert round(value["shared", "ldl_reduction"] - value["control", "ldl_reduction"], 1) == 8.5
    for arm in ("control", "physician"):
        fall = value[arm, "ldl_baseline"] - value[arm, "ldl_12_months"]
        assert round(fall, 1) == value[arm, "ldl_reduction"]


def test_an_adjusted_estimate_lies_in_its_interval():
    adjusted = table("trial_adjusted.csv")
    assert len(adjusted) == 12
    assert ((adjusted["ci_low"] < adjusted["estimate"]) & (adjusted["estimate"] < adjusted["ci_high"])).all()
