"""What runs: Lambda functions, what of the code is in their assets, and state machines."""
