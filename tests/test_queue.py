"""The queue in front of the page: in order, never more at once than there is room for, and nobody forgotten."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import apart, run_apart

from coprod_widgets.serving.limits import UNCONNECTED, Bound, MemoryLimits
from coprod_widgets.serving.queue import AdmissionQueue


def a_queue(*, renders=2, capacity=100, living=0):
    return AdmissionQueue(renders=renders, capacity=capacity, living=lambda: living, poll_interval=0.01)


@given(renders=st.integers(1, 4), visitors=st.integers(1, 20))
def test_visitors_are_let_in_in_order_and_few_at_once(renders, visitors):
    order, most = [], 0

    async def visit(queue, number):
        nonlocal most
        async with queue.ticket() as ticket:
            async for _ in ticket.positions():
                pass
            order.append(number)
            most = max(most, queue.rendering)
            await asyncio.sleep(0)

    async def morning():
        queue = a_queue(renders=renders)
        await asyncio.gather(*(visit(queue, number) for number in range(visitors)))
        assert (len(queue), queue.rendering) == (0, 0)

    run_apart(morning())
    assert order == list(range(visitors)) and most <= renders


@apart
async def test_a_position_in_the_queue_is_told_and_falls():
    queue = a_queue(renders=1)
    async with queue.ticket():
        second, third = queue.ticket(), queue.ticket()
        async with second:
            async with third:
                assert await anext(third.positions()) == 2
            assert await anext(second.positions()) == 1
            assert len(queue) == 1


@apart
async def test_whoever_leaves_the_line_holds_up_nobody():
    queue = a_queue(renders=1)
    async with queue.ticket():
        leaving, staying = queue.ticket(), queue.ticket()
        await leaving.__aenter__()
        await staying.__aenter__()
        await leaving.__aexit__(None, None, None)
        assert await anext(staying.positions()) == 1
        await staying.__aexit__(None, None, None)
    assert (len(queue), queue.rendering) == (0, 0)


@apart
async def test_a_full_machine_lets_nobody_in_until_a_kernel_has_ended():
    living = 3
    queue = AdmissionQueue(renders=2, capacity=3, living=lambda: living, poll_interval=0.01)
    async with queue.ticket() as ticket:
        positions = ticket.positions()
        assert await anext(positions) == 1 and queue.full
        living = 2
        queue.advance()  # as the watch does twice a second
        assert [position async for position in positions] in ([], [1])
        assert ticket.admitted.is_set()


@apart
async def test_positions_are_numbered_once_for_all_who_ask():
    queue = a_queue(renders=1)
    tickets = [queue.ticket() for _ in range(100)]
    for ticket in tickets:
        await ticket.__aenter__()
    await tickets[0].__aexit__(None, None, None)  # the next is let in
    assert [await anext(ticket.positions()) for ticket in tickets[2:]] == list(range(1, 99))
    tickets[50].position = 0
    assert await anext(tickets[51].positions()) == 50 and tickets[50].position == 0


@apart
async def test_nobody_is_compared_while_too_many_pages_wait_to_be_connected():
    limits = MemoryLimits({UNCONNECTED: Bound(total=1)})
    limits.take(UNCONNECTED, "taker")
    queue = AdmissionQueue(renders=2, capacity=9, living=lambda: 0, limits=limits)
    queue._waiting.append(None)  # nothing that could be compared
    queue._waiting.append(None)
    queue.advance()
    assert queue.rendering == 0


@apart
async def test_whoever_goes_away_waits_no_more():
    queue = a_queue(renders=1)
    async with queue.ticket(), queue.ticket() as ticket:
        positions = ticket.positions()
        assert await anext(positions) == 1
        ticket.leave()
        assert [position async for position in positions] == []
        assert not ticket.admitted.is_set()


@apart
async def test_an_error_while_a_page_is_made_gives_the_place_back():
    queue = a_queue(renders=1)
    with pytest.raises(RuntimeError):
        async with queue.ticket():
            raise RuntimeError
    assert queue.rendering == 0
