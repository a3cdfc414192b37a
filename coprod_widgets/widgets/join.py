"""What the back row needs to come in: address, code and QR code, and how far the class is."""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import traitlets

from .assets import module_text, style_text
from .backends.wall import CountBackend
from .qr import qr_rows
from .rpc import AnsweringWidget, Message, Reply, handler_for
from .words import for_instructors, words


class JoinPanel(AnsweringWidget):
    """The way into a class session, big; with counts if there is a `backend`.

    Address and code travel in messages: a saved notebook does not invite anybody.
    """

    _esm = module_text("wall/join.js")
    _css = style_text("wall/join.css")
    asker = "An instructor"
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, *, address: str, code: str, title: str, backend: CountBackend | None = None, language: str = "en"
    ):
        """`address` is where learners write, `code` what they type there."""
        self.address, self.code, self.title, self.backend = address, code, title, backend
        language = for_instructors(language, "join")
        super().__init__(words=words(language, "join"), language=language)

    def __repr__(self) -> str:
        """Without the code, because a repr ends up in notebook files."""
        return "<JoinPanel>"

    @property
    def link(self) -> str:
        """The address that brings the code along."""
        return f"{self.address}{'&' if '?' in self.address else '?'}session={self.code}"

    def handle(self, message: Message) -> Reply:
        """Do one of the things a panel can ask for."""
        return handler_for(message, HANDLERS)(self, message)

    def _ping(self, message: Message) -> Reply:
        return {}

    def _hello(self, message: Message) -> Reply:
        facts = {"title": self.title, "address": self.address, "code": self.code, "link": self.link}
        return {
            **facts,
            "qr": qr_rows(self.link),
            "local": _only_here(self.address),
            "counting": self.backend is not None,
        }

    def _counts(self, message: Message) -> Reply:
        return dict(self.backend.counts()) if self.backend else {}


HANDLERS: dict[str, Callable[[JoinPanel, Message], Reply]] = {
    "ping": JoinPanel._ping,
    "hello": JoinPanel._hello,
    "counts": JoinPanel._counts,
}


def _only_here(address: str) -> bool:
    """Whether only this computer can open an address."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
