r"""Users from a table in Parquet, then recommendations for them: a state machine of two steps.

    cdk deploy --app "python examples/workflows/from_parquet.py" -c solution_version_arn=ARN \
        -c database=shop -c table=active_users -c table_location=s3://BUCKET/PREFIX/

Athena writes a folder of JSON Lines for each execution, and the workflow runs over that folder.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_personalize_batch import BatchInferenceWorkflow, JobInput, SolutionVersion

EXAMPLE = "arn:aws:personalize:us-east-1:000000000000:solution/films/1"
# As text: as JSON, Athena would write the names of columns in lower case, and `userid` is no field
# that Amazon Personalize knows.
RECORD = """'{"userId":' || json_format(CAST(CAST(user_id AS varchar) AS json)) || '}'"""


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
    stack = cdk.Stack(app, "RecommendationsFromParquet")
    context = app.node.try_get_context
    database, table = context("database") or "shop", context("table") or "active_users"
    place = context("table_location") or "s3://shop-data/active_users/"
    records = s3.Bucket(stack, "Records", enforce_ssl=True)
    workflow = BatchInferenceWorkflow(
        stack,
        "Recommend",
        solution_version=SolutionVersion.from_arn(context("solution_version_arn") or EXAMPLE),
        job_input=JobInput.from_bucket(records, prefix="users/"),
    )
    # A folder for each execution: UNLOAD writes into empty ones only.
    folder = f"'s3://{records.bucket_name}/users/' & $states.context.Execution.Name & '/'"
    before = f"UNLOAD (SELECT {RECORD} FROM {table}) TO '"  # noqa: S608 - the table is the app's own
    after = "' WITH (format = 'TEXTFILE', compression = 'NONE')"
    unload = tasks.AthenaStartQueryExecution.jsonata(
        stack,
        "Unload",
        query_string=f"{{% {quoted(before)} & {folder} & {quoted(after)} %}}",
        query_execution_context=tasks.QueryExecutionContext(database_name=database),
        result_configuration=tasks.ResultConfiguration(
            output_location=s3.Location(bucket_name=records.bucket_name, object_key="athena")
        ),
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
    )
    recommend = workflow.as_task(stack, "Run", run_input={"inputUri": f"{{% {folder} %}}"})
    machine = sfn.StateMachine(
        stack,
        "Machine",
        definition_body=sfn.DefinitionBody.from_chainable(unload.next(recommend)),
        timeout=cdk.Duration.hours(12),
    )
    records.grant_read_write(machine)
    grant_read_table(machine, place)


def quoted(text: str) -> str:
    """Returns a text as JSONata writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def grant_read_table(machine: sfn.StateMachine, place: str) -> None:
    """Lets the query read the files of the table."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    for actions, resource in (
        (["s3:GetObject"], f"arn:{cdk.Aws.PARTITION}:s3:::{bucket}/{prefix}*"),
        (["s3:ListBucket", "s3:GetBucketLocation"], f"arn:{cdk.Aws.PARTITION}:s3:::{bucket}"),
    ):
        machine.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[resource]))


if __name__ == "__main__":
    main()
