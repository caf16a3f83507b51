"""The services beside Amazon Personalize: MiniStack, and what it answers otherwise than AWS."""
