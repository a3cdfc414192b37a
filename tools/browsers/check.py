"""Check that what pages get runs in the oldest browsers that are supported, as far as its syntax and its names tell.

`make lint` runs it. The browsers stand in package.json. Each module is built as pages get it; esbuild then must find
nothing to rewrite for these browsers, and ESLint no interface that one of them lacks.
"""

import json
import subprocess
import sys
import tempfile
from difflib import unified_diff
from pathlib import Path

from coprod_widgets.widgets.assets import STATIC, asset, imports

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules" / ".bin"
ESBUILD = {"ios_saf": "ios"}
"""Names that esbuild does not share with browserslist."""


def main() -> int:
    """Check every module and style; the exit status."""
    targets = ",".join(_target(one) for one in json.loads((HERE / "package.json").read_text())["browserslist"])
    # Below this folder, because ESLint looks at no file outside its own.
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".built-") as folder:
        files = _built(Path(folder))
        rewritten = "".join(_rewritten(file, targets) for file in files)
        sys.stdout.write(rewritten)
        modules = [file for file in files if file.suffix == ".js"]
        found = subprocess.run(
            [TOOLS / "eslint", "--config", HERE / "eslint.config.js", *modules], cwd=HERE, check=False
        )
    return 1 if rewritten or found.returncode else 0


def _target(browser: str) -> str:
    name, version = browser.split()
    return ESBUILD.get(name, name) + version


def _built(folder: Path) -> list[Path]:
    """Every style, and every module that no other imports, with all that it imports."""
    found = sorted(STATIC.rglob("*.css")) + sorted(STATIC.rglob("*.js"))
    sources = [file.relative_to(STATIC).as_posix() for file in found]
    parts = {name for source in sources if source.endswith(".js") for name in imports(source)}
    files = []
    for source in sources:
        if source in parts:
            continue
        files.append(folder / Path(source).name)
        files[-1].write_text(asset(source), encoding="utf-8")
    return files


def _rewritten(file: Path, targets: str) -> str:
    """What of a file must be rewritten before these browsers understand it, or cannot be; empty where nothing is."""
    newest, oldest = _transformed(file, "esnext"), _transformed(file, targets)
    if oldest.stdout == newest.stdout and not oldest.stderr:
        return ""
    changed = "\n".join(unified_diff(newest.stdout.splitlines(), oldest.stdout.splitlines(), lineterm="", n=1))
    return f"{file.name}: not every browser of package.json understands this:\n{changed}\n{oldest.stderr}"


def _transformed(file: Path, target: str) -> "subprocess.CompletedProcess[str]":
    command = [TOOLS / "esbuild", file, f"--target={target}", "--charset=utf8"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
