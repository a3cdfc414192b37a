"""Learners who do over the websocket what a page does: they come, save on top of what they saved last, and leave."""

import asyncio
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from first_box import ROOT
from storm import KERNEL, PATIENCE, connect, heard, message, states
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection

SENTENCE = "The nurse sat down, asked what mattered to my father, and wrote it on the board beside his bed. "
NOTEBOOK = ROOT / "notebooks" / "app" / "self_study.ipynb"


class KernelGone(ConnectionError):
    """The kernel of a page has died. The server starts another under its name, which has no form."""


@dataclass
class Learner:
    """One page: its kernel, its form, its cookie, the class that it is in, and what it has sent."""

    kernel: str
    form: str
    cookie: str
    socket: WebSocketClientConnection
    course: str = ""
    device: str = field(default_factory=lambda: uuid.uuid4().hex)
    text: str = ""
    number: int = 0
    waits: list[float] = field(default_factory=list)


async def come(url: str, code: str = "", course: str = "") -> Learner:
    """Open the page, with a class's code or without, and stay connected."""
    address = f"{url}?session={code}" if code else url
    request = HTTPRequest(address, request_timeout=PATIENCE, connect_timeout=PATIENCE)
    response = await AsyncHTTPClient().fetch(request)
    page = response.body.decode()
    kernel, cookie = KERNEL.search(page), re.search(r"_xsrf=[^;]+", str(response.headers))
    assert kernel and cookie
    socket = await connect(url, kernel[1])
    models, _ = await states(socket)
    form = next(model for model in models if f'"{model}"' in page)
    return Learner(kernel[1], form, cookie[0], socket, course)


async def agree(learner: Learner) -> None:
    """Let the class see what will be written."""
    choice = {"use": "class", "given": True, "known": False, "version": 1, "language": "en"}
    reply = await ask(learner, "agree", **choice)
    assert reply["ok"], reply["problem"]


async def save(learner: Learner, question: str = "what_happened") -> dict[str, Any]:
    """Send the text, and wait for the form's answer."""
    return await ask(learner, "save", question=question, text=learner.text, base=learner.number)


async def ask(learner: Learner, what: str, **content: object) -> dict[str, Any]:
    """Ask the form, and wait for its answer."""
    asked, frame = asking(learner, what, **content)
    await learner.socket.write_message(frame)
    return await reply_to(asked, learner)


def asking(learner: Learner, what: str, **content: object) -> tuple[str, str]:
    """A question's number, and the frame that asks it."""
    asked = uuid.uuid4().hex
    content |= {"id": asked, "ask": what, "device": learner.device, "course": learner.course}
    told = {"comm_id": learner.form, "data": {"method": "custom", "content": content}}
    return asked, message("comm_msg", told)


async def reply_to(asked: str, learner: Learner) -> dict[str, Any]:
    """Wait for the answer to a question; KernelGone where its kernel dies before."""
    async with asyncio.timeout(PATIENCE):
        while True:
            content = (await heard(learner.socket))[0]
            if content.get("execution_state") in ("restarting", "dead"):
                raise KernelGone
            reply = content.get("data", {}).get("content", {})
            if isinstance(reply, dict) and reply.get("reply_to") == asked:
                return reply


async def leave(url: str, learner: Learner) -> None:
    """Close the page, with a word to the server as a page does."""
    learner.socket.close()
    body = urlencode({"_xsrf": learner.cookie.partition("=")[2]})
    address = f"{url}voila/api/shutdown/{learner.kernel}"
    await AsyncHTTPClient().fetch(HTTPRequest(address, method="POST", body=body, headers={"Cookie": learner.cookie}))
