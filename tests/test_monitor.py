"""A kernel ends when nobody has looked at it for two minutes, and not before, unless somebody else waits for it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from jupyter_server._tz import utcnow
from loops import apart

from coprod_widgets.serving.kernels.monitor import (
    ABANDONED,
    FIRST_CONNECTION,
    LAST_SAVE,
    RECONNECT,
    SILENT,
    KernelMonitor,
)
from coprod_widgets.serving.limits import UNCONNECTED, Bound, MemoryLimits, bounds
from coprod_widgets.serving.queue import AdmissionQueue


class Living(list):
    """Kernels by their numbers, as a kernel manager lists them."""

    silence = 0.0

    def list_kernel_ids(self):
        return list(self)

    def get_kernel(self, kernel_id):
        return SimpleNamespace(last_activity=utcnow() - timedelta(seconds=self.silence))

    async def shutdown_kernel(self, kernel_id, *, now):
        self.remove(kernel_id)


@pytest.fixture
def kernels():
    return Living(["one", "two"])


@pytest.fixture
def monitor(kernels, clock):
    queue = AdmissionQueue(renders=1, capacity=9, living=lambda: len(kernels))
    return KernelMonitor(kernels, queue, now=lambda: clock().timestamp())


def test_a_kernel_whose_page_never_came_is_forgotten(monitor, clock):
    assert monitor.abandoned_kernels() == []
    clock.forward(ABANDONED + 1)
    assert monitor.abandoned_kernels() == ["one", "two"]


def test_a_kernel_that_somebody_looks_at_is_kept_however_long(monitor, clock):
    monitor.page_connected("one")
    monitor.abandoned_kernels()
    clock.forward(100 * ABANDONED)
    assert monitor.abandoned_kernels() == ["two"]


def test_a_page_that_comes_back_in_time_keeps_its_kernel(monitor, clock):
    monitor.page_connected("one")
    monitor.page_disconnected("one")
    clock.forward(ABANDONED - 1)
    monitor.page_connected("one")
    clock.forward(ABANDONED)
    assert "one" not in monitor.abandoned_kernels()


def test_a_kernel_that_has_last_words_to_store_ends_soon_and_not_at_once(monitor, clock):
    monitor.page_connected("one")
    monitor.page_leaving("one")
    clock.forward(LAST_SAVE - 1)
    monitor.page_leaving("one")  # said twice
    assert monitor.abandoned_kernels() == []
    clock.forward(2)
    assert monitor.abandoned_kernels() == ["one"]


def test_the_last_of_two_pages_counts(monitor, clock):
    monitor.page_connected("one")
    monitor.page_connected("one")
    monitor.page_disconnected("one")
    clock.forward(ABANDONED + 1)
    assert "one" not in monitor.abandoned_kernels()
    monitor.page_disconnected("one")
    clock.forward(ABANDONED + 1)
    assert "one" in monitor.abandoned_kernels()


def test_a_kernel_that_has_ended_is_no_longer_counted(monitor, kernels, clock):
    monitor.abandoned_kernels()
    kernels.remove("one")
    clock.forward(ABANDONED + 1)
    assert monitor.abandoned_kernels() == ["two"]


# Pages that never connect, and visitors who wait


def test_a_page_that_has_never_connected_has_half_a_minute(monitor, clock):
    monitor.page_made("one", "campus")
    monitor.page_made("two", "campus")
    clock.forward(29)
    monitor.page_connected("two")
    monitor.page_disconnected("two")
    clock.forward(2)
    assert monitor.abandoned_kernels() == ["one"]


@pytest.fixture
def full(kernels, clock):
    """A monitor over a server whose two places are taken, and a visitor who waits."""
    queue = AdmissionQueue(renders=2, capacity=2, living=lambda: len(kernels), limits=MemoryLimits({}))
    queue._waiting.append(queue.ticket("campus"))
    return KernelMonitor(kernels, queue, now=lambda: clock().timestamp())


def test_while_others_wait_a_page_has_a_few_seconds_to_connect(full, clock):
    full.page_made("one", "campus")
    full.page_made("two", "campus")
    clock.forward(FIRST_CONNECTION - 1)
    assert full.kernels_to_spare() == []
    clock.forward(2)
    assert full.kernels_to_spare() == ["one"]  # one place for one who waits
    full.page_connected("one")
    assert full.kernels_to_spare() == ["two"]


def test_while_others_wait_a_page_that_left_has_a_few_seconds_to_come_back(full, clock):
    for kernel in ("one", "two"):
        full.page_connected(kernel)
        full.page_disconnected(kernel)
        clock.forward(1)
    clock.forward(RECONNECT - 3)
    assert full.kernels_to_spare() == []
    clock.forward(4)
    assert full.kernels_to_spare() == ["one"]  # one place for one who waits, and of the page that left first
    full.page_connected("one")
    assert full.kernels_to_spare() == ["two"]


def test_a_page_that_goes_away_while_it_connects_has_left(full, clock):
    full.page_made("one", "campus")
    full.page_connecting("one")
    clock.forward(RECONNECT - 1)
    assert full.kernels_to_spare() == []
    clock.forward(2)
    assert full.kernels_to_spare() == ["one"]


def test_a_kernel_whose_page_is_still_being_made_ends_for_nobody(full, clock):
    full.abandoned_kernels()
    clock.forward(RECONNECT + 1)
    assert full.kernels_to_spare() == [] == full.abandoned_kernels()


def test_a_page_that_left_keeps_its_kernel_while_nobody_waits_or_a_place_is_free(full, kernels, clock):
    full.page_connected("one")
    full.page_disconnected("one")
    clock.forward(RECONNECT + 1)
    assert full.kernels_to_spare() == ["one"]
    kernels.remove("two")
    assert full.kernels_to_spare() == []
    kernels.append("two")
    full.queue._waiting.clear()
    assert full.kernels_to_spare() == []


def test_a_connected_page_without_a_heartbeat_loses_its_place_only_to_one_who_waits(full, kernels):
    for kernel in kernels:
        full.page_connected(kernel)
    kernels.silence = SILENT - 10
    assert full.kernels_to_spare() == []
    kernels.silence = SILENT + 10
    assert len(full.kernels_to_spare()) == 1
    full.queue._waiting.clear()
    assert full.kernels_to_spare() == []


def test_a_browser_that_has_connected_is_recognised_once_for_each_time(monitor):
    assert not monitor.take_known_browser("cookie") and not monitor.take_known_browser(None)
    for kernel in ("one", "two"):
        monitor.page_made(kernel, "campus", "cookie")
        monitor.page_connected(kernel, "cookie")
        assert monitor.take_known_browser("cookie") and not monitor.take_known_browser("cookie")


def test_a_browser_is_recognised_only_by_the_cookie_that_it_got_its_page_with(monitor):
    monitor.page_made("one", "campus", "cookie")
    for made_up in ("000001", "000002", "", "c" * 16_000):
        monitor.page_connected("one", made_up)
        assert not monitor.take_known_browser(made_up)
    monitor.page_connected("one", "cookie")
    assert monitor.take_known_browser("cookie")
    monitor.page_connected("one", "cookie")
    assert not monitor.take_known_browser("cookie")


def test_a_browser_that_went_away_while_it_waited_is_recognised_when_it_comes_back(monitor):
    monitor.page_made("one", "campus", "cookie")
    monitor.page_connected("one", "cookie")
    assert monitor.take_known_browser("cookie")
    monitor.known_browser_left("cookie")
    assert monitor.take_known_browser("cookie") and not monitor.take_known_browser("cookie")


def test_of_a_kernel_that_has_ended_no_cookie_is_kept(monitor, kernels):
    monitor.page_made("one", "campus", "cookie")
    kernels.remove("one")
    monitor.abandoned_kernels()
    monitor.page_connected("one", "cookie")
    assert not monitor.take_known_browser("cookie")


@apart
async def test_whose_kernel_has_ended_is_counted_no_more(monitor, kernels, clock):
    monitor.queue.limits.take(UNCONNECTED, "campus")
    monitor.page_made("one", "campus")
    clock.forward(40)
    await monitor.end_unneeded_kernels()
    assert "one" not in kernels and monitor.queue.limits.held(UNCONNECTED) == 0


# A class and one who takes all they can get, behind one address


class Crowd:
    """Visitors of one server, played in steps of a tenth of a second, in which it can make two pages."""

    def __init__(self, clock, *, places):
        self.clock, self.kernels, self.numbers = clock, Living(), iter(range(10**6))
        self.limits = MemoryLimits(bounds(capacity=places, open_files=20_000))
        self.queue = AdmissionQueue(renders=2, capacity=places, living=lambda: len(self.kernels), limits=self.limits)
        self.kernel_monitor = KernelMonitor(self.kernels, self.queue, now=lambda: clock().timestamp())
        self.asking, self.coming, self.waits, self.steps = [], [], [], 0

    async def ask(self, came=None):
        """Somebody opens the page: a learner, who came at this time, or somebody who never connects."""
        ticket = self.queue.ticket("campus")
        await ticket.__aenter__()
        self.asking.append((ticket, came))

    async def step(self):
        self.clock.forward(0.1)
        self.steps += 1
        for ticket, came in [one for one in self.asking if one[0].admitted.is_set()]:
            self.asking.remove((ticket, came))
            self.kernels.append(kernel := f"{next(self.numbers)}")
            self.kernel_monitor.page_made(kernel, ticket.keep())
            await ticket.__aexit__(None, None, None)
            if came is not None:
                self.coming.append((self.now + 2, kernel, came))  # a phone, two seconds away
        for arrival in [one for one in self.coming if one[0] <= self.now]:
            self.coming.remove(arrival)
            _, kernel, came = arrival
            if kernel in self.kernels:
                self.kernel_monitor.page_connected(kernel)
                self.waits.append(self.now - came)
            else:
                await self.ask(came)  # as host.js does
        if self.steps % 5 == 0:
            await self.kernel_monitor.end_unneeded_kernels()

    @property
    def now(self):
        return self.clock().timestamp()


@apart
async def test_three_hundred_learners_of_one_address_get_in_beside_one_who_never_connects(clock):
    crowd, most = Crowd(clock, places=310), 0
    for step in range(1200):
        if step % 2 == 0 and step < 600:
            await crowd.ask(crowd.now)  # five learners a second, for a minute
        if step % 10:
            await crowd.ask()  # nine kernels a second for one who asks for nothing else
        await crowd.step()
        most = max(most, crowd.limits.held(UNCONNECTED))
    assert len(crowd.waits) == 300 and max(crowd.waits) < 30
    assert most <= 310 // 3


@apart
async def test_a_class_gets_in_where_somebody_has_taken_all_places_before(clock):
    crowd = Crowd(clock, places=60)
    for _ in range(600):
        await crowd.ask()
        await crowd.step()
    for _ in range(45):
        await crowd.ask(crowd.now)
    for _ in range(1800):
        await crowd.step()
    assert len(crowd.waits) == 45


def order(queue, *tickets):
    """In which order a queue that makes one page at a time lets visitors in; no page connects."""
    queue._waiting.extend(tickets)
    let_in = []
    for _ in tickets:
        queue.advance()
        let_in += [one for one in tickets if one.admitted.is_set() and one not in let_in]
        queue.rendering -= 1
    return [tickets.index(one) for one in let_in]


def test_whoever_has_fewer_pages_that_never_connected_comes_first():
    queue = AdmissionQueue(renders=1, capacity=9, living=lambda: 0, limits=MemoryLimits({UNCONNECTED: Bound(total=8)}))
    for _ in range(3):
        queue.limits.take(UNCONNECTED, "taker")
    tickets = [queue.ticket("taker"), queue.ticket("taker", known=True), queue.ticket("campus"), queue.ticket("campus")]
    assert order(queue, *tickets) == [2, 3, 1, 0]


def test_whose_page_reloads_comes_in_before_newcomers():
    queue = AdmissionQueue(renders=1, capacity=9, living=lambda: 0)
    assert order(queue, queue.ticket("campus"), queue.ticket("campus"), queue.ticket("campus", known=True)) == [2, 0, 1]


@apart
async def test_a_newcomer_gets_in_where_somebody_who_connects_each_page_always_waits_for_the_next():
    """Of the same address, so that nothing but the order is on the newcomer's side."""
    queue, admitted = AdmissionQueue(renders=1, capacity=9, living=lambda: 0), 0
    taker, newcomer = [queue.ticket("campus", known=True) for _ in range(4)], queue.ticket("campus")
    for ticket in (*taker, newcomer):
        await ticket.__aenter__()
    while not newcomer.admitted.is_set():
        (ticket,) = [one for one in taker if one.admitted.is_set()]
        taker[taker.index(ticket)] = again = queue.ticket("campus", known=True)
        await again.__aenter__()
        await ticket.__aexit__(None, None, None)
        admitted += 1
        assert admitted < 10
