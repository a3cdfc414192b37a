"""The HTTP server under the page: bounds on how many connections there are, and on how long each may be silent."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from .limits import CONNECTION, Limits, for_http, network_of


class BoundedServer(HTTPServer):
    """Closes a connection that sends no request, half of one, or takes no answer, and one that is too many.

    A websocket is no longer one of these: pings and the watch over kernels look after it.
    """

    def initialize(self, app: Any, *, limits: Limits, seconds: float, tls: ssl.SSLContext | None) -> None:  # type: ignore[override]  # fmt: skip
        self._limits, self._seconds = limits, seconds
        super().initialize(app, ssl_options=tls, **for_http(seconds))

    def bind_to(self, port: int, address: str) -> None:
        """Listen; OSError when that cannot be."""
        listening = bind_sockets(port, address)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # sockets inherit it: for whoever sends a request and reads no answer
            for one in listening:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * self._seconds))
        self.add_sockets(listening)

    def handle_stream(self, stream: Any, address: Any) -> None:
        """Begin to read from a connection, unless there are too many."""
        key = network_of(_host(address))
        if self._limits.take(CONNECTION, key):
            super().handle_stream(stream, address)
        else:
            stream.close()

    def on_close(self, server_conn: Any) -> None:
        """A connection has ended, or has become a websocket's."""
        super().on_close(server_conn)
        self._limits.give(CONNECTION, network_of(_host(server_conn.context.address)))


def _host(address: Any) -> str:
    return str(address[0]) if isinstance(address, tuple) else ""


def listening(app: Any, port: int, address: str, *, tls: ssl.SSLContext | None, limits: Limits, seconds: float) -> BoundedServer:  # fmt: skip  # noqa: E501
    """A server of this application that listens; OSError when it cannot."""
    server = BoundedServer(app, limits=limits, seconds=seconds, tls=tls)
    server.bind_to(port, address)
    return server
