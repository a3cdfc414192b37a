"""A test that waits until its run is interrupted; by this file's name only test_processes.py runs it."""

import signal
import sys


def test_a_run_waits(postgres):
    sys.stderr.write("The test waits.\n")
    sys.stderr.flush()
    signal.pause()
