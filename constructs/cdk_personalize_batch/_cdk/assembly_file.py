"""Files that are made at synth and uploaded with a stack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Stage

from cdk_personalize_batch.errors import ValidationError

if TYPE_CHECKING:
    from constructs import Construct


def assembly_file(scope: Construct, name: str, content: bytes) -> Path:
    """Writes a file into the cloud assembly of a construct's app, to make an asset of.

    An app without staging (``cdk synth --no-staging``) names the file in the assembly and reads it
    when it is deployed, so it cannot be a temporary one.

    Args:
        scope: The construct that has the asset.
        name: The name of the file; one name has one content in an app.
        content: What it holds.

    Returns:
        The path of the file.

    Raises:
        ValidationError: If the construct is in no app.
    """
    stage = Stage.of(scope)
    if stage is None:
        problem = "it is in no app, which assets need; make its stack in a cdk.App"
        raise ValidationError(scope.node.path, [problem])
    path = Path(stage.asset_outdir) / name
    path.write_bytes(content)
    return path
