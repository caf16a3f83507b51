"""Deployed stacks of the library, and uses of them."""
