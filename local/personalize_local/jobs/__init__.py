"""Batch jobs that run: their states, input, records and results."""
