"""Runs the queries of Athena with DuckDB."""
