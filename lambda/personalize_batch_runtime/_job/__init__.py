"""The custom resource of a batch job, and the end of a wait."""
