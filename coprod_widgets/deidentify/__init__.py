"""Finds what points to a person in answers, proposes other words, and writes only what a person has approved."""
