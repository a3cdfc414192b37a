"""The learner's page: sent in parts, never without its form, and each visitor's own."""

import asyncio
import os
import re

import nbformat
import pytest
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from loops import apart

from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.page import NoForm, Page, _model, _split, end_kernel
from coprod_widgets.serving.server import page_facts

VIEW = {"model_id": "abc", "version_major": 2}


def test_a_cell_is_its_statements_and_the_widget_at_its_end():
    assert _split("from kit import show\n\nname = 'a'\nshow(name)") == (
        "from kit import show\nname = 'a'",
        "show(name)",
    )


@pytest.mark.parametrize("source", ["", "form = show()", "import os"])
def test_a_cell_that_shows_nothing_is_told_to_its_author(source):
    with pytest.raises(CoprodError, match="widget"):
        _split(source)


def shown(**reply):
    return {"status": "ok", "user_expressions": {"shown": {"status": "ok", "data": {}, **reply}}}


def test_the_widget_is_taken_from_the_reply():
    assert '"abc"' in _model(shown(data={"application/vnd.jupyter.widget-view+json": VIEW}))


@pytest.mark.parametrize(
    "content",
    [
        {"status": "error", "ename": "StoreError"},
        shown(status="error", ename="NameError"),
        shown(data={"text/plain": "None"}),
    ],
    ids=["a cell that failed", "an expression that failed", "no widget"],
)
def test_a_kernel_without_a_form_is_no_page(content):
    with pytest.raises(NoForm):
        _model(content)


def test_what_everyone_gets_is_made_once_and_holds_no_source(tmp_path):
    from coprod_widgets.cli.main import self_study_notebook

    page = Page(self_study_notebook(), page_facts("/"))
    assert "<title>Paul on Coproduction: self-study</title>" in page.before and "</html>" in page.after
    assert "open_self_study" not in page.before + page.after
    assert re.search(r"<footer>\s*<p>Questions about this page\?", page.after)


@pytest.mark.kernel
@apart
async def test_a_kernel_that_ends_while_it_makes_the_page_is_replaced_at_once(tmp_path):
    once = tmp_path / "once"
    code = f"""import os, pathlib, ipywidgets
once = pathlib.Path({str(once)!r})
if not once.exists():
    once.touch()
    os.kill(os.getpid(), 9)
ipywidgets.Label("Here")"""
    path = tmp_path / "ends.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    manager = AsyncMappingKernelManager()
    async with asyncio.timeout(45):  # less than the patience with a kernel that says nothing
        form = await Page(path, page_facts("/")).form(manager, os.environ)
    assert once.exists() and len(form.models) == 1
    await end_kernel(manager, form.kernel_id)
