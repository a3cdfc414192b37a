"""Somebody's own notebook, served in Voila's `lab` template."""

import base64
import time
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from servers import start, stop

CODE = """import sys
warm = "ipywidgets" in sys.modules
import base64, ipywidgets
said = ipywidgets.Label("Nobody has pressed yet")
button = ipywidgets.Button(description="Ask the kernel", icon="check")
button.on_click(lambda _: setattr(said, "value", "The kernel has answered"))
imported = ipywidgets.Label("Imported before this kernel was" if warm else "Imported just now")
picture = ipywidgets.Image(value=base64.b64decode("PICTURE"), format="png")  # as bytes, in a binary message
ipywidgets.VBox([button, said, imported, picture])"""
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TEXT = '# Text\n\n<p><img src="shown.png" alt="Shown"></p>'
OUTPUT = """from IPython.display import HTML
HTML("<p>Written by somebody</p><script>document.title = 'ran'</script><img src=x onerror='document.title = 1'>")"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("another")
    code, output = (nbformat.v4.new_code_cell(source) for source in (CODE.replace("PICTURE", PICTURE), OUTPUT))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(TEXT), code, output])
    for name in ("shown.png", "beside.png"):
        (folder / name).write_bytes(base64.b64decode(PICTURE))
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "another.ipynb")
    learn = start(folder / "responses.sqlite3", None, str(folder / "another.ipynb"))
    yield learn
    stop(learn)


def test_another_notebook_works_and_asks_no_other_computer_for_anything(browser: Browser, served):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served.url, timeout=60_000)
    page.get_by_role("button", name="Ask the kernel").click(timeout=60_000)
    expect(page.get_by_text("The kernel has answered")).to_be_visible()
    page.wait_for_function("Array.from(document.images).filter((image) => image.naturalWidth === 1).length === 2")
    elsewhere = [url for url in asked if not url.startswith((served.url, "data:", "blob:"))]
    assert elsewhere == []
    assert not any("jupyterlab-preview" in url for url in asked)
    page.close()


def test_later_kernels_of_another_notebook_have_already_what_the_first_one_imported(browser: Browser, served):
    page = browser.new_page()
    page.goto(served.url, timeout=60_000)
    expect(page.get_by_text("Imported").last).to_be_visible(timeout=60_000)
    deadline = time.monotonic() + 60
    while page.get_by_text("Imported before this kernel was").count() == 0:
        assert time.monotonic() < deadline, "every kernel imports anew"
        page.reload()
        expect(page.get_by_text("Imported").last).to_be_visible(timeout=60_000)
    page.close()


def test_what_lies_beside_another_notebook_is_not_served_unless_its_text_shows_it(browser: Browser, served):
    page = browser.new_page()
    statuses = {
        name: page.request.get(f"{served.url}{name}").status for name in ("shown.png", "beside.png", "another.ipynb")
    }
    assert statuses == {"shown.png": 200, "beside.png": 403, "another.ipynb": 403}
    assert page.request.get(f"{served.url}voila/templates/lab/static/../../../x").status in (403, 404)
    assert page.request.get(f"{served.url}login").status in (403, 404)
    page.close()


def test_scripts_in_what_another_notebook_shows_do_not_run(browser: Browser, served):
    page = browser.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    page.goto(served.url, timeout=60_000)
    expect(page.get_by_text("Written by somebody")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Ask the kernel")).to_be_visible()
    assert page.title() == "another" and len(refused) == 2
    page.close()
