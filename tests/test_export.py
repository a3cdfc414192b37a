import csv
import os
import re
import time
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coprod_widgets.exports.csv_file import (
    COLUMNS,
    CONSENT,
    INVENTED,
    read_csv,
    read_table,
    to_frame,
    write_csv,
    write_table,
)

FIRST = "The nurse sat down, asked what a good week looks like for us, and wrote that into the plan."
AWKWARD = [
    '=HYPERLINK("http://example.org", "the plan")',
    "+46 8 123 the ward's own number",
    "- she listened",
    "@team: thank you",
    "\tindented",
    "\rreturned",
    "\nbegun on the next line",
    "  =spaced",
    "\u00a0=spaced",
    "\u200b=unseen",
    "'=quoted",
    "''twice",
    "' \t",
    "＝１＋１",
    "＋－＠",
    "－ wide",
    "＠ wide",
]
PLAIN = [
    "",
    " ",
    "NA",
    "nan",
    "007",
    "1,5",
    '"',
    'he said "we", twice',
    "a\rb\nc\r\nd",
    "شكراً 👩🏽‍⚕️ tack",
    "\ufeffmark",
]
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(LETTERS | st.sampled_from("=+-@'\"\t\r\n ,;＝＋－＠\u200b\ufeff")) | st.sampled_from(AWKWARD + PLAIN)


@pytest.fixture
def row(study):
    return {
        "session": "SPRING-26",
        "pseudonym": "L-7F3K9Q2M",
        "study": study.key,
        "question": "patient_plan",
        "language": "en",
        "study_version": 2,
        "revision": 3,
        "state": "completed",
        "saved_at": datetime(2026, 9, 14, 10, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2))),
        "class_use": False,
        "research_use": True,
        "consent_version": 1,
        "consent_language": "en",
        "consent_at": datetime(2026, 9, 14, 8, 31, tzinfo=UTC),
        "text": FIRST,
    }


@pytest.fixture
def table(tmp_path):
    return tmp_path / "answers.csv"


