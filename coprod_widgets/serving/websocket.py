"""The websocket between a page and its kernel: what the page sends is bounded, and so is what it makes others send."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import tornado.web
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.websocket import WebSocketClosedError, WebSocketProtocol, WebSocketProtocol13

from .handlers import NoQueryInLogs
from .limits import CONNECT, SENT, WEBSOCKET
from .logs import place_of
from .message_filter import ID, LAB, THIN, Frame, Pace, Reader, Unanswered, comms_in
from .metrics import SAVED

MOST_UNSENT = 12_000_000
"""Bytes that wait for one page to take them. All its answers, each of the greatest length, are less than half of them:
two windows that connect anew at once are told them twice."""
MOST_UNSENT_TOGETHER = 200_000_000
"""Bytes that wait for all pages together: each of many pages could have its share filled, and none take it."""
COMPRESSED = 100_000
"""Bytes of a message that is compressed; a page's first answer is shorter unless its learner has written a book."""
FRAME = 1_000
"""How many of the bytes that a page may send stand for the work that any frame makes, however short it is."""
log = logging.getLogger(__name__)


class KernelConnection(ZMQChannelsWebsocketConnection):
    """Between a page and its kernel: what the page sends is read strictly, what the kernel says is passed on."""

    websocket_handler: Any
    reader: Reader

    def handle_incoming_message(self, incoming_msg: str) -> None:
        """Pass on a message that such a page sends; drop any other. The library's own parsers are not reached."""
        frame = self.reader.read(incoming_msg) if self.channels else None
        if frame is not None:
            self.websocket_handler.asked(frame)
            self.session.send_raw(self.channels["shell"], list(frame.parts))

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Leave out at once what host.js would not look at: a kernel says three times for each message that it
        is busy, idle and has replied."""
        begun = time.thread_time()
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1]).get("msg_type")
        if kind == "status" and self.session.unpack(parts[4]).get("execution_state") == "idle":
            self.websocket_handler.unanswered.done(self.session.unpack(parts[2]).get("msg_id"))
        if self.reader.profile is not THIN:
            super().handle_outgoing_message(stream, outgoing_msg)
        elif kind == "comm_msg":
            self._pass_on(stream, parts)
        self.websocket_handler.pace.used(time.thread_time() - begun, sum(map(len, parts)))

    def _pass_on(self, stream: Any, parts: list[Any]) -> None:
        """Send what a widget tells as the kernel has written it: to read it, and to write it anew, would take long."""
        signature, *whole = (bytes(part) for part in parts[:5])
        if len(parts) == 5 and hmac.compare_digest(self.session.sign(whole), signature):
            names = (b"header", b"parent_header", b"metadata", b"content")
            told = b", ".join(b'"%b": %b' % pair for pair in zip(names, whole, strict=True))
            if self.websocket_handler.waits_for_saves:
                self.websocket_handler.answered({"content": self.session.unpack(whole[3])})
            self.websocket_handler.tell(b'{%b, "channel": "%b", "buffers": []}' % (told, stream.channel.encode()))

    def _on_zmq_reply(self, stream: Any, msg_list: Any) -> None:
        """Send a kernel's message to the page, but for the source that it runs."""
        message: Mapping[str, Any] = msg_list
        if stream.closed() or message["header"]["msg_type"] == "execute_input":
            return
        self.reader.comms |= comms_in(message)
        self.websocket_handler.answered(message)
        try:
            told = self._reserialize_reply(message, channel=stream.channel)  # type: ignore[no-untyped-call]
            self.websocket_handler.tell(told, binary=isinstance(told, bytes))
        except ValueError as error:  # the library would log the whole message
            log.error("A kernel's message was not passed on: %s", place_of(error))


class Unsent:
    """What waits for all pages together. Where it is too much, the page that most waits for is cut."""

    def __init__(self, most: int = MOST_UNSENT_TOGETHER):
        self._most, self._each = most, Counter[WatchedWebsocket]()

    def add(self, page: WatchedWebsocket, size: int) -> None:
        """Count what a page is about to be sent."""
        self._each[page] += size
        while self._each.total() > self._most:
            page = max(self._each, key=lambda one: self._each[one])
            del self._each[page]
            page.cut()

    def sent(self, page: WatchedWebsocket, size: int) -> None:
        """A page has taken so much, or has gone."""
        if page in self._each:
            self._each[page] -= size
            if self._each[page] <= 0:
                del self._each[page]


class CountedFrames(WebSocketProtocol13):
    """Counts every frame, also those that no handler hears of: pongs, and the parts of a message, which may be empty.

    tornado reads hundreds of them, where they have come, before anybody else has a turn; this one reads a single one.
    """

    handler: Any

    async def _receive_frame(self) -> None:
        await super()._receive_frame()
        if not self.handler.allows(FRAME):
            if self.server_terminated:  # it was told so, and goes on
                self._abort()
            self.handler.close(1008)
        await asyncio.sleep(0)


