"""Kernels forked from a warm process: each its own, none left behind, and the same to whoever uses it."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager
from loops import apart
from processes import ending_with_parent, gone

from coprod_widgets.serving.kernels.provisioner import (
    FORKS,
    ForkedKernel,
    ForkProvisioner,
    ForkServer,
    fork_server,
    kernel_arguments,
    kernel_environment,
)

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not FORKS, reason="this system starts kernels anew: there is nothing to fork"),
]


@asynccontextmanager
async def kernel(how=None, **options):
    """A forked kernel and a client that it has answered; `how` says what its provisioner is told."""
    folder = tempfile.TemporaryDirectory()
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", connection_file=f"{folder.name}/kernel.json")
    manager.kernel_spec.metadata |= {"kernel_provisioner": {"provisioner_name": "coprod-fork", "config": how or {}}}
    await manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        folder.cleanup()


async def value(client, expression, before=""):
    """What an expression is in the kernel, as JSON."""
    asked = {"value": f"__import__('json').dumps({expression})"}
    reply = await client.execute(before, silent=True, user_expressions=asked, reply=True, timeout=60)
    found = reply["content"]["user_expressions"]["value"]
    assert found["status"] == "ok", found.get("evalue")
    return json.loads(eval(found["data"]["text/plain"]))  # noqa: S307  the repr of a string


@apart
async def test_a_kernel_is_forked_and_answers():
    async with kernel() as (manager, client):
        assert isinstance(manager.provisioner, ForkProvisioner)
        assert isinstance(manager.provisioner.process, ForkedKernel)
        assert await value(client, "1 + 1") == 2
        assert await manager.is_alive()


@apart
async def test_two_kernels_draw_different_random_numbers():
    fork_server().preload(["numpy"])
    drawn = []
    for _ in range(2):
        async with kernel() as (_, client):
            drawn.append(await value(client, "[random.random(), numpy.random.rand()]", "import random, numpy"))
    assert drawn[0][0] != drawn[1][0] and drawn[0][1] != drawn[1][1]


@apart
async def test_a_kernel_has_its_own_session_environment_folder_mask_and_descriptors(tmp_path):
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COPROD_STORE": "here"}
    environment = kept | {"DATABASE_PASSWORD": "none of its business"}
    async with kernel(env=environment, cwd=str(tmp_path)) as (manager, client):
        pid = manager.provisioner.pid
        assert await value(client, "[os.getsid(0), os.getpgid(0)]", "import os") == [pid, pid]
        seen = await value(client, "dict(os.environ)", "import os")
        assert seen | kept == seen and "DATABASE_PASSWORD" not in seen and "LANG" not in seen
        assert await value(client, "os.getcwd()", "import os") == str(tmp_path)
        assert await value(client, "os.umask(0o077)", "import os") == 0o077
        theirs = {link for link in links(fork_server().pid) if link.startswith("socket:")}
        assert theirs and not theirs & links(pid)


def links(pid):
    """What a process has open."""
    return {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}


@apart
async def test_a_widget_in_a_forked_kernel_has_its_comm():
    fork_server().preload(["ipywidgets"])
    async with kernel() as (_, client):
        targets = "sorted(get_ipython().kernel.comm_manager.targets)"
        assert {"jupyter.widget", "jupyter.widget.control"} <= {*await value(client, targets)}


@apart
async def test_an_interrupt_ends_what_runs_and_not_the_kernel():
    async with kernel() as (manager, client):
        # With stop_on_error a kernel also refuses whatever is asked right after an error.
        number = client.execute("import time; print('inside', flush=True); time.sleep(60)", stop_on_error=False)
        while (await client.get_iopub_msg(timeout=30))["content"].get("text") != "inside\n":
            pass
        await manager.interrupt_kernel()
        while (reply := await client.get_shell_msg(timeout=30))["parent_header"]["msg_id"] != number:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert await value(client, "2 + 2") == 4


@apart
async def test_a_restart_is_a_new_process_on_the_same_connection():
    async with kernel() as (manager, client):
        before, file = manager.provisioner.pid, manager.connection_file
        await value(client, "1", "left = 'over'")
        await manager.restart_kernel(now=True)
        await client.wait_for_ready(timeout=60)
        assert manager.provisioner.pid != before and manager.connection_file == file
        assert await value(client, "'left' in globals()") is False
        assert gone(before)


@apart
async def test_a_shutdown_leaves_nothing():
    async with kernel() as (manager, _):
        pid = manager.provisioner.pid
        await manager.shutdown_kernel()
        assert gone(pid) and not manager.has_kernel


@apart
async def test_a_killed_kernel_is_noticed():
    async with kernel() as (manager, _):
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            await manager.provisioner.wait()
        assert not await manager.is_alive()


MB = 1 << 20


@apart
async def test_a_kernel_has_so_much_memory_and_fails_at_what_takes_more():
    async with kernel({"room": 100 * MB}) as (_, client):
        assert await value(client, "len(bytearray(20_000_000))") == 20_000_000
        reply = await client.execute("bytearray(200_000_000)", reply=True, timeout=60)
        assert reply["content"]["ename"] == "MemoryError"
        assert await value(client, "5") == 5


@apart
async def test_a_kernel_that_has_taken_half_of_its_memory_ends_and_another_takes_its_place():
    async with kernel({"room": 100 * MB}) as (manager, client):
        client.execute("kept = b'x' * 60_000_000")
        assert await asyncio.to_thread(gone, manager.provisioner.pid)
        async with kernel({"room": 100 * MB}) as (_, other):
            assert await value(other, "6") == 6


@apart
async def test_the_output_of_a_forked_subprocess_does_not_confuse_a_private_kernel():
    program = "import os\npid = os.fork()\nprint('said', flush=True)\nif not pid: os._exit(0)\nos.waitpid(pid, 0)"
    async with kernel({"private": True}) as (_, client):
        await value(client, "1", program)
        assert await value(client, "7") == 7


@apart
async def test_after_the_fork_server_was_killed_old_kernels_live_and_new_ones_come():
    async with kernel() as (_, client):
        os.kill(fork_server().pid, signal.SIGKILL)
        async with kernel() as (_, other):
            assert await value(other, "3") == 3
        assert await value(client, "4") == 4


def test_the_fork_server_has_one_thread_and_refuses_modules_that_start_one():
    server = ForkServer()
    try:
        server.preload(["json", "tests.threaded", "csv"])
        assert server.refused == {"tests.threaded"} and server.modules == ["json", "csv"]
        assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == 1
    finally:
        server.stop()


def test_a_fork_server_that_cannot_be_started_leaves_no_socket_open(monkeypatch):
    server = ForkServer()
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    with pytest.raises(FileNotFoundError):
        server.ensure()
    server.stop()
    gc.collect()  # a socket that is still open says so now, and warnings are errors


def test_no_kernel_outlives_a_server_that_was_killed():
    program = textwrap.dedent("""
        import os, sys, time
        from coprod_widgets.serving.kernels.provisioner import ForkServer
        server = ForkServer()
        kernels = [server.fork(["-f", f"/tmp/never-{n}.json"], dict(os.environ), "/") for n in range(3)]
        print(server.pid, *(kernel.pid for kernel in kernels), flush=True)
        time.sleep(600)
    """)
    command = [*ending_with_parent("KILL"), sys.executable, "-c", program]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 4
    process.kill()
    process.wait()
    process.stdout.close()
    assert all(gone(pid) for pid in pids)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ([sys.executable, "-m", "ipykernel_launcher", "-f", "k.json"], ["-f", "k.json"]),
        ([sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "k.json"], ["-f", "k.json"]),
        (["/usr/bin/R", "--slave", "-e", "IRkernel::main()", "--args", "k.json"], None),
        (["/opt/other/python3", "-m", "ipykernel_launcher", "-f", "k.json"], None),
    ],
)
def test_only_a_python_kernel_of_this_python_is_forked(command, arguments):
    assert kernel_arguments(command) == arguments


def test_an_environment_loses_its_secrets_and_keeps_what_a_kernel_needs():
    environment = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "COPROD_STORE": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "GITHUB_TOKEN": "z",
    }
    assert kernel_environment(environment) == {"PATH": "/bin", "LC_ALL": "C", "COPROD_STORE": "x"}
