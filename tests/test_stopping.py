"""A server ends when it is asked to, also when its event loop never comes to the next step."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from threading import Thread
from urllib.request import urlopen

import psutil
import pytest
from processes import ending_with_parent
from servers import free_port

STUCK = """
import sys, threading
from pathlib import Path
import tornado.web
from coprod_widgets.cli.main import self_study_notebook
from coprod_widgets.serving import server, shutdown
shutdown.PATIENCE = 2

class Endless(tornado.web.RequestHandler):
    def get(self):
        print("stuck", flush=True)
        while True:
            {stuck}

class Server(server.LearnerServer):
    def init_handlers(self):
        return [("/endless", Endless), *super().init_handlers()]

server.LearnerServer = Server
server.serve(
    self_study_notebook(), host="127.0.0.1", port=int(sys.argv[1]), thin=True, ready=lambda url: print(url, flush=True)
)
"""


@pytest.mark.parametrize("stuck", ["pass", "threading.Event().wait()"], ids=["computing", "waiting"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_whose_loop_is_stuck_ends_and_takes_its_kernels_along(tmp_path, stuck, number):
    command = [*ending_with_parent("KILL"), sys.executable, "-c", STUCK.format(stuck=stuck), str(free_port())]
    variables = os.environ | {"COPROD_STORE": str(tmp_path / "r.sqlite3"), "TMPDIR": str(tmp_path)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables)
    try:
        url = server.stdout.readline().strip()
        urlopen(url).close()  # so that there is a kernel
        family = psutil.Process(server.pid).children(recursive=True)
        visit = Thread(target=visited, args=(f"{url}endless",))
        visit.start()
        assert server.stdout.readline() == "stuck\n"
        begun = time.monotonic()
        server.send_signal(number)
        assert server.wait(timeout=60) == 1 and time.monotonic() - begun > 1
        assert "did not stop within" in server.stderr.read()
        assert family and psutil.wait_procs(family, timeout=10)[1] == []
        assert list(tmp_path.glob("voila_*")) == []
    finally:
        server.kill()
        server.communicate()
    visit.join()


def visited(url):
    with suppress(OSError):  # it is never answered
        urlopen(url).close()
