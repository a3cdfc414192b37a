"""The learner's page: what is the same for everyone is made once, a kernel and its form for each visitor."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import posixpath
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from nbconvert.filters import markdown2html

from ..errors import CoprodError
from ..files.reading import read_notebook
from .logs import place_of

TEMPLATE = Path(__file__).parent / "template"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
VIEW = "application/vnd.jupyter.widget-view+json"
HERE = "<!--form-->"
PATIENCE = 60  # seconds for a kernel to show its form
TOLD_OF = (
    "(lambda module: [getattr(module, 'mistakes', ''), getattr(module, 'language_shown', '')])"
    "(__import__('sys').modules.get('coprod_widgets.study.last_valid'))"
)
"""What a kernel says of the self-study's file: what is wrong with the newest one, and the language of the one shown."""
TOLD = ("SelfStudyError", "WordingChanged")  # errors that hold words of a file, and none of a learner

log = logging.getLogger(__name__)


class NoForm(CoprodError):
    """A kernel did not show the form that the notebook asks for."""


class NotebookFailed(NoForm):
    """The notebook itself failed; `said` is all that Python said of it, which may quote what it was given."""

    def __init__(self, reason: str, said: str):
        self.said = said
        super().__init__(reason)


@dataclass(frozen=True)
class Form:
    """A kernel and the widgets that it shows."""

    kernel_id: str
    models: tuple[str, ...]


class Page:
    """One notebook of our own widgets, as a page whose first part can be sent before there is a kernel."""

    def __init__(self, path: Path, facts: Mapping[str, Any]):
        notebook = read_notebook(path)
        self.title = notebook.metadata.get("title") or path.stem
        self.cells = [_split(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
        notes = [
            cell.source for cell in notebook.cells if cell.cell_type == "markdown" and not cell.source.startswith("# ")
        ]
        self._notes = [markdown2html(note) for note in notes]
        self.language = ""
        """That of the self-study, once a kernel has shown it."""
        self._mistakes = ""
        self.speak(facts)

    def speak(self, facts: Mapping[str, Any]) -> None:
        """Make anew what is the same for everyone, in the language and the words of these facts."""
        template = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True).get_template("page.html")
        whole = template.render(page=facts, title=self.title, notes=self._notes, here=HERE)
        self.before, self.after = whole.split(HERE)

    async def form(self, manager: AsyncMappingKernelManager, env: Mapping[str, str], *, tries: int = 3) -> Form:
        """A new kernel that shows the form. One that does not is ended, and another tried; then NoForm."""
        for left in reversed(range(tries)):
            try:
                return await self._try(manager, env)
            except Exception as error:
                reason = str(error) if isinstance(error, NoForm) else type(error).__name__
                first, *more = reason.splitlines() or [""]
                log.error("A kernel showed no form (%s); %d more tries.", first, left)
                for line in more:  # one mistake of a file each
                    log.error("%s", line)
        raise NoForm("No kernel showed the form.")

    async def prove(self, manager: AsyncMappingKernelManager, env: Mapping[str, str]) -> Form | None:
        """Run the notebook before anybody asks for it. NotebookFailed says what is wrong with it.

        None where no kernel could be had or it did not answer: that may pass, and is no mistake of the notebook.
        """
        try:
            return await self._try(manager, env)
        except NotebookFailed:
            raise
        except Exception as error:
            log.error("The first kernel showed no form (%s).", error if isinstance(error, NoForm) else place_of(error))
            return None

    async def _try(self, manager: AsyncMappingKernelManager, env: Mapping[str, str]) -> Form:
        kernel_id = await _started(manager, env)
        try:
            async with asyncio.timeout(PATIENCE):
                return Form(kernel_id, await self._shown(manager.get_kernel(kernel_id)))
        except BaseException:  # also when the server stops
            await end_kernel(manager, kernel_id)
            raise

    async def _shown(self, kernel: Any) -> tuple[str, ...]:
        """Run the notebook, and take what each cell shows from the reply: no broadcast that one could be late for."""
        client = kernel.client()
        client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
        try:
            models = []
            for statements, expression in self.cells:
                asked = {"shown": expression, "told": TOLD_OF}
                client.execute(statements, silent=True, user_expressions=asked)
                content = (await _reply(kernel, client))["content"]
                models.append(json.loads(_model(content)))
                mistakes, language = _told(content)
                self._tell(mistakes)
                self.language = language or self.language
            return tuple(model["model_id"] for model in models)
        finally:
            client.stop_channels()

    def _tell(self, mistakes: str) -> None:
        """Log, once, what is wrong with a file that was changed while it is served, and that it is right again."""
        if mistakes == self._mistakes:
            return
        self._mistakes = mistakes
        for line in mistakes.splitlines():
            log.error("%s", line)
        if mistakes:
            log.error("Learners go on with the self-study as it was before that. Mend the file, and they get it.")
        else:
            log.error("The self-study's file is right again. Who opens the page from now on gets it.")


def error_page(facts: Mapping[str, Any], base_url: str) -> Callable[[int], str]:
    """What a visitor sees instead of an answer, by the status."""
    template = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True).get_template("error.html")
    return lambda status: template.render(coprod=facts, base_url=base_url, status_code=status)


