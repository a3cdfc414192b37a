"""`coprod teach`: JupyterLab and the learners' page, one store, one Ctrl-C; and a page that is encrypted."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil
import pytest
from loops import run_apart
from processes import ending_with_parent
from servers import free_port
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from coprod_widgets.cli.teach import _notebook
from coprod_widgets.errors import CoprodError
from coprod_widgets.serving import lab
from coprod_widgets.serving.lab import ADDRESS, Lab, Page, _new_log
from coprod_widgets.serving.network import addresses, lan_address
from coprod_widgets.serving.server import tls_context
from coprod_widgets.store.settings import STORE


@contextmanager
def commands(folder):
    """What starts the command, and waits for nothing: its process, and the file that has what it says."""
    running, log = [], folder / "teach.log"

    def start(*more, port=None, lab_port=None):
        command = [sys.executable, "-m", "coprod_widgets", "teach", *(more or ["--no-open"]), "--allow-root"]
        command += ["--port", str(port or free_port()), "--lab-port", str(lab_port or free_port())]
        command += ["--store", str(folder / "class.sqlite3")]
        with log.open("w") as output:
            running.append(subprocess.Popen([*ending_with_parent(), *command], stdout=output, stderr=subprocess.STDOUT))
        return log, running[-1]

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def answering(begin):
    """What starts the command, and waits until both answer: what it printed, its process and all that it started."""
    started = []

    def start(*more):
        log, process = begin(*more)
        deadline = time.monotonic() + 120
        while not (said := re.search(r"you: (\S+)\n.*learners: (\S+)\n", log.read_text())) or not all(
            answers(url) for url in said.groups()
        ):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)  # two ports have nothing to wait on
        started.extend(psutil.Process(process.pid).children(recursive=True))
        return log, process, started

    yield start
    for process in started:  # where a test has killed the command, and that did not end them
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def begin(tmp_path):
    with commands(tmp_path) as start:
        yield start


@pytest.fixture
def teach(begin):
    with answering(begin) as start:
        yield start


@pytest.fixture(scope="module")
def browser_read(tmp_path_factory):
    """The copy of the page that the command hands to a browser."""
    return tmp_path_factory.mktemp("browser") / "seen"


@pytest.fixture(scope="module")
def on_the_network(tmp_path_factory, browser_read):
    """What the command says to an instructor with a class on the network, a browser and a login shell."""
    home = tmp_path_factory.mktemp("home")
    (home / ".bash_profile").write_text("PATH=/usr/bin:/bin\n")  # as /etc/profile does on Debian
    program = home / "browser.py"
    program.write_text(f"import shutil, sys; shutil.copy(sys.argv[1].removeprefix('file://'), {str(browser_read)!r})")
    with pytest.MonkeyPatch.context() as patch, commands(home) as begin, answering(begin) as start:
        for name, value in {"HOME": home, "SHELL": "bash", "BROWSER": f"{sys.executable} {program} %s"}.items():
            patch.setenv(name, str(value))
        log, process, _ = start("--class")
        while not browser_read.exists():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)  # a file has nothing to wait on
        yield log.read_text()


def answers(url):
    context = ssl._create_unverified_context()
    try:
        urlopen(url, context=context if url.startswith("https") else None).close()
    except HTTPError:
        return True
    except (URLError, ConnectionError):
        return False
    return True


def words(process):
    """Its command; none when it has ended since, as what JupyterLab asks the system with does at once."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def named(processes, word):
    return next(one for one in processes if word in words(one))


def test_both_run_on_one_store_and_end_with_one_ctrl_c(teach, tmp_path):
    log, process, started = teach()
    lab, learn = named(started, "jupyterlab"), named(started, "learn")
    assert lab.environ()[STORE] == learn.environ()[STORE] == str(tmp_path / "class.sqlite3")
    page = re.search(r"learners: (\S+)\n", log.read_text())[1]
    assert lab.environ()[ADDRESS] == page
    token = lab.environ()["JUPYTER_TOKEN"]
    assert token in log.read_text() and not any(token in word for one in started for word in words(one))
    listening = {one.laddr.ip for one in lab.net_connections() if one.status == "LISTEN"}
    assert listening and listening <= {"127.0.0.1", "::1"}
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert "stopped" in log.read_text()
    psutil.wait_procs(started, timeout=30)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in started)


@contextmanager
def taken(process, log, port):
    """Somebody else listens on a port before what the command has started can; who came there is theirs to accept."""
    while len(psutil.Process(process.pid).children()) < 2:
        assert process.poll() is None, log.read_text()
        time.sleep(0.01)  # the table of processes has nothing to wait on
    with socket.create_server(("127.0.0.1", port)) as stranger:
        stranger.setblocking(False)
        yield stranger


def test_whoever_takes_the_port_of_the_page_while_it_starts_is_shown_to_nobody(begin):
    log, process = begin(port=(port := free_port()))
    with taken(process, log, port) as stranger:
        assert process.wait(timeout=60) == 2
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert "http" not in log.read_text()


def test_whoever_takes_the_port_of_jupyterlab_while_it_starts_is_sent_no_token(begin):
    log, process = begin(lab_port=(port := free_port()))
    with taken(process, log, port) as stranger:
        while "Learners can still write" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)  # a file has nothing to wait on
        with pytest.raises(BlockingIOError):
            stranger.accept()
    process.terminate()
    assert process.wait(timeout=60) == 0 and "token" not in log.read_text()


