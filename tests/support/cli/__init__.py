"""The command `personalize-batch`: in this process, in one of its own, and on a terminal."""
