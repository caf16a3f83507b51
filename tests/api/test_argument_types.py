"""Arguments of another type: each is told with its name, the value got, and what to write."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest

import cdk_personalize_batch as public
from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchInferenceWorkflow,
    BatchOutputTable,
    BatchRuntime,
    BatchStorage,
    ItemExploration,
    JobInput,
    JobOutput,
    RunSchedule,
    SolutionVersion,
    ValidationError,
)
from cdk_personalize_batch.request.argument_types import TYPES, types_of
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

# The checks of these are their own, at the first use.
OWN = {"JobInput.from_records"}
TEXT: Any = "films"
SEVEN: Any = 7
NOTHING: Any = None
PLAIN = {"str", "int", "float", "bool", "Mapping", "object"}


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each constructor, method and factory that users call, once for each class that has it."""
    for name in public.__all__:
        cls = getattr(public, name)
        if not inspect.isclass(cls) or issubclass(cls, Exception) or cls.__name__.startswith("IB"):
            continue
        for key in dir(cls):
            if key.startswith("_") and key != "__init__":
                continue
            member = inspect.getattr_static(cls, key)
            function = getattr(member, "__func__", member)
            if inspect.isfunction(function) and "cdk_personalize_batch" in function.__module__:
                yield f"{name}.{key}", function


CALLABLES = dict(callables())
ARGUMENTS = {
    f"{where}({name})": (function, parameter)
    for where, function in CALLABLES.items()
    if where not in OWN
    for name, parameter in inspect.signature(function).parameters.items()
    if isinstance(parameter.annotation, str)
}


def test_the_arguments_are_found() -> None:
    assert len(ARGUMENTS) > 100
    assert {"BatchInferenceJob.__init__(solution_version)", "JobOutput.to_bucket(kms_key)"} <= set(
        ARGUMENTS
    )


@pytest.mark.parametrize("where", ARGUMENTS)
def test_every_argument_has_a_type_that_is_checked(where: str) -> None:
    function, parameter = ARGUMENTS[where]
    assert set(types_of(parameter.annotation)) <= set(TYPES)
    assert hasattr(function, "__wrapped__"), "it is not checked"


@pytest.mark.parametrize("where", ARGUMENTS)
def test_another_type_is_told(where: str) -> None:
    function, parameter = ARGUMENTS[where]
    types = set(types_of(parameter.annotation))
    wrong: Any = object() if types & PLAIN else "text"
    required = {
        name: wrong
        for name, one in inspect.signature(function).parameters.items()
        if name == parameter.name
        or (one.default is one.empty and one.kind is not one.VAR_POSITIONAL)
    }
    arguments = [required.pop("self")] if "self" in required else []
    arguments += [required.pop("cls")] if "cls" in required else []
    if parameter.kind is parameter.VAR_POSITIONAL:
        arguments.append(required.pop(parameter.name))
    with pytest.raises(ValidationError) as failure:
        function(*arguments, **required)
    (problem,) = (
        one for one in failure.value.problems if one.startswith(f"{parameter.name} must be ")
    )
    assert ", got " in problem


def job(synth: Synth, **arguments: Any) -> object:
    return synth.job(**arguments)


def workflow(synth: Synth, **arguments: Any) -> object:
    return make(synth, **arguments)


@pytest.mark.parametrize(
    ("construct", "arguments", "text"),
    [
        (
            job,
            {"solution_version": "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"},
            "[Films/Batch] solution_version must be SolutionVersion.from_arn(",
        ),
        (
            job,
            {"job_input": "s3://films/users/"},
            '[Films/Batch] job_input must be JobInput.from_s3_uri("s3://…/")',
        ),
        (job, {"wait_up_to": 7200}, "wait_up_to must be aws_cdk.Duration.minutes(30), got 7200"),
        (job, {"storage": "films"}, "storage must be BatchStorage(self, \"Storage\"), got 'films'"),
        (job, {"item_exploration": {}}, "item_exploration must be ItemExploration(weight=0.3)"),
        (job, {"tags": ["a"]}, "tags must be a dictionary, got ['a']"),
        (job, {"preflight": "no"}, "preflight must be True or False, got 'no'"),
        (workflow, {"schedule": "cron(0 4 * * ? *)"}, "schedule must be RunSchedule(expression="),
        (workflow, {"timeout": 60}, "[Films/Nightly] timeout must be aws_cdk.Duration.minutes(30)"),
    ],
)
def test_the_likeliest_mistakes_say_what_to_write(
    synth: Synth, construct: Callable[..., object], arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValidationError) as failure:
        construct(synth, **arguments)
    assert text in str(failure.value)
    assert synth.stack.node.try_find_child("Batch") is None


def test_all_wrong_types_are_told_at_once(synth: Synth) -> None:
    with pytest.raises(ValidationError) as failure:
        synth.job(solution_version="arn", job_input="s3://a/b/", wait_up_to=1)
    assert len(failure.value.problems) == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda stack: JobInput.from_bucket(TEXT),
            "[JobInput.from_bucket] bucket must be",
        ),
        (
            lambda stack: JobInput.from_s3_uri(SEVEN),
            "uri must be a string, got 7; write it as text",
        ),
        (lambda stack: JobInput.from_asset(SEVEN), "path must be a string or a Path, got 7"),
        (
            lambda stack: JobOutput.to_bucket(TEXT),
            "[JobOutput.to_bucket] bucket must be",
        ),
        (lambda stack: SolutionVersion.from_arn(NOTHING), "solution_version_arn must be a string"),
        (
            lambda stack: ItemExploration(item_age_cut_off=SEVEN),
            "[ItemExploration] item_age_cut_off",
        ),
        (lambda stack: RunSchedule(expression=TEXT), "[RunSchedule] expression must be "),
        (
            lambda stack: BatchRuntime.configure(stack, vpc=TEXT),
            "[Films] vpc must be aws_ec2.",
        ),
        (
            lambda stack: BatchStorage(stack, "Storage", encryption_key=TEXT),
            "[Films/Storage] encryption_key must be aws_kms.Key.from_key_arn(",
        ),
        (
            lambda stack: BatchOutputTable(stack, "Table", output_uri="s3://a/", table_name=SEVEN),
            "[Films/Table] table_name must be a string, got 7",
        ),
        (
            lambda stack: BatchInferenceJob(
                TEXT,
                "Batch",
                solution_version=SolutionVersion.from_arn("arn"),
                job_input=JobInput.from_s3_uri("s3://a/b/"),
            ),
            "[BatchInferenceJob] scope must be the construct around it",
        ),
        (
            lambda stack: BatchInferenceWorkflow.from_state_machine_arn(stack, "Other", SEVEN),
            "[Films/Other] state_machine_arn must be a string",
        ),
    ],
)
def test_factories_and_other_constructs_say_what_to_write(
    synth: Synth, call: Callable[[cdk.Stack], object], text: str
) -> None:
    with pytest.raises(ValidationError) as failure:
        call(synth.stack)
    assert text in str(failure.value)


def test_an_argument_that_is_missing_is_told_by_python(synth: Synth) -> None:
    create: Any = BatchInferenceJob
    with pytest.raises(TypeError, match=r"__init__\(\) missing 1 required .* 'job_input'"):
        create(synth.stack, "Batch", solution_version=SolutionVersion.from_arn("arn"))


def test_none_is_no_value_for_what_has_to_be_given(synth: Synth) -> None:
    with pytest.raises(ValidationError, match="job_input must be "):
        synth.job(job_input=None)
