"""The HTTP handlers: the page, its scripts, and what its operator asks."""

from __future__ import annotations

import asyncio
import hmac
import html
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tornado.httputil
import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.iostream import StreamClosedError
from voila.tornado.handler import TornadoVoilaHandler

from ..widgets.assets import asset, compressed
from .hosts import from_this_machine
from .kernels.monitor import import_modules_of
from .kernels.provisioner import FORKS, fork_server
from .limits import VISIT, WEBSOCKET, network_of
from .logs import place_of
from .metrics import ADMITTED, LOST, REGISTRY, RENDERED
from .page import NoForm, end_kernel
from .queue import Ticket

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
CDN_LINK = re.compile(r'<link [^>]*href="https://cdn\.[^>]*>')
SCRIPT_TAG = re.compile(r"<script\b", re.IGNORECASE)
KERNEL_ID = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
log = logging.getLogger(__name__)


class NoQueryInLogs(tornado.web.RequestHandler):
    """The base of every handler: log lines name the handler, never the visitor, the address or its query.

    An address can hold a class's join code or a kernel's number, and anybody who knows that can write as its learner.
    """

    def _request_summary(self) -> str:
        method = self.request.method or ""
        return f"{method if method in self.SUPPORTED_METHODS else 'A request'} of {type(self).__name__}"

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Log the kind of error and its place in the code; tornado would log the whole request."""
        if not isinstance(error, tornado.web.HTTPError):
            log.error("%s failed: %s", self._request_summary(), place_of(error))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Show the kit's own error page, also for the libraries' handlers: theirs need settings that are not there."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if status_code == 429:  # the browser asks again by itself, and not all of them in the same second
            self.set_header("Refresh", str(45 + secrets.randbelow(31)))
        self.write(self.settings["error_page"](status_code))

    def check_host(self) -> bool:
        """Whether the server answers to the host name of this request."""
        return bool(self.settings["hosts"].allow(self.request.headers))

    def set_cookie(self, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """Set a cookie that no other site can make a browser send, and that TLS never sends in the clear."""
        # The proxy may do the encrypting. A client that sends this header without TLS hurts only itself.
        encrypted = "https" in (self.request.protocol, self.request.headers.get("X-Forwarded-Proto", "").lower())
        super().set_cookie(name, value, *args, **{**kwargs, "samesite": "Strict", "secure": encrypted})


class AnonymousIdentity(IdentityProvider):
    """Gives all visitors the same identity: nobody signs in, and no cookie tells visitors apart."""

    def get_user(self, handler: Any) -> User:
        """The same user for each visitor."""
        return User("learner")

    def get_handlers(self) -> list[tuple[str, object]]:
        """No sign-in page."""
        return []


class QueuedHandler(NoQueryInLogs):
    """A request for a page with a kernel of its own, which waits in the queue for it."""

    ticket: Ticket | None = None

    @property
    def key(self) -> str:
        """The visitor's network, as the limits count it."""
        return network_of(str(self.request.remote_ip))

    @contextmanager
    def counted(self, *, known: bool = False) -> Iterator[None]:
        """Count the visitor while they wait; HTTP 429 if too many wait already and this browser is not known."""
        limits = self.settings["limits"]
        counted = limits.take(VISIT, self.key)
        if not (counted or known):
            raise tornado.web.HTTPError(429)
        try:
            yield
        finally:
            if counted:
                limits.give(VISIT, self.key)

    def on_connection_close(self) -> None:
        """The visitor closed the connection: no kernel is made for them."""
        super().on_connection_close()
        if self.ticket:
            self.ticket.leave()


class PageHandler(QueuedHandler, TornadoVoilaHandler):
    """The learner's page, sent in parts: what everyone gets, the position in the queue, then the visitor's form."""

    async def get(self, path: str | None = None) -> None:
        if path:
            raise tornado.web.HTTPError(404)  # the page has no other file
        # Reading the token sets the cookie that the page needs to end its own kernel.
        cookie, token = self.get_cookie("_xsrf"), self.xsrf_token.decode()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        known = self.settings["kernel_monitor"].take_known_browser(cookie)
        with self.counted(known=known):
            await self._send(cookie or token, known=known)

    async def _send(self, browser: str, *, known: bool) -> None:
        page, monitor, form = self.settings["page"], self.settings["kernel_monitor"], None
        try:
            self.write(page.before)
            await self._flushed()
            async with self.settings["queue"].ticket(self.key, known=known) as self.ticket:
                await self._wait(self.ticket)
                ADMITTED.inc()
                with RENDERED.time():
                    form = await page.form(self.kernel_manager, self._kernel_environment())
                self.settings["comms"][self.kernel_manager.get_kernel(form.kernel_id)] = set(form.models)
                monitor.page_made(form.kernel_id, self.ticket.keep(), browser)
            self.write(_form_markup(self.base_url, form) + page.after)
            await self.finish()
        except NoForm:
            LOST.inc()
            self.write('<script type="application/json" id="coprod-no-form">{}</script>' + page.after)
            await self.finish()
        except StreamClosedError:  # the visitor has left, so the kernel ends
            if form:
                await end_kernel(self.kernel_manager, form.kernel_id)
            elif known:
                monitor.known_browser_left(browser)

    async def _wait(self, ticket: Ticket) -> None:
        """Send the visitor their position until they are admitted; StreamClosedError if they leave before."""
        async for position in ticket.positions():
            self.write(self._position(position, full=self.settings["queue"].full))
            await self._flushed()
        if ticket.left:
            raise StreamClosedError

    async def _flushed(self) -> None:
        """Wait until the browser takes what was written; StreamClosedError if it takes nothing for too long."""
        try:
            async with asyncio.timeout(self.settings["request_seconds"]):
                await self.flush()
        except TimeoutError:
            raise StreamClosedError from None

    def _position(self, position: int, *, full: bool) -> str:
        words = self.settings["page_words"]
        text = words["line_full" if full else "line_place"].replace("{n}", str(position))
        return f'<p class="coprod-place">{html.escape(text)}</p>\n'

    def _kernel_environment(self) -> dict[str, str]:
        """What the kernel learns of the request, by CGI's names: the query, and no header or address of the visitor."""
        return {**self.settings["kernel_env"], "QUERY_STRING": self.request.query}


