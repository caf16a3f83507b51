"""Data of one's own: schemas, imports, and the trainings that use what was imported."""
