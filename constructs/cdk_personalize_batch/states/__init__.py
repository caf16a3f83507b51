"""State machines as data: Amazon States Language with JSONata, without the CDK."""
