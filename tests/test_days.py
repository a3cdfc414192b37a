"""Last days are days where the class is, whatever zone this computer and the server have."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from coprod_widgets.errors import CoprodError
from coprod_widgets.store.retention import Retention
from coprod_widgets.store.sessions import ClassSession
from coprod_widgets.text.days import TIMEZONE, day_of, end_of, has_ended, refuse_past

DAY = date(2026, 12, 15)
ZONES = {
    "America/Los_Angeles": 8,
    "Pacific/Honolulu": 10,
    "America/St_Johns": 3.5,
    "UTC": 0,
    "Europe/Stockholm": -1,
    "Asia/Kolkata": -5.5,
    "Asia/Tokyo": -9,
    "Pacific/Auckland": -13,
}
"""Hours from midnight there to midnight in UTC, in December."""


@pytest.fixture(params=["this computer", "the variable"])
def there(request, monkeypatch):
    """Be in a time zone: by this computer's clock, or by what an operator says of the class."""

    def there(zone):
        if request.param == "the variable":
            monkeypatch.setenv(TIMEZONE, zone)
        else:
            monkeypatch.setenv("TZ", zone)
            time.tzset()

    yield there
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def class_in(there, sqlite_store, study, clock):
    """A class in a zone, whose one answer is kept until the end of a day."""

    def class_in(zone, day=DAY):
        there(zone)
        lesson = ClassSession.open(study, sqlite_store, title="Nursing 2", keep_until=day)
        learner = sqlite_store.enrol("a" * 32)
        sqlite_store.save(learner, "what_happened", "She sang.", base=0, session=lesson.name, study=study)
        return lesson, Retention(sqlite_store, now=clock)

    return class_in


def midnight(hours, day=DAY):
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(days=1, hours=hours)


@pytest.mark.parametrize(("zone", "hours"), ZONES.items())
def test_an_answer_is_kept_to_midnight_where_the_class_is_and_not_longer(class_in, clock, zone, hours):
    lesson, retention = class_in(zone)
    assert day_of(lesson.retain_until) == DAY
    clock.time = midnight(hours) - timedelta(seconds=1)
    assert retention.due() == []
    clock.time = midnight(hours)
    assert len(retention.due()) == 1


@pytest.mark.parametrize(("zone", "hours"), ZONES.items())
def test_today_can_be_promised_until_it_is_over_there(there, zone, hours):
    there(zone)
    refuse_past(DAY, midnight(hours) - timedelta(seconds=1))
    with pytest.raises(CoprodError, match="2026-12-15.*past"):
        refuse_past(DAY, midnight(hours))


@pytest.mark.parametrize("summer", [date(2026, 7, 1), date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_has_the_hours_of_its_own_season(there, summer):
    there("Europe/Stockholm")
    hours = {date(2026, 7, 1): -2, date(2026, 3, 29): -2, date(2026, 10, 25): -1}[summer]
    assert end_of(summer) == midnight(hours, summer) - timedelta(microseconds=1)
    assert day_of(end_of(summer)) == summer


@pytest.mark.parametrize("opened", [zone for zone in ZONES if zone != "Pacific/Auckland"])
@pytest.mark.parametrize("served", [zone for zone in ZONES if zone != "Pacific/Auckland"])
def test_a_server_in_another_zone_shows_the_same_day_and_deletes_nothing_early(class_in, there, clock, opened, served):
    lesson, retention = class_in(opened)
    there(served)
    assert day_of(lesson.retain_until) == DAY
    for hours in (ZONES[opened], ZONES[served]):
        clock.time = midnight(hours) - timedelta(seconds=1)
        assert retention.due() == []
    assert has_ended(lesson.retain_until, midnight(14))


def test_a_day_that_an_earlier_version_promised_ends_no_earlier_than_here(there):
    there("America/Los_Angeles")
    stored = datetime(2026, 12, 15, 23, 59, 59, 999999, tzinfo=UTC)
    assert day_of(stored) == DAY
    assert not has_ended(stored, midnight(8) - timedelta(seconds=1)) and has_ended(stored, midnight(8))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Europe", "\udcff"])
def test_a_zone_that_there_is_not_is_told(monkeypatch, zone):
    monkeypatch.setenv(TIMEZONE, zone)
    with pytest.raises(CoprodError, match=TIMEZONE):
        end_of(DAY)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_first_and_the_last_day_that_there_are_cannot_be_promised(there, day):
    for zone in ("Pacific/Honolulu", "Pacific/Auckland"):
        there(zone)
        with pytest.raises(CoprodError, match=str(day)):
            refuse_past(day if day == date.min else date.max, datetime(2026, 1, 1, tzinfo=UTC))
