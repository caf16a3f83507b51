"""Where the code of the Lambda functions is, and what of it belongs to the asset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

# pip compiles the files of an installed package, so without this each machine would have a hash
# of its own and deploy the function again.
_COMPILED: Final = ("**/__pycache__", "*.pyc")
# What cuts large input for workflows; a job of a deployment never does.
_SHARDS: Final = ("personalize_batch_runtime/shards.py", "personalize_batch_runtime/_shard_*.py")
_WITH_SHARDS: Final = tuple(
    f"personalize_batch_runtime/{name}.py" for name in ("__init__", "_errors", "_log", "_retry")
)


def runtime_folder() -> Path:
    """Returns the folder with the package ``personalize_batch_runtime``.

    In a wheel it lies inside this package, in a checkout beside ``constructs/``.
    """
    here = Path(__file__).resolve().parent
    packaged = here / "_lambda"
    return packaged if packaged.is_dir() else here.parents[1] / "lambda"


def job_code() -> lambda_.Code:
    """Returns the code of the custom resource as an asset; nothing is built at synth."""
    from aws_cdk import aws_lambda as lambda_

    return lambda_.Code.from_asset(str(runtime_folder()), exclude=[*_COMPILED, *_SHARDS])


def shards_code() -> lambda_.Code:
    """Returns the code that cuts large input for workflows as an asset."""
    from aws_cdk import aws_lambda as lambda_

    # What is not excluded stays in the asset of jobs too, so this is a list of what is kept.
    kept = [f"!{name}" for name in (*_SHARDS, *_WITH_SHARDS)]
    everything = "personalize_batch_runtime/*.py"
    return lambda_.Code.from_asset(str(runtime_folder()), exclude=[everything, *kept, *_COMPILED])
