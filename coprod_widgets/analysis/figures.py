"""Frames in, figures out: one quiet style, readable in grey and by the colour-blind, each with its text in words."""

from __future__ import annotations

import base64
import html
import io
import os
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from ..errors import FileError
from ..files.private import shown, written_whole
from ..study.self_study import ACTORS, ASPECTS
from ..text.limits import counted

INK, MUTED, RULE, PAPER = "#1f2526", "#5b6462", "#d8d6cd", "#ffffff"
COLOURS = {"professional": "#17686a", "patient": "#8a3a63", "": MUTED}
WASHES = {"professional": "#c5dfdd", "patient": "#ecd3df"}
# Shape and filling say the same as colour, for those who see none.
MARKS: dict[str, dict[str, Any]] = {
    "professional": {"marker": "o"},
    "patient": {"marker": "D", "markerfacecolor": PAPER},
    "": {"marker": "s"},
}
NAMES = {"professional": "professional-person", "patient": "patient-person", "": "neither"}
ASPECT_NAMES = {"relationship": "The relationship", "plan": "The plan", "carrying_out": "The carrying out"}
STYLE: Any = {
    "axes.edgecolor": RULE,
    "axes.facecolor": PAPER,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.facecolor": PAPER,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures look the same everywhere
    "font.size": 10,
    "grid.color": RULE,
    "lines.markersize": 7,
    "text.color": INK,
    "text.parse_math": False,  # a label is drawn as it was typed: "saves $10, not $20"
    "xtick.color": MUTED,
    "ytick.color": INK,
    "ytick.left": False,
}
OTHER_SCRIPTS = (
    "Noto Sans CJK", "Source Han Sans", "WenQuanYi", "Droid Sans Fallback", "Hiragino Sans", "Yu Gothic",
    "Microsoft YaHei", "PingFang", "Malgun Gothic", "Noto Sans Devanagari", "Lohit Devanagari", "Nirmala UI",
    "Kohinoor", "Mangal",
    "Noto Sans", "FreeSans", "Arial Unicode MS", "Unifont",
)  # fmt: skip
"""How fonts begin that have letters ours lacks, on Linux, Windows and macOS."""
WIDEST = 32
"""Characters of a line of a label; a longer name is broken, and cut after the second line. Its words have all of it."""
UNSEEN = "Some letters in this figure are boxes, because no font on this computer has them. In words:"
BEGINNINGS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-"}
"""The formats of a saved figure, and how their files begin."""

P = ParamSpec("P")


