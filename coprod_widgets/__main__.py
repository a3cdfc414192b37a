"""Runs the `coprod` command. Ctrl-C is one line from the start: what the command needs takes a while to be read."""

import os
import signal
from typing import NoReturn

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where somebody has it ignored
    if heard:
        signal.signal(signal.SIGINT, _stop)
    from .cli.main import main as command

    try:
        if heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # so that a command can tidy up
        command()
    except KeyboardInterrupt:  # just before it began
        _stop()
    finally:
        if heard:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python shows a traceback for what interrupts its own end


def _stop(*_: object) -> NoReturn:
    os.write(2, b"coprod: Stopped.\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
