"""Nothing that a server starts listens for others: neither on a TCP port, nor in a folder that they can enter."""

import os
import re
import signal
import socket
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from jupyter_client import BlockingKernelClient
from processes import gone
from servers import start, stop
from test_teach import begin, teach  # noqa: F401  fixtures

from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.runtime_folder import PREFIX, PrivateFolder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows in /proc which sockets a process has")
LISTENING = "0A"


@pytest.fixture
def root(tmp_path_factory, monkeypatch):
    """Where temporary folders are made; a short path, because that of a socket may have 107 bytes."""
    tmp_path_factory.getbasetemp()  # made where it belongs
    with tempfile.TemporaryDirectory(prefix="c") as name:
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(name)
    tempfile.tempdir = None


def visit(url):
    """Read the page to its end: a kernel has made it."""
    with urlopen(url) as page:
        return page.read()


def family(pid):
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def ports(pids):
    """The TCP ports that these processes listen on."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENING:
                found[f"socket:[{inode}]"] = int(local.rpartition(":")[2], 16)
    links = {link for pid in pids for link in open_files(pid)}
    return {found[link] for link in links & found.keys()}


def open_files(pid):
    """What a process has open; nothing if it has ended since it was listed, as a git that JupyterLab asks does."""
    links = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                links.append(str(fd.readlink()))
    return links


def exposed(folder):
    """What other accounts can do something with, in a folder and below it; Unix sockets count too."""
    return [path for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def test_this_test_sees_a_port_when_there_is_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] in ports([os.getpid()])


def test_jupyterlab_beside_it_listens_on_one_port_more_and_whatever_kills_the_command_ends_all(root, teach):  # noqa: F811
    log, process, _ = teach()
    page, lab = (int(re.search(rf"{who}: \S+?:(\d+)/", log.read_text())[1]) for who in ("learners", "you"))
    visit(f"http://127.0.0.1:{page}/")
    (runtime,) = [folder for folder in root.glob(f"{PREFIX}*") if [*folder.glob("jpserver-*")]]
    for file in (files := [*runtime.glob("kernel-*.json")]):
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        features = client.kernel_info(reply=True, timeout=60)["content"]["supported_features"]
        client.stop_channels()
        assert "debugger" not in features  # it would listen on a port, and run what comes
    assert len(files) == 2
    assert ports(family(process.pid)) == {page, lab}
    assert [*runtime.glob("jpserver-*-open.html")] and exposed(runtime) == []
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert all(gone(one.pid, seconds=30) for one in started)


def test_a_page_and_its_kernels_listen_on_its_port_alone_and_what_a_kill_leaves_the_next_one_removes(root, tmp_path):
    first = start(tmp_path / "responses.sqlite3")
    for _ in range(2):
        visit(first.url)
    everybody = family(first.process.pid)
    assert set(first.kernels()) < set(everybody) and len(first.kernels()) >= 2
    assert ports(everybody) == {first.port}
    kernels = first.kernels()
    (left,) = root.glob(f"{PREFIX}*")
    assert [*left.glob("kernel-*")] and exposed(left) == []
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert all(map(gone, kernels)) and left.exists()
    second = start(tmp_path / "responses.sqlite3")
    (folder,) = root.glob(f"{PREFIX}*")
    assert folder != left
    for _ in range(3):
        visit(second.url)
    stop(second)
    assert [*root.iterdir()] == []


def test_a_folder_of_a_living_process_or_of_other_making_is_left_alone(root):
    living = PrivateFolder()
    others = root / f"{PREFIX}open"
    others.mkdir(mode=0o755)
    others.chmod(0o755)
    (root / f"{PREFIX}link").symlink_to(root)
    new = PrivateFolder()
    assert len({living.path, new.path}) == 2 and living.path.exists() and others.exists()
    assert exposed(living.path) == []
    for folder in (living, new):
        folder.remove()
    assert {path.name for path in root.iterdir()} == {others.name, f"{PREFIX}link"}


def test_a_folder_is_removed_while_a_process_still_makes_files_in_it(root, monkeypatch):
    folder = PrivateFolder()
    remove, made = __import__("shutil").rmtree, []

    def removed_and_made(path, **how):
        remove(path, **how)
        if not made:  # as a kernel does that is just starting
            made.append(path.mkdir())

    monkeypatch.setattr("coprod_widgets.serving.runtime_folder.shutil.rmtree", removed_and_made)
    folder.remove()
    assert made and [*root.iterdir()] == []


def test_no_folder_is_made_where_another_account_could_put_one_of_its_own_in_its_place(root):
    (root / "mine").mkdir(mode=0o700)
    (root / "mine").rename(root / f"{PREFIX}mine")
    root.chmod(0o777)
    with pytest.raises(CoprodError, match=rf"{re.escape(str(root))}.*TMPDIR"):
        PrivateFolder()
    assert [path.name for path in root.iterdir()] == [f"{PREFIX}mine"]
