"""A visitor of the learner's page over its websocket, and frames that no page sends, made from those that one sends."""

import asyncio
import json
import random
import re
import uuid
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

RECORDED = Path(__file__).parent / "data" / "frames.jsonl"
"""What a page sent, in the order in which it did; its numbers are stood for by WIDGET, CONTROL and DEVICE."""
V1 = "v1.kernel.websocket.jupyter.org"
CHARACTERS = ("", "\0", "{", "]", '"', "\\", "\\ud800", "é")
KINDS = ("execute_request", "shutdown_request", "debug_request", "comm_open", "comm_close", "save", "delete")
VALUES = (None, True, -1, 10**30, 1.5, "", "x" * 70, [], {}, [[]] * 9, {"": {}}, "control", "stdin", "../..", *KINDS)
PATIENCE = 30  # seconds; how long an answer takes is for `make bench` to say


@dataclass
class Visitor:
    """One page: its kernel, its widget, and its websocket."""

    url: str
    kernel: str
    widget: str
    socket: WebSocketClientConnection | None = None
    control: str = ""
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    device: str = field(default_factory=lambda: uuid.uuid4().hex)
    number: int = 0

    @classmethod
    async def come(cls, url: str) -> "Visitor":
        """Open the page and its websocket."""
        page = (await AsyncHTTPClient().fetch(url, request_timeout=PATIENCE)).body.decode()
        kernel, widget = (re.search(rf'"{name}": "([0-9a-f-]+)"', page)[1] for name in ("kernelId", "model_id"))
        visitor = cls(url, kernel, widget)
        await visitor.connect()
        return visitor

    async def connect(self, *subprotocols: str) -> None:
        """Open the websocket, anew if there was one, and ask for the widgets' states as a page does."""
        self.leave()
        self.control = uuid.uuid4().hex
        self.socket = await websocket_connect(self.request(), subprotocols=list(subprotocols), max_message_size=1 << 24)
        for frame in recorded(self)[:2]:
            await self.socket.write_message(frame)

    def request(self) -> HTTPRequest:
        """What asks for the websocket."""
        place = urlsplit(self.url).netloc
        address = f"ws://{place}/api/kernels/{self.kernel}/channels?session_id={self.session}"
        return HTTPRequest(address, headers={"Origin": f"http://{place}"}, connect_timeout=PATIENCE)

    def leave(self) -> None:
        """Close the websocket."""
        if self.socket:
            self.socket.close()

    async def ask(self, ask: str, **content: object) -> dict:
        """Ask the widget, and wait for its answer."""
        asked = uuid.uuid4().hex
        await self.socket.write_message(self.frame(ask, asked, **content))
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.socket.read_message()
                assert frame is not None, "the connection was closed"
                reply = json.loads(frame)["content"].get("data", {}).get("content", {})
                if reply.get("reply_to") == asked:
                    return reply

    def frame(self, ask: str, number: str, **content: object) -> str:
        """What asks the widget."""
        content |= {"id": number, "ask": ask, "device": self.device, "course": ""}
        data = {"method": "custom", "content": content}
        return message("comm_msg", {"comm_id": self.widget, "data": data}, self.session)

    async def save(self, text: str) -> None:
        """Store a text on top of the last one."""
        reply = await self.ask("save", question="what_happened", text=text, base=self.number)
        assert reply["ok"], reply
        self.number = reply["number"]


def message(kind: str, content: dict, session: str, **more: object) -> str:
    """A message as static/host/host.js sends it."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": session, "username": "", "version": "5.3"}
    whole = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    return json.dumps({**whole, "buffers": [], **more}, ensure_ascii=False)


def recorded(visitor: Visitor) -> list[str]:
    """The recorded frames, as this visitor's page would send them."""
    text = RECORDED.read_text(encoding="utf-8")
    for name in ("widget", "control", "device"):
        text = text.replace(name.upper(), getattr(visitor, name))
    return text.splitlines()


