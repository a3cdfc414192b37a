"""The server of the learner's page, asked over HTTP as a browser (or somebody curious) would."""

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from servers import start, stop

from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.server import HOST, check_address, configuration, page_facts


@pytest.fixture(scope="module")
def learn(tmp_path_factory):
    learn = start(tmp_path_factory.mktemp("store") / "responses.sqlite3")
    yield learn
    stop(learn)


@pytest.fixture
def url(learn):
    return learn.url


def fetched(address, **headers):
    with urlopen(Request(address, headers=headers)) as answer:
        return answer.read(), answer.headers


def status(address, method="GET"):
    try:
        return urlopen(Request(address, method=method)).status
    except HTTPError as error:
        return error.code


def test_the_page_has_language_title_main_and_one_script(url):
    page = fetched(url)[0].decode()
    assert '<html lang="en">' in page and "<title>Paul on Coproduction" in page and '<main id="main"' in page
    assert re.findall(r'<script type="module" src="([^"]+)"', page) == [page_facts("/")["host"]]


def test_the_page_shows_no_source_and_no_place_of_the_store(url, learn):
    page = fetched(url)[0].decode()
    assert "open_self_study" not in page and str(learn.store) not in page and "sqlite" not in page


def test_the_host_is_compressed_and_kept_by_the_browser(url):
    body, headers = fetched(url.rstrip("/") + page_facts("/")["host"], **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and "immutable" in headers["Cache-Control"]
    assert len(body) < len(HOST.read_bytes()) / 2


@pytest.mark.parametrize(
    "path",
    [
        "self_study.ipynb",
        "voila/files/self_study.ipynb",
        "voila/static/../../etc/passwd",
        "api/contents",
        "lab",
        "tree",
    ],
)
def test_nothing_else_is_served(url, path):
    assert status(url + path) in (403, 404)


def test_a_wrong_address_leads_back_to_the_self_study(url):
    with pytest.raises(HTTPError) as caught:
        urlopen(url + "nothing-here")
    page = caught.value.read().decode()
    assert '<a href="/">' in page and "Traceback" not in page


def test_no_other_template_can_be_asked_for(url):
    assert b"coprod-widgets" in fetched(url + "?template=lab&theme=dark")[0]


def test_the_kernels_listen_on_no_port(tmp_path):
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(json.dumps({}), encoding="utf-8")
    assert configuration(notebook, host="127.0.0.1", port=1, thin=True).KernelManager.transport == "ipc"


@pytest.mark.parametrize(("host", "port"), [("nowhere.invalid", 8866), ("192.0.2.1", 8866)])
def test_an_address_that_cannot_be_had_is_told_with_what_to_do(host, port):
    with pytest.raises(CoprodError, match="Choose another with --port or --host"):
        check_address(host, port)
