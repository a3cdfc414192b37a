"""The line in front of the page: in order, never more at once than there is room for, and nobody forgotten."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import apart, run_apart

from coprod_widgets.serving.limits import UNCONNECTED, Bound, MemoryLimits
from coprod_widgets.serving.queue import AdmissionQueue


def line(*, renders=2, places=100, living=0):
    return AdmissionQueue(renders=renders, places=places, living=lambda: living, beat=0.01)


@given(renders=st.integers(1, 4), visitors=st.integers(1, 20))
def test_visitors_are_let_in_in_order_and_few_at_once(renders, visitors):
    order, most = [], 0

    async def visit(the_line, number):
        nonlocal most
        async with the_line.turn() as turn:
            async for _ in turn.waiting():
                pass
            order.append(number)
            most = max(most, the_line.rendering)
            await asyncio.sleep(0)

    async def morning():
        the_line = line(renders=renders)
        await asyncio.gather(*(visit(the_line, number) for number in range(visitors)))
        assert (len(the_line), the_line.rendering) == (0, 0)

    run_apart(morning())
    assert order == list(range(visitors)) and most <= renders


@apart
async def test_a_place_in_the_line_is_told_and_falls():
    the_line = line(renders=1)
    async with the_line.turn():
        second, third = the_line.turn(), the_line.turn()
        async with second:
            async with third:
                assert await anext(third.waiting()) == 2
            assert await anext(second.waiting()) == 1
            assert len(the_line) == 1


@apart
async def test_whoever_leaves_the_line_holds_up_nobody():
    the_line = line(renders=1)
    async with the_line.turn():
        leaving, staying = the_line.turn(), the_line.turn()
        await leaving.__aenter__()
        await staying.__aenter__()
        await leaving.__aexit__(None, None, None)
        assert await anext(staying.waiting()) == 1
        await staying.__aexit__(None, None, None)
    assert (len(the_line), the_line.rendering) == (0, 0)


@apart
async def test_a_full_machine_lets_nobody_in_until_a_kernel_has_ended():
    living = 3
    the_line = AdmissionQueue(renders=2, places=3, living=lambda: living, beat=0.01)
    async with the_line.turn() as turn:
        places = turn.waiting()
        assert await anext(places) == 1 and the_line.full
        living = 2
        the_line.advance()  # as the watch does twice a second
        assert [place async for place in places] in ([], [1])
        assert turn.admitted.is_set()


@apart
async def test_places_are_numbered_once_for_all_who_ask():
    the_line = line(renders=1)
    turns = [the_line.turn() for _ in range(100)]
    for turn in turns:
        await turn.__aenter__()
    await turns[0].__aexit__(None, None, None)  # the next is let in
    assert [await anext(turn.waiting()) for turn in turns[2:]] == list(range(1, 99))
    turns[50].place = 0
    assert await anext(turns[51].waiting()) == 50 and turns[50].place == 0


@apart
async def test_nobody_is_compared_while_too_many_pages_wait_to_be_connected():
    limits = MemoryLimits({UNCONNECTED: Bound(total=1)})
    limits.take(UNCONNECTED, "taker")
    the_line = AdmissionQueue(renders=2, places=9, living=lambda: 0, limits=limits)
    the_line._waiting.append(None)  # nothing that could be compared
    the_line._waiting.append(None)
    the_line.advance()
    assert the_line.rendering == 0


@apart
async def test_whoever_goes_away_waits_no_more():
    the_line = line(renders=1)
    async with the_line.turn(), the_line.turn() as turn:
        places = turn.waiting()
        assert await anext(places) == 1
        turn.leave()
        assert [place async for place in places] == []
        assert not turn.admitted.is_set()


@apart
async def test_an_error_while_a_page_is_made_gives_the_place_back():
    the_line = line(renders=1)
    with pytest.raises(RuntimeError):
        async with the_line.turn():
            raise RuntimeError
    assert the_line.rendering == 0
