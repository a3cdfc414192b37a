"""Everything that answers a request: the page, its script, its kernel's line, and two for whoever runs it."""

from __future__ import annotations

import asyncio
import hmac
import html
import logging
import re
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import tornado.httputil
import tornado.web
from jupyter_server.base.handlers import JupyterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tornado.iostream import StreamClosedError
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from ..widgets.modules import asset
from .counts import ADMITTED, LOST, REGISTRY, RENDERED, SAVED
from .limits import SENT, WEBSOCKET, network_of
from .page import NoForm, end_kernel
from .provisioner import FORKS, fork_server
from .watch import import_what

SECURITY = {
    # A widget's module may come through a blob's address, and its style be written into the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
}
FROM_CDN = re.compile(r'<link [^>]*href="https://cdn\.[^>]*>')
KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
log = logging.getLogger(__name__)
SAVING = re.compile(r'"id":\s*"([\w-]{1,64})",\s*"ask":\s*"save"')
ANSWERING = re.compile(r'"reply_to":\s*"([\w-]{1,64})"')


class NoQueryInLogs:
    """An address can hold a class's join code: whatever goes wrong, a log has the path only."""

    request: tornado.httputil.HTTPServerRequest

    def _request_summary(self) -> str:
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Say what kind of error it was; tornado would add the whole request."""
        if not isinstance(error, tornado.web.HTTPError):
            log.error("%s failed: %s", self._request_summary(), kind.__name__)


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
        self.xsrf_token  # noqa: B018  as above
        self._kernel = ""
        async with self.settings["line"].turn(network_of(str(self.request.remote_ip))) as turn:
            await turn.admitted.wait()
            ADMITTED.inc()
            with RENDERED.time():
                await super().get(path)
            if self._kernel:
                self.settings["watch"].made(self._kernel, turn.keep())
        if FORKS and self._kernel and not fork_server().modules:  # running a notebook only to warm up might do harm
            await import_what(self.kernel_manager, self._kernel)

    def write(self, chunk: Any) -> None:
        """Leave out the icon font that the template fetches from a CDN: Voila's own script brings it too."""
        if isinstance(chunk, str) and (named := KERNEL.search(chunk)):
            self._kernel = named[1]
        super().write(FROM_CDN.sub("", chunk) if isinstance(chunk, str) else chunk)


class AssetHandler(tornado.web.RequestHandler):
    """A module or stylesheet of the page; its address changes with its content."""

    def initialize(self, name: str) -> None:
        self.name = name

    def get(self) -> None:
        kind = "css" if self.name.endswith(".css") else "javascript"
        self.set_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.write(asset(self.name))


class WatchedWebsocket(VoilaKernelWebsocketHandler):
    """A kernel's line to its page; counts saves by their numbers, and tells who is still looked at."""

    async def pre_get(self) -> None:
        """Refuse one page more than a kernel can have; the page then asks for a kernel of its own."""
        if self.settings["limits"].full(WEBSOCKET, self.kernel_id):
            raise tornado.web.HTTPError(429)
        self.settings["watch"].arrives(self.kernel_id)
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:
        self._watch = self.settings["watch"]
        self._mine: set[str] = set()
        self._counted = self.settings["limits"].take(WEBSOCKET, kernel_id)
        self._watch.looked_at(kernel_id, self.get_cookie("_xsrf") or "")
        await super().open(kernel_id)

    def on_close(self) -> None:
        super().on_close()
        for number in self._mine:
            self._watch.saves.pop(number, None)
        if self._counted:
            self.settings["limits"].give(WEBSOCKET, self.kernel_id)
        self._watch.left(self.kernel_id)

    def on_message(self, message: str | bytes) -> Any:
        if not self.settings["limits"].spend(SENT, self.kernel_id, len(message)):
            return self.close(1008)
        if isinstance(message, str) and (asked := SAVING.search(message)):
            self._mine.add(asked[1])
            self._watch.saves[asked[1]] = time.perf_counter()
        return super().on_message(message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        answered = ANSWERING.search(message) if self._mine and isinstance(message, str) else None
        if answered and answered[1] in self._mine:
            self._mine.remove(answered[1])
            SAVED.observe(time.perf_counter() - self._watch.saves.pop(answered[1]))
        return super().write_message(message, binary)


class HostsOnly(JupyterHandler):
    """Answers this machine, and whoever has the token that COPROD_TOKEN holds."""

    def prepare(self) -> None:  # type: ignore[override]
        token, given = self.settings["token"], self.request.headers.get("Authorization", "")
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return
        # Behind a proxy every request comes from this machine; the proxy says so.
        forwarded = {"Forwarded", "X-Forwarded-For", "X-Real-Ip"} & set(self.request.headers)
        connection: Any = self.request.connection
        if forwarded or not ip_address(connection.context.address[0]).is_loopback:
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
