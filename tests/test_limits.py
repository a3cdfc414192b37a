"""What a stranger can make the server hold has a bound, and nobody else notices."""

import asyncio
import re
import socket
import sys
import time
from asyncio import Semaphore
from contextlib import ExitStack, asynccontextmanager, closing
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest
from loops import apart
from servers import free_port, start, stop
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.web import Application, RequestHandler
from tornado.websocket import websocket_connect

from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.handlers import QueuedHandler
from coprod_widgets.serving.http_server import listening
from coprod_widgets.serving.limits import (
    CONNECT,
    CONNECTION,
    SENT,
    UNCONNECTED,
    UNOPENED,
    VISIT,
    Bound,
    MemoryLimits,
    bounds,
    network_of,
    request_seconds,
    unopened_seconds,
)
from coprod_widgets.serving.page import error_page
from coprod_widgets.serving.queue import AdmissionQueue
from coprod_widgets.serving.server import page_facts, tls_context

SECONDS = 0.5


@pytest.fixture(scope="module")
def learn(tmp_path_factory):
    """A server that is less patient than usual."""
    store = tmp_path_factory.mktemp("store") / "responses.sqlite3"
    learn = start(store, COPROD_REQUEST_SECONDS=str(SECONDS), COPROD_UNOPENED_SECONDS="1")
    yield learn
    stop(learn)


def line(learn, *, small=False):
    """A connection of somebody who writes requests by hand."""
    found = socket.socket()
    if small:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    found.settimeout(10)
    found.connect(("127.0.0.1", learn.port))
    return closing(found)


