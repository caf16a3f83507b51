"""What queries write: tables, folders, formats."""
