"""How many learners a machine has room for."""

import os
import resource

import psutil
import pytest

from coprod_widgets.serving.capacity import DESCRIPTORS, KERNEL_MB, SPARE_MB, capacity, measured


@pytest.fixture
def few_open_files():
    """A low limit of open files, which this account may raise again; the limit it may raise it to."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_this_machine_is_measured_and_may_open_as_many_files_as_this_account_can(few_open_files):
    room = measured(forks=True)
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert open_files == (few_open_files if few_open_files != resource.RLIM_INFINITY else 1 << 20)
    assert 1 <= room.learners <= min(open_files / DESCRIPTORS, psutil.virtual_memory().total / 1e6 / KERNEL_MB)


def test_a_page_is_made_on_each_processor_and_two_at_least():
    assert measured(forks=True).renders >= max(2, os.cpu_count() or 1)


def test_kernels_that_are_started_anew_need_more_room():
    forked, cold = (capacity(free_mb=8000, open_files=1 << 20, forks=forks) for forks in (True, False))
    assert forked.bound == cold.bound == "memory"
    assert 1 < cold.learners < forked.learners / 2


def test_the_scarcer_of_memory_and_open_files_sets_the_bound():
    scarce_files = capacity(free_mb=64_000, open_files=1024, forks=True)
    assert (scarce_files.bound, scarce_files.learners) == ("open files", 1024 // DESCRIPTORS)
    scarce_memory = capacity(free_mb=1000, open_files=1024, forks=True)
    assert (scarce_memory.bound, scarce_memory.learners) == ("memory", (1000 - SPARE_MB) // KERNEL_MB)


def test_one_learner_is_let_in_where_even_the_spare_memory_is_taken():
    assert capacity(free_mb=0, open_files=1024, forks=True).learners == 1