def closes(connection):
    """Whether the server closes the connection; what it said before that does not matter."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"GET /coprod/host.js HTTP/1.1\r\nHost: x\r\n\r\n",  # and then nothing more
        b"POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\nhalf of it",
        b"POST /nope HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    ],
    ids=["nothing", "half a header", "one request", "half a body", "half a chunk"],
)
def test_whoever_sends_nothing_more_is_let_go(learn, sent):
    with line(learn) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        assert closes(connection)
        assert SECONDS / 2 < time.monotonic() - began < 4 * SECONDS


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 95000000",
        b"Content-Length: 70000",
        b"Transfer-Encoding: chunked",
        b"X: " + b"x" * 20_000,
    ],
    ids=["95 MB", "70 kB", "chunks", "a long header"],
)
def test_more_than_a_page_ever_sends_is_not_even_read(learn, head):
    with line(learn) as connection:
        try:
            connection.sendall(b"POST /nope HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
            for _ in range(100):
                connection.sendall(b"11170\r\n" + b"x" * 0x11170 + b"\r\n")
        except (ConnectionResetError, BrokenPipeError):
            return
        assert closes(connection)


def test_a_body_that_is_longer_than_a_pages_is_refused_before_it_comes(learn):
    with line(learn) as connection:
        connection.sendall(b"POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_whoever_takes_no_answer_is_let_go(learn):
    with line(learn, small=True) as connection:
        for _ in range(200):
            try:
                connection.sendall(b"GET /coprod/host.js HTTP/1.1\r\nHost: x\r\n\r\n")
            except OSError:
                break
        address = connection.getsockname()
        deadline = time.monotonic() + 20 * SECONDS
        server = psutil.Process(learn.process.pid)
        while any(one.raddr == address for one in server.net_connections()):
            assert time.monotonic() < deadline, "the server still holds the connection"
            time.sleep(0.05)  # somebody else's sockets have nothing to wait on


@apart
async def test_a_handshake_that_never_ends_is_let_go_and_gives_its_place_back(certificate):
    limits, port = MemoryLimits({}), free_port()
    tls = tls_context(*certificate)
    server = listening(Application(), port, "127.0.0.1", tls=tls, limits=limits, seconds=SECONDS)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01")
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    server.stop()
    assert limits.held(CONNECTION) == 0


class Slow(RequestHandler):
    """Answers once the test lets it."""

    def initialize(self, came, goes):
        self.came, self.goes = came, goes

    async def get(self):
        self.came.release()
        await self.goes.acquire()


@apart
async def test_a_connection_too_many_is_closed_and_the_next_one_after_that_is_not():
    limits, port, came, goes = MemoryLimits({CONNECTION: Bound(total=2)}), free_port(), Semaphore(0), Semaphore(0)
    slow = Application([("/", Slow, {"came": came, "goes": goes})])
    server = listening(slow, port, "127.0.0.1", tls=None, limits=limits, seconds=60)
    asking = [await asking_at(port) for _ in range(2)]
    for _ in asking:
        await asyncio.wait_for(came.acquire(), 10)
    third, other = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(third.read(), 10) == b""
    goes.release()
    async with asyncio.timeout(10):
        while limits.full(CONNECTION):
            await asyncio.sleep(0)
    goes.release()
    goes.release()
    reader, writer = await asking_at(port)
    assert b"200" in await asyncio.wait_for(reader.read(), 10)
    for one in (asking[0][1], asking[1][1], other, writer):
        one.close()
    server.stop()


@pytest.mark.parametrize("bound", [Bound(total=2), Bound(each=2)], ids=["in total", "of one address"])
@apart
async def test_whoever_has_sent_no_request_for_longest_makes_room_for_the_next(bound):
    limits, port = MemoryLimits({CONNECTION: bound}), free_port()
    server = listening(Application(), port, "127.0.0.1", tls=None, limits=limits, seconds=60)
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    silent[0][1].write(b"GET / HTTP/1.1\r\n")  # half of one is none
    new = await asking_at(port)
    assert b"404" in await asyncio.wait_for(new[0].read(), 10)
    assert await asyncio.wait_for(silent[0][0].read(), 10) == b""
    silent[1][1].write(b"GET / HTTP/1.0\r\n\r\n")
    assert b"404" in await asyncio.wait_for(silent[1][0].read(), 10)
    for one in (new, *silent):
        one[1].close()
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has every address from 127.0.0.1 on")
@apart
async def test_whoever_holds_most_makes_room_for_the_next_and_not_an_address_that_holds_one():
    limits, port = MemoryLimits({CONNECTION: Bound(total=3)}), free_port()
    server = listening(Application(), port, "127.0.0.1", tls=None, limits=limits, seconds=60)
    first, *many = [await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.0.{n}", 0)) for n in (2, 3, 3)]
    new = await asking_at(port)
    assert b"404" in await asyncio.wait_for(new[0].read(), 10)
    assert await asyncio.wait_for(many[0][0].read(), 10) == b""
    assert limits.held(CONNECTION, "127.0.0.2") == 1
    for one in (new, first, *many):
        one[1].close()
    server.stop()


async def asking_at(port):
    """A connection that has sent a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    return reader, writer


class Waiting(QueuedHandler):
    """A page whose visitors wait for ever, unless they have been here before."""

    async def get(self):
        known = self.get_cookie("known") is not None
        with self.counted(known=known):
            async with self.settings["queue"].ticket(self.key) as self.ticket:
                async for _ in self.ticket.positions():
                    if known:
                        return


@asynccontextmanager
async def waiting(**bound):
    """A server that lets nobody in, its limits and its address."""
    limits, port = MemoryLimits({VISIT: Bound(**bound)}), free_port()
    line = AdmissionQueue(renders=0, capacity=1, living=int, poll_interval=600)
    settings = {"limits": limits, "queue": line, "error_page": error_page(page_facts("/"), "/")}
    server = listening(
        Application([("/", Waiting)], **settings), port, "127.0.0.1", tls=None, limits=limits, seconds=60
    )
    yield settings, f"http://127.0.0.1:{port}/"
    server.stop()


@apart
async def test_one_visitor_too_many_is_told_kindly_and_the_browser_asks_again_by_itself():
    async with waiting(total=0) as (settings, url):
        reply = await AsyncHTTPClient().fetch(url, raise_error=False)
        assert reply.code == 429 and 45 <= int(reply.headers["Refresh"]) <= 75
        assert "about a minute" in reply.body.decode() and settings["limits"].held(VISIT) == 0


@apart
async def test_whoever_had_a_page_before_is_never_one_too_many():
    async with waiting(total=0) as (_, url):
        assert (await AsyncHTTPClient().fetch(HTTPRequest(url, headers={"Cookie": "known=1"}))).code == 200


