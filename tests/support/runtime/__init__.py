"""What the Lambda functions are run on: an AWS in memory, and their events."""
