"""What the pages of `widget_pages` run in their kernels."""

import ast
import os
from pathlib import Path
from urllib.parse import parse_qs


def shown(folder):
    """The widget that the code named in the page's address ends with; it runs in this folder, as a notebook's would."""
    os.chdir(folder)
    name = parse_qs(os.environ.get("QUERY_STRING", "")).get("show", ["warm"])[0]
    source = Path(f"{name}.py").read_text(encoding="utf-8")
    if "open_self_study" not in source:  # an instructor's widget, which is served to nobody but these tests
        os.environ.pop("SERVER_SOFTWARE", None)
    *statements, last = ast.parse(source).body
    names = {}
    exec(compile(ast.Module(statements, []), name, "exec"), names)  # noqa: S102  a test's own code
    return eval(compile(ast.Expression(last.value), name, "eval"), names)  # noqa: S307  as above
