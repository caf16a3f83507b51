"""The state machine of a workflow as data, one function a state: what every run goes through."""

from __future__ import annotations

from typing import Final

from cdk_personalize_batch.states.language import (
    IN,
    State,
    bucket_of,
    expression,
    failure,
    key_of,
    literal,
    object_of,
    retry,
    task,
)
from cdk_personalize_batch.states.run import run_input
from cdk_personalize_batch.states.run.facts import WorkflowFacts
from cdk_personalize_batch.states.steps.ends import OUTPUT_VERSION, job_done, shards_done
from cdk_personalize_batch.states.steps.job import JobStates
from cdk_personalize_batch.states.steps.shards import ShardStates
from cdk_personalize_batch.states.steps.source import input_fits, job_request, list_input, location
from cdk_personalize_batch.states.steps.versions import version_states

NAMESPACE: Final = "PersonalizeBatch"
DIMENSION: Final = "Workflow"

_NAME_DIGITS: Final = 12


def workflow_definition(facts: WorkflowFacts) -> State:
    """Returns the state machine of a workflow."""
    job = JobStates(
        kind=facts.kind,
        partition=facts.partition,
        jobs=facts.jobs,
        poll_seconds=facts.poll_seconds,
        latest=facts.solution_arn is not None,
        succeeded="WriteJobManifest",
        failed="Failed",
    )
    shards = ShardStates(
        job=job,
        function_arn=facts.function_arn,
        max_concurrency=facts.max_concurrency,
        output_uri=facts.output_uri,
        work_uri=facts.work_uri,
        shard_request=job_request(
            facts,
            source=f"$exists($shard.copyList.key) ? {location(facts.output_key_arn)}"
            f" : {location(facts.input_key_arn)}",
            source_path="$shard.inputUri",
            target_path="$shard.outputUri",
        ),
        done="AllDone",
    )
    versions = version_states(facts)
    first = next(iter(versions), "ListInput")
    return {
        "Comment": f"Runs a {facts.kind.name} over input of any size",
        "QueryLanguage": "JSONata",
        "StartAt": "ReadInput",
        "TimeoutSeconds": facts.timeout_seconds,
        "States": {
            "ReadInput": _read_input(facts),
            "CheckInput": _check_input(first),
            "ListRunning": _list_running(facts),
            "IsAlone": _is_alone(first),
            "Skipped": _skipped(),
            **versions,
            "ListInput": list_input(facts),
            "InputFits": input_fits(facts, job.start, shards.start),
            **job.states(),
            "WriteJobManifest": job_done(facts, "Measure"),
            **shards.states(),
            "AllDone": shards_done("Measure"),
            "Measure": _measure(facts),
            "Measured": {"Type": "Succeed"},
            "Failed": {
                "Type": "Fail",
                "Error": expression(f"{IN}.error"),
                "Cause": expression(f"{IN}.problem"),
            },
        },
    }


def _read_input(facts: WorkflowFacts) -> State:
    uri = f"({run_input.input_uri(facts.input_uri)})"
    run = run_input.run()
    key = f"$states.context.StateMachine.Id & ' ' & {run}"
    assigned: State = {
        "problem": expression(
            run_input.problem(facts.input_uri, facts.output_uri, facts.most_results)
        ),
        "run": expression(run),
        "jobName": expression(
            f"{literal(f'{facts.slug}-')} & $substring($hash({key}, 'SHA-256'), 0, {_NAME_DIGITS})"
        ),
        "inputUri": expression(uri),
        "inputBucket": expression(bucket_of(uri)),
        "inputKey": expression(key_of(uri)),
        "request": expression(run_input.request(facts.request)),
    }
    if facts.solution_version_arn is not None:
        assigned["solutionVersionArn"] = expression(literal(facts.solution_version_arn))
    if facts.records_per_file is not None:
        assigned["recordsPerFile"] = facts.records_per_file
    return {"Type": "Pass", "Assign": assigned, "Next": "CheckInput"}


def _check_input(first: str) -> State:
    skips = f"{run_input.GIVEN}.{run_input.SKIP_IF_RUNNING} = true"
    return {
        "Type": "Choice",
        "Choices": [
            {
                "Condition": expression("$problem != ''"),
                "Output": failure("InvalidInput", "$problem"),
                "Next": "Failed",
            },
            {"Condition": expression(skips), "Next": "ListRunning"},
        ],
        "Default": first,
    }


def _list_running(facts: WorkflowFacts) -> State:
    listed = "$join([$states.result.Executions.ExecutionArn], ' ') & ' '"
    own = "$states.context.Execution.Id & ' '"
    return {
        **task(facts.partition, "aws-sdk:sfn:listExecutions"),
        "Arguments": {
            "StateMachineArn": expression("$states.context.StateMachine.Id"),
            "StatusFilter": "RUNNING",
        },
        # The list has the newest first, so what follows this execution in it has started earlier.
        "Output": {"earlier": expression(f"$trim($substringAfter({listed}, {own}))")},
        "Retry": [retry(attempts=8)],
        "Next": "IsAlone",
    }


def _is_alone(first: str) -> State:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": expression(f"{IN}.earlier != ''"), "Next": "Skipped"}],
        "Default": first,
    }


def _skipped() -> State:
    return {
        "Type": "Succeed",
        "Output": {
            "version": OUTPUT_VERSION,
            "run": expression("$run"),
            "skippedFor": expression(f"$split({IN}.earlier, ' ')[0]"),
        },
    }


def _measure(facts: WorkflowFacts) -> State:
    dimension = object_of(Name=literal(DIMENSION), Value=literal(facts.slug))
    data = ", ".join(
        f"$exists({value}) ? "
        + object_of(
            MetricName=literal(name),
            Value=value,
            Unit=literal(unit),
            Dimensions=f"[{dimension}]",
        )
        for value, name, unit in (
            (f"{IN}.counts.bytes", "Bytes", "Bytes"),
            (f"{IN}.counts.records", "Records", "Count"),
        )
    )
    return {
        **task(facts.partition, "aws-sdk:cloudwatch:putMetricData"),
        "Arguments": {"Namespace": NAMESPACE, "MetricData": expression(f"[{data}]")},
        "Output": expression(IN),
        # Figures are not worth a run: it has succeeded.
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "Output": expression(IN), "Next": "Measured"},
        ],
        "Next": "Measured",
    }
