"""What a stack warns about."""

from __future__ import annotations

from constructs import IConstruct

_WARNING = "aws:cdk:warning"


def warnings_of(scope: IConstruct) -> list[tuple[str, str]]:
    """The warnings of a scope: where, below the app, and what.

    Not by ``aws_cdk.assertions.Annotations``: two distributions, aws-cdk-lib and one that it needs,
    install ``aws_cdk.cloud_assembly_schema``, and which file stays differs by installation. With
    the other one jsii does not know the class of what the assertion finds.
    """
    return [
        (f"/{construct.node.path}", str(entry.data))
        for construct in scope.node.find_all()
        for entry in construct.node.metadata
        if entry.type == _WARNING
    ]
