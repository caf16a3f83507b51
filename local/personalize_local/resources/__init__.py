"""Dataset groups, schemas, data sets, solutions, their versions, and filters: what there is."""
