"""A test that waits until its run is interrupted; by this file's name only test_processes.py runs it."""

import sys
import time


def test_a_run_waits(postgres):
    sys.stderr.write("The test waits.\n")
    sys.stderr.flush()
    while True:  # one long wait would miss a signal that comes just before it begins
        time.sleep(0.05)
