"""Voila for a class: the learner's page of our own, a line in front of it, and nothing else that answers."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import resource
import signal
import socket
import ssl
import webbrowser
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from posixpath import basename
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

import tornado.ioloop
import zmq
from jupyter_core.utils import run_sync
from jupyter_server.utils import url_path_join
from traitlets.config import Config
from voila.app import KernelHandler as VoilaKernelHandler
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from ..errors import CoprodError, StoreError
from ..store.settings import open_default_store
from ..study.last_valid import FOLDER
from ..widgets.assets import BY_SERVER, address
from ..widgets.heartbeat import heartbeat_seconds
from ..widgets.words import words
from .capacity import Capacity, measured
from .handlers import (
    SECURITY,
    AliveHandler,
    AnonymousIdentity,
    AssetHandler,
    HealthHandler,
    KernelHandler,
    LibraryFileHandler,
    MetricsHandler,
    NoQueryInLogs,
    PageHandler,
    ShutdownHandler,
    VoilaTemplateHandler,
)
from .hosts import HOSTS, Hosts
from .http_server import listening
from .kernels.monitor import KernelMonitor, keep_warm
from .kernels.provisioner import FORKS, fork_server, kernel_environment
from .limits import MemoryLimits, bounds, request_seconds, unopened_seconds
from .logs import leave_visitors_out, place_of
from .message_filter import LONGEST
from .page import NotebookFailed, Page, error_page, images
from .queue import AdmissionQueue
from .runtime_folder import PrivateFolder
from .shutdown import Watchdog
from .websocket import KernelConnection, Unsent, WatchedWebsocket

TEMPLATE = Path(__file__).parent / "template"
ASSETS = ("host/host.js", "form/form.js", "form/form.css")
"""What the page gets from the server beside itself."""
log = logging.getLogger(__name__)
ANSWER = 15  # seconds that a connecting page's kernel has to answer, as in host.js
KERNEL_ROOM = 256 << 20  # bytes that the kernel of our own page may take; it uses a tenth of them
ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="12" cy="16" r="9" fill="#17686a" '
    'fill-opacity=".8"/><circle cx="20" cy="16" r="9" fill="#8a3a63" fill-opacity=".75"/></svg>'
)


class LearnerServer(Voila):
    """Voila with one notebook. `thin`: our own page and host; else Voila's own `lab` template."""

    name = "coprod"
    thin = True
    capacity: Capacity
    tls: ssl.SSLContext | None = None
    folder: PrivateFolder
    failure: CoprodError | None = None
    connection_dir: Any
    tasks: list[asyncio.Task[None]]
    on_ready: Callable[[str], None] = staticmethod(lambda address: None)

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        if self.thin:
            self.template_paths = [str(TEMPLATE)]

    def init_settings(self) -> dict[str, Any]:
        self.folder = PrivateFolder()
        Path(self.connection_dir).rmdir()  # Voila's own, which would stay behind after a kill
        self.connection_dir = str(self.folder.path)
        settings: dict[str, Any] = super().init_settings()
        # Six zmq sockets for each learner: the default of 1023 is a wall at 170.
        self.kernel_manager.context.set(zmq.MAX_SOCKETS, 65_000)
        # A socket that connects before its kernel listens tries again after 100 ms by default, and a page waits for it.
        self.kernel_manager.context.setsockopt(zmq.RECONNECT_IVL, 5)
        facts = page_facts(self.base_url)
        settings["compress_response"] = True
        # Fast rather than small: all visitors wait while one visitor's texts are made small.
        settings["websocket_compression_options"] = {"compression_level": 1, "mem_level": 5}
        settings["websocket_max_message_size"] = LONGEST
        # Milliseconds; a connection that has been silent for three of them is cut.
        settings["ws_ping_interval"] = round(2000 * heartbeat_seconds())
        settings["headers"] = dict(SECURITY) if self.thin else {}
        # Each handler asks `Hosts` instead, also where a proxy is in front.
        settings["allow_remote_access"] = False
        settings["hosts"] = Hosts(self.ip, os.environ.get(HOSTS, "").split(","))
        settings["comms"] = WeakKeyDictionary()  # the numbers of the widgets of each kernel
        settings["paces"] = WeakKeyDictionary()  # how fast the pages of each kernel are read
        settings["unsent"] = Unsent()
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.limits = MemoryLimits(bounds(capacity=self.capacity.learners, open_files=open_files))
        self.queue = AdmissionQueue(
            renders=self.capacity.renders,
            capacity=self.capacity.learners,
            living=lambda: len(self.kernel_manager),
            limits=self.limits,
        )
        self.tasks = []
        self.kernel_monitor = KernelMonitor(self.kernel_manager, self.queue, unopened=unopened_seconds())
        self.page = Page(Path(self.notebook_path), facts) if self.thin else None
        environment = kernel_environment(os.environ) | {"SERVER_SOFTWARE": "voila/coprod"}
        if self.thin:
            environment[BY_SERVER] = "yes"
            environment[FOLDER] = str(self.folder.path)
        self._speak(settings, facts)
        own = {"queue": self.queue, "kernel_monitor": self.kernel_monitor, "page": self.page}
        own |= {"limits": self.limits, "request_seconds": request_seconds()}
        return settings | own | {"kernel_env": environment, "ready": ready, "token": os.environ.get("COPROD_TOKEN")}

    def _speak(self, settings: dict[str, Any], facts: dict[str, Any]) -> None:
        """Say what stands around the form, and what stands there without one, in the language of these facts."""
        settings["voila_jinja2_env"].globals["coprod"] = facts
        settings["error_page"] = error_page(facts, self.base_url)
        settings["page_words"] = facts["words"]

    def init_handlers(self) -> list[Any]:
        """Voila's own for another notebook; for our page only what it needs."""
        ours: dict[type, type] = {
            TornadoVoilaHandler: PageHandler if self.thin else VoilaTemplateHandler,
            VoilaKernelWebsocketHandler: WatchedWebsocket,
            VoilaShutdownKernelHandler: ShutdownHandler,
        }
        theirs = [rule for rule in super().init_handlers() if not self.thin or rule[1] in ours]
        ours[VoilaKernelHandler] = KernelHandler
        rules = [(rule[0], ours.get(rule[1]) or _without_visitors(rule[1]), *rule[2:]) for rule in theirs]
        own: list[Any] = [("healthz", HealthHandler), ("metrics", MetricsHandler)]
        own.append((r"coprod/kernel/([0-9a-f-]{36})", AliveHandler))
        own += [(f"coprod/{basename(name)}", AssetHandler, {"name": name}) for name in ASSETS]
        return [(url_path_join(self.base_url, path), *handler) for path, *handler in own] + rules

    def listen(self) -> None:
        """As Voila does, but on the asked port or not at all, and saying where once it is true."""
        try:
            self.http = listening(
                self.app, self.port, self.ip, tls=self.tls, limits=self.limits, seconds=request_seconds()
            )
        except OSError as error:
            raise port_error(self.ip, self.port, error) from None
        self.ioloop = tornado.ioloop.IOLoop.current()
        self.watchdog = Watchdog(self.end_kernels)
        self.ioloop.add_callback(self.begin)
        # As an exception, Ctrl-C would land in whatever runs just then, which may swallow it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle_signal_stop)
        try:
            self.ioloop.start()
        finally:
            self.stop()
            self.watchdog.close()

    async def begin(self) -> None:
        """Make the first kernel while nobody waits for it, say where the page is, and keep monitor.

        A notebook that fails is told to its author now, and not to learners later.
        """
        asyncio.get_running_loop().set_exception_handler(_tell_of)
        form = None
        if self.page:
            try:
                form = await self.page.prove(self.kernel_manager, self.app.settings["kernel_env"])
            except NotebookFailed as error:
                self.failure = CoprodError(f"{self.notebook_path} shows no page.\n{error.said}")
                self.ioloop.stop()
                return
            if self.page.language not in ("", "en"):
                facts = page_facts(self.base_url, self.page.language)
                self.page.speak(facts)
                self._speak(self.app.settings, facts)
        self.on_ready(self.connection_url)
        self.begun("The monitor over kernels", self.kernel_monitor.run())
        if form:
            self.begun("Warming up", keep_warm(self.kernel_manager, form))

    def _url(self, ip: str) -> str:
        host = f"[{ip}]" if ":" in ip else ip
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.base_url}"

    def begun(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside serving, and say if it fails."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(_tell)
        self.tasks.append(task)

    def _handle_signal_stop(self, number: int, frame: object) -> None:
        self.ioloop.add_callback_from_signal(self.drain)

    async def drain(self) -> None:
        """Let nobody else in, let what is on its way be stored, and stop."""
        self.http.stop()
        self.queue.capacity = 0
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                while self.kernel_monitor.has_unanswered_saves():
                    await asyncio.sleep(0.05)
        self.ioloop.stop()

    def stop(self) -> None:
        """End every kernel at once: what it has acknowledged is in the store, and the pages keep the rest."""
        with suppress(Exception):  # one that is just starting; it ends with this process
            run_sync(self.kernel_manager.shutdown_all)(now=True)
        if FORKS:
            fork_server().stop(kernels=True)
        self.folder.remove()

    def end_kernels(self) -> None:
        """End every kernel without the event loop, which is stuck."""
        for kernel_id in self.kernel_manager.list_kernel_ids():
            with suppress(Exception):  # one that is just starting or ending
                self.kernel_manager.get_kernel(kernel_id).provisioner.process.kill()
        self.folder.remove()


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("%s failed: %s", task.get_name(), place_of(error))


def _tell_of(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What nobody caught; asyncio would show the call, and what was passed to it."""
    error = context.get("exception")
    log.error("Uncaught on the event loop: %s", place_of(error) if error else "no exception")


def _without_visitors(handler: type) -> type:
    """A library's handler that keeps to what ours keep to."""
    tidy = LibraryFileHandler if issubclass(handler, tornado.web.StaticFileHandler) else NoQueryInLogs
    return type(handler.__name__, (tidy, handler), {})


def ready() -> str:
    """Why learners could not write right now; empty if they could."""
    try:
        with open_default_store() as store:
            store.check()
    except StoreError as error:
        return str(error)
    return ""


def page_facts(base_url: str, language: str = "en") -> dict[str, Any]:
    """What the templates need to know: language, words, icon, and where the page's modules and style are."""
    return {
        "language": language,
        "words": words(language),
        "icon": ICON,
        **{basename(name).replace(".", "_"): url_path_join(base_url, address(name)) for name in ASSETS},
    }


def serve(
    notebook: Path,
    *,
    host: str,
    port: int,
    thin: bool,
    ready: Callable[[str], None],
    learners: int | None = None,
    open_browser: bool = False,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve one notebook until Ctrl-C or SIGTERM, to at most so many `learners` at once.

    Raises CoprodError when the address cannot be had.
    """
    check_address(host, port)
    for number in (heartbeat_seconds, request_seconds, unopened_seconds):
        number()  # a wrong one is said now, not in every learner's kernel
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file holds what learners wrote; kernels inherit this
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    # Of the three pings' silence that Jupyter allows a line, tornado warns.
    for name in ("tornado.access", "tornado.general"):
        logging.getLogger(name).setLevel(logging.ERROR)

    def on_ready(address: str) -> None:
        ready(address)
        if open_browser:
            webbrowser.open(address)

    LearnerServer.clear_instance()
    config = configuration(notebook, host=host, port=port, thin=thin)
    # What lies beside a notebook was not put there for others: only the pictures that its text shows are served.
    config.VoilaConfiguration.file_allowlist = [] if thin else [re.escape(name) for name in images(notebook)]
    app = LearnerServer.instance(config=config)
    room = measured(forks=FORKS)
    app.thin, app.on_ready, app.tls = thin, on_ready, tls
    app.capacity = replace(room, learners=min(room.learners, learners or room.learners))
    app.initialize([str(notebook)])
    leave_visitors_out(app.log)
    if FORKS:
        fork_server().begin()
    app.start()
    if app.failure:
        raise app.failure


def configuration(notebook: Path, *, host: str, port: int, thin: bool = True) -> Config:
    """Voila's settings: one notebook, no override from outside, kernels forked and on private sockets."""
    config = Config()
    config.Voila.update(ip=host, port=port, open_browser=False, config_file_paths=[], log_level=logging.ERROR)
    # Unix sockets in a folder of this account: no other user of the machine can reach a learner's kernel.
    config.KernelManager.transport = "ipc"
    config.MultiKernelManager.kernel_manager_class = f"{__package__}.kernels.manager.UnnamedKernelManager"
    if thin:  # another notebook's kernel may be computing
        config.MappingKernelManager.kernel_info_timeout = ANSWER
    config.KernelProvisionerFactory.default_provisioner_name = "coprod-fork"
    config.ForkProvisioner.update(lean=True, private=True, room=KERNEL_ROOM if thin else 0)
    config.Voila.kernel_websocket_connection_class = KernelConnection
    config.Voila.identity_provider_class = AnonymousIdentity
    # What is told to a page that has gone is not kept for it: it asks anew when it comes back.
    config.MappingKernelManager.buffer_offline_messages = False
    config.VoilaConfiguration.update(allow_template_override="NO", allow_theme_override="NO")
    # They are for JupyterLab itself: a page of widgets needs neither.
    config.VoilaConfiguration.extension_denylist = ["@voila-dashboards/jupyterlab-preview", "jupyterlab_pygments"]
    return config


def tls_context(certfile: Path | None, keyfile: Path | None) -> ssl.SSLContext | None:
    """What encrypts the page; None without a certificate. CoprodError when it can't be used."""
    if certfile is None:
        if keyfile is not None:
            raise CoprodError("A key alone encrypts nothing: name its certificate too, with --certfile.")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        for file in filter(None, (certfile, keyfile)):
            if file.exists() and not file.is_file():  # a pipe may never end
                raise CoprodError(f"Can't use {file} as a certificate or key: it is no ordinary file.")
        # A key that needs a password would make it ask for one, in the middle of everything.
        context.load_cert_chain(certfile, keyfile, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        wanted = "Give PEM files that belong together, and no password"
        problem = f"Can't use {certfile} as a certificate ({reason}). {wanted}."
    else:
        return context
    raise CoprodError(problem)


def check_address(host: str, port: int) -> None:
    """Raise CoprodError when nothing can listen there, before anything is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise port_error(host, port, error) from None
    except UnicodeError:  # an empty part of a name, one that is too long, or signs that none can have
        raise CoprodError(f"Can't listen on {host}: that is no computer's name. Choose another with --host.") from None


def port_error(host: str, port: int, error: Exception) -> CoprodError:
    """One line on why the address cannot be had, and what to do."""
    reason = getattr(error, "strerror", None) or str(error)
    return CoprodError(f"Can't listen on {host} port {port}: {reason}. Choose another with --port or --host.")
