"""The rules of the house, as far as a machine can hold them."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_holds_no_widget_state(path):
    assert "widgets" not in json.loads(text(path))["metadata"], "widget state is what learners wrote: run nbstripout"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_points_to_no_widget_that_is_gone(path):
    kinds = {kind for cell in code_cells(path) for output in cell["outputs"] for kind in output.get("data", {})}
    assert "application/vnd.jupyter.widget-view+json" not in kinds, "run `make notebooks`"


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if not is_companion(path)], ids=name)
def test_only_the_companions_keep_outputs(path):
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_cell_has_at_most_15_lines(path):
    assert max((len("".join(cell["source"]).splitlines()) for cell in code_cells(path)), default=0) <= 15


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_names_the_plain_kernel(path):
    assert json.loads(text(path))["metadata"]["kernelspec"]["name"] == "python3"


def test_no_file_is_over_500_kb():
    assert [name(path) for path in TREE if path.stat().st_size > 500_000] == []


def test_no_store_and_no_secret_is_in_the_tree():
    assert [name(path) for path in TREE if re.search(r"\.(db|sqlite3?|pem|key|env)$", path.name)] == []


def test_no_script_can_turn_text_into_markup_or_code():
    assert found(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", SCRIPTS) == []


def test_a_served_page_asks_no_other_host():
    assert SERVED
    assert found(r"""(https?://|["'(]//)(?!www\.w3\.org/).*""", SERVED) == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_stays_under_400_lines(path):
    lines = text(path).count("\n")
    assert lines < 400, "split it: a module is one idea"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_public_names_are_listed_in_order(path):
    for node in ast.parse(text(path)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = ast.unparse(node.value)
            assert listed.startswith("sorted(") or (names := ast.literal_eval(listed)) == sorted(set(names))


def test_a_module_imports_only_what_stands_below_it():
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "0 broken" in done.stdout) == (0, True), done.stdout


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