@pytest.mark.parametrize("name", ["page", "lab"])
def test_a_module_in_the_folder_where_it_is_started_is_not_run(tmp_path, name):
    root, notebook = _notebook()
    page, lab = Page(host="127.0.0.1", port=1), Lab(notebook=notebook, root=root, port=2, token="t", more=["--version"])
    command = [*page.command, "--help"] if name == "page" else lab.command
    for module in ("jupyterlab", "runpy", "typer"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('somebody else's')")
    reading, writing = os.pipe()  # the end of its standard input would end it
    done = subprocess.run(command, cwd=tmp_path, stdin=reading, capture_output=True, text=True)
    os.close(reading)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_is_found_in_a_terminal_of_jupyterlab_whatever_a_login_shell_does(on_the_network):
    address, token = re.search(r"you: (http://\S+?/)lab\S+token=(\S+)\n", on_the_network).groups()
    said = run_apart(in_terminal(address, token, "command -v coprod; echo done-$((1 + 1))"))
    assert f"{Path(sys.executable).parent}/coprod\r\n" in said


async def in_terminal(address, token, line):
    """What a new terminal of JupyterLab shows when somebody types a line there, up to `done-2`."""
    known = {"Authorization": f"token {token}"}
    asked = HTTPRequest(f"{address}api/terminals", "POST", known, b"{}")
    name = json.loads((await AsyncHTTPClient().fetch(asked)).body)["name"]
    there = HTTPRequest(f"{address.replace('http', 'ws')}terminals/websocket/{name}", headers=known)
    terminal, said = await websocket_connect(there), ""
    await terminal.write_message(json.dumps(["stdin", f"{line}\r"]))
    while "done-2" not in said:
        kind, *text = json.loads(await terminal.read_message())
        said += text[0] if kind == "stdout" else ""
    terminal.close()
    return said


def test_learners_go_on_when_jupyterlab_ends_and_nothing_goes_on_without_their_page(teach):
    log, process, started = teach()
    page = re.search(r"learners: (\S+)\n", log.read_text())[1]
    named(started, "jupyterlab").kill()
    while not re.search("JupyterLab.*ended", log.read_text()):
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)  # a file has nothing to wait on
    assert answers(page)
    named(started, "learn").kill()
    assert process.wait(timeout=60) == 2
    assert re.search("^coprod: ", log.read_text(), re.MULTILINE)


def test_the_browser_opens_on_the_notebook_and_its_command_line_holds_no_token(on_the_network, browser_read):
    assert re.search(r"you: (\S+)\n", on_the_network)[1] in browser_read.read_text()


def test_a_class_on_the_network_is_warned_that_others_can_read_along(on_the_network):
    assert f"learners: http://{lan_address()}:" in on_the_network and "--certfile" in on_the_network


def test_the_address_on_the_network_is_a_real_one():
    assert lan_address() in addresses()
    assert not ip_address(lan_address()).is_loopback


def test_a_page_with_a_certificate_is_encrypted(certificate, tmp_path):
    cert, key = certificate
    port = free_port()
    command = [sys.executable, "-m", "coprod_widgets", "learn", "--no-open", "--port", str(port)]
    command += ["--store", str(tmp_path / "s.sqlite3"), "--certfile", str(cert), "--keyfile", str(key)]
    process = subprocess.Popen([*ending_with_parent(), *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == f"The self-study is at https://127.0.0.1:{port}/\n"
        trusting = ssl.create_default_context(cafile=str(cert))
        with urlopen(f"https://127.0.0.1:{port}/", context=trusting) as page:
            assert b"coprod-loading" in page.read()
        with pytest.raises((URLError, ConnectionError)):
            urlopen(f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_certificate_that_cannot_be_used_is_refused_before_anything_starts(certificate, tmp_path):
    cert, key = certificate
    (tmp_path / "text").write_text("no certificate")
    for files in ((tmp_path / "none", None), (tmp_path / "text", None), (cert, None), (cert, cert), (None, key)):
        with pytest.raises(CoprodError, match="certificate"):
            tls_context(*files)
    assert tls_context(None, None) is None and tls_context(cert, key) is not None


def test_a_certificate_that_is_a_pipe_or_a_device_is_refused_at_once(certificate, tmp_path):
    cert, key = certificate
    os.mkfifo(pipe := tmp_path / "pipe")  # opening it waits for whoever writes
    for files in ((pipe, None), (cert, pipe), (Path("/dev/zero"), key)):
        with pytest.raises(CoprodError, match="ordinary file"):
            tls_context(*files)


def test_the_reason_why_jupyterlab_ended_is_said_and_never_its_token(tmp_path):
    log = tmp_path / "teach.log"
    log.write_text(
        "[C 2027-01-01 10:35:02.123 ServerApp] Running as root is not recommended. Use --allow-root to bypass.\n"
        "    http://127.0.0.1:8888/lab?token=abc123\n\n"
    )
    said = lab._last_words(log, "abc123")
    assert said == "It said: Running as root is not recommended. Use --allow-root to bypass. "
    assert lab._last_words(tmp_path / "none.log", "abc123") == ""


def test_folders_that_are_made_for_the_log_are_for_its_account_alone(tmp_path):
    before = os.umask(0)
    try:
        _new_log(tmp_path / "state" / "coprod" / "teach.log").close()
    finally:
        os.umask(before)
    made = [tmp_path / "state", tmp_path / "state" / "coprod"]
    assert [folder.stat().st_mode & 0o777 for folder in made] == [0o700, 0o700]
