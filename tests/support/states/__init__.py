"""State machines as data, run without AWS."""
