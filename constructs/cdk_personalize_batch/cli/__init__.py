"""The command `personalize-batch`: records, results and jobs at the command line."""

from cdk_personalize_batch.cli.program import main

__all__ = ["main"]
