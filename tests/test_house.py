"""The rules of the house, as far as a machine can hold them."""

import ast
import importlib
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "coprod_widgets"


def tree():
    """Every file that git keeps, or would with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for path in (ROOT / name for name in listed.split("\0") if name) if path.is_file()]


TREE = tree()
MODULES = [path for path in TREE if path.suffix == ".py" and path.is_relative_to(PACKAGE)]
NOTEBOOKS = [path for path in TREE if path.suffix == ".ipynb"]
SERVED = [path for path in TREE if path.is_relative_to(PACKAGE) and {"static", "template"} & set(path.parts)]
SCRIPTS = [path for path in TREE if path.is_relative_to(PACKAGE) and path.suffix == ".js"]


def name(path):
    return str(path.relative_to(ROOT))


def text(path):
    return path.read_text(encoding="utf-8")


def found(pattern, paths):
    """Each match with its place, as `path:line: match`."""
    lines = ((path, number, line) for path in paths for number, line in enumerate(text(path).splitlines(), 1))
    return [f"{name(path)}:{number}: {hit[0]}" for path, number, line in lines if (hit := re.search(pattern, line))]


def is_companion(path):
    return path.parent == ROOT / "notebooks" and re.match(r"0[2-9]", path.name) is not None


def code_cells(path):
    return [cell for cell in json.loads(text(path))["cells"] if cell["cell_type"] == "code"]


def test_a_notebook_holds_no_widget_state():
    assert NOTEBOOKS
    kept = [name(path) for path in NOTEBOOKS if "widgets" in json.loads(text(path))["metadata"]]
    assert kept == [], "widget state is what learners wrote: run nbstripout"


def test_a_notebook_points_to_no_widget_that_is_gone():
    outputs = [(name(path), output) for path in NOTEBOOKS for cell in code_cells(path) for output in cell["outputs"]]
    assert outputs
    widget_view = "application/vnd.jupyter.widget-view+json"
    assert [place for place, output in outputs if widget_view in output.get("data", {})] == [], "run `make notebooks`"


def test_only_the_companions_keep_outputs():
    cells = [(name(path), cell) for path in NOTEBOOKS if not is_companion(path) for cell in code_cells(path)]
    assert cells
    assert [place for place, cell in cells if cell["outputs"] or cell["execution_count"]] == [], "run nbstripout"


def test_a_notebook_cell_has_at_most_15_lines():
    cells = [(name(path), "".join(cell["source"])) for path in NOTEBOOKS for cell in code_cells(path)]
    assert cells
    assert [f"{place}:\n{source}" for place, source in cells if len(source.splitlines()) > 15] == []


def test_a_notebook_names_the_plain_kernel():
    kernels = {name(path): json.loads(text(path))["metadata"]["kernelspec"]["name"] for path in NOTEBOOKS}
    assert kernels
    assert {place: kernel for place, kernel in kernels.items() if kernel != "python3"} == {}


def test_no_file_is_over_500_kb():
    assert TREE
    assert [name(path) for path in TREE if path.stat().st_size > 500_000] == []


def test_no_store_and_no_secret_is_in_the_tree():
    assert TREE
    assert [name(path) for path in TREE if re.search(r"\.(db|sqlite3?|pem|key|env)$", path.name)] == []


def test_no_script_can_turn_text_into_markup_or_code():
    assert SCRIPTS
    assert found(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", SCRIPTS) == []


def test_a_served_page_asks_no_other_host():
    assert SERVED
    assert found(r"""(https?://|["'(]//)(?!www\.w3\.org/).*""", SERVED) == []


def test_a_module_stays_under_400_lines():
    assert MODULES
    lengths = {name(path): text(path).count("\n") for path in MODULES}
    assert {place: lines for place, lines in lengths.items() if lines >= 400} == {}, "split it: a module is one idea"


def test_public_names_are_listed_in_order():
    paths = [path.relative_to(ROOT) for path in MODULES if re.search("^__all__ =", text(path), re.MULTILINE)]
    dotted = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]
    listed = {module: importlib.import_module(module).__all__ for module in dotted}
    assert listed
    assert {module: names for module, names in listed.items() if list(names) != sorted(set(names))} == {}


def test_a_module_imports_only_what_stands_below_it():
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "0 broken" in done.stdout) == (0, True), done.stdout


COUNTED = r" (answer|change|character|learner|minute|other|question|revision|row|section|text|topic|word)s\b"


def test_no_message_counts_one_thing_as_several():
    """`texts.counted` knows the singular; a constant, in capitals, is never 1."""
    nodes = [(name(path), node) for path in MODULES for node in ast.walk(ast.parse(text(path)))]
    messages = [(place, node) for place, node in nodes if isinstance(node, ast.JoinedStr)]
    pieces = [(place, before, after) for place, node in messages for before, after in pairwise(node.values)]
    plurals = [
        (place, before.lineno, ast.unparse(before.value))
        for place, before, after in pieces
        if isinstance(before, ast.FormattedValue) and isinstance(after, ast.Constant) and re.match(COUNTED, after.value)
    ]
    assert plurals
    assert [one for one in plurals if not one[-1].isupper()] == []


def test_the_front_door_loads_neither_pandas_nor_the_database():
    program = "import sys, coprod_widgets; print(sorted({'pandas', 'sqlalchemy'} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_wheel_carries_all_that_the_kit_reads(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    carried = set(ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {name(path) for path in TREE if path.is_relative_to(PACKAGE)} <= carried
    assert "coprod_widgets/app/self_study.ipynb" in carried
