"""AWS CDK constructs that run Amazon Personalize batch jobs.

The names below are the public surface. They are loaded when they are first used, so that the parts
without the CDK, such as `cdk_personalize_batch.records.reading`, start without Node.js.
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
    from cdk_personalize_batch.errors import PersonalizeBatchError, ValidationError
    from cdk_personalize_batch.functions.batch_runtime import BatchRuntime
    from cdk_personalize_batch.jobs.inference import BatchInferenceJob
    from cdk_personalize_batch.jobs.interface import IBatchJob
    from cdk_personalize_batch.jobs.segment import BatchSegmentJob
    from cdk_personalize_batch.output_table import BatchOutputTable
    from cdk_personalize_batch.records import RecordFormat
    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.options import (
        ItemExploration,
        RankingInfluence,
        ThemeGeneration,
    )
    from cdk_personalize_batch.request.solution_version import SolutionVersion
    from cdk_personalize_batch.storage.batch_storage import BatchStorage
    from cdk_personalize_batch.workflow.interface import IBatchWorkflow
    from cdk_personalize_batch.workflow.schedule import RunSchedule
    from cdk_personalize_batch.workflow.workflows import (
        BatchInferenceWorkflow,
        BatchSegmentWorkflow,
    )

__all__ = [
    "BatchInferenceJob",
    "BatchInferenceWorkflow",
    "BatchOutputTable",
    "BatchRuntime",
    "BatchSegmentJob",
    "BatchSegmentWorkflow",
    "BatchStorage",
    "IBatchJob",
    "IBatchWorkflow",
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
    "BatchInferenceJob": "jobs.inference",
    "BatchInferenceWorkflow": "workflow.workflows",
    "BatchOutputTable": "output_table",
    "BatchRuntime": "functions.batch_runtime",
    "BatchSegmentJob": "jobs.segment",
    "BatchSegmentWorkflow": "workflow.workflows",
    "BatchStorage": "storage.batch_storage",
    "IBatchJob": "jobs.interface",
    "IBatchWorkflow": "workflow.interface",
    "ItemExploration": "request.options",
    "JobInput": "request.job_input",
    "JobOutput": "request.job_output",
    "PersonalizeBatchError": "errors",
    "RankingInfluence": "request.options",
    "RecordFormat": "records",
    "RunSchedule": "workflow.schedule",
    "SolutionVersion": "request.solution_version",
    "ThemeGeneration": "request.options",
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
