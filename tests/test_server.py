"""The server of the learner's page, asked over HTTP as a browser (or somebody curious) would."""

import asyncio
import gzip
import json
import re
import socket
from contextlib import closing
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import psutil
import pytest
import tornado.web
from fuzzing import message
from loops import apart
from servers import start, stop
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.websocket import websocket_connect

from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.handlers import NoQueryInLogs
from coprod_widgets.serving.server import check_address, page_facts
from coprod_widgets.widgets.assets import asset, compressed

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
UPGRADES = ["".join(f"{name}: {value}\r\n" for name, value in UPGRADE.items()), "Content-Length: x\r\n"]
PING = {"method": "custom", "content": {"id": "1", "ask": "ping"}}


@pytest.fixture(scope="module")
def learn(tmp_path_factory):
    learn = start(tmp_path_factory.mktemp("store") / "responses.sqlite3", COPROD_HEARTBEAT="0.5")  # a ping a second
    yield learn
    stop(learn)


@pytest.fixture
def url(learn):
    return learn.url


def fetched(address, **headers):
    with urlopen(Request(address, headers=headers)) as answer:
        return answer.read(), answer.headers


def refused(address, **headers):
    """The status and the body of an answer that is none."""
    with pytest.raises(HTTPError) as caught:
        fetched(address, **headers)
    with caught.value as error:
        return error.code, error.read().decode()


def status(address, method="GET"):
    try:
        with urlopen(Request(address, method=method)) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def test_the_page_has_language_title_main_and_one_script(url):
    page = fetched(url)[0].decode()
    assert '<html lang="en">' in page and "<title>Paul on Coproduction" in page and '<main id="main"' in page
    assert re.findall(r'<script type="module" src="([^"]+)"', page) == [page_facts("/")["host_js"]]


def test_the_page_shows_no_source_and_no_place_of_the_store(url, learn):
    page = fetched(url)[0].decode()
    assert "open_self_study" not in page and str(learn.store) not in page and "sqlite" not in page


