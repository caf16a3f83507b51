"""AWS CDK constructs that run Amazon Personalize batch jobs.

The names below are the public surface. They are loaded when they are first used, so that the parts
without the CDK, such as `cdk_personalize_batch.records`, start without Node.js.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if __name__.startswith("constructs."):
    raise ImportError(
        "import cdk_personalize_batch, not constructs.cdk_personalize_batch: that is a second "
        "copy, whose classes are others"
    )

from cdk_personalize_batch._version import __version__

if TYPE_CHECKING:
    from cdk_personalize_batch._workflow_schedule import RunSchedule
    from cdk_personalize_batch.batch_inference_job import BatchInferenceJob
    from cdk_personalize_batch.batch_segment_job import BatchSegmentJob
    from cdk_personalize_batch.errors import PersonalizeBatchError, ValidationError
    from cdk_personalize_batch.job_input import JobInput
    from cdk_personalize_batch.job_output import JobOutput
    from cdk_personalize_batch.output_table import BatchOutputTable
    from cdk_personalize_batch.records import RecordFormat
    from cdk_personalize_batch.request import ItemExploration, RankingInfluence, ThemeGeneration
    from cdk_personalize_batch.runtime import BatchRuntime
    from cdk_personalize_batch.solution_version import SolutionVersion
    from cdk_personalize_batch.storage import BatchStorage
    from cdk_personalize_batch.workflow import BatchInferenceWorkflow, BatchSegmentWorkflow

__all__ = [
    "BatchInferenceJob",
    "BatchInferenceWorkflow",
    "BatchOutputTable",
    "BatchRuntime",
    "BatchSegmentJob",
    "BatchSegmentWorkflow",
    "BatchStorage",
    "ItemExploration",
    "JobInput",
    "JobOutput",
    "PersonalizeBatchError",
    "RankingInfluence",
    "RecordFormat",
    "RunSchedule",
    "SolutionVersion",
    "ThemeGeneration",
    "ValidationError",
    "__version__",
]

_MODULES = {
    "BatchInferenceJob": "batch_inference_job",
    "BatchInferenceWorkflow": "workflow",
    "BatchOutputTable": "output_table",
    "BatchRuntime": "runtime",
    "BatchSegmentJob": "batch_segment_job",
    "BatchSegmentWorkflow": "workflow",
    "BatchStorage": "storage",
    "ItemExploration": "request",
    "JobInput": "job_input",
    "JobOutput": "job_output",
    "PersonalizeBatchError": "errors",
    "RankingInfluence": "request",
    "RecordFormat": "records",
    "RunSchedule": "_workflow_schedule",
    "SolutionVersion": "solution_version",
    "ThemeGeneration": "request",
    "ValidationError": "errors",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the names in __all__
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
