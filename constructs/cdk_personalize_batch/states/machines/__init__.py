"""Whole definitions: the run of a workflow, the wait for a job, the arrival of input."""