@apart
async def test_whoever_closes_the_page_leaves_the_line_at_once():
    async with waiting(total=1) as (settings, url), asyncio.timeout(10):
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while not len(settings["queue"]):
            await asyncio.sleep(0)
        writer.close()
        while settings["limits"].held(VISIT):
            await asyncio.sleep(0)
        assert len(settings["queue"]) == 0


def test_hundreds_of_silent_connections_keep_nobody_from_the_page(learn):
    with ExitStack() as silent:
        for _ in range(300):
            silent.enter_context(line(learn)).sendall(b"GET / HTTP/1.1\r\n")
        with urlopen(learn.url) as page:
            assert b"coprod-widgets" in page.read()


def test_a_page_that_never_connects_leaves_no_kernel(learn):
    with urlopen(learn.url) as page:
        kernel = re.search(r'"kernelId": "([^"]+)"', page.read().decode())[1]
    assert learn.kernels()
    deadline = time.monotonic() + 10
    while learn.kernels():
        assert time.monotonic() < deadline, learn.kernels()
        time.sleep(0.05)  # processes of somebody else's have nothing to wait on
    assert kernel not in learn.log.read_text()


@pytest.mark.parametrize(("told", "reads"), [("COPROD_REQUEST_SECONDS", request_seconds), (UNOPENED, unopened_seconds)])
def test_a_time_that_is_none_is_told(monkeypatch, told, reads):
    assert reads() > 0
    for wrong in ("soon", "0", "nan", "1e9"):
        monkeypatch.setenv(told, wrong)
        with pytest.raises(CoprodError, match=f"{told}.*{wrong}"):
            reads()


# Counting


def test_a_bound_in_total_and_one_for_each_hold_until_something_is_given_back():
    limits = MemoryLimits({"seat": Bound(total=3, each=2)})
    assert [limits.take("seat", key) for key in ("ann", "ann", "ann", "ben", "cem")] == [True, True, False, True, False]
    assert (limits.held("seat"), limits.held("seat", "ann"), limits.full("seat")) == (3, 2, True)
    limits.give("seat", "ann")
    assert not limits.full("seat") and limits.take("seat", "cem")


def test_what_is_spent_comes_back_with_time(clock):
    limits = MemoryLimits({"bytes": Bound(each=100, rate=10)}, now=lambda: clock().timestamp())
    assert limits.spend("bytes", "ann", 100) and not limits.spend("bytes", "ann", 1)
    assert limits.spend("bytes", "ben", 100)
    clock.forward(5)
    assert limits.spend("bytes", "ann", 50) and not limits.spend("bytes", "ann", 1)


def test_what_nobody_bounds_is_free():
    limits = MemoryLimits({})
    assert all(limits.take("seat", "ann") and limits.spend("bytes", "ann", 10**9) for _ in range(100))
    assert not limits.full("seat")


def test_one_address_has_room_for_a_class_of_three_hundred_and_leaves_some_to_others():
    limits = MemoryLimits(bounds(capacity=300, open_files=20_000))
    browsers = [limits.take(CONNECTION, "campus") for _ in range(300 * 6)]
    assert all(browsers)
    while limits.take(CONNECTION, "campus"):
        pass
    assert limits.take(CONNECTION, "elsewhere")
    assert all(limits.take(VISIT, "campus") for _ in range(3 * 300))
    while limits.take(VISIT, "campus"):
        pass
    assert all(limits.take(VISIT, "elsewhere") for _ in range(300))
    assert [limits.take(UNCONNECTED, "campus") for _ in range(101)] == [True] * 100 + [False]
    assert limits.spend(SENT, "page", 11 * 600_000)


def test_a_page_whose_line_breaks_every_second_never_meets_a_limit(clock):
    limits = MemoryLimits(bounds(capacity=300, open_files=20_000), now=lambda: clock().timestamp())
    for _ in range(100):
        assert limits.spend(CONNECT, "kernel", 1)
        clock.forward(1)


