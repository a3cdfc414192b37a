"""What each widget needs of whatever keeps its answers: a contract, and an implementation in memory."""
