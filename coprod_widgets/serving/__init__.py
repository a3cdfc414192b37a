"""Voila for a class."""
