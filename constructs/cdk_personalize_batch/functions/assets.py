"""Where the code of the Lambda functions is, and what of it belongs to the asset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cdk_personalize_batch.functions.code_zip import code_zip

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

_PACKAGE: Final = "personalize_batch_runtime"
# A handler and its folder go into one asset; what lies beside them goes into both.
_JOB: Final = ("job.py", "_job")
_SHARDS: Final = ("shards.py", "_shards")


def runtime_folder() -> Path:
    """Returns the folder with the package ``personalize_batch_runtime``.

    In a wheel it lies inside this package, in a checkout beside ``constructs/``.
    """
    here = Path(__file__).resolve().parents[1]
    packaged = here / "_lambda"
    return packaged if packaged.is_dir() else here.parents[1] / "lambda"


def job_code(scope: Construct) -> lambda_.Code:
    """Returns the code of the custom resource as an asset of the construct's app."""
    return _code(scope, "job", left_out=_SHARDS)


def shards_code(scope: Construct) -> lambda_.Code:
    """Returns the code that cuts large input for workflows as an asset of the construct's app."""
    return _code(scope, "shards", left_out=_JOB)


def _code(scope: Construct, handler: str, *, left_out: tuple[str, ...]) -> lambda_.Code:
    # Not before: the command asks where the code is, and starts without the CDK.
    from aws_cdk import aws_lambda as lambda_

    from cdk_personalize_batch._cdk.assembly_file import assembly_file

    content = code_zip(runtime_folder() / _PACKAGE, left_out)
    file = assembly_file(scope, f"{_PACKAGE}.{handler}.zip", content)
    return lambda_.Code.from_asset(str(file))
