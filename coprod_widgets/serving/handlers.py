"""What answers a request: the page, its script, and what is asked by whoever runs it."""

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
from .kernels.monitor import import_what
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
FROM_CDN = re.compile(r'<link [^>]*href="https://cdn\.[^>]*>')
SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
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
        if status_code == 429:  # the browser asks again by itself, and not all of them in the same second
            self.set_header("Refresh", str(45 + secrets.randbelow(31)))
        self.write(self.settings["error_page"](status_code))

    def check_host(self) -> bool:
        """Whether the server answers to the name that it was asked by."""
        return bool(self.settings["hosts"].allow(self.request.headers))

    def set_cookie(self, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """No page elsewhere makes a browser send it, and under TLS it never travels in the clear."""
        # Behind a proxy that does the encrypting; a header that says so wrongly hurts only its sender.
        encrypted = "https" in (self.request.protocol, self.request.headers.get("X-Forwarded-Proto", "").lower())
        super().set_cookie(name, value, *args, **{**kwargs, "samesite": "Strict", "secure": encrypted})


class AnonymousIdentity(IdentityProvider):
    """Nobody signs in to a learner's page, so nobody gets a cookie that would tell visitors apart."""

    def get_user(self, handler: Any) -> User:
        """The same for each visitor."""
        return User("learner")

    def get_handlers(self) -> list[tuple[str, object]]:
        """No page to sign in on."""
        return []


class Visit(NoQueryInLogs):
    """A request for a page with a kernel of its own, which waits for it in the line."""

    turn: Ticket | None = None

    @property
    def key(self) -> str:
        """What stands for the visitor's computer."""
        return network_of(str(self.request.remote_ip))

    @contextmanager
    def counted(self, *, known: bool = False) -> Iterator[None]:
        """Refuse one visitor more than the line has room for. Who had a page before has one to go on with."""
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
        """Whoever has gone waits no more: no kernel is made for them."""
        super().on_connection_close()
        if self.turn:
            self.turn.leave()


class PageHandler(Visit, TornadoVoilaHandler):
    """The learner's page, sent in parts: what everyone gets, the place in the line, then the visitor's own form."""

    async def get(self, path: str | None = None) -> None:
        if path:
            raise tornado.web.HTTPError(404)  # the page has no other file
        # Reading the token sets the cookie, without which the page could not end its own kernel.
        given, token = self.get_cookie("_xsrf"), self.xsrf_token.decode()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        known = self.settings["watch"].recognises(given)
        with self.counted(known=known):
            await self._send(given or token, known=known)

    async def _send(self, browser: str, *, known: bool) -> None:
        page, watch, form = self.settings["page"], self.settings["watch"], None
        try:
            self.write(page.before)
            await self._sent()
            async with self.settings["queue"].turn(self.key, known=known) as self.turn:
                await self._wait(self.turn)
                ADMITTED.inc()
                with RENDERED.time():
                    form = await page.form(self.kernel_manager, self._visit())
                self.settings["comms"][self.kernel_manager.get_kernel(form.kernel_id)] = set(form.models)
                watch.made(form.kernel_id, self.turn.keep(), browser)
            self.write(_form(self.base_url, form) + page.after)
            await self.finish()
        except NoForm:
            LOST.inc()
            self.write('<script type="application/json" id="coprod-no-form">{}</script>' + page.after)
            await self.finish()
        except StreamClosedError:  # the visitor has gone; so does the kernel
            if form:
                await end_kernel(self.kernel_manager, form.kernel_id)
            elif known:
                watch.got_nothing(browser)

    async def _wait(self, turn: Ticket) -> None:
        """Tell the visitor their place until their turn has come. StreamClosedError when they go away before."""
        async for place in turn.waiting():
            self.write(self._place(place, full=self.settings["queue"].full))
            await self._sent()
        if turn.gone:
            raise StreamClosedError

    async def _sent(self) -> None:
        """Wait until what was written is on its way. Who takes nothing must not hold a place in the line."""
        try:
            async with asyncio.timeout(self.settings["request_seconds"]):
                await self.flush()
        except TimeoutError:
            raise StreamClosedError from None

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


class VoilaTemplateHandler(Visit, TornadoVoilaHandler):
    """Any other notebook, in Voila's own template, after the same line."""

    async def get(self, path: str | None = None) -> None:
        if path:
            self.redirect_to_file(path)  # a picture, which nobody waits in line for
            return
        self.xsrf_token  # noqa: B018  as above
        self._nonce, self._kernel = secrets.token_urlsafe(16), ""
        self.set_header("Content-Security-Policy", LAB_POLICY.format(nonce=self._nonce))
        with self.counted():
            async with self.settings["queue"].turn(self.key) as self.turn:
                async for _ in self.turn.waiting():
                    pass
                if self.turn.gone:
                    return
                ADMITTED.inc()
                with RENDERED.time():
                    await super().get(path)  # type: ignore[misc]
                if self._kernel:
                    self.settings["watch"].made(self._kernel, self.turn.keep())
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
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.write(compressed(self.name))
        else:
            self.write(asset(self.name))


class KernelHandler(NoQueryInLogs, JupyterHandler):
    """Whether a kernel lives, which Voila's own front end asks when its line breaks."""

    def get(self, kernel_id: str) -> None:
        self.kernel_manager.get_kernel(kernel_id)  # or 404
        self.finish({"id": kernel_id, "name": "python3"})


class AliveHandler(NoQueryInLogs, JupyterHandler):
    """Whether a page can still connect to its kernel, which it asks when it can't: the browser does not tell it why."""

    def get(self, kernel_id: str) -> None:
        if kernel_id not in self.kernel_manager or self.settings["limits"].full(WEBSOCKET, kernel_id):
            raise tornado.web.HTTPError(404)
        self.set_header("Cache-Control", "no-store")
        self.set_status(204)
        self.finish()


class ShutdownHandler(NoQueryInLogs, JupyterHandler):
    """Ends a kernel whose page says that it is leaving: at once, or `later` where its last words are on their way."""

    async def post(self, kernel_id: str) -> None:
        manager: Any = self.kernel_manager
        if self.get_body_argument("later", "") and kernel_id in manager:
            self.settings["watch"].leaving(kernel_id)
        else:
            await ensure_async(manager.shutdown_kernel(kernel_id))  # or 404
        self.set_status(204)
        self.finish()


class LocalOrTokenHandler(NoQueryInLogs, JupyterHandler):
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


class HealthHandler(LocalOrTokenHandler):
    """Live: it answers. Ready: kernels can be had and the store can be written."""

    async def get(self) -> None:
        ready: Callable[[], str] = self.settings["ready"]
        problem = await asyncio.to_thread(ready)  # a store that is held lets its asker wait
        self.set_status(503 if problem else 200)
        self.finish({"live": True, "ready": not problem, **({"problem": problem} if problem else {})})


class MetricsHandler(LocalOrTokenHandler):
    """Figures for Prometheus."""

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(REGISTRY))
