"""How long it takes to summarise 100,000 answers, and how much memory: the invented ones, many times over."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ANSWERS = 100_000
SAMPLE = Path(__file__).parents[1] / "sample_data" / "responses.csv"


def table() -> str:
    """Measured in a process of its own, whose memory is this work's alone."""
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def main() -> None:
    """Print the table."""
    import pandas as pd

    from coprod_widgets import analysis
    from coprod_widgets.exports.csv_file import read_csv

    sample = analysis.answers(read_csv(SAMPLE))
    copies = (sample.assign(pseudonym=sample["pseudonym"] + f"-{copy}") for copy in range(ANSWERS // len(sample) + 1))
    responses = pd.concat(copies, ignore_index=True).head(ANSWERS)
    texts = [responses.loc[responses["actor"] == actor, "text"] for actor in ("professional", "patient")]
    steps: dict[str, Callable[[], object]] = {
        "answered": lambda: analysis.answered(responses),
        "who_did_what": lambda: analysis.who_did_what(responses),
        "in_context": lambda: analysis.in_context(responses, "ask*"),
        "contrast": lambda: analysis.contrast(*texts),
        "topics": lambda: analysis.topics(responses["text"]),
    }
    print("| step | s |\n| --- | --- |")
    total = 0.0
    for name, step in steps.items():
        began = time.perf_counter()
        step()
        total += (took := time.perf_counter() - began)
        print(f"| {name} | {took:.1f} |")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| **all** | **{total:.1f}** |\n\n{ANSWERS:,} answers; at most {memory:.0f} MB of memory.")


if __name__ == "__main__":
    main()
