"""This machine: environment, certificates, processes."""
