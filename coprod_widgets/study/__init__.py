"""A self-study as data: its questions, the file they are read from, and what is checked in it."""
