"""A local Amazon Personalize in this process."""
