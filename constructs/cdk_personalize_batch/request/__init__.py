"""What is asked of Amazon Personalize: values, checked without the CDK where that is possible."""
