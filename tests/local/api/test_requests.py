"""The types of requests hold what the service model has, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from personalize_local.api.model import service_model
from personalize_local.api.operations.requests import read
from personalize_local.jobs.request import JobRequest
from tests.support.local.service import Local

# The class of conftest.py; test modules cannot import it.
SCALARS = {"string": [inspect.StrType], "integer": [inspect.IntType]}
SCALARS["boolean"] = [inspect.BoolType]
SCALARS["double"] = [inspect.IntType, inspect.FloatType]


def compare(shape: Any, kind: inspect.Type, path: str) -> None:
    """Checks that a type is that of a shape of botocore."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    found = [one for one in kinds if not isinstance(one, inspect.NoneType)]
    if shape.type_name in SCALARS:
        assert [type(one) for one in found] == SCALARS[shape.type_name], path
        return
    (one,) = found
    if isinstance(one, inspect.StructType):
        fields = {field.encode_name: field for field in one.fields}
        # One type serves both kinds of jobs; a segment job has fewer members.
        assert set(shape.members) == set(fields) or one.cls is JobRequest, path
        assert {name for name in fields if fields[name].required} == set(shape.required_members)
        for name, member in shape.members.items():
            compare(member, fields[name].type, f"{path}.{name}")
    elif isinstance(one, inspect.DictType) and isinstance(one.value_type, inspect.AnyType):
        # Kept and shown as it was given.
        assert shape.type_name == "structure", path
    elif isinstance(one, inspect.DictType):
        compare(shape.key, one.key_type, f"{path} key")
        compare(shape.value, one.value_type, f"{path} value")
    else:
        assert isinstance(one, inspect.VarTupleType), path
        compare(shape.member, one.item_type, f"{path} member")


def test_the_type_of_each_request_is_that_of_the_service_model(local: Local) -> None:
    for name, operation in local.service._operations.items():
        shape = service_model().operation_model(name).input_shape
        compare(shape, inspect.type_info(operation.takes), name)


def test_the_request_of_an_inference_job_has_all_members() -> None:
    shape = service_model().operation_model("CreateBatchInferenceJob").input_shape
    names = {field.encode_name for field in msgspec.structs.fields(JobRequest)}
    assert names == set(shape.members)


def test_a_null_is_an_absent_member(local: Local) -> None:
    config = {"itemExplorationConfig": None}
    request = read(local.request(filterArn=None, batchInferenceJobConfig=config), JobRequest)
    assert (request.filter_arn, request.exploration) == (None, {})
    assert "filterArn" not in msgspec.to_builtins(request)
