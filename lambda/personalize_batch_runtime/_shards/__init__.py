"""Input of any size: its plan, its copies, and the list of what ran."""
