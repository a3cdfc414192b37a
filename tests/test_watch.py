"""A kernel ends when nobody has looked at it for two minutes, and not before."""

import pytest

from coprod_widgets.serving.admission import Line
from coprod_widgets.serving.watch import FORGOTTEN, Watch


class Living(list):
    """Kernels by their numbers, as a kernel manager lists them."""

    def list_kernel_ids(self):
        return list(self)


@pytest.fixture
def kernels():
    return Living(["one", "two"])


@pytest.fixture
def watch(kernels, clock):
    line = Line(renders=1, places=9, living=lambda: len(kernels))
    return Watch(kernels, line, now=lambda: clock().timestamp())


def test_a_kernel_whose_page_never_came_is_forgotten(watch, clock):
    assert watch.forgotten() == []
    clock.forward(FORGOTTEN + 1)
    assert watch.forgotten() == ["one", "two"]


def test_a_kernel_that_somebody_looks_at_is_kept_however_long(watch, clock):
    watch.looked_at("one")
    watch.forgotten()
    clock.forward(100 * FORGOTTEN)
    assert watch.forgotten() == ["two"]


def test_a_page_that_comes_back_in_time_keeps_its_kernel(watch, clock):
    watch.looked_at("one")
    watch.left("one")
    clock.forward(FORGOTTEN - 1)
    watch.looked_at("one")
    clock.forward(FORGOTTEN)
    assert "one" not in watch.forgotten()


def test_the_last_of_two_pages_counts(watch, clock):
    watch.looked_at("one")
    watch.looked_at("one")
    watch.left("one")
    clock.forward(FORGOTTEN + 1)
    assert "one" not in watch.forgotten()
    watch.left("one")
    clock.forward(FORGOTTEN + 1)
    assert "one" in watch.forgotten()


def test_a_kernel_that_has_ended_is_no_longer_counted(watch, kernels, clock):
    watch.forgotten()
    kernels.remove("one")
    clock.forward(FORGOTTEN + 1)
    assert watch.forgotten() == ["two"]
