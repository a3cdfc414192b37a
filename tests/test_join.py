"""The join panel, played from the page's side."""

import pytest

from coprod_widgets.errors import StoreError
from coprod_widgets.widgets.join import JoinPanel

ADDRESS, CODE = "http://192.168.1.20:8866/", "ABC-DEF"


class Page(JoinPanel):
    """A panel that keeps what it sends to the page."""

    def send(self, content, buffers=None):
        self.heard.append(content)

    def ask(self, ask, **content):
        self.heard = []
        self._handle_custom_msg({"id": "p-1", "ask": ask, **content}, [])
        (reply,) = self.heard
        assert reply.pop("reply_to") == "p-1"
        return reply


class Counts:
    """Counts as a session keeps them."""

    def __init__(self):
        self.away = False

    def counts(self):
        if self.away:
            raise StoreError("The store is away.")
        return {"phase": "writing", "counts": {"joined": 12, "writing": 9, "handed_in": 2, "agreed": 7}}


def panel(address=ADDRESS, backend=None):
    return Page(address=address, code=CODE, title="Tuesday", backend=backend)


def test_it_tells_the_way_in_with_a_qr_code_of_the_link():
    told = panel().ask("hello")
    assert (told["title"], told["address"], told["code"]) == ("Tuesday", ADDRESS, CODE)
    assert told["link"] == "http://192.168.1.20:8866/?session=ABC-DEF"
    assert {*"".join(told["qr"])} == {"0", "1"} and len(told["qr"]) == len(told["qr"][0])


def test_the_code_joins_an_address_that_asks_for_something_already():
    assert panel("http://192.168.1.20/?lang=sv").link == "http://192.168.1.20/?lang=sv&session=ABC-DEF"


@pytest.mark.parametrize("host", ["127.0.0.1:8866", "localhost", "[::1]:8866", "127.1.2.3", "class.localhost"])
def test_an_address_of_this_computer_alone_is_said_to_be_one(host):
    assert panel(f"http://{host}/").ask("hello")["local"]


@pytest.mark.parametrize("host", ["192.168.1.20:8866", "coprod.example.org", "[2001:db8::7]", "127.example.org"])
def test_an_address_that_a_class_can_open_is_not(host):
    assert not panel(f"http://{host}/").ask("hello")["local"]


def test_counts_come_from_the_keeper_each_time_they_are_asked_for():
    backend = Counts()
    page = panel(backend=backend)
    assert page.ask("hello")["counting"]
    assert page.ask("counts")["counts"]["joined"] == 12
    backend.away = True
    assert page.ask("counts") == {"ok": False, "problem": "store"}


def test_without_a_keeper_nothing_is_counted():
    assert panel().ask("hello")["counting"] is False
    assert panel().ask("counts") == {"ok": True}


def test_a_saved_notebook_holds_neither_code_nor_address():
    page = panel(backend=Counts())
    page.ask("hello")
    saved = f"{page.get_state()} {page!r}"
    assert CODE not in saved and "192.168" not in saved


@pytest.mark.parametrize("message", [None, {}, {"id": 1}, [], "hello"])
def test_what_is_no_question_gets_no_answer(message):
    page = panel()
    page.heard = []
    page._handle_custom_msg(message, [])
    assert page.heard == []
