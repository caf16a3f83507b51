"""Whether what the Tasks of a definition call is there, with the fields that they give it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from personalize_local.emulator.mends.step_functions.definitions import sdk
from personalize_local.emulator.mends.step_functions.definitions.walk import (
    JSONATA,
    Diagnostic,
    State,
    schema,
    words,
)

_ARN: Final = re.compile(r"arn:[a-z-]+:([a-z-]+):([a-z0-9-]*):(\d*):(.+)", re.DOTALL)
_UNKNOWN: Final = (
    "The resource provided {} is not recognized. The value is not a valid resource ARN, or the "
    "resource is not available in this region."
)
_CALLBACK: Final = ".waitForTaskToken"
# The optimized integrations that can be waited for, and the others; "Integrating services with
# Step Functions" of the Developer Guide.
_SYNC: Final = words(
    "athena:startQueryExecution batch:submitJob bedrock:createModelCustomizationJob "
    "codebuild:startBuild codebuild:startBuildBatch ecs:runTask eks:createCluster "
    "eks:createNodegroup eks:deleteCluster eks:deleteNodegroup eks:runJob "
    "elasticmapreduce:addStep elasticmapreduce:createCluster elasticmapreduce:terminateCluster "
    "emr-containers:createVirtualCluster emr-containers:deleteVirtualCluster "
    "emr-containers:startJobRun emr-serverless:createApplication "
    "emr-serverless:deleteApplication emr-serverless:startApplication "
    "emr-serverless:startJobRun emr-serverless:stopApplication glue:startJobRun "
    "databrew:startJobRun mediaconvert:createJob sagemaker:createHyperParameterTuningJob "
    "sagemaker:createLabelingJob sagemaker:createProcessingJob sagemaker:createTrainingJob "
    "sagemaker:createTransformJob states:startExecution"
)
_PLAIN: Final = words(
    "apigateway:invoke athena:getQueryExecution athena:getQueryResults athena:stopQueryExecution "
    "bedrock:invokeModel codebuild:batchDeleteBuilds codebuild:batchGetReports "
    "codebuild:stopBuild dynamodb:deleteItem dynamodb:getItem dynamodb:putItem "
    "dynamodb:updateItem eks:call elasticmapreduce:cancelStep "
    "elasticmapreduce:modifyInstanceFleetByName elasticmapreduce:modifyInstanceGroupByName "
    "elasticmapreduce:setClusterTerminationProtection events:putEvents http:invoke "
    "lambda:invoke sagemaker:createEndpoint sagemaker:createEndpointConfig "
    "sagemaker:createModel sagemaker:updateEndpoint sns:publish sqs:sendMessage"
)
_READERS: Final = ("s3:getObject", "s3:listObjectsV2")
_WRITERS: Final = ("s3:putObject",)


def of_state(state: State, machine_type: str) -> Iterator[Diagnostic]:
    """Yields what is wrong with the resource of a Task, or of a Map's reader and writer.

    Args:
        state: The state.
        machine_type: STANDARD or EXPRESS.
    """
    if state.kind == "Task" and isinstance(state.fields.get("Resource"), str):
        resource: str = state.fields["Resource"]
        place = f"{state.location}/Resource"
        yield from _of_resource(resource, place)
        if machine_type == "EXPRESS":
            yield from _too_slow(resource, place)
        yield from _parameters(state, resource)
        yield from _role(state)
    for field, known in (("ItemReader", _READERS), ("ResultWriter", _WRITERS)):
        given = state.fields.get(field)
        if isinstance(given, dict) and "Resource" in given:
            resource = str(given["Resource"])
            if _integration(resource) not in known:
                yield schema(_UNKNOWN.format(resource), f"{state.location}/{field}/Resource")


def _of_resource(resource: str, place: str) -> Iterator[Diagnostic]:
    name = _integration(resource)
    if name is None:
        if not _ARN.fullmatch(resource):
            yield schema(_UNKNOWN.format(resource), place)
        return
    if name.startswith("aws-sdk:"):
        known = sdk.operation(name.removesuffix(_CALLBACK)) is not None
    else:
        plain = name.removesuffix(_CALLBACK)
        waited = re.sub(r"\.sync(:2)?$", "", plain)
        known = plain in _PLAIN or waited in _SYNC
    if not known:
        yield schema(_UNKNOWN.format(resource), place)


def _integration(resource: str) -> str | None:
    """Returns what follows `arn:aws:states:::`; None for a function, an activity and others."""
    found = _ARN.fullmatch(resource)
    if found is None or found[1] != "states" or found[2] or found[3]:
        return None
    return found[4]


def _too_slow(resource: str, place: str) -> Iterator[Diagnostic]:
    for suffix, told in ((_CALLBACK, f"'{_CALLBACK}' service integration "), (".sync", "")):
        if suffix in resource:
            text = told or "'.sync' service integration"
            yield schema(f"Express state machine does not support {text}", place)
    if ":activity:" in resource:
        yield schema("Express state machine does not support Activity ARN", place)


def _parameters(state: State, resource: str) -> Iterator[Diagnostic]:
    field = "Arguments" if state.language == JSONATA else "Parameters"
    given = state.fields.get(field)
    name = _integration(resource) or ""
    if not isinstance(given, dict) or not name.startswith("aws-sdk:"):
        return
    operation = sdk.operation(name.removesuffix(_CALLBACK))
    if operation is None:
        return
    for wrong in sdk.unknown_fields(operation, _without_paths(given)):
        text = f'The field "{wrong}" is not supported by Step Functions'
        yield schema(text, f"{state.location}/{field}")


def _without_paths(value: Any) -> Any:  # noqa: ANN401
    """Returns a template with the names that its fields have once they are filled in."""
    if isinstance(value, dict):
        return {name.removesuffix(".$"): _without_paths(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    return value


def _role(state: State) -> Iterator[Diagnostic]:
    credentials: Mapping[str, object] = state.fields.get("Credentials") or {}
    if "Credentials" in state.fields and not {"RoleArn", "RoleArn.$"} & credentials.keys():
        text = "The field 'RoleArn' is required but was missing"
        yield schema(text, f"{state.location}/Credentials")
