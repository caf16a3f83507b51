"""An app whose workflows a test describes as JSON, in the environment variable WORKFLOWS.

    {"stack": "Name", "workflows": {"Id": {…}}, "more": {"Id": {…}}}

Those of `more` are in a stack of their own, `NameMore`, and share the storage of the others. A
workflow has the arguments of the constructs, where JSON can say them; `on_input`, those of
`start_on_input`; `encrypted`, for a storage of its own with a KMS key, where all others share one;
and `table_of`, the name of a run, for a table over the output and its SQL for that run. They read
below `in/<Id>/` of the input bucket. The machine `Parent` runs the first workflow as a task;
failures of all of them go to one topic, and to a queue.
"""

from __future__ import annotations

import json
import os
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchOutputTable,
    BatchSegmentWorkflow,
    BatchStorage,
    JobInput,
    RunSchedule,
    SolutionVersion,
)


def main() -> None:
    """Writes the cloud assembly."""
    described = json.loads(os.environ["WORKFLOWS"])
    app = cdk.App(builtin_cloud_formation_validation=False)
    # So many workflows come near the 1 MB that a template may have.
    stack, more = (
        cdk.Stack(app, name, suppress_template_indentation=True)
        for name in (described["stack"], f"{described['stack']}More")
    )
    storage = BatchStorage(stack, "Storage", server_access_logs=False)
    cdk.CfnOutput(stack, "InputBucket", value=storage.input_bucket.bucket_name)
    topic, queue = sns.Topic(stack, "Failures"), sqs.Queue(stack, "Messages")
    topic.add_subscription(subscriptions.SqsSubscription(queue))
    cdk.CfnOutput(stack, "Queue", value=queue.queue_url)
    places = [(stack, described["workflows"]), (more, described["more"])]
    workflows = []
    for place, name, arguments in (
        (place, *each) for place, them in places for each in them.items()
    ):
        run = arguments.pop("table_of", None)
        workflow = make_workflow(place, name, storage, {"on_failure_topic": topic, **arguments})
        cdk.CfnOutput(place, f"{name}Machine", value=workflow.state_machine.state_machine_arn)
        workflows.append(workflow)
        if run is not None:
            make_table(place, name, workflow, run)
    workflows[0].on_success("Success", target=targets.SqsQueue(queue))
    task = workflows[0].as_task(stack, "Run", run_input={"runKey": "{% $states.input.date %}"})
    parent = sfn.StateMachine(
        stack, "Parent", definition_body=sfn.DefinitionBody.from_chainable(task)
    )
    cdk.CfnOutput(stack, "ParentMachine", value=parent.state_machine_arn)
    app.synth()


def make_table(
    stack: cdk.Stack, name: str, workflow: BatchInferenceWorkflow | BatchSegmentWorkflow, run: str
) -> None:
    """Makes a table over the output of a workflow, and puts out its name and its SQL."""
    table = BatchOutputTable(
        stack,
        f"OutputOf{name}",
        output_uri=workflow.output_uri,
        table_name=f"{stack.stack_name}_{name}".lower(),
    )
    outputs = {
        "Table": table.table_name,
        "RecommendationsSql": table.recommendations_sql(run),
        "ErrorsSql": table.errors_sql(run),
    }
    for what, value in outputs.items():
        cdk.CfnOutput(stack, f"{name}{what}", value=value)


def make_workflow(
    stack: cdk.Stack, id: str, storage: BatchStorage, arguments: dict[str, Any]
) -> BatchInferenceWorkflow | BatchSegmentWorkflow:
    """Makes a workflow from what JSON can say."""
    segment = arguments.pop("segment", False)
    for name in ("timeout", "poll_interval"):
        if name in arguments:
            arguments[name] = cdk.Duration.seconds(arguments[name])
    if arguments.pop("encrypted", False):
        key = kms.Key(stack, f"{id}Key")
        storage = BatchStorage(stack, f"{id}Storage", encryption_key=key, server_access_logs=False)
        cdk.CfnOutput(stack, f"{id}Bucket", value=storage.input_bucket.bucket_name)
    if "schedule" in arguments:
        expression = scheduler.ScheduleExpression.expression(arguments["schedule"])
        arguments["schedule"] = RunSchedule(expression=expression)
    on_input = arguments.pop("on_input", None)
    version = arguments.pop("version", None)
    arguments["solution_version"] = (
        SolutionVersion.from_arn(version)
        if version
        else SolutionVersion.latest(arguments.pop("solution"))
    )
    arguments["job_input"] = JobInput.from_bucket(storage.input_bucket, prefix=f"in/{id}/")
    kind = BatchSegmentWorkflow if segment else BatchInferenceWorkflow
    workflow = kind(stack, id, storage=storage, **arguments)
    if on_input is not None:
        if "quiet_period" in on_input:
            on_input["quiet_period"] = cdk.Duration.seconds(on_input["quiet_period"])
        workflow.start_on_input(**on_input)
    return workflow


if __name__ == "__main__":
    main()
