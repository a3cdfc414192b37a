"""`coprod …`: one thin function for each command."""
