"""Batch jobs that a deployment creates, each a custom resource."""
