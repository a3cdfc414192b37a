"""The database, and everything that is asked of it. The only package that knows SQL."""
