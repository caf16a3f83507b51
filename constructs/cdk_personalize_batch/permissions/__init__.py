"""Which actions are allowed for what, and policies that grow."""
