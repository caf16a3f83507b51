"""Filters: what their expressions say, and what they keep."""
