"""A network between a browser and its server, which can be slow and can be cut."""

import socket
import socketserver
import threading
import time
from contextlib import suppress

from servers import free_port


class Proxy:
    """A network between browser and server: slow if `delay` seconds are given, and it can be cut."""

    def __init__(self, target: int, *, delay: float = 0):
        self.target, self.delay = target, delay
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.ends: set[socket.socket] = set()
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
            close(end)
        self.server.server_close()
        self.server = None

    def join(self, browser: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return
        with server:
            self.ends |= {browser, server}
            back = threading.Thread(target=self.carry, args=(server, browser))
            back.start()
            self.carry(browser, server)
            back.join()
            self.ends -= {browser, server}

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 18):
                time.sleep(self.delay)  # the slow network itself
                sink.sendall(data)
        close(sink)
        close(source)


def close(end: socket.socket) -> None:
    with suppress(OSError):  # closed from the other side
        end.shutdown(socket.SHUT_RDWR)
