"""What people touch: one small class per file, with its .js and .css of the same name in `static/`."""
