"""The states of one step of a run each."""
