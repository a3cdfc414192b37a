"""One page asks for more than it takes, or for more connections than it can have: nobody else waits for it."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from fuzzing import Visitor
from loops import apart
from servers import start, stop
from tornado.httpclient import HTTPClientError
from tornado.iostream import StreamClosedError
from tornado.websocket import websocket_connect

from coprod_widgets import SelfStudy
from coprod_widgets.serving.limits import SENT, WEBSOCKETS_EACH, bounds
from coprod_widgets.serving.message_filter import Pace, Unanswered
from coprod_widgets.serving.websocket import FRAME, Unsent

LONG = "😀" * 100_000
ASKED = 12
MANY = 2 * (bounds(capacity=1, open_files=1)[SENT].each or 0) // FRAME


@pytest.fixture(scope="module")
def learn(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("share") / "responses.sqlite3")
    yield running
    stop(running)


async def full(learn) -> Visitor:
    """A visitor whose answers are as long as answers can be: to ask for them takes bytes, to send them megabytes."""
    visitor = await Visitor.come(learn.url)
    for question in SelfStudy.load().keys:
        reply = await visitor.ask("save", question=question, text=LONG, base=0)
        assert reply["ok"]
    return visitor


def hello(visitor: Visitor, number: int) -> bytes:
    """A masked frame that asks for all answers."""
    text = visitor.frame("hello", f"hello-{number}").encode()
    return bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text


@apart
async def test_a_page_that_does_not_take_its_answers_is_cut(learn):
    visitor, other = await full(learn), await Visitor.come(learn.url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", learn.port))
        asks = replace(visitor, session=visitor.device).request()
        headers = {"Host": urlsplit(visitor.url).netloc, "Origin": asks.headers["Origin"], "Upgrade": "websocket"}
        headers |= {
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        path = asks.url.partition(headers["Host"])[2]
        deaf.sendall("\r\n".join([f"GET {path} HTTP/1.1", *map(": ".join, headers.items()), "", ""]).encode())
        for number in range(ASKED):
            deaf.sendall(hello(visitor, number))
        # A second window of the same page is told the same, and there is room for two answers.
        await heard(visitor, 2)
        assert (await other.ask("hello"))["ok"]
        deaf.settimeout(30)
        taken = 0
        with suppress(ConnectionError):
            while got := await asyncio.to_thread(deaf.recv, 1 << 20):
                taken += len(got)
    assert taken < 3 * 4 * len(LONG) * len(SelfStudy.load().keys)
    other.leave(), visitor.leave()


async def heard(visitor: Visitor, many: int) -> None:
    """Read until so many long messages have come."""
    async with asyncio.timeout(60):
        while many:
            many -= len(await visitor.socket.read_message() or "") > len(LONG)


@apart
async def test_who_asks_and_leaves_is_not_told_later(learn):
    visitor = await Visitor.come(learn.url)  # its answers are short: the kernel has sent them when the text is stored
    for number in range(3):
        await visitor.socket.write_message(visitor.frame("hello", f"earlier-{number}"))
    save = visitor.frame("save", "last", question="what_happened", text="The nurse sat down.", base=0)
    await visitor.socket.write_message(save)
    visitor.leave()
    while "The nurse sat down." not in [row["text"] for row in learn.rows()]:
        await asyncio.sleep(0.05)
    await visitor.connect()
    await visitor.socket.write_message(visitor.frame("hello", "now"))
    async with asyncio.timeout(60):
        while '"reply_to": "now"' not in (frame := await visitor.socket.read_message()):
            assert "earlier-" not in frame
    visitor.leave()


@apart
async def test_no_kernel_gets_more_connections_than_a_page_can_have_and_each_comes_back(learn):
    visitor = await Visitor.come(learn.url)
    visitor.leave()
    while await visitor.socket.read_message() is not None:
        pass
    opened = await asyncio.gather(*(websocket_connect(visitor.request()) for _ in range(30)), return_exceptions=True)
    lines = [one for one in opened if not isinstance(one, BaseException)]
    assert len(lines) == WEBSOCKETS_EACH
    assert {one.code for one in opened if isinstance(one, HTTPClientError)} == {429}
    for line in lines:
        line.close()
        while await line.read_message() is not None:
            pass
    again = None
    while again is None:  # not at once: whoever connects so often waits
        with suppress(HTTPClientError):
            again = await websocket_connect(visitor.request())
    again.close()


def test_an_answer_counts_like_the_work_that_it_takes():
    pace = Pace(now=lambda: 0.0)
    pace.used(Pace.AHEAD / 2, int(Pace.BYTES * Pace.AHEAD / 2))
    assert pace.wait(0) <= 0
    pace.used(0.03)
    assert pace.wait(0) == pytest.approx(0.03 / Pace.SHARE)


class Line:
    """A page that is told whether it was cut."""

    was_cut = False

    def cut(self):
        self.was_cut = True


def test_where_too_much_waits_for_all_pages_together_the_one_with_most_is_cut():
    unsent, pages = Unsent(100), [Line() for _ in range(4)]
    for page, size in zip(pages, (30, 50, 20, 60), strict=True):
        unsent.add(page, size)
    assert [page.was_cut for page in pages] == [False, False, False, True]
    unsent.sent(pages[3], 60), unsent.sent(pages[0], 30)  # one that was cut is not counted twice
    unsent.add(pages[0], 30)
    assert [page.was_cut for page in pages] == [False, False, False, True]
    unsent.add(pages[2], 1)
    assert [page.was_cut for page in pages] == [False, True, False, True]


@apart
async def test_a_page_waits_until_its_kernel_has_answered():
    asked = Unanswered()
    for _ in range(Unanswered.MOST):
        asked.sent("1")
    waiting = asyncio.create_task(asked.room())
    asked.done("another's")
    await asyncio.sleep(0)
    assert not waiting.done()
    asked.done("1")
    await waiting


@pytest.mark.parametrize("first, flood", [(b"", 0x8A), (b"", 0x89), (b"\x01\x80" + bytes(4), 0x00)])
@apart
async def test_frames_that_are_no_message_count_and_who_sends_thousands_is_cut(learn, first, flood):
    visitor, other = await Visitor.come(learn.url), await Visitor.come(learn.url)
    frame = bytes([flood, 0x80]) + bytes(4)  # masked, and empty
    with suppress(StreamClosedError):
        await visitor.socket.protocol.stream.write(first + frame * MANY)
    await other.save("She waited.")
    async with asyncio.timeout(30):
        while await visitor.socket.read_message() is not None:
            pass
    visitor.leave(), other.leave()
