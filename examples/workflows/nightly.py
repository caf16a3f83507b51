"""A run every night over what lies in a bucket, with alarms and a table over the results.

    cdk deploy --app "python examples/workflows/nightly.py" -c solution_arn=ARN

The records are written by something else to the folder `users/` of the bucket `Input`.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchOutputTable,
    JobInput,
    RunSchedule,
    SolutionVersion,
)

EXAMPLE = "arn:aws:personalize:us-east-1:000000000000:solution/films"


def main() -> None:
    """Writes the cloud assembly."""
    app = cdk.App()
    add_stack(app)
    app.synth()


def add_stack(app: cdk.App) -> None:
    """Makes the stack.

    Args:
        app: The app.
    """
    stack = cdk.Stack(app, "NightlyRecommendations")
    solution = app.node.try_get_context("solution_arn") or EXAMPLE
    users = s3.Bucket(stack, "Input", enforce_ssl=True)
    failures = sns.Topic(stack, "Failures", enforce_ssl=True)
    nightly = BatchInferenceWorkflow(
        stack,
        "Nightly",
        solution_version=SolutionVersion.latest(solution),
        job_input=JobInput.from_bucket(users, prefix="users/"),
        num_results=50,
        schedule=RunSchedule(
            expression=scheduler.ScheduleExpression.cron(
                hour="2", minute="0", time_zone=cdk.TimeZone.EUROPE_BERLIN
            ),
        ),
        timeout=cdk.Duration.hours(6),
        on_failure_topic=failures,
    )
    nightly.create_alarms(failures)
    nightly.create_dashboard()
    table = BatchOutputTable(
        stack, "Table", output_uri=nightly.output_uri, table_name="nightly_recommendations"
    )
    cdk.CfnOutput(stack, "Sql", value=table.recommendations_sql("RUN"))


if __name__ == "__main__":
    main()
