"""AWS on this machine, with an Amazon Personalize that really runs batch jobs."""