def lines(table):
    """The file as any other program reads it."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_row_says_who_was_asked_about_and_what(row, table, study):
    write_csv([row], table, study)
    [answer] = read_csv(table).to_dict("records")
    assert tuple(answer) == COLUMNS
    assert (answer["question"], answer["actor"], answer["aspect"]) == ("patient_plan", "patient", "plan")
    assert (answer["session"], answer["pseudonym"], answer["language"]) == ("SPRING-26", "L-7F3K9Q2M", "en")
    assert (answer["version"], answer["revision"], answer["state"]) == (2, 3, "completed")
    assert answer["text"] == FIRST


def test_the_columns_are_exactly_these(row, table, study):
    write_csv([row], table, study)
    header, line = lines(table)
    assert header == (
        ["study", "session", "pseudonym", "question", "actor", "aspect", "language", "version"]
        + ["revision", "state", "time"]
        + ["class_use", "research_use", "consent_version", "consent_language", "consent_at", "text"]
    )
    assert line[10:16] == ["2026-09-14T08:30:00.123456Z", "no", "yes", "1", "en", "2026-09-14T08:31:00.000000Z"]


def test_an_export_without_a_study_is_about_the_kits_own(row, table, study):
    write_csv([row], table, study)
    write_table(read_table(table).drop(columns="study"), table)
    assert read_csv(table)["study"].tolist() == ["paul_on_coproduction"]
    write_table(read_table(table).drop(columns=list(CONSENT)), table)
    assert list(read_csv(table).columns)[:2] == ["study", "session"]


def test_actor_and_aspect_are_those_of_the_question_as_it_was_asked(row, table, study):
    asked = row | {"question": "patient_plan", "actor": "professional", "aspect": ""}
    frame = to_frame([asked, row | {"question": "patient_plan"}], study)
    assert frame[["actor", "aspect"]].values.tolist() == [["professional", ""], ["patient", "plan"]]


def test_a_row_says_what_its_learner_agreed_to(row, table, study):
    unasked = row | {"research_use": False, "consent_version": 0, "consent_language": "", "consent_at": None}
    write_csv([row, unasked], table, study)
    frame = read_csv(table)
    assert (list(frame["class_use"]), list(frame["research_use"])) == ([False, False], [True, False])
    assert (list(frame["consent_version"]), list(frame["consent_language"])) == ([1, 0], ["en", ""])
    assert frame["consent_at"][0] == row["consent_at"] and pd.isna(frame["consent_at"][1])
    assert (frame["class_use"].dtype, frame["consent_at"].dtype) == ("bool", frame["time"].dtype)


def test_invented_answers_have_no_columns_about_consent(row, table, study):
    write_csv([row], table, study)
    frame = read_csv(table).drop(columns=list(CONSENT))
    write_table(frame, table)
    assert list(read_csv(table)["text"]) == [FIRST]
    assert tuple(read_csv(table).columns) == INVENTED


def test_numbers_and_times_come_back_as_such(row, table, study):
    write_csv([row, row | {"saved_at": datetime(2026, 9, 14, tzinfo=UTC)}], table, study)
    frame = read_csv(table)
    assert (frame["version"].dtype, frame["revision"].dtype) == ("int64", "int64")
    assert list(frame["time"]) == [row["saved_at"], datetime(2026, 9, 14, tzinfo=UTC)]
    assert str(frame["time"].dt.tz) == "UTC"


def test_a_table_without_rows_has_the_same_columns_and_types(row, table, study):
    write_csv([row], table, study)
    types = read_csv(table).dtypes
    write_csv([], table, study)
    assert (len(read_csv(table)), list(read_csv(table).dtypes)) == (0, list(types))


@pytest.mark.parametrize("change", [{"question": "asked_no_more"}, {"study": "another"}, {"question": "what_happened"}])
def test_a_question_about_neither_has_no_actor_and_no_aspect(row, table, study, change):
    write_csv([row | change], table, study)
    [answer] = read_csv(table).to_dict("records")
    assert (answer["actor"], answer["aspect"], answer["text"]) == ("", "", FIRST)


@pytest.mark.parametrize("column", ["session", "pseudonym", "question", "language", "state", "text"])
@pytest.mark.parametrize("cell", AWKWARD)
def test_a_cell_that_could_be_a_formula_is_disarmed_and_restored(row, table, study, column, cell):
    write_csv([row | {column: cell}], table, study)
    assert lines(table)[1][COLUMNS.index(column)] == f"'{cell}"
    assert read_csv(table)[column][0] == cell


@pytest.mark.parametrize("cell", PLAIN)
def test_a_harmless_cell_is_written_as_it_is(row, table, study, cell):
    write_csv([row | {"text": cell}], table, study)
    assert lines(table)[1][-1] == cell == read_csv(table)["text"][0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("It went well;=1+1;thank you", "'It went well;'=1+1;thank you"),
        ("hello\t@SUM(1)", "'hello\t'@SUM(1)"),
        ("- she listened\r\n- she explained", "'- she listened\r\n'- she explained"),
        ("one; \u200b＝1", "'one;' \u200b＝1"),
        ("one;'two", "'one;''two"),
        ("one; two\nthree", "one; two\nthree"),
    ],
)
def test_a_formula_behind_a_separator_is_disarmed_and_restored(row, table, study, text, written):
    write_csv([row | {"text": text}], table, study)
    assert lines(table)[1][-1] == written
    assert read_csv(table)["text"][0] == text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, max_size=5))
def test_any_texts_come_back_to_the_letter_and_none_is_a_formula(row, table, study, texts):
    write_csv([row | {"text": text} for text in texts], table, study)
    assert list(read_csv(table)["text"]) == texts
    for cell in (part for line in lines(table)[1:] for part in re.split("[;\t\r\n]", line[-1])):
        seen = unicodedata.normalize("NFKC", cell).strip("\u200b\ufeff \u00a0")
        assert not seen.startswith(("=", "+", "-", "@"))
    for cell in (line[-1] for line in lines(table)[1:]):
        assert not cell.lstrip("\u200b\ufeff \u00a0").startswith(("\t", "\r", "\n"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(text="=Vården 🤝\r".ljust(20_000, "'"))
def test_an_answer_travels_unchanged_from_store_to_table(sqlite_store, table, study, text):
    course = {"session": "SPRING-26", "study": study}
    learner = sqlite_store.enrol("phone-9f2c41d07be35a68")
    base = len(sqlite_store.revisions(learner, "patient_plan", **course))
    sqlite_store.save(learner, "patient_plan", text, base=base, **course)
    assert sqlite_store.response(learner, **course).answers["patient_plan"].text == text
    write_csv(sqlite_store.rows(), table, study)
    assert list(read_csv(table)["text"]) == [text]


def test_the_table_is_private_and_opens_as_utf_8_in_a_spreadsheet(row, table, study):
    table.touch(mode=0o644)
    write_csv([row], table, study)
    assert table.stat().st_mode & 0o777 == 0o600
    assert table.read_bytes().startswith(b"\xef\xbb\xbfstudy,")


def test_a_table_that_cannot_be_finished_leaves_the_old_one(row, table, study):
    write_csv([row], table, study)
    before = table.read_bytes()
    with pytest.raises(KeyError):
        write_csv([row, {"session": "SPRING-26"}], table, study)
    assert table.read_bytes() == before
    assert list(table.parent.iterdir()) == [table]


@pytest.mark.parametrize("text", ["", "session,text\nSPRING-26,She listened\n"])
def test_another_table_is_refused(table, text):
    table.write_text(text)
    with pytest.raises(ValueError, match=r"answers\.csv.*session, pseudonym"):
        read_csv(table)


def test_any_other_table_is_as_safe_and_comes_back_to_the_letter(tmp_path):
    frame = pd.DataFrame({"words": AWKWARD + PLAIN, "=theme": "power", "start": 0})
    write_table(frame, tmp_path / "codings.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "codings.csv"), frame.astype("str"))
    with (tmp_path / "codings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [cell for line in csv.reader(file) for cell in line if cell.startswith("=")] == []
    assert (tmp_path / "codings.csv").stat().st_mode & 0o077 == 0


def saved_by_a_spreadsheet(
    table, separator=";", encoding="utf-8-sig", first="", end="\r\n", change=lambda cells: cells
):
    """What a spreadsheet makes of a table: its own separator, encoding, line ends and dates."""
    rows = [change(cells) for cells in lines(table)]
    with table.open("w", encoding=encoding, newline="") as file:
        file.write(first)
        csv.writer(file, delimiter=separator, lineterminator=end).writerows(rows)


@pytest.mark.parametrize(
    "saved",
    [
        {"separator": ";"},
        {"separator": "\t", "encoding": "utf-16"},
        {"separator": ",", "encoding": "utf-8"},
        {"first": "sep=;\r\n"},
        {"separator": "\t", "first": "sep=\t\n", "end": "\n"},
        {"end": "\r"},
        {"end": "\r\n\r\n"},
        {"change": lambda cells: [*cells, "", ""]},
        {"change": lambda cells: cells[::-1]},
    ],
    ids=["semicolon", "utf-16", "no mark", "sep line", "sep tab", "carriage returns", "blank lines", "wide", "moved"],
)
def test_a_table_that_a_spreadsheet_saved_again_is_read_to_the_letter(row, table, study, saved):
    write_csv([row, row | {"question": "patient_plan", "text": "Två rader\noch; ett =1"}], table, study)
    before = read_csv(table)
    saved_by_a_spreadsheet(table, **saved)
    pd.testing.assert_frame_equal(read_csv(table), before)


def test_empty_rows_at_the_end_and_cells_left_out_there_are_no_answers(tmp_path):
    path = tmp_path / "codings.csv"
    path.write_text("theme,memo\npower,so\nvoice\n,\n,\n\n", encoding="utf-8")
    assert read_table(path).to_numpy().tolist() == [["power", "so"], ["voice", ""]]


def changed(column, cell):
    """Another cell in one column of every row."""
    at = COLUMNS.index(column)
    return lambda cells: cells if cells[at] == column else [*cells[:at], cell, *cells[at + 1 :]]


@pytest.mark.parametrize(
    ("column", "cell", "read"),
    [
        ("time", "30/11/2026 10:07", pd.Timestamp("2026-11-30 10:07Z")),
        ("time", "11/30/2026 10:07 AM", pd.Timestamp("2026-11-30 10:07Z")),
        ("time", "30.11.2026 10:07:05", pd.Timestamp("2026-11-30 10:07:05Z")),
        ("time", "2026-11-30 10:07", pd.Timestamp("2026-11-30 10:07Z")),
        ("time", "2026/11/30 9:07", pd.Timestamp("2026-11-30 09:07Z")),
        ("consent_at", "", pd.NaT),
        ("revision", "3.0", 3),
        ("revision", "3,0", 3),
        ("class_use", "TRUE", True),
        ("class_use", "Yes", True),
        ("research_use", "FALSE", False),
        ("research_use", " No ", False),
    ],
)
def test_what_a_spreadsheet_makes_of_a_cell_is_read_as_it_was(row, table, study, column, cell, read):
    write_csv([row], table, study)
    saved_by_a_spreadsheet(table, change=changed(column, cell))
    value = read_csv(table)[column][0]
    assert value == read or (pd.isna(value) and pd.isna(read))


SECRET = "My mother SECRETNAME, 07700 900142"


@pytest.mark.parametrize(
    "column", ["session", "version", "revision", "time", "class_use", "research_use", "consent_at"]
)
@pytest.mark.parametrize("cell", [SECRET, "07:07.0", "03/04/2026 10:07", "1.5", "10/20", ""])
def test_a_cell_that_cannot_be_read_is_named_by_line_and_column_and_never_quoted(row, table, study, column, cell):
    write_csv([row, row | {"revision": 2}], table, study)
    saved_by_a_spreadsheet(table, change=changed(column, cell))
    if column == "session" and cell or cell == "" and column in ("consent_at", "class_use", "research_use"):
        return
    with pytest.raises(ValueError, match=rf"answers\.csv, line 2, column {column}: .*\.$") as error:
        read_csv(table)
    assert not cell or cell not in str(error.value)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("theme,memo\npower,V\xe5rd\n".encode("cp1252"), r"line 2: this is not UTF-8.*CSV UTF-8"),
        (f"theme,memo\npower,so,{SECRET}\n".encode(), r"line 2 has 4 cells, and the header 2"),
        (f'theme,memo\npower,"{SECRET}\n'.encode(), r"line 2: from here on quotation marks don't pair"),
        (f'theme,memo\na,"b"\npower,"so" {SECRET}\n'.encode(), r"line 3: from here on quotation marks"),
        (b"theme,theme\na,b\n", r"line 1: two columns have the same name"),
        (f"theme,memo\n{SECRET}\n".encode("utf-16-le"), r"NUL|UTF-16"),
        (b"\xff\xfetheme,memo\n\x00\xd8", r"not UTF-16|UTF-16"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line_and_never_quoted(tmp_path, raw, told):
    path = tmp_path / "codings.csv"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=told) as error:
        read_table(path)
    assert type(error.value) is ValueError and "SECRET" not in str(error.value) and str(path) in str(error.value)


def test_a_pipe_is_no_table_and_nobody_waits_for_its_other_end(tmp_path):
    os.mkfifo(tmp_path / "codings.csv")
    with pytest.raises(ValueError, match=r"codings\.csv is no ordinary file"):
        read_table(tmp_path / "codings.csv")


def test_a_table_without_its_header_is_refused_without_its_first_answer(row, table, study):
    write_csv([row | {"text": SECRET}], table, study)
    table.write_text(table.read_text(encoding="utf-8-sig").partition("\n")[2], encoding="utf-8")
    with pytest.raises(ValueError, match=r"answers\.csv, line 1: .* the line of names is missing") as error:
        read_csv(table)
    assert "SECRET" not in str(error.value)


def test_cells_of_any_length_come_back(tmp_path):
    frame = pd.DataFrame({"words": ["a" * 200_000], "theme": ["power"]})
    write_table(frame, tmp_path / "long.csv")
    assert read_table(tmp_path / "long.csv")["words"][0] == "a" * 200_000


def test_an_empty_cell_of_any_table_is_written_as_an_empty_text(tmp_path):
    frame = pd.DataFrame(
        {"n": range(4), "memo": ["so", None, float("nan"), pd.NA], "time": [pd.Timestamp("2026-11-30"), *[pd.NaT] * 3]}
    )
    write_table(frame, tmp_path / "codings.csv")
    read = read_table(tmp_path / "codings.csv")
    assert read["memo"].tolist() == ["so", "", "", ""] and read["time"].tolist()[1:] == ["", "", ""]
    write_table(pd.read_csv("sample_data/codings.csv"), tmp_path / "sample.csv")


@pytest.mark.parametrize("separator", [";", "\t", "\n"])
def test_a_formula_in_quotes_behind_a_separator_is_disarmed_too(row, table, study, separator):
    text = f'hello{separator} "=1+1"'
    write_csv([row | {"text": text}], table, study)
    assert f"{separator}'" in lines(table)[1][-1]
    assert read_csv(table)["text"][0] == text


def test_thousands_of_blank_lines_in_an_answer_take_no_time(row, table, study):
    began = time.process_time()
    write_csv([row | {"text": "a" + "\n" * 100_000 + "b"}], table, study)
    assert time.process_time() - began < 2