def test_the_host_is_compressed_and_kept_by_the_browser(url):
    body, headers = fetched(url.rstrip("/") + page_facts("/")["host_js"], **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and "immutable" in headers["Cache-Control"]
    assert len(body) < len(asset("host/host.js")) / 2


@pytest.mark.parametrize(
    "path",
    [
        "self_study.ipynb",
        "voila/files/self_study.ipynb",
        "voila/static/voila.js",
        "voila/static/../../etc/passwd",
        "voila/templates/lab/static/main.js",
        "voila/labextensions/",
        "voila/api/themes/",
        "voila/api/contents",
        "voila/query/x",
        "voila/execution/x",
        "voila/tree",
        "voila/render/self_study.ipynb",
        "api/contents",
        "api/kernels",
        "api/kernelspecs",
        "api/sessions",
        "api/terminals",
        "api/me",
        "login",
        "lab",
        "tree",
        "nbconvert/html/self_study.ipynb",
    ],
)
def test_nothing_else_is_served(url, path):
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        assert status(url + path, method) in (403, 404, 405)


def kernel_of(page):
    return re.search(r'"kernelId": "([0-9a-f-]{36})"', page)[1]


@pytest.mark.parametrize("action", ["", "/interrupt", "/restart", "/execute"])
def test_not_even_who_knows_a_kernels_number_can_do_anything_to_it(url, action):
    kernel = kernel_of(fetched(url)[0].decode())
    for method in ("GET", "POST", "DELETE"):
        assert status(f"{url}api/kernels/{kernel}{action}", method) in (403, 404, 405)


def test_dictation_and_other_help_that_listens_or_looks_in_the_page_are_not_forbidden(url):
    policy = fetched(url)[1]["Permissions-Policy"]
    assert not re.search(r"(microphone|camera)=\(\)", policy)


def test_the_page_comes_with_a_policy_for_what_it_may_load(url):
    headers = fetched(url)[1]
    policy = headers["Content-Security-Policy"]
    assert (
        "default-src 'none'" in policy and "script-src 'self' blob:;" in policy and "frame-ancestors 'self'" in policy
    )
    assert (headers["Referrer-Policy"], headers["X-Content-Type-Options"]) == ("no-referrer", "nosniff")
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null"])
def test_a_page_from_elsewhere_cannot_talk_to_a_kernel(url, origin):
    kernel = kernel_of(fetched(url)[0].decode())
    for asking, answer in ((origin, 403), (url.rstrip("/"), 101)):
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as line:
            line.request("GET", f"/api/kernels/{kernel}/channels", headers=UPGRADE | {"Origin": asking})
            with closing(line.getresponse()) as response:
                assert response.status == answer


def test_a_refused_origin_is_one_line_in_the_log_that_says_what_to_set(learn, url):
    kernel = kernel_of(fetched(url)[0].decode())
    for name in ("study.example.org", "elsewhere.example"):
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as line:
            asking = {"Origin": f"https://{name}"}
            line.request("GET", f"/api/kernels/{kernel}/channels", headers=UPGRADE | asking)
            assert line.getresponse().status == 403
    (told,) = [line for line in learn.log.read_text().splitlines() if "websocket" in line]
    assert "proxy_set_header Host $http_host" in told and "COPROD_HOSTS" in told and ".example" not in told


def test_health_and_figures_are_for_this_machine(url):
    assert json.loads(fetched(url + "healthz")[0]) == {"live": True, "ready": True}
    figures = fetched(url + "metrics")[0].decode()
    for name in (
        "kernels",
        "waiting",
        "admissions_total",
        "lost_renders_total",
        "render_seconds_sum",
        "save_seconds_sum",
    ):
        assert f"\ncoprod_{name} " in figures
    for forwarded in ("Forwarded", "X-Forwarded-For", "X-Real-IP"):
        assert refused(url + "metrics", **{forwarded: "203.0.113.7"})[0] == 404
    for path in ("metrics", "healthz"):
        assert refused(url + path, Host="self-study.example.org")[0] == 404
        assert b"404" in raw(url, f"GET /{path} HTTP/1.0\r\n\r\n".encode()).splitlines()[0]


@pytest.mark.parametrize("path", ["", "coprod/host.js", "nothing-here"])
def test_a_page_elsewhere_that_points_its_name_here_gets_nothing(url, path):
    if path != "coprod/host.js":  # the same for everybody
        assert refused(url + path, Host="elsewhere.example")[0] == 403
    assert status(url + path) in (200, 404)


def test_a_page_elsewhere_that_points_its_name_here_gets_no_line_to_a_kernel(url):
    kernel = kernel_of(fetched(url)[0].decode())
    theirs = {"Host": "elsewhere.example", "Origin": "http://elsewhere.example"}
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as line:
        line.request("GET", f"/api/kernels/{kernel}/channels", headers=UPGRADE | theirs)
        with closing(line.getresponse()) as response:
            assert response.status == 403


def test_a_proxy_shows_the_page_under_its_own_name(url):
    public = {"Host": "self-study.example.org", "X-Forwarded-For": "203.0.113.7"}
    assert b"coprod-widgets" in fetched(url, **public)[0]


def test_health_says_when_the_store_is_away(url, learn):
    away = learn.store.rename(learn.store.with_name("away"))
    try:
        code, body = refused(url + "healthz")
        told = json.loads(body)
        assert code == 503 and told["live"] and str(learn.store) in told["problem"]
    finally:
        away.rename(learn.store)


def test_neither_address_nor_code_nor_kernel_is_in_the_log(url, learn):
    page = fetched(url + "?join=ABCD-EFGH")[0].decode()
    assert kernel_of(page) not in learn.log.read_text() and "ABCD-EFGH" not in learn.log.read_text()


def raw(url, request):
    """What the server answers to these bytes before it closes the connection, or says nothing more."""
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=30) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_a_request_that_makes_no_sense_leaves_a_short_log_without_its_address_or_its_kernel(tmp_path):
    learn = start(tmp_path / "responses.sqlite3")
    try:
        kernel = kernel_of(fetched(learn.url)[0].decode())
        lines = f"api/kernels/{kernel}/channels", f"api/kernels/{kernel[:-4]}0000/channels?session_id=é", "%ff", "x?%00"
        for path in (*lines, f"voila/api/shutdown/{kernel}x", "coprod/host.js", "healthz", "?session=ACD-FHJ"):
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW", "\0"):
                for more in ("", *UPGRADES) if method == "GET" else ("",):
                    head = f"{method} /{path} HTTP/1.1\r\nHost: 127.0.0.1:{learn.port}\r\nConnection: close\r\n"
                    assert b"Traceback" not in raw(learn.url, f"{head}{more}\r\n".encode())
        stop(learn)
        log = learn.log.read_text()
        assert not re.search(rf"{kernel}|ACD-FHJ|session_id|Traceback|127\.0\.0\.1 ?[^:]|[0-9a-f]{{32}}", log), log
        assert len(log) < 3_000
    finally:
        stop(learn)


@apart
async def test_a_page_that_calls_itself_something_odd_is_refused(url):
    kernel = kernel_of(fetched(url)[0].decode())
    for name in ("é", "a b", "x" * 300, "a%0ab", "%f0%9f%98%80"):
        address = f"{url}api/kernels/{kernel}/channels?session_id={quote(name, safe='%')}"
        assert (await AsyncHTTPClient().fetch(address, headers=UPGRADE, raise_error=False)).code == 400


