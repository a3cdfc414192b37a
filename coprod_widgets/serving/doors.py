"""Everything that answers a request: the page, its script, its kernel's line, and two for whoever runs it."""

from __future__ import annotations

import asyncio
import hmac
import html
import logging
import math
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import tornado.httputil
import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError
from voila.tornado.handler import TornadoVoilaHandler

from ..widgets.modules import asset
from .counts import ADMITTED, LOST, REGISTRY, RENDERED, SAVED
from .frames import ID, LAB, THIN, Frame, Pace, Reader, Unanswered, comms_in
from .hosts import from_this_machine
from .limits import SENT, WEBSOCKET, network_of
from .logs import place_of
from .page import NoForm, end_kernel
from .provisioner import FORKS, fork_server
from .watch import import_what

SECURITY = {
    # A widget's module may come through a blob's address, and its style be written into the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Dictation, and a pointer that follows the head, are extensions that listen and look in the page.
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(self)",
    "Referrer-Policy": "no-referrer",
}
LAB_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' blob: 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""For Voila's own front end. JupyterLab compiles its settings' schemas, which takes 'unsafe-eval'."""
FROM_CDN = re.compile(r'<link [^>]*href="https://cdn\.[^>]*>')
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
MOST_UNSENT = 8_000_000
"""Bytes that wait for one page to take them; its eleven answers, each of the greatest length, are half of them."""
COMPRESSED = 100_000
"""Bytes of a message that is compressed; a page's first answer is shorter unless its learner has written a book."""
PING = 1_000
"""How many of the bytes that a page may send stand for a ping."""
log = logging.getLogger(__name__)


class NoQueryInLogs(tornado.web.RequestHandler):
    """What every handler keeps to: a log names the handler, never the visitor, the address or what came with it.

    An address can hold a class's join code or a kernel's number, and whoever knows that can write as its learner.
    """

    def _request_summary(self) -> str:
        method = self.request.method or ""
        return f"{method if method in self.SUPPORTED_METHODS else 'A request'} of {type(self).__name__}"

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Say what kind of error it was, and where; tornado would add the whole request."""
        if not isinstance(error, tornado.web.HTTPError):
            log.error("%s failed: %s", self._request_summary(), place_of(error))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Our own page, whatever library the handler comes from: jupyter_server's needs settings that we lack."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.write(self.settings["error_page"](status_code))

    def check_host(self) -> bool:
        """Whether the server answers to the name that it was asked by."""
        return bool(self.settings["hosts"].allow(self.request.headers))

    def set_cookie(self, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """No page elsewhere makes a browser send it, and under TLS it never travels in the clear."""
        # Behind a proxy that does the encrypting; a header that says so wrongly hurts only its sender.
        encrypted = "https" in (self.request.protocol, self.request.headers.get("X-Forwarded-Proto", "").lower())
        super().set_cookie(name, value, *args, **{**kwargs, "samesite": "Strict", "secure": encrypted})


class Everyone(IdentityProvider):
    """Nobody signs in to a learner's page, so nobody gets a cookie that would tell visitors apart."""

    def get_user(self, handler: Any) -> User:
        """The same for each visitor."""
        return User("learner")

    def get_handlers(self) -> list[tuple[str, object]]:
        """No page to sign in on."""
        return []


class PageHandler(NoQueryInLogs, TornadoVoilaHandler):
    """The learner's page, sent in parts: what everyone gets, the place in the line, then the visitor's own form."""

    async def get(self, path: str | None = None) -> None:
        if path:
            raise tornado.web.HTTPError(404)  # the page has no other file
        self.xsrf_token  # noqa: B018  reading it sets the cookie, without which the page could not end its own kernel
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        page, line = self.settings["page"], self.settings["line"]
        form = None
        try:
            self.write(page.before)
            await self._sent()
            async with line.turn(network_of(str(self.request.remote_ip)), known=self._known()) as turn:
                async for place in turn.waiting():
                    self.write(self._place(place, full=line.full))
                    await self._sent()
                ADMITTED.inc()
                with RENDERED.time():
                    form = await page.form(self.kernel_manager, self._visit())
                self.settings["comms"][self.kernel_manager.get_kernel(form.kernel_id)] = set(form.models)
                self.settings["watch"].made(form.kernel_id, turn.keep())
            self.write(_form(self.base_url, form) + page.after)
            await self.finish()
        except NoForm:
            LOST.inc()
            self.write('<script type="application/json" id="coprod-no-form">{}</script>' + page.after)
            await self.finish()
        except StreamClosedError:  # the visitor has gone; so does the kernel
            if form:
                await end_kernel(self.kernel_manager, form.kernel_id)

    async def _sent(self) -> None:
        """Wait until what was written is on its way. Who takes nothing must not hold a place in the line."""
        try:
            async with asyncio.timeout(self.settings["request_seconds"]):
                await self.flush()
        except TimeoutError:
            raise StreamClosedError from None

    def _known(self) -> bool:
        return bool(self.settings["watch"].recognises(self.get_cookie("_xsrf")))

    def _place(self, place: int, *, full: bool) -> str:
        words = self.settings["page_words"]
        told = words["line_full" if full else "line_place"].replace("{n}", str(place))
        return f'<p class="coprod-place">{html.escape(told)}</p>\n'

    def _visit(self) -> dict[str, str]:
        """What the kernel may know of the visit, as CGI and Voila call it; no header and no address of the visitor."""
        return {**self.settings["kernel_env"], "QUERY_STRING": self.request.query}


