"""What is written is approved, apart, out of order and without a pseudonym; else nothing is written."""

import json
import re
import stat

import pandas as pd
import pytest

from coprod_widgets.deidentify.disclosure import risk
from coprod_widgets.deidentify.proposals import Change, Proposal, decide, reviewed
from coprod_widgets.deidentify.release import release as release_with
from coprod_widgets.errors import ReleaseRefused
from coprod_widgets.exports.csv_file import read_table

PEOPLE = [f"L-0SAMPLE{n}" for n in range(10)]
TITLE = Change(start=0, end=12, kind="name", replacement="[NAME-1]", by="rules", reason="follows a title")


def release(*args, attributes=None, **settings):
    """As `release` does; where no test says which attributes are sensitive, none is."""
    return release_with(*args, attributes=attributes, **{"sensitive": []} | settings)


def proposals(people=PEOPLE, questions=("what_happened", "patient_plan")):
    for person in people:
        for question in questions:
            yield Proposal(
                session="SPRING-26",
                pseudonym=person,
                question=question,
                revision=1,
                language="en",
                version="1",
                original=f"Dr. Okonkwo helped {person[-1]} with {question}.",
                changes=(TITLE,),
            )


def found(verdicts=(), **settings):
    """A review in which everything is approved, but for `verdicts` on the first few."""
    texts = list(proposals(**settings))
    said = [*verdicts, *["approved"] * len(texts)]
    made = {text.place: decide(text, one, by="M. K.", read=True) for text, one in zip(texts, said, strict=False) if one}
    return reviewed(texts, made, left_out=4)


def attributes(**columns):
    return pd.DataFrame({"pseudonym": PEOPLE, "profession": ["nurse"] * 5 + ["patient"] * 5, **columns})


def test_only_what_is_approved_goes_out_as_it_was_approved(tmp_path):
    done = release(found(["dropped", None]), tmp_path / "out")
    texts = read_table(done.folder / "texts.csv")
    assert tuple(texts.columns) == ("study", "question", "language", "text") and done.texts == len(texts) == 18
    assert not texts["text"].str.contains("Okonkwo").any() and not texts["text"].str.contains("helped 0").any()
    assert done.pseudonyms == frozenset(PEOPLE[1:])


def test_no_file_holds_a_pseudonym_or_a_word_that_was_taken_out(tmp_path):
    done = release(found(), tmp_path / "out", attributes=attributes())
    assert sorted(path.name for path in done.folder.iterdir()) == ["attributes.csv", "manifest.json", "texts.csv"]
    for path in done.folder.iterdir():
        text = path.read_text(encoding="utf-8-sig")
        assert not any(word in text for word in (*PEOPLE, "Okonkwo", "SPRING-26")), path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(done.folder.stat().st_mode) == 0o700
    assert not any(person in repr(done) for person in PEOPLE)


def test_texts_and_attributes_have_no_column_in_common_and_no_order_either(tmp_path):
    # The chance that two of these orders are the order before is one in ten to the eighteenth.
    own = attributes(number=range(10))
    released = [release(found(), tmp_path / str(n), attributes=own, k=1).folder for n in range(2)]
    texts, table = (read_table(released[0] / name) for name in ("texts.csv", "attributes.csv"))
    assert not {*texts.columns} & {*table.columns}
    orders = [texts["text"].tolist(), read_table(released[1] / "texts.csv")["text"].tolist()]
    before = [text.proposed for text in proposals()]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(before)
    assert orders[0] != orders[1] and before not in orders
    assert sorted(table["number"].tolist()) == sorted(map(str, range(10)))


def test_the_manifest_says_what_was_done_and_by_whom(tmp_path):
    done = release(found(["dropped", None]), tmp_path / "out", attributes=attributes(), k=4)
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["texts"] == {"approved": 18, "edited": 0, "dropped": 1, "not_reviewed": 1, "without_consent": 4}
    assert manifest["proposed_by_kind"] == {"name": 18} and manifest["approved_by"] == ["M. K."]
    assert manifest["attributes"] == {"columns": ["profession"], "k": 4, "smallest_class": 4, "learners": 9}
    assert (
        manifest["kit_version"] and manifest["study_versions"] == ["paul_on_coproduction 1"] and manifest["released_at"]
    )


def test_a_rare_learner_stops_everything_and_the_error_names_what_to_generalise(tmp_path):
    rare = attributes(region=["north"] * 9 + ["a small island"])
    with pytest.raises(ReleaseRefused, match=r"50%.*\b10 learners\b.*\b1\b.*'region'"):
        release(found(), tmp_path / "out", attributes=rare)
    assert not (tmp_path / "out").exists()