class WatchedWebsocket(NoQueryInLogs, KernelWebsocketHandler):
    """A kernel's line to its page; counts saves by their numbers, and tells who is still looked at.

    Not Voila's handler: before it sends a binary message it reads it as one of the newer protocol, which this server
    does not speak, and takes its first bytes for a count that has no bound.
    """

    _counted = _connected_page = False
    _unsent = 0.0

    async def get(self, kernel_id: str) -> None:
        """Connect, if the page's number for itself is one; the library takes it from a request's body, too."""
        if not all(map(ID.fullmatch, self.get_arguments("session_id"))):
            raise tornado.web.HTTPError(400)
        await super().get(kernel_id)  # type: ignore[no-untyped-call]

    def select_subprotocol(self, subprotocols: list[str]) -> None:
        """None: messages are JSON texts."""

    def check_origin(self, origin: str | None = None) -> bool:
        """Whether the page that asks is ours; where a proxy makes it look like another, its operator reads why."""
        allowed = bool(super().check_origin(origin))
        if not allowed:
            self.settings["hosts"].tell_of_origin()
        return allowed

    async def pre_get(self) -> None:
        """Refuse one page more than a kernel can have, or one that connects too often; it asks for another kernel."""
        limits = self.settings["limits"]
        self.kernel_manager.get_kernel(self.kernel_id)  # or 404: nothing is counted for a number that is made up
        # Counted before anything is waited for: a hundred may ask while the kernel is busy.
        self._counted = limits.spend(CONNECT, self.kernel_id, 1) and limits.take(WEBSOCKET, self.kernel_id)
        if not self._counted:
            raise tornado.web.HTTPError(429)
        self.settings["kernel_monitor"].page_connecting(self.kernel_id)
        await super().pre_get()  # type: ignore[no-untyped-call]

    async def open(self, kernel_id: str) -> None:
        self._kernel_monitor = self.settings["kernel_monitor"]
        self._mine: set[str] = set()
        kernel = self.connection.kernel_manager
        self.pace = self.settings["paces"].setdefault(kernel, Pace())
        self.unanswered = Unanswered()
        comms = self.settings["comms"].setdefault(kernel, set())
        self.connection.reader = Reader(THIN if self.settings["page"] else LAB, comms)
        self._kernel_monitor.page_connected(kernel_id, self.get_cookie("_xsrf") or "")
        self._connected_page = True
        await super().open(kernel_id)  # type: ignore[no-untyped-call]

    def on_finish(self) -> None:
        """A request that became no websocket gives its place back."""
        super().on_finish()
        if self.get_status() != 101:
            self._give_back()

    def on_close(self) -> None:
        self._give_back()
        if self._connected_page:
            super().on_close()  # type: ignore[no-untyped-call]
            for number in self._mine:
                self._kernel_monitor.unanswered_saves.pop((self, number), None)
            self._kernel_monitor.page_disconnected(self.kernel_id)

    def _give_back(self) -> None:
        if self._counted:
            self.settings["limits"].give(WEBSOCKET, self.kernel_id)
        self._counted = False

    async def on_message(self, message: str | bytes) -> None:
        """Handle a text message. Bytes are refused: no page sends any.

        The next frame of this page is not read before the others have had their turn.
        """
        size = len(message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message)
        if not self.allows(size):
            self.close(1008)
            return
        if not isinstance(message, str):
            self.close(1003)
            return
        await self.unanswered.room()
        begun = time.thread_time()  # work, and not how long others had the processor meanwhile
        self.connection.handle_incoming_message(message)
        took = time.thread_time() - begun
        self.pace.used(took)
        await asyncio.sleep(self.pace.wait(took))

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """What reads the frames; None for a version that tornado does not speak."""
        spoken = super().get_websocket_protocol()
        return spoken and CountedFrames(self, False, spoken.params)  # type: ignore[attr-defined]

    def allows(self, size: int) -> bool:
        """Whether the page may send so many bytes more; a browser's page never comes near the bound."""
        return bool(self.settings["limits"].spend(SENT, self.kernel_id, size))

    def tell(self, message: str | bytes, *, binary: bool = False) -> None:
        """Send to the page; one that does not take what it asked for is cut, so that it does not fill the memory."""
        size = len(message)
        if self._unsent and self._unsent + size > MOST_UNSENT:
            self._unsent = math.inf  # what follows is dropped
            self.close(1008)
            return
        try:
            with self._as_it_is() if size > COMPRESSED else nullcontext():
                sending = self.write_message(message, binary=binary)
        except WebSocketClosedError:
            return
        self._unsent += size
        together: Unsent = self.settings["unsent"]

        def sent(future: asyncio.Future[None]) -> None:
            self._unsent -= size
            together.sent(self, size)
            future.exception()  # its page has gone; asyncio would log that nobody asked

        sending.add_done_callback(sent)
        together.add(self, size)

    def cut(self) -> None:
        """Close at once, and let go of what waits."""
        self._unsent = math.inf  # what follows is dropped
        if self.ws_connection:
            self.ws_connection._abort()

    @contextmanager
    def _as_it_is(self) -> Iterator[None]:
        """Send without compression, which for millions of odd letters would keep all others waiting for a second."""
        line: Any = self.ws_connection
        compressor, line._compressor = line._compressor, None
        try:
            yield
        finally:
            line._compressor = compressor

    @property
    def waits_for_saves(self) -> bool:
        """Whether a save of this page has no answer yet."""
        return bool(self._mine)

    def asked(self, frame: Frame) -> None:
        """Note that a message went on to the kernel, and when a save came in."""
        self.pace.passed()
        self.unanswered.sent(frame.number)
        number = frame.told.get("id")
        if frame.told.get("ask") == "save" and isinstance(number, str) and ID.fullmatch(number):
            self._mine.add(number)
            self._kernel_monitor.unanswered_saves[self, number] = time.perf_counter()

    def answered(self, message: Mapping[str, Any]) -> None:
        """Count a save that the kernel answers."""
        data = message["content"].get("data") if self._mine else None
        told = data.get("content") if isinstance(data, dict) else None
        number = told.get("reply_to") if isinstance(told, dict) else None
        if number in self._mine:
            self._mine.remove(number)
            SAVED.observe(time.perf_counter() - self._kernel_monitor.unanswered_saves.pop((self, number)))