def _form(base_url: str, form: Any) -> str:
    place = tornado.escape.json_encode({"baseUrl": base_url, "kernelId": form.kernel_id})
    views = "".join(
        f'<script type="application/vnd.jupyter.widget-view+json">{{"model_id": "{model}"}}</script>\n'
        for model in form.models
    )
    return f'<script id="jupyter-config-data" type="application/json">{place}</script>\n{views}'


class LineHandler(NoQueryInLogs, TornadoVoilaHandler):
    """Any other notebook, in Voila's own template, after the same line."""

    async def get(self, path: str | None = None) -> None:
        if path:
            self.redirect_to_file(path)  # a picture, which nobody waits in line for
            return
        self.xsrf_token  # noqa: B018  as above
        self._nonce, self._kernel = secrets.token_urlsafe(16), ""
        self.set_header("Content-Security-Policy", LAB_POLICY.format(nonce=self._nonce))
        async with self.settings["line"].turn(network_of(str(self.request.remote_ip))) as turn:
            await turn.admitted.wait()
            ADMITTED.inc()
            with RENDERED.time():
                await super().get(path)  # type: ignore[misc]
            if self._kernel:
                self.settings["watch"].made(self._kernel, turn.keep())
        if FORKS and self._kernel and not fork_server().modules:  # running a notebook only to warm up might do harm
            await import_what(self.kernel_manager, self._kernel)

    def write(self, chunk: Any) -> None:
        """Leave out the icon font that the template fetches from a CDN (Voila's own script brings it too), and let the
        scripts of template and notebook run. What cells show is no HTML yet: it crosses as JSON, without a `<`."""
        if isinstance(chunk, str):
            if named := KERNEL.search(chunk):
                self._kernel = named[1]
            chunk = SCRIPT.sub(f'<script nonce="{self._nonce}"', FROM_CDN.sub("", chunk))
        super().write(chunk)


class LibraryFileHandler(NoQueryInLogs):
    """A file of Voila's front end."""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        serve: Any = super().get
        try:
            await serve(*args, **kwargs)
        except (AssertionError, ValueError) as error:  # an address that Voila cannot take apart
            raise tornado.web.HTTPError(404) from error


