"""Who knows a kernel's number can connect to it, so no other account of the computer may see it."""

import subprocess
import sys

import psutil
import pytest
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from loops import apart

from coprod_widgets.cli.main import self_study_notebook
from coprod_widgets.serving.kernels.provisioner import FORKS
from coprod_widgets.serving.page import end_kernel
from coprod_widgets.serving.runtime_folder import PrivateFolder
from coprod_widgets.serving.server import configuration


@pytest.mark.kernel
@pytest.mark.parametrize("forks", [pytest.param(True, marks=pytest.mark.skipif(not FORKS, reason="no fork")), False])
@apart
async def test_neither_commands_nor_the_names_of_sockets_tell_a_kernels_number(forks):
    config, folder = configuration(self_study_notebook(), host="127.0.0.1", port=1), PrivateFolder()
    config.ForkProvisioner.forks = forks
    manager = AsyncMappingKernelManager(config=config, connection_dir=str(folder.path))
    number = await manager.start_kernel(kernel_name="python3")
    client = manager.get_kernel(number).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        seen = seen_by_all()
        assert str(folder.path) in seen and number not in seen
    finally:
        client.stop_channels()
        await end_kernel(manager, number)
        folder.remove()


def seen_by_all():
    """What any account is told: each process's command, and each Unix socket's name."""
    told = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    if sys.platform == "linux":
        told += [one.laddr for one in psutil.net_connections("unix")]
    else:
        told.append(subprocess.run(["netstat", "-f", "unix"], check=True, capture_output=True, text=True).stdout)
    return "\n".join(told)