async def attack(url: str, chance: random.Random, marker: Path, many: int) -> int:
    """Send so many frames that no page sends, as fast as they are taken; what was sent."""
    attacker, sent = await Visitor.come(url), 0
    await attacker.save("A text of a hostile learner")
    reading = asyncio.ensure_future(drain(attacker.socket))
    for frame in islice(frames(attacker, chance, marker), many):
        if reading.done():  # bytes, or too many of them: the server has closed the connection
            await attacker.connect(*([V1] if chance.random() < 0.5 else []))
            reading = asyncio.ensure_future(drain(attacker.socket))
        sent += 1
        with suppress(WebSocketClosedError):  # closed just now; the next frame goes over a new connection
            await attacker.socket.write_message(frame, binary=isinstance(frame, bytes))
        if isinstance(frame, bytes):
            await reading
    attacker.leave()
    return sent


async def drain(socket: WebSocketClientConnection) -> None:
    """Read until the connection is closed."""
    while await socket.read_message() is not None:
        pass


def frames(visitor: Visitor, chance: random.Random, marker: Path):
    """Frames without end: texts for the most part, now and then bytes."""
    sent, code = recorded(visitor), f"open({str(marker)!r}, 'w').close()"
    made = [*(_changed_letters,) * 8, *(_changed_values,) * 8, _disguised, _hostile_comm, _odd_json]
    while True:
        if chance.random() < 0.004:
            yield chance.choice([b"\xff" * 8, chance.randbytes(chance.randrange(200)), b"[" * 1_300_000])
        else:
            yield chance.choice(made)(chance.choice(sent), chance, code)


def _changed_letters(frame: str, chance: random.Random, code: str) -> str:
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(frame))
        new = chance.choice([*CHARACTERS, frame[at:], chr(chance.randrange(1, 0xD800))])
        frame = frame[:at] + new + frame[at + chance.randrange(4) :]
    return frame


def _changed_values(frame: str, chance: random.Random, code: str) -> str:
    message = json.loads(frame)
    for _ in range(chance.randrange(1, 4)):
        place = message
        while (name := chance.choice(list(place) or ["x"])) in place and isinstance(place[name], dict):
            if chance.random() < 0.3:
                break
            place = place[name]
        place[name] = deepcopy(chance.choice([*VALUES, code]))
    return json.dumps(message)


def _disguised(frame: str, chance: random.Random, code: str) -> str:
    run = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    true = message("execute_request", run, "s")
    header = json.dumps(json.loads(true)["header"])
    return chance.choice(
        [
            true,
            true.replace('"shell"', '"control"'),
            frame[:-1] + f', "header": {header}, "content": {json.dumps(run)}}}',
            frame[:-1] + f', "\\u0068eader": {header}, "content": {json.dumps(run)}}}',
            frame + true,
            f"[{true}]",
            json.dumps({**json.loads(frame), "msg_type": "execute_request", "content": run}),
            frame.replace('"comm_msg"', '["execute_request"]'),
            json.dumps({**json.loads(frame), "buffers": [true]}),
        ]
    )


def _hostile_comm(frame: str, chance: random.Random, code: str) -> str:
    target = chance.choice(["os", "subprocess:Popen", "__main__", "jupyter.widget", "jupyter.widget.control"])
    state = {"_model_module": "os", "_model_name": "system", "_esm": code, "children": ["IPY_MODEL_x"]}
    content = {"comm_id": uuid.uuid4().hex, "target_name": target, "target_module": "os", "data": {"state": state}}
    if chance.random() < 0.5:
        del content["target_module"]
    return message(chance.choice(["comm_open", "comm_msg", "comm_close"]), content, "s", metadata={"version": "2.1.0"})


def _odd_json(frame: str, chance: random.Random, code: str) -> str:
    deep = chance.choice([10, 900, 5_000, 20_000])
    return chance.choice(
        [
            frame.replace('"shell"', "[" * deep + "]" * deep),
            frame.replace('"shell"', '{"a":' * deep + "1" + "}" * deep),
            frame.replace('"shell"', "[" + "[]," * deep + "[]]"),
            frame.replace('"shell"', "{" + ",".join(f'"{n}":0' for n in range(deep)) + "}"),
            frame.replace('"shell"', '"' + '\\"' * deep),
            frame.replace('"shell"', "9" * deep),
            frame.replace('"custom"', "NaN").replace('"5.3"', "1e999"),
            "[" * deep,
            "",
            "null",
            chance.randbytes(50).decode("latin-1"),
        ]
    )
