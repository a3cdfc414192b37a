"""The database under the store: its tables, how they came about, and how it is opened."""
