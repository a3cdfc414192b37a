"""The HTTP server under the page: bounds on how many connections there are, and on how long each may be silent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

from .limits import CONNECTION, Limits, for_http, network_of


class BoundedServer(HTTPServer):
    """Closes a connection that sends no request, half of one, or takes no answer, and one that is too many.

    When all connections are taken, the one that has waited longest for a request is closed for the new one: connections
    cost nothing, and a client that holds all of them must not lock others out. None is closed between a whole request
    and its answer. Websockets do not count: pings and the kernel monitor look after them.
    """

    def initialize(self, app: Any, *, limits: Limits, seconds: float, tls: ssl.SSLContext | None) -> None:  # type: ignore[override]  # fmt: skip
        self._limits, self._seconds = limits, seconds
        self._keys: dict[IOStream, str] = {}
        self._idle: dict[str, dict[IOStream, None]] = {}  # of each key, those without a request: the oldest first
        super().initialize(app, ssl_options=tls, **for_http(seconds))

    def bind_to(self, port: int, address: str) -> None:
        """Listen; OSError when that cannot be."""
        listening = bind_sockets(port, address)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # sockets inherit it: for clients that read no answer
            for one in listening:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * self._seconds))
        self.add_sockets(listening)

    def handle_stream(self, stream: Any, address: Any) -> None:
        """Begin to read from a connection, unless there are too many that are being answered."""
        key = network_of(_host(address))
        while not self._limits.take(CONNECTION, key):
            if not self._make_room(key):
                stream.close()
                return
        self._keys[stream] = key
        self._idles(stream)
        super().handle_stream(stream, address)

    def start_request(self, server_conn: Any, request_conn: Any) -> HTTPMessageDelegate:
        """Wait for a connection's next request."""
        stream = server_conn.stream
        self._idles(stream)
        return Announced(super().start_request(server_conn, request_conn), lambda: self._busy(stream))

    def on_close(self, server_conn: Any) -> None:
        """A connection has ended, or has become a websocket's."""
        super().on_close(server_conn)
        self._forget(server_conn.stream)

    def _make_room(self, key: str) -> bool:
        """Close the oldest idle connection: of this key if it has all that it may, else of the key that has most."""
        idle = self._idle.keys() if self._limits.full(CONNECTION) else self._idle.keys() & {key}
        if not idle:
            return False
        most = max(idle, key=lambda one: self._limits.held(CONNECTION, one))
        oldest = next(iter(self._idle[most]))
        self._forget(oldest)
        oldest.close()
        return True

    def _idles(self, stream: IOStream) -> None:
        if stream in self._keys:
            self._idle.setdefault(self._keys[stream], {})[stream] = None

    def _busy(self, stream: IOStream) -> None:
        idle = self._idle.get(self._keys.get(stream, ""), {})
        idle.pop(stream, None)
        if stream in self._keys and not idle:
            self._idle.pop(self._keys[stream], None)

    def _forget(self, stream: IOStream) -> None:
        """Stop counting a connection; once, whichever side closes it."""
        self._busy(stream)
        if (key := self._keys.pop(stream, None)) is not None:
            self._limits.give(CONNECTION, key)


class Announced(HTTPMessageDelegate):
    """Passes a request on, and tells once it has come in whole."""

    def __init__(self, delegate: HTTPMessageDelegate, whole: Callable[[], None]):
        self._delegate, self._whole = delegate, whole

    def headers_received(self, start_line: Any, headers: Any) -> Any:
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._whole()
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()


def _host(address: Any) -> str:
    return str(address[0]) if isinstance(address, tuple) else ""


def listening(app: Any, port: int, address: str, *, tls: ssl.SSLContext | None, limits: Limits, seconds: float) -> BoundedServer:  # fmt: skip  # noqa: E501
    """A server of this application that listens; OSError when it cannot."""
    server = BoundedServer(app, limits=limits, seconds=seconds, tls=tls)
    server.bind_to(port, address)
    return server
