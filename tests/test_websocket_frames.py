"""The only reader of what visitors send, and a server that is sent 10,000 frames which no page sends."""

import asyncio
import json
import random
import re
import time

import pytest
from fuzzing import V1, Visitor, attack, drain, message, recorded
from loops import apart
from servers import start, stop
from tornado.httpclient import AsyncHTTPClient

from coprod_widgets.serving.message_filter import LAB, LONGEST, THIN, Pace, Reader

WIDGET = "a" * 32
MANY, PAGES = 10_000, 4


class Recorded(Visitor):
    def __init__(self):
        super().__init__("http://127.0.0.1:1/", "k", WIDGET, control="c" * 32)


@pytest.fixture
def reader():
    return Reader(THIN, {WIDGET})


def custom(content=None, comm=WIDGET, **more):
    data = {"method": "custom", "content": content or {"id": "1", "ask": "ping"}}
    return message("comm_msg", {"comm_id": comm, "data": data}, "s", **more)


def content_of(frame):
    return json.loads(frame.parts[3])


def test_every_frame_that_a_page_sends_is_read_and_goes_on_as_it_was(reader):
    for sent in recorded(Recorded()):
        frame, was = reader.read(sent), json.loads(sent)
        header, parent, metadata, content = map(json.loads, frame.parts)
        assert (content, metadata, parent) == (was["content"], was["metadata"], {})
        assert header.keys() == was["header"].keys() and header["msg_id"] == was["header"]["msg_id"]


def test_what_a_widget_is_told_comes_along(reader):
    assert reader.read(custom({"id": "7", "ask": "save"})).told == {"id": "7", "ask": "save"}
    assert reader.read(recorded(Recorded())[0]).told == {}


@pytest.mark.parametrize("channel", ["control", "stdin", "iopub", "hb", None, ["shell"], {}])
def test_only_the_shell_channel_is_read(reader, channel):
    assert reader.read(custom(channel=channel)) is None


@pytest.mark.parametrize("kind", ["execute", "shutdown", "interrupt", "debug", "kernel_info", "comm_info", "input"])
def test_no_other_message_is_read(reader, kind):
    assert reader.read(message(f"{kind}_request", {"comm_id": WIDGET, "data": {}}, "s")) is None


def test_a_page_writes_to_its_own_widgets_only(reader):
    assert reader.read(custom(comm="b" * 32)) is None


def test_a_page_changes_no_state_of_a_widget(reader):
    data = {"method": "update", "state": {"whole_page": False}, "buffer_paths": []}
    assert reader.read(message("comm_msg", {"comm_id": WIDGET, "data": data}, "s")) is None


@pytest.mark.parametrize(
    "more", [{"target_name": "os"}, {"target_module": "os"}, {"comm_id": WIDGET}, {"comm_id": "."}]
)
def test_a_page_opens_the_control_comm_only(reader, more):
    content = {"comm_id": "c" * 32, "target_name": "jupyter.widget.control", "data": {}}
    assert reader.read(message("comm_open", content | more, "s")) is None
    assert content_of(reader.read(message("comm_open", content, "s"))) == content


def test_a_page_opens_one_control_comm_and_asks_it_for_the_states_alone(reader):
    opening, asking = recorded(Recorded())[:2]
    assert reader.read(asking) is None
    assert reader.read(opening) and reader.read(asking)
    assert reader.read(opening.replace("c" * 32, "d" * 32)) is None
    assert reader.read(asking.replace("request_states", "custom")) is None


def test_of_two_contents_the_one_that_was_checked_goes_on(reader):
    twice = custom()[:-1] + ', "content": {"comm_id": "' + WIDGET + '", "data": {"method": "update", "state": {}}}}'
    assert reader.read(twice) is None
    other = custom()[:-1] + ', "content": ' + json.dumps(json.loads(custom({"ask": "x"}))["content"]) + "}"
    assert content_of(reader.read(other))["data"]["content"] == {"ask": "x"}


LISTS = ["[" * 900_000, "[" * 20 + "]" * 20, "[" + "[]," * 300_000 + "[]]", '{"a":' * 20 + "1" + "}" * 20]
MANY_VALUES = ["1," * 400_000, '"",' * 300_000, " " * 900_000]
NO_VALUES = ["NaN", "-Infinity", "1e999", "9" * 5_000, '"\\ud800"', '"\\"' * 400_000, "\\" * 9]