def images(path: Path) -> list[str]:
    """The picture files that a notebook's text shows, as it names them: they lie in its folder or below."""
    found = _Pictures()
    for cell in read_notebook(path).cells:
        if cell.cell_type == "markdown":
            found.feed(str(markdown2html(cell.source)))
    names = (unquote(urlsplit(source).path) for source in found.sources if not urlsplit(source).scheme)
    tidy = {posixpath.normpath(name) for name in names if name and not name.startswith("/")}
    return sorted(name for name in tidy if name.endswith(PICTURES) and "/." not in f"/{name}")


class _Pictures(HTMLParser):
    """Collects where the images of a page come from."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.sources += [value for name, value in attributes if name == "src" and value]


async def _reply(kernel: Any, client: Any) -> dict[str, Any]:
    """What a kernel answers. One that has ended is noticed: it must not hold its visitor's turn, and a later one's."""
    while True:
        with suppress(Empty):
            return dict(await ensure_async(client.get_shell_msg(timeout=0.5)))
        if not await ensure_async(kernel.is_alive()):
            raise NoForm("The kernel has ended.")


async def _started(manager: Any, env: Mapping[str, str]) -> str:
    """A new kernel's number. One on its way when the server stops is waited for and ended, never left behind."""
    starting = asyncio.ensure_future(manager.start_kernel(kernel_name="python3", env=dict(env)))
    try:
        return str(await asyncio.shield(starting))
    except asyncio.CancelledError:
        await end_kernel(manager, await starting)
        raise


def _split(source: str) -> tuple[str, str]:
    """A cell's statements, and the expression at its end that shows a widget."""
    tree = ast.parse(source)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise CoprodError("Each code cell of a thin page ends with the widget that it shows.")
    *statements, last = tree.body
    return "\n".join(map(ast.unparse, statements)), ast.unparse(last)


def _model(content: Mapping[str, Any]) -> str:
    if content["status"] != "ok":
        raise _failed(content)
    shown = content["user_expressions"]["shown"]
    if shown["status"] != "ok" or VIEW not in shown["data"]:
        raise _failed(shown) if "ename" in shown else NotebookFailed("no widget", "It shows no widget.")
    view = shown["data"][VIEW]
    return view if isinstance(view, str) else json.dumps(view)


def _failed(reply: Mapping[str, Any]) -> NotebookFailed:
    """What a notebook failed with. What the kit says of a self-study's file is for its author; the rest may quote."""
    name, said = str(reply.get("ename", "error")), str(reply.get("evalue", ""))
    return NotebookFailed(f"{name}: {said}" if name in TOLD else name, said if name in TOLD else f"{name}: {said}")


def _told(content: Mapping[str, Any]) -> tuple[str, str]:
    """What TOLD_OF says."""
    told = content["user_expressions"].get("told", {})
    mistakes, language = ast.literal_eval(told["data"]["text/plain"]) if told.get("status") == "ok" else ("", "")
    return str(mistakes), str(language)


async def end_kernel(manager: Any, kernel_id: str) -> None:
    """End a kernel, if it is still there."""
    if kernel_id in manager:
        await ensure_async(manager.shutdown_kernel(kernel_id, now=True))
