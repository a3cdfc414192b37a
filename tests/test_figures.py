"""Figures show what their frames hold, also to those who cannot see them, or not in colour."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from coprod_widgets import analysis
from coprod_widgets.analysis import figures

RESPONSES = analysis.actors_and_aspects(
    pd.DataFrame(
        [
            ("L-1", "what_happened", "The lift was broken & we took the stairs."),
            ("L-1", "professional_plan", "She asked twice."),
            ("L-2", "professional_plan", "He asked and drew it."),
            ("L-2", "patient_plan", "I said the garden, not the hip."),
        ],
        columns=["pseudonym", "question", "text"],
        dtype="str",
    )
)
ARMS = pd.DataFrame(
    [("patient", -2.5, -8.2, 3.1), ("shared", -9.8, -15, -4.1)], columns=["arm", "estimate", "ci_low", "ci_high"]
)
AGREED = pd.DataFrame(
    [("power", 0.12, 0.05, 0.19), ("burden", np.nan, np.nan, np.nan)],
    columns=["theme", "kappa", "kappa_low", "kappa_high"],
)


def drawn(figure):
    """Every point of every line, and every written word."""
    axes = figure.drawing.axes
    points = {(float(x), float(y)) for one in axes for line in one.lines for x, y in zip(*line.get_data(), strict=True)}
    return points, " ".join(text.get_text() for one in axes for text in one.texts)


def test_the_canvas_says_how_many_wrote_about_each_of_six_places():
    figure = figures.canvas(analysis.who_did_what(RESPONSES))
    _, words = drawn(figure)
    assert words.count("2 of 2") == 1 and words.count("1 of 2") == 1 and words.count("nobody wrote") == 4
    assert "the plan: professional-person 2, patient-person 1" in figure.alt


def test_missing_answers_are_points_at_their_counts():
    table = analysis.answered(RESPONSES)
    figure = figures.answers_per_question(table, {"professional_plan": "professional", "patient_plan": "patient"})
    points, _ = drawn(figure)
    assert {(float(count), float(place)) for place, count in enumerate(table.sum())} <= points
    assert "professional plan 2, patient plan 1" in figure.alt


def test_a_forest_plot_fills_only_what_is_clear_of_no_difference():
    figure = figures.forest(ARMS, none=0, label="Difference, mg/dL")
    squares = [line for line in figure.drawing.axes[0].lines if line.get_marker() == "s"]
    assert [to_rgb(line.get_markerfacecolor()) == (1, 1, 1) for line in squares] == [True, False]
    points, words = drawn(figure)
    assert {(-8.2, 0.0), (3.1, 0.0), (-15.0, 1.0), (-4.1, 1.0)} <= points and "-9.8 (-15 to -4.1)" in words
    assert "patient -2.5 (-8.2 to 3.1); shared -9.8 (-15 to -4.1)" in figure.alt


def test_falls_are_cut_where_the_control_arm_ends():
    table = pd.DataFrame([("control", 25.1), ("shared", 33.6)], columns=["arm", "fall"])
    figure = figures.reduction_by_arm(table, control="control", label="Fall, mg/dL")
    widths = [round(bar.get_width(), 1) for bar in figure.drawing.axes[0].patches]
    assert widths == [25.1, 0.0, 25.1, 8.5]
    assert "shared 33.6, beyond control 8.5" in figure.alt


def test_pairs_give_each_group_a_panel_and_each_learner_a_dot():
    lengths = pd.DataFrame(
        [("birth", 30, 40), ("birth", 50, 10), ("dialysis", 20, 21)], columns=["group", "professional", "patient"]
    )
    figure = figures.word_counts_by_actor(lengths, groups=["birth", "dialysis"])
    assert [axes.get_title(loc="left") for axes in figure.drawing.axes if axes.get_title(loc="left")] == [
        "birth",
        "dialysis",
    ]
    assert {(30.0, 40.0), (50.0, 10.0), (20.0, 21.0)} <= drawn(figure)[0]
    assert "birth 1 of 2; dialysis 1 of 1" in figure.alt


def test_a_contrast_names_the_words_of_either_side():
    table = analysis.contrast(["ask ask ask wait"], ["tell tell tell wait"])
    figure = figures.contrast(table, "professional-person", "patient-person", top=1)
    assert drawn(figure)[1].split() == ["ask", "tell"]
    assert figure.alt.endswith("Typical of professional-person: ask; typical of patient-person: tell.")


def test_themes_stand_at_their_counts_by_actor():
    table = pd.DataFrame({"patient": [30], "professional": [35], "neither": [10], "all": [75]}, index=["power"])
    figure = figures.themes(table)
    assert {(35.0, 0.0), (30.0, 0.0), (10.0, 0.0)} <= drawn(figure)[0]
    assert "power professional 35, patient 30, neither 10" in figure.alt


def test_an_undefined_agreement_is_written_out():
    figure = figures.agreement(AGREED)
    points, words = drawn(figure)
    assert (0.12, 0.0) in points and words == "undefined"
    assert figure.alt.endswith("kappa: power 0.12; burden undefined.")


def test_a_figure_shows_its_text_in_a_notebook_and_never_as_markup():
    figure = figures.forest(ARMS.assign(arm=['<b onload="x">', "shared"]), none=0, label="Difference")
    shown = figure._repr_html_()
    assert re.fullmatch(r'<img src="data:image/png;base64,[\w+/=]+" alt="[^"<>]+" width="691">', shown)
    assert repr(figure) == f"Figure: {figure.alt}"


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_can_be_saved(tmp_path, ending):
    figures.reduction_by_arm(ARMS.assign(fall=1.0), control="shared", label="Fall").save(tmp_path / f"falls.{ending}")
    assert (tmp_path / f"falls.{ending}").stat().st_size > 1000


def luminance(colour):
    channels = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot(channels, (0.2126, 0.7152, 0.0722)))


def test_actors_differ_in_shape_and_every_colour_stands_out_from_the_paper():
    assert len({mark["marker"] for mark in figures.MARKS.values()}) == len(figures.MARKS)
    for colour in (*figures.COLOURS.values(), figures.INK, figures.MUTED):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


ODD_LABELS = [
    "saves $10, not $20 a day",
    "a$b^{c$ \\frac",
    "时间不够用",
    "समय",
    "الوقت",
    "🙂 joy",
    "a" * 200,
    "long words " * 18,
]


def every_figure(names):
    """Each figure that draws what somebody typed, with these as its labels."""
    counts = pd.DataFrame({"professional": 1, "patient": 0, "neither": 0, "all": 1}, index=names)
    yield figures.themes(counts)
    yield figures.agreement(pd.DataFrame({"theme": names, "kappa": 0.5, "kappa_low": 0.1, "kappa_high": 0.8}))
    yield figures.answers_per_question(pd.DataFrame([[True] * len(names)], columns=names), {})
    yield figures.forest(
        pd.DataFrame({"arm": names, "estimate": 1.0, "ci_low": 0, "ci_high": 2}), none=0, label="$1 $2"
    )
    yield figures.reduction_by_arm(pd.DataFrame({"arm": names, "fall": 1.0}), control=names[0], label="$1 $2")
    for name in (names[0], names[-2]):
        table = pd.DataFrame({"word": [name, "b"], "z": [2.0, -2.0]})
        yield figures.contrast(table, name, "the others")
        yield figures.word_counts_by_actor(
            pd.DataFrame({"group": [name], "professional": [1], "patient": [2]}), groups=[name]
        )


def test_labels_are_drawn_as_they_were_typed_and_leave_room_for_the_figure(recwarn):
    for figure in every_figure(ODD_LABELS):
        assert figure.png() and not recwarn.list
        assert not any(text.get_parse_math() for text in figure.drawing.findobj(Text) if "$" in text.get_text())
    words = [
        label.get_text() for label in figures.themes(pd.DataFrame(index=ODD_LABELS)).drawing.axes[0].get_yticklabels()
    ]
    assert words[0] == ODD_LABELS[0] and max(map(len, words)) < 80


def test_letters_that_no_font_here_has_are_said_and_not_warned_of(recwarn):
    figure = figures.themes(
        pd.DataFrame({"professional": [1]}, index=["\U00018b00 plain"])
    )  # Khitan, which few fonts have
    shown = figure._repr_html_()
    assert figure.unseen == "\U00018b00" and figures.UNSEEN in shown and not recwarn.list
    assert figures.UNSEEN not in figures.themes(pd.DataFrame({"professional": [1]}, index=["plain"]))._repr_html_()


def test_an_axis_of_counts_has_whole_numbers():
    counts = pd.DataFrame({"professional": [1], "patient": [0], "neither": [0]}, index=["time"])
    pair = pd.DataFrame({"group": ["a"], "professional": [1], "patient": [2]})
    for figure in (
        figures.themes(counts),
        figures.answers_per_question(pd.DataFrame({"q": [True]}), {}),
        figures.word_counts_by_actor(pair, groups=["a"]),
    ):
        axes = figure.drawing.axes[0]
        assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_two_groups_of_one_name_are_refused():
    with pytest.raises(ValueError, match="Both groups are called 'ward'.*own name"):
        figures.contrast(pd.DataFrame({"word": ["a"], "z": [1.0]}), "ward", "ward")


def test_a_figure_of_nothing_is_drawn_without_a_warning(recwarn):
    empty = pd.DataFrame({"theme": [], "kappa": [], "kappa_low": [], "kappa_high": []}, dtype="float64")
    assert figures.agreement(empty).png() and figures.themes(pd.DataFrame()).png() and not recwarn.list
