"""The documentation site, and a browser to look at it."""
