"""A learner's page behind a real nginx, with the configuration that operators are given."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from loops import apart
from processes import ending_with_parent
from servers import free_port, start, stop
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from coprod_widgets.serving.handlers import SECURITY

SAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/learn.conf;
}}
"""
CODE, TEXT = "ACD-FHJ", "The district nurse drew the lung on the back of an envelope."


class Nginx:
    """A running nginx with the sample's configuration, for this machine's ports and files."""

    def __init__(self, folder, learn, certificate, key):
        self.folder, self.certificate, self.plain, self.port = folder, certificate, free_port(), free_port()
        self.url = f"https://localhost:{self.port}/"
        text = SAMPLE.read_text(encoding="utf-8")
        for sample, ours in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "server_name learn.example.org;": "server_name localhost;",
            "/etc/ssl/learn.example.org.pem": str(certificate),
            "/etc/ssl/learn.example.org.key": str(key),
            "/var/log/nginx": str(folder),
            "http://127.0.0.1:8866;": f"http://127.0.0.1:{learn.port};",
        }.items():
            assert sample in text, f"{SAMPLE} has no {sample}"
            text = text.replace(sample, ours)
        (folder / "learn.conf").write_text(text, encoding="utf-8")
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
        # Debian keeps it where only root looks.
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        program = program or pytest.fail("nginx is missing: apt-get install nginx")
        self.process = subprocess.Popen([*ending_with_parent(), program, "-c", str(folder / "nginx.conf")])
        await_port(self.port, self.process)

    async def fetch(self, url, **headers):
        """The answer, whatever its status; redirections are not followed."""
        request = HTTPRequest(url, ca_certs=str(self.certificate), headers=headers, follow_redirects=False)
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def connect(self, page, origin):
        """The websocket of a page's kernel, opened by a page of this origin."""
        address = f"wss://localhost:{self.port}/api/kernels/{kernel_of(page)}/channels"
        headers = {"Origin": origin.rstrip("/")}
        return await websocket_connect(HTTPRequest(address, ca_certs=str(self.certificate), headers=headers))

    def logs(self):
        return "".join(log.read_text() for log in self.folder.glob("*.log"))


def await_port(port, process):
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None and time.monotonic() < deadline, "nginx did not start"
        time.sleep(0.05)  # a port has nothing to wait on


def kernel_of(page):
    return re.search(r'"kernelId": "([0-9a-f-]{36})"', page)[1]


def saying(page, **content):
    """A message to the page's form, as Jupyter's protocol wraps it."""
    form = re.search(r'"model_id": "([0-9a-f]{32})"', page)[1]
    header = {"msg_id": "m-1", "msg_type": "comm_msg", "session": "s", "username": "", "version": "5.3", "date": ""}
    told = {"comm_id": form, "data": {"method": "custom", "content": {"id": "p-1", "device": "0f" * 16, **content}}}
    whole = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": told}
    return json.dumps(whole)


async def reply_of(line):
    """What the form answers; a kernel says much else on its line."""
    while frame := await line.read_message():
        said = json.loads(frame)["content"].get("data", {}) if isinstance(frame, str) else {}
        if said.get("content", {}).get("reply_to") == "p-1":
            return said["content"]
    raise ConnectionError("The line was closed before the answer.")


@pytest.fixture
def learn(tmp_path):
    learn = start(tmp_path / "responses.sqlite3")
    yield learn
    stop(learn)


@pytest.fixture
def nginx(tmp_path, learn, certificate):
    folder = tmp_path / "nginx"
    folder.mkdir()
    nginx = Nginx(folder, learn, *certificate)
    yield nginx
    nginx.process.terminate()
    nginx.process.wait(timeout=30)


@apart
async def test_what_a_learner_writes_behind_nginx_is_in_the_store(nginx, learn):
    page = await nginx.fetch(nginx.url)
    assert page.code == 200 and page.headers["Content-Security-Policy"] == SECURITY["Content-Security-Policy"]
    line = await nginx.connect(page.body.decode(), origin=nginx.url)
    await line.write_message(saying(page.body.decode(), ask="save", question="what_happened", text=TEXT, base=0))
    assert (await reply_of(line))["ok"] is True
    line.close()
    assert learn.answers() == {"what_happened": TEXT}


@apart
async def test_a_page_from_elsewhere_cannot_talk_to_a_kernel_behind_nginx(nginx):
    page = (await nginx.fetch(nginx.url)).body.decode()
    with pytest.raises(HTTPClientError, match="403"):
        await nginx.connect(page, origin="https://elsewhere.example")


@apart
async def test_health_and_figures_are_not_for_those_who_come_through_nginx(nginx):
    assert [(await nginx.fetch(nginx.url + path)).code for path in ("healthz", "metrics")] == [404, 404]


@apart
async def test_an_address_without_encryption_leads_to_the_encrypted_one(nginx):
    answer = await nginx.fetch(f"http://localhost:{nginx.plain}/?session={CODE}")
    assert (answer.code, answer.headers["Location"]) == (301, f"https://localhost/?session={CODE}")


@apart
async def test_no_log_of_nginx_has_a_join_code_or_a_kernel(nginx, learn):
    page = (await nginx.fetch(f"{nginx.url}?session={CODE}")).body.decode()
    (await nginx.connect(page, origin=nginx.url)).close()
    await nginx.fetch(f"http://localhost:{nginx.plain}/?session={CODE}")
    learn.kill()
    assert (await nginx.fetch(f"{nginx.url}?session={CODE}")).code == 502
    assert CODE not in nginx.logs() and kernel_of(page) not in nginx.logs()
