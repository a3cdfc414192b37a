"""Runs another module as `python -m` does, and ends with the process that started it, also where that was killed.

Standard input is a pipe whose other end that process holds: the system closes it however the process ends.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 20  # seconds to end by itself


def main() -> None:
    """Run the module that stands on the command line, with the arguments behind it."""
    lifeline = os.dup(0)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)  # whatever the module starts must not wait on the pipe
    threading.Thread(target=_end_after, args=(lifeline,), daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_after(lifeline: int) -> None:
    """Wait for the end of the pipe, which nothing is written into, and end this process as SIGTERM does."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
