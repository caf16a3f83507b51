"""How Acme runs Amazon Personalize in batch: with its key, its boundary, its names and its tags.

Two ways to the same rules. `BatchRun` is a construct of Acme's own around that of the library, for
teams that want little to decide. `apply_rules` changes what the constructs of the CDK make, for
teams that use the library as it is.
"""

from acme_batch.batch_run import BatchRun, Team
from acme_batch.platform import Platform
from acme_batch.rules import apply_rules

__all__ = ["BatchRun", "Platform", "Team", "apply_rules"]