@apart
async def test_a_page_that_calls_itself_something_odd_beside_its_address_is_refused_too(url):
    kernel = kernel_of(fetched(url)[0].decode())
    asked = HTTPRequest(f"{url}api/kernels/{kernel}/channels", headers=UPGRADE, allow_nonstandard_methods=True)
    asked.headers["Content-Type"] = "application/x-www-form-urlencoded"
    for name in ("%f0%9f%98%80", "x" * 300):
        asked.body = f"session_id={name}".encode()
        assert (await AsyncHTTPClient().fetch(asked, raise_error=False)).code == 400


@apart
async def test_what_all_pages_get_is_compressed_once_and_not_for_each_of_them(url):
    address = url.rstrip("/") + page_facts("/")["form_js"]
    asked = HTTPRequest(address, headers={"Accept-Encoding": "gzip"}, decompress_response=False)
    assert (await AsyncHTTPClient().fetch(asked)).body == compressed("form/form.js")
    assert fetched(address)[0] == gzip.decompress(compressed("form/form.js")) == asset("form/form.js").encode()


def test_the_only_cookie_stays_with_this_server_and_tells_nobody_apart(url):
    (cookie,) = fetched(url)[1].get_all("Set-Cookie")
    assert cookie.startswith("_xsrf=") and "SameSite=Strict" in cookie and "Secure" not in cookie


def test_behind_a_proxy_that_encrypts_no_cookie_travels_in_the_clear(url):
    assert "Secure" in fetched(url, **{"X-Forwarded-Proto": "https"})[1]["Set-Cookie"]


def test_a_wrong_address_leads_back_to_the_self_study(url):
    _, page = refused(url + "nothing-here")
    assert '<a href="/">' in page and "Traceback" not in page


def test_no_other_template_can_be_asked_for(url):
    assert b"coprod-widgets" in fetched(url + "?template=lab&theme=dark")[0]


def test_the_server_ends_when_it_is_asked_to_and_takes_its_kernels_along(tmp_path):
    learn = start(tmp_path / "responses.sqlite3")
    fetched(learn.url)
    family = psutil.Process(learn.process.pid).children(recursive=True)
    assert family
    learn.process.terminate()
    assert learn.process.wait(timeout=30) == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_no_process_that_holds_texts_leaves_a_core_file(learn, url):
    fetched(url)  # so that there is a kernel
    server = psutil.Process(learn.process.pid)
    processes = [server, *server.children(recursive=True)]
    assert set(learn.kernels()) <= {process.pid for process in processes} and learn.kernels()
    assert {process.rlimit(psutil.RLIMIT_CORE) for process in processes} == {(0, 0)}


@pytest.mark.parametrize(("host", "port"), [("nowhere.invalid", 8866), ("192.0.2.1", 8866)])
def test_an_address_that_cannot_be_had_is_told_with_what_to_do(host, port):
    with pytest.raises(CoprodError, match=f"{host}.*{port}.*--port.*--host"):
        check_address(host, port)


@apart
async def test_a_line_on_which_nobody_writes_stays_open(url):
    page = fetched(url)[0].decode()
    address = f"{url.replace('http', 'ws')}api/kernels/{kernel_of(page)}/channels"
    ping = {"comm_id": re.search(r'"model_id": "(\w+)"', page)[1], "data": PING}
    pinged, answered, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def heard(message):
        if message is None:
            closed.set()
        elif pinged.is_set():
            answered.set()

    request = HTTPRequest(address, headers={"Origin": url.rstrip("/")})
    line = await websocket_connect(request, on_message_callback=heard)
    line.on_ping = lambda data: pinged.set()
    await asyncio.wait_for(pinged.wait(), 60)
    await line.write_message(message("comm_msg", ping, "s"))
    await asyncio.wait_for(answered.wait(), 60)
    line.close()
    await asyncio.wait_for(closed.wait(), 60)


class Broken(NoQueryInLogs, tornado.web.RequestHandler):
    def get(self, path):
        raise ValueError(f"{path} is out of order")


@apart
async def test_no_log_line_has_a_join_code_also_when_a_page_breaks(caplog):
    server = HTTPServer(tornado.web.Application([("/(.*)", Broken)], error_page=str))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    reply = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/0f3d-kernel?session=ACD-FHJ", raise_error=False)
    server.stop()
    assert (reply.code, reply.body) == (500, b"500")
    assert re.search(r"GET of Broken failed: ValueError, test_server\.py:\d+", caplog.text)
    assert not any(word in caplog.text for word in ("ACD-FHJ", "0f3d-kernel", "out of order", "127.0.0.1"))
