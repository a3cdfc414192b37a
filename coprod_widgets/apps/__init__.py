"""Joins widgets and store: what the notebooks of learners and instructors call."""
