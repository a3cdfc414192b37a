"""Answers as tables in files, and back to the letter."""