def test_only_learners_with_a_text_in_it_count_as_a_crowd(tmp_path):
    with pytest.raises(ReleaseRefused, match=r"\b4 others\b"):
        release(found(people=PEOPLE[:4]), tmp_path / "out", attributes=attributes(), columns=["profession"])


def test_one_learner_without_attributes_stops_everything(tmp_path):
    with pytest.raises(ReleaseRefused, match="1 of 10 learners"):
        release(found(), tmp_path / "out", attributes=attributes().iloc[:9], k=1)
    assert not (tmp_path / "out").exists()


def test_attributes_of_other_learners_are_refused(tmp_path):
    others = attributes(region="north").assign(pseudonym=[f"{name} " for name in PEOPLE])
    with pytest.raises(ReleaseRefused, match="none of the 10 learners"):
        release(found(), tmp_path / "out", attributes=others, columns=["region"])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "cells",
    [[1, 1.0, True, 1, 1], [0, False, -0.0, 0, 0], ["1", 1.50, "1.5", "1.5", "1.5"], ["", None, "x", "x", "x"]],
    ids=["ones", "zeros", "numbers", "empty"],
)
def test_learners_are_alike_only_where_what_is_written_is_alike(tmp_path, cells):
    mixed = pd.DataFrame({"pseudonym": PEOPLE[:5], "score": pd.Series(cells, dtype="object")})
    with pytest.raises(ReleaseRefused, match="nobody"):
        release(found(people=PEOPLE[:5]), tmp_path / "out", attributes=mixed, k=5)
    assert not (tmp_path / "out").exists()
    done = release(found(people=PEOPLE[:5]), tmp_path / "out", attributes=mixed, k=1)
    written = read_table(done.folder / "attributes.csv")["score"].value_counts()
    assert written.min() == risk(mixed, ["score"]).smallest


def test_release_asks_which_attributes_are_sensitive(tmp_path):
    for unsaid in (None, "profession", ["illness"]):
        with pytest.raises(ReleaseRefused, match="sensitive="):
            release(found(), tmp_path / "out", attributes=attributes(), sensitive=unsaid)
    assert not (tmp_path / "out").exists()


def test_five_alike_who_share_a_sensitive_value_are_refused(tmp_path):
    own = attributes(illness=["asthma"] * 5 + ["gout"] * 5)
    with pytest.raises(ReleaseRefused, match=r"same 'illness'.*'profession'"):
        release(found(), tmp_path / "out", attributes=own, sensitive=["illness"])
    done = release(found(), tmp_path / "out", attributes=own, columns=["illness"], sensitive=["illness"])
    assert len(read_table(done.folder / "attributes.csv")) == 10
    alone = attributes(illness=["asthma"] * 10)
    with pytest.raises(ReleaseRefused, match="same 'illness'"):
        release(found(), tmp_path / "other", attributes=alone, columns=["illness"], sensitive=["illness"])


def test_an_empty_cell_is_written_as_one(tmp_path):
    own = attributes(region=[None] * 5 + ["north"] * 5).astype({"region": "object"})
    done = release(found(), tmp_path / "out", attributes=own, columns=["region"])
    assert sorted(read_table(done.folder / "attributes.csv")["region"]) == [""] * 5 + ["north"] * 5


def test_a_formula_stays_text(tmp_path):
    texts = list(proposals(people=PEOPLE[:1], questions=["what_happened"]))
    said = decide(texts[0], "approved", by="M. K.", read=True, text="=1+1")
    done = release(reviewed(texts, {said.place: said}), tmp_path / "out")
    assert "'=1+1" in (done.folder / "texts.csv").read_text(encoding="utf-8-sig")


def test_without_an_approved_text_there_is_no_release(tmp_path):
    with pytest.raises(ReleaseRefused, match="approved"):
        release(reviewed(proposals(), {}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "texts.csv").write_text("older")
    with pytest.raises(ReleaseRefused, match=re.escape(str(tmp_path))):
        release(found(), tmp_path)
    assert (tmp_path / "texts.csv").read_text() == "older"


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (attributes().drop(columns="pseudonym"), None),
        (attributes(), ["pseudonym"]),
        (attributes(), ["country"]),
        (pd.concat([attributes(), attributes()]), None),
    ],
)
def test_attributes_that_cannot_be_told_apart_from_pseudonyms_are_refused(tmp_path, table, columns):
    with pytest.raises(ValueError, match="ttributes"):
        release(found(), tmp_path / "out", attributes=table, columns=columns)
