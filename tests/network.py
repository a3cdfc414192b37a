"""A network between a browser and its server, which can be slow, can be cut, and can misbehave."""

import re
import socket
import socketserver
import threading
import time
from contextlib import suppress

from servers import free_port

UPGRADE = re.compile(rb"^(?:upgrade|connection):[^\r]*\r\n", re.IGNORECASE | re.MULTILINE)


class Proxy:
    """A network between browser and server.

    It is slow if `delay` seconds or a `rate` in bytes a second are given, can be cut, can leave its connections
    half-open, closes the first `refused` requests for a websocket, and takes websockets away from all if `stripping`.
    """

    def __init__(self, target: int, *, delay: float = 0, rate: int = 0, refused: int = 0, stripping: bool = False):
        self.target, self.delay, self.rate, self.refused, self.stripping = target, delay, rate, refused, stripping
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.ends: set[socket.socket] = set()
        self.dead: set[socket.socket] = set()
        self.asked = 0
        """How many websockets the browser has asked for."""
        self.lanes = threading.Lock(), threading.Lock()
        self.server: socketserver.ThreadingTCPServer | None = None
        self.mend()

    def mend(self) -> None:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy.join(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self) -> None:
        """Refuse every new connection and break those that there are."""
        if self.server is None:
            return
        self.server.shutdown()
        for end in list(self.ends):
            shut(end)
        self.server.server_close()
        self.server = None

    def half_open(self) -> None:
        """From now on nothing comes through the connections that there are, and nobody is told; new ones work."""
        self.dead |= self.ends

    def join(self, browser: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return
        with server:
            self.ends |= {browser, server}
            back = threading.Thread(target=self.carry, args=(server, browser, self.lanes[0]))
            back.start()
            self.carry(browser, server, self.lanes[1])
            back.join()
            self.ends -= {browser, server}
            self.dead -= {browser, server}

    def carry(self, source: socket.socket, sink: socket.socket, lane: threading.Lock) -> None:
        with suppress(OSError, Refused):
            while data := source.recv(self.rate // 8 or 1 << 18):
                if self.rate:
                    with lane:  # all connections share it
                        time.sleep(len(data) / self.rate)
                time.sleep(self.delay)  # the slow network itself
                if source not in self.dead:
                    sink.sendall(self.passed(data) if lane is self.lanes[1] else data)
        # The other direction goes on: what a page has sent before it was closed is still on its way.
        shut(sink, socket.SHUT_WR)
        shut(source, socket.SHUT_RD)

    def passed(self, data: bytes) -> bytes:
        """What the server gets of what a browser sends."""
        head = data.partition(b"\r\n\r\n")[0]
        if not head.startswith(b"GET ") or b"\r\nupgrade: websocket" not in head.lower():
            return data
        self.asked += 1
        if self.asked <= self.refused:
            raise Refused
        return UPGRADE.sub(b"", data) if self.stripping else data


class Refused(Exception):
    """A websocket that this network does not let through."""


def shut(end: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with suppress(OSError):  # closed from the other side
        end.shutdown(how)
