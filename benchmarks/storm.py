"""A class opens the link: our server beside stock Voila, on the same notebook, in one run.

A visit counts as served only when the page named a kernel, that kernel told the state of its widgets over its
websocket, and the page shows one of them. Everybody stays connected until all have come.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from first_box import ROOT, start
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

STORMS = ((1, 1), (30, 10), (100, 20), (200, 20), (100, 2))
KERNEL = re.compile(r'kernel[_-]?id["\']?\s*[:=]\s*["\']([0-9a-f-]{36})["\']', re.IGNORECASE)
PATIENCE = 240  # seconds after which a visit is lost


def table() -> str:
    """Every storm on both servers, each server new for each storm."""
    notebook = ROOT / "notebooks" / "app" / "self_study.ipynb"
    rows = [
        "| visitors | server | served | p50, s | p95, s | CPU s a visitor | PSS a kernel, MB | kB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for visitors, seconds in STORMS:
        p95 = {}
        for name, command in {
            "ours": ["coprod_widgets", "learn", "--no-open"],
            "stock Voila": ["voila", "--no-browser"],
        }.items():
            with tempfile.TemporaryDirectory() as folder:
                process, url = start(plain(notebook, Path(folder)) if name != "ours" else notebook, 8971, Path(folder), command)  # fmt: skip  # noqa: E501
                time.sleep(5)  # a server that somebody has just started is not yet a server with a class
                try:
                    seen = asyncio.run(storm(url, visitors, seconds, process))
                finally:
                    process.terminate()
                    process.wait()
            p95[name] = seen["p95"]
            rows.append(
                f"| {visitors} in {seconds} s | {name} | {seen['served']} of {visitors} | {seen['p50']:.2f} "
                f"| {seen['p95']:.2f} | {seen['cpu']:.2f} | {seen['pss']:.0f} | {seen['kb']:.0f} |"
            )
        rows.append(f"| | **stock / ours** | | | **{p95['stock Voila'] / p95['ours']:.0f}** | | | |")
    return "\n".join(rows)


def plain(notebook: Path, folder: Path) -> Path:
    """The same notebook without our mark, for Voila's own template."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    del content["metadata"]["coprod"]
    path = folder / "self_study.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


async def storm(url: str, visitors: int, seconds: float, server: subprocess.Popen[bytes]) -> dict[str, float]:
    """All visits, and what the server and its kernels used for them."""
    AsyncHTTPClient.configure(None, max_clients=visitors + 10)
    before, together = used(server.pid), asyncio.Event()
    visits = [asyncio.create_task(visit(url, n * seconds / visitors, together)) for n in range(visitors)]
    while not all(task.done() or task.get_name() == "here" for task in visits):
        await asyncio.sleep(0.05)
    after, memory = used(server.pid), pss(server.pid)
    together.set()
    done = [one for one in await asyncio.gather(*visits) if one]
    waits = sorted(wait for wait, _ in done) or [PATIENCE]
    return {
        "served": len(done),
        "p50": statistics.median(waits),
        "p95": waits[min(len(waits) - 1, int(0.95 * len(waits)))],
        "cpu": (after - before) / visitors,
        "pss": memory,
        "kb": statistics.median(size for _, size in done) / 1000 if done else 0,
    }


async def visit(url: str, delay: float, together: asyncio.Event) -> tuple[float, int] | None:
    """Seconds to the widgets' state, and bytes; None for a visit that was lost."""
    await asyncio.sleep(delay)
    began, task = time.perf_counter(), asyncio.current_task()
    assert task
    try:
        request = HTTPRequest(url, request_timeout=PATIENCE, connect_timeout=PATIENCE)
        page = (await AsyncHTTPClient().fetch(request)).body.decode("utf-8", "replace")
        kernel = KERNEL.search(page)
        assert kernel
        socket = await connect(url, kernel[1])
        models, size = await states(socket)
        waited = time.perf_counter() - began
        shown = any(model in page for model in models)
        task.set_name("here")
        await together.wait()
        socket.close()
        return (waited, len(page) + size) if shown else None
    except Exception:
        return None


async def connect(url: str, kernel: str) -> WebSocketClientConnection:
    place = urlsplit(url).netloc
    address = f"ws://{place}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}"
    request = HTTPRequest(address, headers={"Origin": f"http://{place}"}, connect_timeout=PATIENCE)
    return await websocket_connect(request, max_message_size=64 << 20)


def message(kind: str, content: dict[str, object], metadata: dict[str, str] | None = None) -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "",
        "version": "5.3",
        "date": "",
    }
    whole = {"channel": "shell", "header": header, "parent_header": {}, "metadata": metadata or {}, "content": content}
    return json.dumps(whole)


async def states(socket: WebSocketClientConnection) -> tuple[list[str], int]:
    """The kernel's widgets, and the size of what it said of them."""
    comm = uuid.uuid4().hex
    opening = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
    await socket.write_message(message("comm_open", opening, {"version": "1.0.0"}))
    await socket.write_message(message("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}}))
    async with asyncio.timeout(PATIENCE):
        while True:
            content, size = await heard(socket)
            if content.get("comm_id") == comm and content.get("data", {}).get("method") == "update_states":
                return list(content["data"]["states"]), size


async def heard(socket: WebSocketClientConnection) -> tuple[dict[str, Any], int]:
    """What the next frame says, and its size."""
    frame = await socket.read_message()
    if frame is None:
        raise ConnectionError
    size = len(frame)
    if isinstance(frame, bytes):
        count = int.from_bytes(frame[:4], "big")
        places = [int.from_bytes(frame[4 * n : 4 * n + 4], "big") for n in range(1, count + 1)] + [size]
        frame = frame[places[0] : places[1]].decode()
    return json.loads(frame)["content"], size


def family(pid: int) -> list[psutil.Process]:
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def used(pid: int) -> float:
    """CPU seconds of a server and of every process that it, or its fork server, has started."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def pss(pid: int) -> float:
    """MB that a kernel takes beyond the first: the median of their proportional shares."""
    shares = []
    for process in family(pid)[1:]:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        shares.append(int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024)  # type: ignore[index]
    return statistics.median(shares) if shares else 0.0


if __name__ == "__main__":
    STORMS = tuple(tuple(map(int, storm.split("/"))) for storm in sys.argv[1:]) or STORMS  # type: ignore[assignment]
    print(table())