@pytest.mark.parametrize("value", LISTS + MANY_VALUES + NO_VALUES)
def test_what_is_deep_or_long_or_no_number_is_dropped_at_once(reader, value):
    begun = time.process_time()  # of this process alone
    assert reader.read(custom().replace('"ping"', value)) is None
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "1", '"', "\\", "\0", '{"header": null}', '{"a": [}'])
def test_what_is_no_message_is_dropped(reader, text):
    assert reader.read(text) is None


@pytest.mark.parametrize("character", ["x", '"', "\\", "\x01", "\x00", "😀", "[{,"])
def test_the_longest_answer_is_read_whatever_it_is_made_of(reader, character):
    text = (character * 100_000)[:100_000]
    frame = custom({"id": "1", "ask": "save", "text": text})
    assert len(frame.encode()) < LONGEST and reader.read(frame).told["text"] == text


def test_another_notebooks_page_asks_more_but_writes_to_known_comms_only():
    reader = Reader(LAB, set())
    assert reader.read(message("kernel_info_request", {}, "s"))
    assert reader.read(message("comm_info_request", {"target_name": "jupyter.widget"}, "s"))
    assert reader.read(custom()) is None
    reader.comms.add(WIDGET)
    assert reader.read(custom()) and reader.read(message("comm_close", {"comm_id": WIDGET, "data": {}}, "s"))
    assert reader.read(message("execute_request", {"code": "1"}, "s")) is None


@pytest.fixture(scope="module")
def learn(tmp_path_factory):
    learn = start(tmp_path_factory.mktemp("store") / "responses.sqlite3")
    yield learn
    stop(learn)


@apart
async def test_ten_thousand_frames_that_no_page_sends_keep_nobody_from_saving(learn, tmp_path):
    marker, busy = tmp_path / "code-ran", asyncio.Event()
    learner = await Visitor.come(learn.url)
    attacks = asyncio.gather(*(attack(learn.url, random.Random(n), marker, MANY // PAGES) for n in range(PAGES)))
    attacks.add_done_callback(lambda _: busy.set())
    saves = 0
    while not busy.is_set():
        await learner.save(f"The nurse sat down, {saves}")
        saves += 1
    assert sum(await attacks) == MANY and saves > 10
    assert not marker.exists()
    assert f"The nurse sat down, {saves - 1}" in [row["text"] for row in learn.rows()]
    learner.leave()
    (await Visitor.come(learn.url)).leave()
    _nothing_of_visitors(learn)


def _nothing_of_visitors(learn):
    log = learn.log.read_text()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}|Traceback|hostile learner|nurse|session_id", log)
    assert len(log) < 3_000


@apart
async def test_two_pages_may_number_their_saves_alike(learn):
    pages = [await Visitor.come(learn.url) for _ in range(2)]
    content = {"id": "1", "ask": "save", "course": "", "question": "what_happened", "text": "The nurse", "base": 0}
    for page in pages:
        data = {"method": "custom", "content": {**content, "device": page.device}}
        await page.socket.write_message(message("comm_msg", {"comm_id": page.widget, "data": data}, "s"))
    for page in pages:
        assert (await page.ask("hello"))["answers"]["what_happened"]["text"] == "The nurse"
        page.leave()
    _nothing_of_visitors(learn)


def test_who_sends_too_fast_waits_and_nobody_else():
    seconds = iter(range(10**6))
    hasty, calm = Pace(now=lambda: 0.0), Pace(now=lambda: next(seconds))
    for _ in range(Pace.AT_ONCE + Pace.A_SECOND):
        hasty.passed()
        calm.passed()
    assert (hasty.wait(0), calm.wait(0) <= 0) == (1, True)
    assert Pace().wait(0.03) == pytest.approx(0.12)


@apart
async def test_eight_bytes_and_the_newer_protocol_only_close_the_connection(learn):
    attacker = await Visitor.come(learn.url)
    await attacker.connect(V1)
    assert attacker.socket.selected_subprotocol is None
    await attacker.socket.write_message(b"\xff" * 8, binary=True)
    async with asyncio.timeout(30):
        await drain(attacker.socket)
    assert attacker.socket.close_code == 1003
    attacker.leave()
    assert (await AsyncHTTPClient().fetch(learn.url)).code == 200
