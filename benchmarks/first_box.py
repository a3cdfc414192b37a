"""How long a learner waits for the first box: our page beside stock Voila's `lab` template, in one run.

One first visit each, in Chromium, with and without a slow phone (4 x CPU slow-down, 1.6 Mbit/s, 150 ms); the same
notebook, the same form, a cold kernel for every visit.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from coprod_widgets.store.responses import ResponseStore

ROOT = Path(__file__).parents[1]
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
VISITS = 3


def table() -> str:
    """Visit both servers in turn."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours = ROOT / "notebooks" / "app" / "self_study.ipynb"
        stock = Path(folder) / "self_study.ipynb"
        notebook = json.loads(ours.read_text(encoding="utf-8"))
        del notebook["metadata"]["coprod"]  # without it the notebook gets Voila's own template
        stock.write_text(json.dumps(notebook), encoding="utf-8")
        chromium = next(
            filter(
                None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell"))
            ),
            None,
        )
        if chromium is None:
            sys.exit("Chromium is missing: apt-get install chromium")
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        # The lab template asks a CDN for styles: refused at once, as without internet, so that only the page counts.
        arguments.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        servers = {
            "our page": start(ours, 8961, Path(folder), ["coprod_widgets", "learn", "--no-open"]),
            "stock Voila": start(stock, 8962, Path(folder), ["voila", "--no-browser"]),
        }
        try:
            measured = measure(browser, servers)
        finally:
            for process, _ in servers.values():
                process.terminate()
                process.wait()
        browser.close()
    return measured


def start(
    notebook: Path, port: int, folder: Path, command: list[str], *, store: str = ""
) -> tuple[subprocess.Popen[bytes], str]:
    """A server on one notebook, ready to be visited; without the address of a store on a file of its own."""
    store = store or str(folder / f"{port}.sqlite3")
    with ResponseStore(store) as prepared:
        prepared.prepare()
    process = subprocess.Popen(
        [sys.executable, "-m", *command, str(notebook), f"--port={port}"],
        env=os.environ | {"COPROD_STORE": store},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}/"
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, f"{command} did not start"
            time.sleep(0.1)


def measure(browser: Browser, servers: dict[str, tuple[subprocess.Popen[bytes], str]]) -> str:
    """Visits in turn, so that a busy minute of the machine falls on both; medians."""
    times: dict[tuple[str, bool], list[float]] = {}
    weights: dict[str, tuple[int, int]] = {}
    for _ in range(VISITS):
        for slow in (False, True):
            for name, (_, url) in servers.items():
                seconds, *weight = visit(browser, url, slow=slow)
                times.setdefault((name, slow), []).append(seconds)
                weights[name] = (weight[0], weight[1])
    rows = [
        "| page | requests | kB, frames before compression | first box, s | first box on a slow phone, s |",
        "| --- | --- | --- | --- | --- |",
    ]
    medians = {key: statistics.median(values) for key, values in times.items()}
    for name in servers:
        requests, size = weights[name]
        rows.append(
            f"| {name} | {requests} | {size / 1000:.0f} | {medians[name, False]:.1f} | {medians[name, True]:.1f} |"
        )
    quick, stock = list(servers)
    ratios = [medians[stock, slow] / medians[quick, slow] for slow in (False, True)]
    rows.append(f"| **{stock} / {quick}** | | | **{ratios[0]:.1f}** | **{ratios[1]:.1f}** |")
    told = "the kernel included. The browser counts websocket frames before compression."
    return "\n".join(rows) + f"\n\nMedians of {VISITS} first visits each, {told}"


def visit(browser: Browser, url: str, *, slow: bool) -> tuple[float, int, int]:
    """One first visit: seconds to a box that takes text, requests, and bytes on the wire."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    seen = {"requests": 0, "bytes": 0}
    line.on(
        "Network.requestWillBeSent", lambda event: count(seen, "requests", event["request"]["url"].startswith("http"))
    )
    line.on("Network.loadingFinished", lambda event: count(seen, "bytes", event["encodedDataLength"]))
    line.on("Network.webSocketCreated", lambda event: count(seen, "requests", 1))
    frame = "Network.webSocketFrameReceived"  # its size before compression: an upper bound
    line.on(frame, lambda event: count(seen, "bytes", len(event["response"]["payloadData"])))
    if slow:
        line.send("Network.emulateNetworkConditions", SLOW)
        line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    began = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=120_000)
    page.locator(".coprod-main").click(timeout=120_000)
    box = page.get_by_role("textbox", name="What happened?")
    box.fill("The nurse", timeout=120_000)
    seconds = time.perf_counter() - began
    context.close()
    return seconds, int(seen["requests"]), int(seen["bytes"])


def count(seen: dict[str, int], what: str, number: float) -> None:
    seen[what] += int(number)
