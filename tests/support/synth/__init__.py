"""Stacks that are synthesized and never deployed."""
