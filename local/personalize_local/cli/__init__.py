"""The command `personalize-local`: AWS with a working Amazon Personalize, on this machine."""

from personalize_local.cli.program import main

__all__ = ["main"]
