"""The role and the buckets of jobs, and who may use them."""
