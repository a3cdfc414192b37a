"""A kernel ends when nobody has looked at it for two minutes, and not before, unless somebody else waits for it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from jupyter_server._tz import utcnow
from loops import apart

from coprod_widgets.serving.kernels.monitor import FIRST_CONNECTION, FORGOTTEN, LAST_WORDS, RETURN, SILENT, Watch
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
def watch(kernels, clock):
    line = AdmissionQueue(renders=1, places=9, living=lambda: len(kernels))
    return Watch(kernels, line, now=lambda: clock().timestamp())


def test_a_kernel_whose_page_never_came_is_forgotten(watch, clock):
    assert watch.forgotten() == []
    clock.forward(FORGOTTEN + 1)
    assert watch.forgotten() == ["one", "two"]


def test_a_kernel_that_somebody_looks_at_is_kept_however_long(watch, clock):
    watch.looked_at("one")
    watch.forgotten()
    clock.forward(100 * FORGOTTEN)
    assert watch.forgotten() == ["two"]


def test_a_page_that_comes_back_in_time_keeps_its_kernel(watch, clock):
    watch.looked_at("one")
    watch.left("one")
    clock.forward(FORGOTTEN - 1)
    watch.looked_at("one")
    clock.forward(FORGOTTEN)
    assert "one" not in watch.forgotten()


def test_a_kernel_that_has_last_words_to_store_ends_soon_and_not_at_once(watch, clock):
    watch.looked_at("one")
    watch.leaving("one")
    clock.forward(LAST_WORDS - 1)
    watch.leaving("one")  # said twice
    assert watch.forgotten() == []
    clock.forward(2)
    assert watch.forgotten() == ["one"]


def test_the_last_of_two_pages_counts(watch, clock):
    watch.looked_at("one")
    watch.looked_at("one")
    watch.left("one")
    clock.forward(FORGOTTEN + 1)
    assert "one" not in watch.forgotten()
    watch.left("one")
    clock.forward(FORGOTTEN + 1)
    assert "one" in watch.forgotten()


def test_a_kernel_that_has_ended_is_no_longer_counted(watch, kernels, clock):
    watch.forgotten()
    kernels.remove("one")
    clock.forward(FORGOTTEN + 1)
    assert watch.forgotten() == ["two"]


# Pages that never connect, and visitors who wait


def test_a_page_that_has_never_connected_has_half_a_minute(watch, clock):
    watch.made("one", "campus")
    watch.made("two", "campus")
    clock.forward(29)
    watch.looked_at("two")
    watch.left("two")
    clock.forward(2)
    assert watch.forgotten() == ["one"]


@pytest.fixture
def full(kernels, clock):
    """A watch over a server whose two places are taken, and a visitor who waits."""
    line = AdmissionQueue(renders=2, places=2, living=lambda: len(kernels), limits=MemoryLimits({}))
    line._waiting.append(line.turn("campus"))
    return Watch(kernels, line, now=lambda: clock().timestamp())


def test_while_others_wait_a_page_has_a_few_seconds_to_connect(full, clock):
    full.made("one", "campus")
    full.made("two", "campus")
    clock.forward(FIRST_CONNECTION - 1)
    assert full.spare() == []
    clock.forward(2)
    assert full.spare() == ["one"]  # one place for one who waits
    full.looked_at("one")
    assert full.spare() == ["two"]


def test_while_others_wait_a_page_that_left_has_a_few_seconds_to_come_back(full, clock):
    for kernel in ("one", "two"):
        full.looked_at(kernel)
        full.left(kernel)
        clock.forward(1)
    clock.forward(RETURN - 3)
    assert full.spare() == []
    clock.forward(4)
    assert full.spare() == ["one"]  # one place for one who waits, and of the page that left first
    full.looked_at("one")
    assert full.spare() == ["two"]


def test_a_page_that_goes_away_while_it_connects_has_left(full, clock):
    full.made("one", "campus")
    full.arrives("one")
    clock.forward(RETURN - 1)
    assert full.spare() == []
    clock.forward(2)
    assert full.spare() == ["one"]


def test_a_kernel_whose_page_is_still_being_made_ends_for_nobody(full, clock):
    full.forgotten()
    clock.forward(RETURN + 1)
    assert full.spare() == [] == full.forgotten()


def test_a_page_that_left_keeps_its_kernel_while_nobody_waits_or_a_place_is_free(full, kernels, clock):
    full.looked_at("one")
    full.left("one")
    clock.forward(RETURN + 1)
    assert full.spare() == ["one"]
    kernels.remove("two")
    assert full.spare() == []
    kernels.append("two")
    full.queue._waiting.clear()
    assert full.spare() == []


def test_a_connected_page_without_a_heartbeat_loses_its_place_only_to_one_who_waits(full, kernels):
    for kernel in kernels:
        full.looked_at(kernel)
    kernels.silence = SILENT - 10
    assert full.spare() == []
    kernels.silence = SILENT + 10
    assert len(full.spare()) == 1
    full.queue._waiting.clear()
    assert full.spare() == []


def test_a_browser_that_has_connected_is_recognised_once_for_each_time(watch):
    assert not watch.recognises("cookie") and not watch.recognises(None)
    for kernel in ("one", "two"):
        watch.made(kernel, "campus", "cookie")
        watch.looked_at(kernel, "cookie")
        assert watch.recognises("cookie") and not watch.recognises("cookie")


def test_a_browser_is_recognised_only_by_the_cookie_that_it_got_its_page_with(watch):
    watch.made("one", "campus", "cookie")
    for made_up in ("000001", "000002", "", "c" * 16_000):
        watch.looked_at("one", made_up)
        assert not watch.recognises(made_up)
    watch.looked_at("one", "cookie")
    assert watch.recognises("cookie")
    watch.looked_at("one", "cookie")
    assert not watch.recognises("cookie")


def test_a_browser_that_went_away_while_it_waited_is_recognised_when_it_comes_back(watch):
    watch.made("one", "campus", "cookie")
    watch.looked_at("one", "cookie")
    assert watch.recognises("cookie")
    watch.got_nothing("cookie")
    assert watch.recognises("cookie") and not watch.recognises("cookie")


def test_of_a_kernel_that_has_ended_no_cookie_is_kept(watch, kernels):
    watch.made("one", "campus", "cookie")
    kernels.remove("one")
    watch.forgotten()
    watch.looked_at("one", "cookie")
    assert not watch.recognises("cookie")


@apart
async def test_whose_kernel_has_ended_is_counted_no_more(watch, kernels, clock):
    watch.queue.limits.take(UNCONNECTED, "campus")
    watch.made("one", "campus")
    clock.forward(40)
    await watch.tidy()
    assert "one" not in kernels and watch.queue.limits.held(UNCONNECTED) == 0


# A class and one who takes all they can get, behind one address


class Crowd:
    """Visitors of one server, played in steps of a tenth of a second, in which it can make two pages."""

    def __init__(self, clock, *, places):
        self.clock, self.kernels, self.numbers = clock, Living(), iter(range(10**6))
        self.limits = MemoryLimits(bounds(places=places, open_files=20_000))
        self.queue = AdmissionQueue(renders=2, places=places, living=lambda: len(self.kernels), limits=self.limits)
        self.watch = Watch(self.kernels, self.queue, now=lambda: clock().timestamp())
        self.asking, self.coming, self.waits, self.steps = [], [], [], 0

    async def ask(self, came=None):
        """Somebody opens the page: a learner, who came at this time, or somebody who never connects."""
        turn = self.queue.turn("campus")
        await turn.__aenter__()
        self.asking.append((turn, came))

    async def step(self):
        self.clock.forward(0.1)
        self.steps += 1
        for turn, came in [one for one in self.asking if one[0].admitted.is_set()]:
            self.asking.remove((turn, came))
            self.kernels.append(kernel := f"{next(self.numbers)}")
            self.watch.made(kernel, turn.keep())
            await turn.__aexit__(None, None, None)
            if came is not None:
                self.coming.append((self.now + 2, kernel, came))  # a phone, two seconds away
        for arrival in [one for one in self.coming if one[0] <= self.now]:
            self.coming.remove(arrival)
            _, kernel, came = arrival
            if kernel in self.kernels:
                self.watch.looked_at(kernel)
                self.waits.append(self.now - came)
            else:
                await self.ask(came)  # as host.js does
        if self.steps % 5 == 0:
            await self.watch.tidy()

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


def order(line, *turns):
    """In which order a line that makes one page at a time lets visitors in; no page connects."""
    line._waiting.extend(turns)
    let_in = []
    for _ in turns:
        line.advance()
        let_in += [one for one in turns if one.admitted.is_set() and one not in let_in]
        line.rendering -= 1
    return [turns.index(one) for one in let_in]


def test_whoever_has_fewer_pages_that_never_connected_comes_first():
    line = AdmissionQueue(renders=1, places=9, living=lambda: 0, limits=MemoryLimits({UNCONNECTED: Bound(total=8)}))
    for _ in range(3):
        line.limits.take(UNCONNECTED, "taker")
    turns = [line.turn("taker"), line.turn("taker", known=True), line.turn("campus"), line.turn("campus")]
    assert order(line, *turns) == [2, 3, 1, 0]


def test_whose_page_reloads_comes_in_before_newcomers():
    line = AdmissionQueue(renders=1, places=9, living=lambda: 0)
    assert order(line, line.turn("campus"), line.turn("campus"), line.turn("campus", known=True)) == [2, 0, 1]


@apart
async def test_a_newcomer_gets_in_where_somebody_who_connects_each_page_always_waits_for_the_next():
    """Of the same address, so that nothing but the order is on the newcomer's side."""
    line, admitted = AdmissionQueue(renders=1, places=9, living=lambda: 0), 0
    taker, newcomer = [line.turn("campus", known=True) for _ in range(4)], line.turn("campus")
    for turn in (*taker, newcomer):
        await turn.__aenter__()
    while not newcomer.admitted.is_set():
        (turn,) = [one for one in taker if one.admitted.is_set()]
        taker[taker.index(turn)] = again = line.turn("campus", known=True)
        await again.__aenter__()
        await turn.__aexit__(None, None, None)
        admitted += 1
        assert admitted < 10
