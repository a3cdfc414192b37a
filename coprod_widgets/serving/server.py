"""Voila for the learner's page: its own thin template, the widget host, and plain words when something fails."""

import logging
import os
import signal
import socket
import webbrowser
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tornado.web
from jupyter_server.utils import url_path_join
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from ..errors import CoprodError
from ..widgets.modules import STATIC
from ..widgets.words import words

TEMPLATE = Path(__file__).parent / "template"
HOST = STATIC / "host.js"
ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="12" cy="16" r="9" fill="#17686a" '
    'fill-opacity=".8"/><circle cx="20" cy="16" r="9" fill="#8a3a63" fill-opacity=".75"/></svg>'
)


class PageHandler(TornadoVoilaHandler):
    """The learner's page. Its cookie lets the page end its own kernel when it is closed."""

    async def get(self, path: str | None = None) -> None:
        if path and self.settings["thin"]:
            raise tornado.web.HTTPError(404)  # the page has no other file, and Voila's own refusal leads nowhere
        self.xsrf_token  # noqa: B018  reading it sets the cookie, without which that request is refused
        await super().get(path)


class HostHandler(tornado.web.RequestHandler):
    """The widget host, the one script of the page; its address changes with its content."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.write(HOST.read_bytes())


class LearnerServer(Voila):
    """Voila with one notebook. `thin`: our template and host; else Voila's own `lab` template."""

    name = "coprod"
    thin = True
    on_ready: Callable[[str], None] = staticmethod(lambda address: None)

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        if self.thin:
            self.template_paths = [str(TEMPLATE)]

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        settings["thin"] = self.thin
        settings["compress_response"] = True
        # The form's module crosses the websocket once for each visitor: 60 kB as text, 17 kB like this.
        settings["websocket_compression_options"] = {"compression_level": 6, "mem_level": 5}
        settings["ws_ping_timeout"] = 30_000  # milliseconds; the default is longer than tornado takes
        settings["voila_jinja2_env"].globals["coprod"] = page_facts(self.base_url)
        return settings

    def init_handlers(self) -> list[Any]:
        handlers = [
            (rule[0], PageHandler, *rule[2:]) if rule[1] is TornadoVoilaHandler else rule
            for rule in super().init_handlers()
        ]
        return [(url_path_join(self.base_url, "/coprod/host.js"), HostHandler), *handlers]

    def listen(self) -> None:
        """As Voila does, but on the asked port or not at all, and saying where once it is true."""
        try:
            self.app.listen(self.port, self.ip)
        except OSError as error:
            raise port_error(self.ip, self.port, error) from None
        self.ioloop = tornado.ioloop.IOLoop.current()
        self.ioloop.add_callback(lambda: self.on_ready(self.connection_url))
        # As an exception, Ctrl-C would land in whatever runs just then, which may swallow it.
        signal.signal(signal.SIGINT, self._handle_signal_stop)
        try:
            self.ioloop.start()
        finally:
            self.stop()


def page_facts(base_url: str, language: str = "en") -> dict[str, Any]:
    """What the templates need to know: language, words, icon, and the host's address."""
    version = sha256(HOST.read_bytes()).hexdigest()[:12]
    return {
        "language": language,
        "words": words(language),
        "icon": ICON,
        "host": f"{url_path_join(base_url, '/coprod/host.js')}?v={version}",
    }


def serve(
    notebook: Path,
    *,
    host: str,
    port: int,
    thin: bool,
    ready: Callable[[str], None],
    open_browser: bool = False,
) -> None:
    """Serve one notebook until Ctrl-C or SIGTERM. Raises CoprodError when the address cannot be had."""
    check_address(host, port)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    logging.getLogger("tornado.access").setLevel(logging.ERROR)

    def on_ready(address: str) -> None:
        ready(address)
        if open_browser:
            webbrowser.open(address)

    LearnerServer.clear_instance()
    app = LearnerServer.instance(config=configuration(notebook, host=host, port=port, thin=thin))
    app.thin, app.on_ready = thin, on_ready
    app.initialize([str(notebook)])
    app.start()


def configuration(notebook: Path, *, host: str, port: int, thin: bool) -> Config:
    """Voila's settings: one notebook, no override from outside, idle kernels end after an hour."""
    config = Config()
    config.Voila.update(ip=host, port=port, open_browser=False, config_file_paths=[], log_level=logging.ERROR)
    # Unix sockets in a folder of this account: no other user of the machine can reach a learner's kernel.
    config.KernelManager.transport = "ipc"
    config.VoilaConfiguration.update(allow_template_override="NO", allow_theme_override="NO")
    if thin:
        config.VoilaConfiguration.resources = {"coprod": page_facts("/")}
    # A page notices that its kernel is gone and asks for a new one; its text is in the store and in the browser.
    config.MappingKernelManager.update(cull_idle_timeout=3600, cull_interval=60, cull_connected=True)
    return config


def check_address(host: str, port: int) -> None:
    """Raise CoprodError when nothing can listen there, before anything is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise port_error(host, port, error) from None


def port_error(host: str, port: int, error: Exception) -> CoprodError:
    """One line on why the address cannot be had, and what to do."""
    reason = getattr(error, "strerror", None) or str(error)
    return CoprodError(f"Can't listen on {host} port {port}: {reason}. Choose another with --port or --host.")
