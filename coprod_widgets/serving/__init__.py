"""Voila for a class."""

import sys

# Jupyter Server checks its event schemas with jsonschema, which here would build the grammars of a format that nobody
# uses, for three seconds, before the first page. jsonschema takes the missing module for an extra not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
