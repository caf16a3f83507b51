"""Stacks on a local AWS, and what happens to them."""
