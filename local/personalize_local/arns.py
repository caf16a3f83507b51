"""Amazon Resource Names of Amazon Personalize."""

from __future__ import annotations

from dataclasses import dataclass

SERVICE_PRINCIPAL = "personalize.amazonaws.com"


def partition_of(region: str) -> str:
    """Returns the partition of a region; Personalize is in `aws` and `aws-cn` only.

    Args:
        region: The region, such as `eu-west-1`.
    """
    return "aws-cn" if region.startswith("cn-") else "aws"


@dataclass(frozen=True, slots=True)
class Scope:
    """The account and region that a resource belongs to.

    Attributes:
        account: The account id, 12 digits.
        region: The region, such as `eu-west-1`.
    """

    account: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return partition_of(self.region)

    def arn(self, resource: str) -> str:
        """Returns the ARN of a Personalize resource in this scope.

        Args:
            resource: The type and name, such as `solution/films`.
        """
        return f"arn:{self.partition}:personalize:{self.region}:{self.account}:{resource}"

    def recipe_arn(self, name: str) -> str:
        """Returns the ARN of a recipe; it names neither region nor account.

        Args:
            name: The name of the recipe, such as `aws-similar-items`.
        """
        return f"arn:{self.partition}:personalize:::recipe/{name}"


def scope_of(arn: str) -> Scope:
    """Returns the account and Region of an ARN; empty ones of what is no ARN.

    Args:
        arn: The ARN.
    """
    parts = arn.split(":", 5)
    return Scope(parts[4], parts[3]) if len(parts) > 5 else Scope("", "")


def solution_of(version_arn: str) -> str:
    """Returns the ARN of the solution that a solution version belongs to.

    Args:
        version_arn: The ARN of a solution version, `…:solution/<name>/<version id>`.
    """
    head, slash, rest = version_arn.partition("/")
    return head + slash + rest.partition("/")[0]