def _form_markup(base_url: str, form: Any) -> str:
    connection = tornado.escape.json_encode({"baseUrl": base_url, "kernelId": form.kernel_id})
    views = "".join(
        f'<script type="application/vnd.jupyter.widget-view+json">{{"model_id": "{model}"}}</script>\n'
        for model in form.models
    )
    return f'<script id="jupyter-config-data" type="application/json">{connection}</script>\n{views}'


class VoilaTemplateHandler(QueuedHandler, TornadoVoilaHandler):
    """Any other notebook, in Voila's own template, behind the same queue."""

    async def get(self, path: str | None = None) -> None:
        if path:
            self.redirect_to_file(path)  # a picture, for which nobody queues
            return
        self.xsrf_token  # noqa: B018  as above
        self._nonce, self._kernel = secrets.token_urlsafe(16), ""
        self.set_header("Content-Security-Policy", LAB_POLICY.format(nonce=self._nonce))
        with self.counted():
            async with self.settings["queue"].ticket(self.key) as self.ticket:
                async for _ in self.ticket.positions():
                    pass
                if self.ticket.left:
                    return
                ADMITTED.inc()
                with RENDERED.time():
                    await super().get(path)  # type: ignore[misc]
                if self._kernel:
                    self.settings["kernel_monitor"].page_made(self._kernel, self.ticket.keep())
        if FORKS and self._kernel and not fork_server().modules:  # running a notebook only to warm up might do harm
            await import_modules_of(self.kernel_manager, self._kernel)

    def write(self, chunk: Any) -> None:
        """Remove the icon font that the template loads from a CDN, and give the template's scripts the policy's nonce.

        Voila's script brings the font too. Cell outputs get no nonce: they travel as JSON, in which `<` is escaped.
        """
        if isinstance(chunk, str):
            if match := KERNEL_ID.search(chunk):
                self._kernel = match[1]
            chunk = SCRIPT_TAG.sub(f'<script nonce="{self._nonce}"', CDN_LINK.sub("", chunk))
        super().write(chunk)


class LibraryFileHandler(NoQueryInLogs):
    """A file of Voila's front end."""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        serve: Any = super().get
        try:
            await serve(*args, **kwargs)
        except (AssertionError, ValueError) as error:  # an address that Voila cannot parse
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
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(compressed(self.name))
        else:
            self.write(asset(self.name))


class KernelHandler(NoQueryInLogs, JupyterHandler):
    """Says whether a kernel lives; Voila's own front end asks when its websocket breaks."""

    def get(self, kernel_id: str) -> None:
        self.kernel_manager.get_kernel(kernel_id)  # or 404
        self.finish({"id": kernel_id, "name": "python3"})


class AliveHandler(NoQueryInLogs, JupyterHandler):
    """Says whether a page can still connect to its kernel; browsers do not tell a page why a websocket failed."""

    def get(self, kernel_id: str) -> None:
        if kernel_id not in self.kernel_manager or self.settings["limits"].full(WEBSOCKET, kernel_id):
            raise tornado.web.HTTPError(404)
        self.set_header("Cache-Control", "no-store")
        self.set_status(204)
        self.finish()


class ShutdownHandler(NoQueryInLogs, JupyterHandler):
    """Ends the kernel of a page that closes: at once, or `later` if its last save is on its way."""

    async def post(self, kernel_id: str) -> None:
        manager: Any = self.kernel_manager
        if self.get_body_argument("later", "") and kernel_id in manager:
            self.settings["kernel_monitor"].page_leaving(kernel_id)
        else:
            await ensure_async(manager.shutdown_kernel(kernel_id))  # or 404
        self.set_status(204)
        self.finish()


class LocalOrTokenHandler(NoQueryInLogs, JupyterHandler):
    """Answers requests from this machine, and requests with the token of COPROD_TOKEN."""

    def check_host(self) -> bool:
        """Whether the request has the token, or comes from this machine and names it; HTTP 404 otherwise."""
        token, given = self.settings["token"], self.request.headers.get("Authorization", "")
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
        connection: Any = self.request.connection
        if from_this_machine(connection.context.address[0], self.request.headers):
            return True
        raise tornado.web.HTTPError(404)


class HealthHandler(LocalOrTokenHandler):
    """Health check. Live: the server answers. Ready: kernels can be started and the store can be written."""

    async def get(self) -> None:
        ready: Callable[[], str] = self.settings["ready"]
        problem = await asyncio.to_thread(ready)  # it waits while the store is locked
        self.set_status(503 if problem else 200)
        self.finish({"live": True, "ready": not problem, **({"problem": problem} if problem else {})})


class MetricsHandler(LocalOrTokenHandler):
    """Figures for Prometheus."""

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(REGISTRY))
