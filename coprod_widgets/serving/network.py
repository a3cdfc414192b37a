"""This computer's address on the class's network, found without asking anybody."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import psutil

from ..errors import CoprodError

VIRTUAL = ("br-", "docker", "lo", "tailscale", "tun", "utun", "vboxnet", "veth", "virbr", "vmnet", "zt")


def lan_address() -> str:
    """The address that other computers on the network reach this one by; CoprodError where there is none."""
    found = addresses()
    if not found:
        raise CoprodError("This computer is on no network that learners could reach. Join one, or name it with --host.")
    usual = _towards_others()
    return usual if usual in found else found[0]


def addresses() -> list[str]:
    """Every address of a network card that is up, private ones first."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup and not name.startswith(VIRTUAL)}
    cards = {name: told for name, told in psutil.net_if_addrs().items() if name in up}
    found = [one.address for told in cards.values() for one in told if one.family == socket.AF_INET]
    real = [one for one in found if not (ip_address(one).is_loopback or ip_address(one).is_link_local)]
    return sorted(real, key=lambda one: not ip_address(one).is_private)


def _towards_others() -> str:
    """The address that a packet to elsewhere would leave from. Connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that is nobody's
        except OSError:
            return ""
        return str(probe.getsockname()[0])
