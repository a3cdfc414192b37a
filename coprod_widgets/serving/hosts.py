"""Which names the server answers to, and what it takes for a request of this machine.

A page elsewhere can have its own name point to this machine (DNS rebinding). The browser then takes the server for a
part of that page, but it sends the name along, in `Host`, and no script can change that.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

HOSTS = "COPROD_HOSTS"
"""The environment variable with the names, separated by commas, that a proxy shows the server under."""

PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
"""What proxies add. A page's script can add most of them to a request, but none to a websocket."""

FORWARDED = re.compile(
    r"forwarded|via|x-forwarded.*|x-real.*|x-original.*|x-proxy.*|x-envoy.*|x-arr-.*|x-amzn-.*|x-azure-.*|x-appengine.*"
    r"|cf-.*|cdn-.*|fastly-.*|fly-.*|akamai-.*|(true-|x-|x-cluster-)?client-ip",
    re.IGNORECASE,
)
log = logging.getLogger(__name__)


class Hosts:
    """The names that a server answers to.

    With `named` these, this machine's own and addresses in digits. Without, a server for this machine alone answers to
    its own names, and to any name that came through a proxy: a proxy here is somebody's here. A server for others is
    known by names that it cannot know, and is open to everybody who reaches it in any case.
    """

    def __init__(self, bound: str, named: Iterable[str] = ()):
        self.named = {name.strip().lower() for name in named if name.strip()}
        self.only_here = is_this_machine(bound)
        mine = socket.gethostname().lower()
        self._own = {bound.lower(), mine, f"{mine}.local"}
        self._told = self._told_of_origin = False

    def allow(self, headers: Mapping[str, str]) -> bool:
        """Whether to answer a request with these headers."""
        host = host_in(headers)
        if not host or _in_digits(host) or is_this_machine(host) or host in self.named | self._own:
            return True
        if not self.named and (not self.only_here or any(name in headers for name in PROXIES)):
            return True
        if not self._told:
            self._told = True
            log.error("A request came for a name that is not this server's. Behind a proxy, name it in %s.", HOSTS)
        return False

    def tell_of_origin(self) -> None:
        """Say once that a page was refused its websocket, for the address that its browser shows is not in `Host`."""
        if not self._told_of_origin:
            self._told_of_origin = True
            log.error(
                "A page was refused its websocket: its browser shows another address than the Host that came with it. "
                "Behind a proxy, let it keep Host (nginx: proxy_set_header Host $http_host), and name it in %s.",
                HOSTS,
            )


def from_this_machine(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine, not through it: a proxy here would ask for all the world.

    Not by the absence of a header alone: it also has to be asked for by a name that means this machine everywhere.
    """
    through = any(FORWARDED.fullmatch(name) for name in headers)
    return is_this_machine(peer) and is_this_machine(host_in(headers)) and not through


def host_in(headers: Mapping[str, str]) -> str:
    """The name in `Host`, without the port; empty where there is none."""
    host = headers.get("Host", "").strip().lower()
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:]*)(?::[0-9]*)?", host)
    return match[1].strip("[]").removesuffix(".") if match else host


def is_this_machine(host: str) -> bool:
    """Whether a name or an address means this machine wherever it is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _in_digits(host: str) -> bool:
    """Whether it is an address: nobody can have one point elsewhere."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