@contextmanager
def _style() -> Iterator[None]:
    """Our style; and no warning for a letter that no font has: `Figure.unseen` says so."""
    with mpl.rc_context({**STYLE, "font.family": _families()}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support", category=UserWarning)
        yield


@cache
def _families() -> list[str]:
    """Our font, and for what it lacks those of other scripts that are installed here, the first of each."""
    there = sorted({font.name for font in font_manager.fontManager.ttflist})
    found = (next((name for name in there if name.startswith(wanted)), None) for wanted in OTHER_SCRIPTS)
    return [STYLE["font.family"], *dict.fromkeys(name for name in found if name)]


@cache
def _drawable() -> frozenset[int]:
    """The letters that these fonts have."""
    paths = (font_manager.findfont(font_manager.FontProperties(family=name)) for name in _families())
    return frozenset(letter for path in paths for letter in font_manager.get_font(path).get_charmap())


def _unseen(drawing: Drawing) -> str:
    typed = "".join(part.get_text() for part in drawing.findobj(Text))
    return "".join(
        dict.fromkeys(one for one in typed if unicodedata.category(one)[0] in "LNPS" and ord(one) not in _drawable())
    )


class Figure:
    """A drawing, and the same in words for people who cannot see it."""

    def __init__(self, drawing: Drawing, alt: str):
        self.drawing, self.alt = drawing, alt
        self.unseen = _unseen(drawing)
        """Letters in its labels that no font here has: they are drawn as boxes, and its text in words has them."""

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_html_(self) -> str:
        note = f"<p>{html.escape(UNSEEN)} {html.escape(self.alt)}</p>" if self.unseen else ""
        data = base64.b64encode(self.png()).decode("ascii")
        width = round(
            self.drawing.get_figwidth() * 96
        )  # a CSS inch: the PNG has half as many dots again, for sharp screens
        return f'<img src="data:image/png;base64,{data}" alt="{html.escape(self.alt)}" width="{width}">{note}'

    def png(self) -> bytes:
        """The drawing as a PNG at 144 dots an inch, in 64 colours: a third of the size, and it looks the same."""
        full, small = io.BytesIO(), io.BytesIO()
        with _style():  # tick labels are made when it is drawn
            self.drawing.savefig(full, format="png", dpi=144)
        Image.open(full).convert("RGB").quantize(64).save(small, format="png", optimize=True)
        return small.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file for this account alone, whose ending says as what: png, svg or pdf.

        It replaces an earlier figure and nothing else: FileError names what is in the way.
        """
        ending = Path(path).suffix.lower().removeprefix(".")
        if ending not in BEGINNINGS:
            raise FileError(f"{shown(path)} must end in {', '.join(BEGINNINGS)}: that says how the figure is written.")
        with _style(), written_whole(path, replaces=lambda old: _is_figure(old, ending)) as temporary:
            self.drawing.savefig(temporary, format=ending, dpi=144)


def _is_figure(content: bytes, ending: str) -> bool:
    """Whether a file of this kind was drawn by matplotlib, as ours are; a photo or somebody's drawing was not."""
    return content.startswith(BEGINNINGS[ending]) and b"matplotlib" in content.lower()


Draw = Callable[Concatenate[Drawing, P], str]


def _figure(width: float, height: float) -> Callable[[Draw[P]], Callable[P, Figure]]:
    """A function that draws on a `Drawing` and returns its text becomes one that returns a Figure."""

    def turn(draw: Draw[P]) -> Callable[P, Figure]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
            with _style():
                # Not through pyplot, which would keep every figure and draw it a second time.
                drawing = Drawing(figsize=(width, height), layout="constrained")
                alt = draw(drawing, *args, **kwargs)
                drawing.canvas.draw()
                for text in drawing.findobj(Text):  # those of ticks too, in whatever style it is drawn later
                    text.set_parse_math(False)
            return Figure(drawing, alt)

        return drawn

    return turn


@_figure(7.2, 4.4)
def canvas(drawing: Drawing, table: pd.DataFrame) -> str:
    """The coproduction canvas of `analysis.who_did_what`: how many wrote about each of its six places."""
    axes = drawing.add_subplot()
    axes.set(xlim=(0, 2), ylim=(3, 0))
    axes.axis("off")
    cells = table.set_index(["aspect", "actor"])
    for column, actor in enumerate(ACTORS):
        axes.text(column + 0.5, -0.06, NAMES[actor], ha="center", color=COLOURS[actor], weight="bold", size=11)
        for row, aspect in enumerate(ASPECTS):
            _canvas_cell(axes, column, row, actor, cells.loc[(aspect, actor)])
    for row, aspect in enumerate(ASPECTS):
        axes.text(1, row + 0.16, ASPECT_NAMES[aspect], ha="center", va="center", weight="bold", size=10)
    told = [f"{_aspect(aspect)}: {_pair(cells.loc[aspect])}" for aspect in ASPECTS]
    asked = int(table["asked"].max()) if len(table) else 0
    return f"The coproduction canvas of {counted(asked, 'learner')}; how many wrote about {'; '.join(told)}."


def _canvas_cell(axes: Axes, column: int, row: int, actor: str, cell: Any) -> None:
    left, top, width, height = column + 0.03, row + 0.3, 0.94, 0.64
    axes.add_patch(mpl.patches.Rectangle((left, top), width, height, fill=False, edgecolor=COLOURS[actor]))
    share = 0.0 if pd.isna(cell["share"]) else float(cell["share"])
    axes.add_patch(mpl.patches.Rectangle((left, top), width * share, height, facecolor=WASHES[actor], edgecolor="none"))
    axes.text(left + 0.04, top + 0.26, f"{cell['answered']:.0f} of {cell['asked']:.0f}", va="center", size=13)
    median = cell["median_words"]
    length = "nobody wrote" if pd.isna(median) else f"half wrote {counted(round(median), 'word')} or more"
    axes.text(left + 0.04, top + 0.48, length, va="center", color=MUTED, size=9)


def _aspect(aspect: str) -> str:
    return ASPECT_NAMES[aspect].lower()


def _pair(cells: pd.DataFrame) -> str:
    return ", ".join(f"{NAMES[actor]} {cells.loc[actor, 'answered']:.0f}" for actor in ACTORS)


@_figure(7.2, 4.2)
def answers_per_question(drawing: Drawing, table: pd.DataFrame, actors: Mapping[str, str]) -> str:
    """How many learners answered each question, from `analysis.answered` and each question's actor."""
    axes, given = drawing.add_subplot(), table.sum()
    for place, (question, count) in enumerate(given.items()):
        actor = actors.get(str(question), "")
        axes.plot([0, count], [place, place], color=RULE, linewidth=1.5, zorder=1)
        axes.plot(count, place, color=COLOURS[actor], linestyle="none", **MARKS[actor])
        axes.annotate(f"{count}", (count, place), xytext=(9, 0), textcoords="offset points", va="center", size=9)
    learners = counted(len(table), "learner")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(
        xlim=(0, max(len(table), 1) * 1.08), ylim=(max(len(given), 1) - 0.5, -0.5), xlabel=f"answers, of {learners}"
    )
    axes.set_yticks(range(len(given)), [_label(question) for question in given.index])
    _legend(drawing, {NAMES[actor]: actor for actor in (*ACTORS, "")})
    told = ", ".join(f"{_spaced(question)} {count}" for question, count in given.items())
    return f"How many of {learners} answered each question: {told}."


@_figure(7.2, 2.6)
def word_counts_by_actor(drawing: Drawing, lengths: pd.DataFrame, *, groups: Sequence[str]) -> str:
    """Small panels, one a group: words about the professional-person across, about the patient-person up.

    `lengths` holds one row a learner: group, professional, patient (words).
    """
    most = max(float(lengths[[*ACTORS]].max().max()), 1.0) * 1.05
    columns = max(1, min(4, len(groups)))
    rows = -(-len(groups) // columns) or 1
    drawing.set_size_inches(7.2, 0.7 + 6.4 / columns * rows)
    grid = drawing.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    above = {}
    for axes, group in zip(grid, groups, strict=False):
        mine = lengths[lengths["group"] == group]
        axes.plot([0, most], [0, most], color=RULE, linewidth=1, zorder=0)
        axes.plot(mine["professional"], mine["patient"], "o", color=INK, markersize=5, alpha=0.75, markeredgewidth=0)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set(xlim=(0, most), ylim=(0, most), title=_label(group), aspect="equal")
        axes.title.set_size(9)
        above[group] = f"{group} {int((mine['patient'] > mine['professional']).sum())} of {len(mine)}"
    for axes in grid[len(groups) :]:
        axes.axis("off")
    drawing.supxlabel("words about the professional-person", size=9, color=MUTED)
    drawing.supylabel("words about the patient-person", size=9, color=MUTED)
    told = "; ".join(above.values())
    return f"Words about the two actors, one dot a learner, one panel a group. More about the patient-person: {told}."


@_figure(7.2, 4.6)
def contrast(drawing: Drawing, table: pd.DataFrame, first: str, second: str, *, top: int = 12) -> str:
    """The words most typical of either group of `analysis.contrast`, by their z-scores."""
    axes = drawing.add_subplot()
    if first == second:
        raise ValueError(f"Both groups are called {first!r}, so nobody could tell them apart. Give each its own name.")
    ends = [(first, table.head(top).query("z > 0")), (second, table.tail(top).query("z < 0").iloc[::-1])]
    for (name, words), actor in zip(ends, ACTORS, strict=True):
        for place, row in enumerate(words.itertuples()):
            side = 1 if actor == "professional" else -1
            axes.plot([0, row.z], [place, place], color=COLOURS[actor], linewidth=1.2)
            axes.plot(row.z, place, color=COLOURS[actor], linestyle="none", **MARKS[actor])
            axes.annotate(
                _label(row.word), (row.z, place), xytext=(9 * side, 0), textcoords="offset points", va="center", size=9,
                ha="left" if side > 0 else "right",
            )  # fmt: skip
        axes.set_title(_label(name), loc="right" if actor == "professional" else "left", color=COLOURS[actor])
    reach = max(table["z"].abs().max(), 2.5) * 1.35 if len(table) else 3
    axes.axvspan(-1.96, 1.96, color=RULE, alpha=0.35, linewidth=0)
    axes.set(
        xlim=(-reach, reach),
        ylim=(top - 0.4, -0.6),
        xlabel="z-score; inside the grey band a difference is easily chance",
    )
    axes.set_yticks([])
    told = "; ".join(f"typical of {name}: {', '.join(words['word'])}" for name, words in ends)
    return f"Words that set two groups of texts apart. {told[:1].upper()}{told[1:]}."


@_figure(7.2, 2.6)
def forest(drawing: Drawing, table: pd.DataFrame, *, none: float, label: str, unit: str = "") -> str:
    """Estimates with their 95 % intervals beside the line of no difference, at `none`.

    `table` holds one row a line: arm, estimate, ci_low, ci_high.
    """
    axes = drawing.add_subplot()
    axes.axvline(none, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    for place, row in enumerate(table.itertuples()):
        axes.plot([row.ci_low, row.ci_high], [place, place], color=INK, linewidth=1.8, solid_capstyle="butt")
        clear = not row.ci_low <= none <= row.ci_high
        axes.plot(row.estimate, place, "s", color=INK, markersize=8, markerfacecolor=INK if clear else PAPER)
        axes.annotate(
            f"{row.estimate:g} ({row.ci_low:g} to {row.ci_high:g})", (1.02, place), xycoords=("axes fraction", "data"),
            va="center", size=9, annotation_clip=False,
        )  # fmt: skip
    axes.set(ylim=(max(len(table), 1) - 0.5, -0.5), xlabel=label)
    axes.set_yticks(range(len(table)), [_label(arm) for arm in table["arm"]])
    told = "; ".join(
        f"{row.arm} {row.estimate:g}{unit} ({row.ci_low:g} to {row.ci_high:g})" for row in table.itertuples()
    )
    return f"{label}: estimates and 95 % intervals; no difference is at {none:g}. {told}."


@_figure(7.2, 2.8)
def reduction_by_arm(drawing: Drawing, table: pd.DataFrame, *, control: str, label: str) -> str:
    """What each arm fell by, with the part that the control arm fell by too. `table` holds arm and fall."""
    axes, base = drawing.add_subplot(), float(table.set_index("arm").loc[control, "fall"])
    for place, row in enumerate(table.itertuples()):
        axes.barh(place, min(row.fall, base), height=0.5, color=RULE)
        axes.barh(place, max(row.fall - base, 0), left=base, height=0.5, color=INK)
        axes.annotate(
            f"{row.fall:g}", (row.fall, place), xytext=(6, 0), textcoords="offset points", va="center", size=9
        )
    axes.axvline(base, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(ylim=(max(len(table), 1) - 0.5, -0.5), xlabel=label)
    axes.set_yticks(range(len(table)), [_label(arm) for arm in table["arm"]])
    told = "; ".join(f"{row.arm} {row.fall:g}, beyond {control} {row.fall - base:.1f}" for row in table.itertuples())
    return f"{label}: {told}."


@_figure(7.2, 4.2)
def themes(drawing: Drawing, table: pd.DataFrame) -> str:
    """In how many answers each theme stands, by actor, from `analysis.theme_counts`."""
    axes, columns = drawing.add_subplot(), {actor: actor or "neither" for actor in (*ACTORS, "")}
    for place, (_, row) in enumerate(table.iterrows()):
        counts = [row.get(name, 0) for name in columns.values()]
        axes.plot([min(counts), max(counts)], [place, place], color=RULE, linewidth=2, zorder=1)
        for actor, count in zip(columns, counts, strict=True):
            axes.plot(count, place, color=COLOURS[actor], linestyle="none", **MARKS[actor])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(ylim=(max(len(table), 1) - 0.5, -0.5), xlabel="answers in which the theme was found")
    axes.set_yticks(range(len(table)), [_label(theme) for theme in table.index])
    _legend(drawing, {f"about the {NAMES[actor]}" if actor else "about neither": actor for actor in columns})
    told = "; ".join(
        f"{_spaced(theme)} {', '.join(f'{name} {row.get(name, 0)}' for name in columns.values())}"
        for theme, row in table.iterrows()
    )
    return f"In how many answers each theme was found, by whose contribution was asked for: {told}."


@_figure(7.2, 4.2)
def agreement(drawing: Drawing, table: pd.DataFrame, *, measure: str = "kappa") -> str:
    """How far two coders agree on each theme, from `analysis.agreement`, with 95 % intervals."""
    axes, rows = drawing.add_subplot(), table.sort_values([measure, "theme"], ascending=[False, True])
    for place, row in enumerate(rows.to_dict("records")):
        if pd.isna(row[measure]):
            axes.annotate("undefined", (0, place), va="center", color=MUTED, size=9)
            continue
        axes.plot([row[f"{measure}_low"], row[f"{measure}_high"]], [place, place], color=INK, linewidth=1.8)
        axes.plot(row[measure], place, "o", color=INK)
    axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    low = min(0.0, float(rows[f"{measure}_low"].min())) - 0.05
    axes.set(xlim=(low, 1), ylim=(max(len(rows), 1) - 0.5, -0.5), xlabel=f"{measure}: 0 is chance, 1 is full agreement")
    axes.set_yticks(range(len(rows)), [_label(theme) for theme in rows["theme"]])
    told = "; ".join(
        f"{_spaced(row['theme'])} " + ("undefined" if pd.isna(row[measure]) else f"{row[measure]:.2f}")
        for row in rows.to_dict("records")
    )
    return f"Agreement of two coders on each theme, {measure}: {told}."


def _legend(drawing: Drawing, actors: Mapping[str, str]) -> None:
    marks = [
        mpl.lines.Line2D([], [], color=COLOURS[actor], linestyle="none", label=name, **MARKS[actor])
        for name, actor in actors.items()
    ]
    drawing.legend(handles=marks, loc="outside upper left", ncols=len(marks), frameon=False, fontsize=9)


def _spaced(key: object) -> str:
    return str(key).replace("_", " ")


def _label(name: object) -> str:
    """A name as it stands beside an axis: in two lines at most, so that a long one leaves room for the figure."""
    return "\n".join(textwrap.wrap(_spaced(name), WIDEST, max_lines=2, placeholder=" …"))
