"""What the states of a run know: of the workflow, of its input, and what they ask for."""
