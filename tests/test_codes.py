"""Codes however they are typed or pasted."""

import pytest

from coprod_widgets.text.codes import JOIN, join_code, pseudonym, resume_code

CODE = "7F3K9Q2M1A0BCDEF"


@pytest.mark.parametrize(
    "typed",
    [
        "ACD-437",
        "acd437",
        "  a c d 4 3 7 ",
        "acd\u2013437.",
        "Ａｃｄ－４３７",
        "A\u200bCD-437\ufeff",
        "The code is ACD-437, see you",
        "the car ACD-437",
        "your code: acd437",
        "http://192.168.1.7:8866/?session=ACD-437",
        "https://kit.example/?session=acd-437#privacy",
        "“ACD‑437”",
    ],
)
def test_a_join_code_is_read_however_it_is_typed_or_pasted(typed):
    assert join_code(typed) == "ACD437"


@pytest.mark.parametrize(
    "typed",
    [
        "7F3K-9Q2M-1A0B-CDEF",
        "7f3k9q2m1a0bcdef",
        "7F3K 9Q2M IAOB CDEF",
        "7f3k-9q2m-laob-cdef",
        "７Ｆ３Ｋ－９Ｑ２Ｍ－１Ａ０Ｂ－ＣＤＥＦ",
        "My code: 7F3K–9Q2M–1A0B–CDEF (keep it)",
        "http://127.0.0.1:8866/#resume=7F3K-9Q2M-1A0B-CDEF",
        "7F3K-9Q2M-1A0B-\nCDEF",
    ],
)
def test_a_resume_code_is_read_however_it_is_typed_or_pasted(typed):
    assert resume_code(typed) == CODE


@pytest.mark.parametrize("typed", ["", "-", "hello", "ACD-43", "ACD-4377", "\ud800", "x" * 100_000])
def test_what_is_no_code_stays_none(typed):
    assert not (len(join_code(typed)) == 6 and set(join_code(typed)) <= set(JOIN))


@pytest.mark.parametrize("typed", ["L-7F3K9Q2M", "l7f3k9q2m", "Ｌ－7f3k9q2m", " L 7F3K9Q2M"])
def test_a_pseudonym_is_read_however_it_is_typed(typed):
    assert pseudonym(typed) == "L-7F3K9Q2M"
