"""What runs in the processes of functions, beside MiniStack's own scripts."""