@apart
async def test_a_kernel_is_connected_to_ten_times_at_once_and_then_once_a_second(learn):
    kernel, connects, began = await opened(learn.url), 0, time.monotonic()
    request = HTTPRequest(f"{learn.url.replace('http', 'ws')}api/kernels/{kernel}/channels")
    request.headers["Origin"] = learn.url.rstrip("/")
    for _ in range(60):
        try:
            (await websocket_connect(request)).close()
            connects += 1
        except HTTPClientError as error:
            assert error.code == 429
    assert connects <= 11 + time.monotonic() - began


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1:2", "2001:db8::/64"), ("fe80::1%eth0", "fe80::/64"), ("", "")],
)
def test_a_visitor_is_known_by_their_address_or_their_half_of_one(address, network):
    assert network_of(address) == network


# A class and somebody who takes every place, behind one address


async def opened(url):
    """The number of a kernel, from a page that has been read to its end."""
    reply = await AsyncHTTPClient().fetch(HTTPRequest(url, request_timeout=60, connect_timeout=60))
    return re.search(r'"kernelId": "([^"]+)"', reply.body.decode())[1]


async def connected(url):
    """A learner's line to a kernel; as the page does, one whose kernel has ended opens the page anew."""
    while True:
        address = f"{url.replace('http', 'ws')}api/kernels/{await opened(url)}/channels"
        try:
            return await websocket_connect(HTTPRequest(address, headers={"Origin": url.rstrip("/")}))
        except HTTPClientError as error:
            assert error.code == 404


@apart
async def test_a_class_gets_in_where_one_client_opens_page_after_page_and_never_connects(tmp_path):
    learn = start(tmp_path / "responses.sqlite3", None, "--learners", "8", COPROD_UNOPENED_SECONDS="1.2")
    AsyncHTTPClient.configure(None, max_clients=100)

    async def take():
        while True:
            await opened(learn.url)

    taking = [asyncio.create_task(take()) for _ in range(8)]
    try:
        await opened(learn.url)  # they have begun
        async with asyncio.timeout(60):
            learners = await asyncio.gather(*(connected(learn.url) for _ in range(4)))
        assert len(learn.kernels()) <= 8
        for learner in learners:
            learner.close()
    finally:
        for task in taking:
            task.cancel()
        await asyncio.gather(*taking, return_exceptions=True)
        stop(learn)


def asked(url, *cookie):
    """A browser with this cookie asks for the page."""
    headers = {"Cookie": cookie[0]} if cookie else {}
    return asyncio.ensure_future(AsyncHTTPClient().fetch(HTTPRequest(url, headers=headers, request_timeout=60)))


async def looks(url, cookie=None):
    """A browser gets a page and connects to its kernel: the kernel's number, the cookie and the websocket."""
    page = await asked(url)
    kernel = re.search(r'"kernelId": "([^"]+)"', page.body.decode())[1]
    cookie = cookie or page.headers["Set-Cookie"].partition(";")[0]
    address = f"{url.replace('http', 'ws')}api/kernels/{kernel}/channels"
    headers = {"Origin": url.rstrip("/"), "Cookie": cookie}
    return kernel, cookie, await websocket_connect(HTTPRequest(address, headers=headers))


@apart
async def test_a_learner_who_reloads_comes_before_whoever_has_made_a_cookie_up(tmp_path):
    learn, waiting = start(tmp_path / "responses.sqlite3", None, "--learners", "2"), []
    try:
        async with asyncio.timeout(60):
            _, made_up, stranger = await looks(learn.url, "_xsrf=000001")
            kernel, cookie, learner = await looks(learn.url)
            waiting = [asked(learn.url, made_up), asked(learn.url, cookie)]
            while b"coprod_waiting 2" not in (await asked(f"{learn.url}metrics")).body:
                pass
            token = {"Cookie": cookie, "X-XSRFToken": cookie.partition("=")[2]}
            end = f"{learn.url}voila/api/shutdown/{kernel}"
            await AsyncHTTPClient().fetch(HTTPRequest(end, method="POST", headers=token, body=""))
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert done == {waiting[1]}
        for one in (stranger, learner):
            one.close()
    finally:
        stop(learn)
        await asyncio.gather(*waiting, return_exceptions=True)
