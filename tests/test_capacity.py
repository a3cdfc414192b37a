"""How many learners a machine has room for."""

import os

from coprod_widgets.serving.capacity import measured


def test_a_machine_has_room_for_somebody_and_says_what_sets_the_bound():
    room = measured(forks=True)
    assert room.learners >= 1 and room.bound in ("memory", "open files")
    assert room.renders >= 2 and room.renders >= (os.cpu_count() or 1)


def test_kernels_that_are_started_anew_need_more_room():
    assert measured(forks=False).learners <= measured(forks=True).learners