class AssetHandler(NoQueryInLogs):
    """A module or stylesheet of the page; its address changes with its content."""

    def initialize(self, name: str) -> None:
        self.name = name

    def get(self) -> None:
        kind = "css" if self.name.endswith(".css") else "javascript"
        self.set_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.write(asset(self.name))


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
        """Leave out at once what static/host.js would not look at: a kernel says three times for each message that it
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


class WatchedWebsocket(NoQueryInLogs, KernelWebsocketHandler):
    """A kernel's line to its page; counts saves by their numbers, and tells who is still looked at.

    Not Voila's handler: before it sends a binary message it reads it as one of the newer protocol, which this server
    does not speak, and takes its first bytes for a count that has no bound.
    """

    _counted = _watched = False
    _unsent = 0.0

    async def get(self, kernel_id: str) -> None:
        """Connect, if the page's number for itself is one."""
        if not all(map(ID.fullmatch, self.get_query_arguments("session_id"))):
            raise tornado.web.HTTPError(400)
        await super().get(kernel_id)  # type: ignore[no-untyped-call]

    def select_subprotocol(self, subprotocols: list[str]) -> None:
        """None: messages are JSON texts."""

    async def pre_get(self) -> None:
        """Refuse one page more than a kernel can have; the page then asks for a kernel of its own."""
        # Counted before anything is waited for: a hundred may ask while the kernel is busy.
        self._counted = self.settings["limits"].take(WEBSOCKET, self.kernel_id)
        if not self._counted:
            raise tornado.web.HTTPError(429)
        self.settings["watch"].arrives(self.kernel_id)
        await super().pre_get()  # type: ignore[no-untyped-call]

    async def open(self, kernel_id: str) -> None:
        self._watch = self.settings["watch"]
        self._mine: set[str] = set()
        kernel = self.connection.kernel_manager
        self.pace = self.settings["paces"].setdefault(kernel, Pace())
        self.unanswered = Unanswered()
        comms = self.settings["comms"].setdefault(kernel, set())
        self.connection.reader = Reader(THIN if self.settings["page"] else LAB, comms)
        self._watch.looked_at(kernel_id, self.get_cookie("_xsrf") or "")
        self._watched = True
        await super().open(kernel_id)  # type: ignore[no-untyped-call]

    def on_finish(self) -> None:
        """A request that became no websocket gives its place back."""
        super().on_finish()
        if self.get_status() != 101:
            self._give_back()

    def on_close(self) -> None:
        self._give_back()
        if self._watched:
            super().on_close()  # type: ignore[no-untyped-call]
            for number in self._mine:
                self._watch.saves.pop((self, number), None)
            self._watch.left(self.kernel_id)

    def _give_back(self) -> None:
        if self._counted:
            self.settings["limits"].give(WEBSOCKET, self.kernel_id)
        self._counted = False

    async def on_message(self, message: str | bytes) -> None:
        """Read a text; nobody here sends bytes, so whoever does is told that they are not taken, and no more.

        The next frame of this page is not read before the others have had their turn.
        """
        size = len(message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message)
        if not self.settings["limits"].spend(SENT, self.kernel_id, size):
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

    def on_ping(self, data: bytes) -> None:
        """A browser's page sends none; whoever sends many is cut."""
        if not self.settings["limits"].spend(SENT, self.kernel_id, PING):
            self.close(1008)

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

        def sent(future: asyncio.Future[None]) -> None:
            self._unsent -= size
            future.exception()  # its page has gone; asyncio would log that nobody asked

        sending.add_done_callback(sent)

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
            self._watch.saves[self, number] = time.perf_counter()

    def answered(self, message: Mapping[str, Any]) -> None:
        """Count a save that the kernel answers."""
        data = message["content"].get("data") if self._mine else None
        told = data.get("content") if isinstance(data, dict) else None
        number = told.get("reply_to") if isinstance(told, dict) else None
        if number in self._mine:
            self._mine.remove(number)
            SAVED.observe(time.perf_counter() - self._watch.saves.pop((self, number)))


class KernelHandler(NoQueryInLogs, JupyterHandler):
    """Whether a kernel lives, which Voila's own front end asks when its line breaks."""

    def get(self, kernel_id: str) -> None:
        self.kernel_manager.get_kernel(kernel_id)  # or 404
        self.finish({"id": kernel_id, "name": "python3"})


class ShutdownHandler(NoQueryInLogs, JupyterHandler):
    """Ends a kernel whose page says that it is leaving."""

    async def post(self, kernel_id: str) -> None:
        manager: Any = self.kernel_manager
        await ensure_async(manager.shutdown_kernel(kernel_id))  # or 404
        self.set_status(204)
        self.finish()


class HostsOnly(NoQueryInLogs, JupyterHandler):
    """Answers this machine, and whoever has the token that COPROD_TOKEN holds."""

    def check_host(self) -> bool:
        """A token opens it under any name; who has none must have asked for this machine by one of its own."""
        token, given = self.settings["token"], self.request.headers.get("Authorization", "")
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
        connection: Any = self.request.connection
        if from_this_machine(connection.context.address[0], self.request.headers):
            return True
        raise tornado.web.HTTPError(404)


class HealthHandler(HostsOnly):
    """Live: it answers. Ready: kernels can be had and the store can be written."""

    async def get(self) -> None:
        ready: Callable[[], str] = self.settings["ready"]
        problem = await asyncio.to_thread(ready)  # a store that is held lets its asker wait
        self.set_status(503 if problem else 200)
        self.finish({"live": True, "ready": not problem, **({"problem": problem} if problem else {})})


class MetricsHandler(HostsOnly):
    """Figures for Prometheus."""

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(REGISTRY))
