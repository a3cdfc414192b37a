"""`coprod session` and `coprod demo`: what an instructor does with a class, from a terminal."""

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import CoprodError
from ..text.days import here
from ..text.limits import counted
from .common import StoreOption, last_day, on, opened, say, until

if TYPE_CHECKING:
    from ..store.sessions import ClassSession
    from ..study.self_study import Section

sessions = typer.Typer(help="Open, list, show, move and close a class's session.", no_args_is_help=True)
LONGEST_WAIT = 86_400  # seconds
STUDY = "paul_on_coproduction"
Name = Annotated[str, typer.Argument(metavar="NAME", help="The session's name or join code.")]
Study = Annotated[str, typer.Option("--study", help="A self-study's name or file.")]


@sessions.command("open")
def open_(
    title: Annotated[str, typer.Option("--title", help="What learners see: the course and the day.")],
    keep_until: Annotated[
        str | None,
        typer.Option("--keep-until", metavar="DAY", help="Keep answers to the end of this day, as 2027-01-31."),
    ] = None,
    support: Annotated[
        str,
        typer.Option("--support", metavar="TEXT", help='Whom learners can turn to, as "Student health: 036-10 10 10".'),
    ] = "",
    study: Study = STUDY,
    language: Annotated[str, typer.Option(help="Its language.")] = "en",
    store: StoreOption = None,
) -> None:
    """Open a session, and say its join code."""
    from ..store.sessions import ClassSession, checked_support, checked_title
    from ..study.self_study import SelfStudy

    loaded, day = SelfStudy.load(study, language=language), None if keep_until is None else last_day(keep_until)
    title, support = checked_title(title), checked_support(support)  # before a store is made
    with opened(store, makes=True) as kept:
        session = ClassSession.open(loaded, kept, title=title, keep_until=day, support=support)
    say(f"{session.title} is open. Its join code is {session.code}, its name {session.name}.")
    say(f"Learners add ?session={session.code} to the address that coprod learn shows, or type the code there.")


@sessions.command("list")
def list_(store: StoreOption = None) -> None:
    """List every session, the newest first."""
    from ..store.sessions import ClassSession

    with opened(store, changes=False) as kept:
        found = ClassSession.all(kept)
    for one in found:
        say(f"{one.code}  {one.phase:10}  {on(one.created_at)}  {one.name}  {one.title}")
    if not found:
        say("There is no session. Open one with: coprod session open --title TEXT")


@sessions.command()
def show(name: Name, store: StoreOption = None) -> None:
    """Show one session: code, phases, and how many joined, wrote, handed in and agreed to class use."""
    from ..store.sessions import ClassSession
    from ..store.wall import Wall
    from ..study.self_study import SelfStudy

    study = SelfStudy.load()
    with opened(store, changes=False) as kept:
        session = ClassSession.of(kept, name)
        told = Wall(kept, session.name, replace(study, key=session.study_key)).counts()
    counts, letters = told["counts"], {one.key: one.letter for one in study.sections if study.key == session.study_key}
    apart = "".join(f" Part {letters.get(key, key)}: {phase}." for key, phase in told["sections"].items())
    say(f"{session.title}: {session.name}, join code {session.code}")
    say(f"Phase: {session.phase}{_on(session.closed_at)}.{apart} {_kept(session)}")
    named = {
        "joined": "browsers joined",
        "writing": "wrote",
        "handed_in": "handed in",
        "agreed": "agreed to class use",
    }
    if session.support:
        say(f"Learners are told: {session.support}")
    say(f"Learners: {', '.join(f'{counts[key]} {words}' for key, words in named.items())}.")


@sessions.command()
def move(
    name: Name,
    phase: Annotated[str, typer.Argument(help="joining, writing, sharing, discussion or closed.")],
    section: Annotated[
        str | None, typer.Option("--section", metavar="PART", help="Move only this part: its letter or its key.")
    ] = None,
    study: Study = STUDY,
    store: StoreOption = None,
) -> None:
    """Move a session to another phase, or one part of it; learners' pages follow within seconds.

    Moving the session resets every part.
    """
    from ..store.sessions import ClassSession

    if section is None and study != STUDY:
        raise CoprodError("--study says which self-study a part belongs to: name the part with --section.")
    with opened(store) as kept:
        session = ClassSession.of(kept, name)
        part = _section(session, study, section) if section is not None else None
        session = session.moved(kept, phase, section=part)
    which = f"Part {part.letter} of {session.title}" if part else session.title
    say(f"{which} is in the phase {phase}.")


@sessions.command("timer")
def timer(
    name: Name,
    minutes: Annotated[int, typer.Argument(help="Minutes from now; 0 stops the clock.", min=0)],
    store: StoreOption = None,
) -> None:
    """Start or stop a session's timer: learners see until when they have time. Nothing ends by itself."""
    from ..store.sessions import ClassSession

    with opened(store) as kept:
        session = ClassSession.of(kept, name).timed(kept, minutes)
    end = session.until and f"{here(session.until):%H:%M}"
    say(f"{session.title} has time until {end}." if end else f"The clock of {session.title} is stopped.")


@sessions.command()
def close(name: Name, store: StoreOption = None) -> None:
    """Close a session: learners can read what they wrote, and write no more."""
    from ..store.sessions import ClassSession

    with opened(store) as kept:
        session = ClassSession.of(kept, name).closed(kept)
    say(f"{session.title} is closed. Learners still read what they wrote. To open it again, move it.")


def demo(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A practice session's name or code; without it, a new one.")
    ] = None,
    learners: Annotated[int, typer.Option(help="How many learners.", min=1)] = 30,
    spread_over: Annotated[
        float, typer.Option(metavar="SECONDS", help="Let the answers arrive during so many seconds.", min=0)
    ] = 0,
    store: StoreOption = None,
) -> None:
    """Fill a practice session with invented answers, to rehearse a lesson."""
    from ..apps.demo import TITLE, rehearse
    from ..store.sessions import ClassSession, Sessions
    from ..study.self_study import SelfStudy

    if not spread_over <= LONGEST_WAIT:  # false for a NaN too
        raise CoprodError(f"--spread-over is {spread_over:g}. Give a number of seconds from 0 to {LONGEST_WAIT}.")
    study = SelfStudy.load()
    with opened(store, makes=name is None) as kept:
        session = ClassSession.of(kept, name) if name is not None else ClassSession.open(study, kept, title=TITLE)
        filling = rehearse(kept, session, study, learners=learners)
        say(f"{session.title}: {session.name}, join code {session.code}")
        answers = []
        for question in filling:
            answers.append(question)
            time.sleep(spread_over / (learners * len(study.keys)))
        filled = Sessions(kept).responses(session.name)
    fewer = "" if filled == learners else f", not {learners}: the sample data has no more"
    say(f"{counted(len(answers), 'invented answer')} of {counted(filled, 'learner')} in {session.title}{fewer}.")


def _section(session: "ClassSession", study: str, wanted: str) -> "Section":
    """A section of the self-study that a session is on."""
    from ..study.self_study import SelfStudy

    loaded = SelfStudy.load(study, language=session.language)
    if loaded.key != session.study_key:
        raise CoprodError(f"That session is on {session.study_key!r}. Name its self-study with --study.")
    return loaded.section(wanted)


def _on(closed_at: datetime | None) -> str:
    return f" since {on(closed_at)}" if closed_at else ""


def _kept(session: "ClassSession") -> str:
    day = session.retain_until
    return f"Answers are kept until {until(day)}." if day else "No last day is set for its answers."
