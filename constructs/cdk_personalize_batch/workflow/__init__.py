"""Workflows: the same batch request again and again, each a state machine."""
