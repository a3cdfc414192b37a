"""Run the companion notebooks anew and keep their outputs, as `make notebooks` does after an edit.

What is kept must be the same on every computer: no widget state and no widget views (they point to a kernel that is
gone), no times of execution, and the plain kernel's name.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def refreshed(path: Path) -> nbformat.NotebookNode:
    """The notebook, run in its own folder, with the outputs that a reader and nbval need."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": path.parent}}, store_widget_state=False
    ).execute()
    notebook.metadata = nbformat.from_dict(METADATA | {"title": notebook.metadata.get("title", path.stem)})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    return notebook


def main(paths: list[str]) -> None:
    """Refresh each notebook in place; the first cell that fails ends it with that cell's error."""
    for path in map(Path, paths):
        notebook = refreshed(path.absolute())
        nbformat.write(notebook, path)
        print(f"{path}: {len(notebook.cells)} cells")


if __name__ == "__main__":
    main(sys.argv[1:])
