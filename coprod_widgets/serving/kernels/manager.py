"""Manages kernels whose numbers stand in no name that other accounts of the computer see."""

import secrets
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.kernelmanager import ServerKernelManager


class UnnamedKernelManager(ServerKernelManager):
    """Gives a kernel's connection file a name of its own, where jupyter_client takes the kernel's number.

    Anybody who knows the number of a learner's kernel can connect to it as its page does. Every account can see the
    names of Unix sockets, which come from the connection file's name, and the command of a kernel that is not forked,
    which contains that name.
    """

    def __init__(self, *, connection_file: str, **options: Any):
        own = Path(connection_file).with_name(f"kernel-{secrets.token_hex(16)}.json")
        super().__init__(connection_file=str(own), **options)
