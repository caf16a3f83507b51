"""The operations of Amazon Personalize: requests checked, answers in the service's words."""
