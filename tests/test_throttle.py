"""How often a code may be tried: freely at first, then with a pause that doubles."""

from datetime import timedelta

import pytest

from coprod_widgets.text.throttle import Throttle

CODES = Throttle(free=5, window=timedelta(minutes=10))


@pytest.fixture
def failed(clock):
    """Note a failure after so many seconds; how long to wait then."""
    failures = []

    def failed(seconds=0.0):
        clock.forward(seconds)
        failures.append(clock())
        return CODES.wait(failures, clock())

    failed.wait = lambda: CODES.wait(failures, clock())
    return failed


def test_the_first_failures_are_free_and_then_the_pause_doubles_up_to_a_minute(failed):
    assert [failed() for _ in range(5)] == [0, 0, 0, 0, 1]
    assert [failed(wait) for wait in (1, 2, 4, 8, 16, 32, 60)] == [2, 4, 8, 16, 32, 60, 60]


def test_a_pause_passes(failed, clock):
    for _ in range(5):
        failed()
    clock.forward(0.75)
    assert failed.wait() == 0.25
    clock.forward(0.25)
    assert failed.wait() == 0


def test_failures_are_forgotten_after_a_while(failed):
    for _ in range(5):
        failed()
    assert failed(601) == 0


def test_a_clock_that_was_put_back_locks_nobody_out(failed, clock):
    for _ in range(50):
        failed()
    clock.forward(-3600)
    assert failed.wait() == 0
