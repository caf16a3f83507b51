"""A stack of the CDK's own resources for data and a model, with a workflow that runs on them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_personalize as personalize
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import BatchInferenceWorkflow, JobInput, SolutionVersion

# Where to, and: the name, the bucket of the files, the schemas by type, the job of each import.
folder, given = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
name, files = given["name"], given["files"]
app = cdk.App(outdir=folder, builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, name)
source = s3.Bucket.from_bucket_name(stack, "Source", given["bucket"])
role = iam.Role(stack, "ImportRole", assumed_by=iam.ServicePrincipal("personalize.amazonaws.com"))
reading = source.grant_read(role)
group = personalize.CfnDatasetGroup(stack, "Group", name=name)
for kind, text in given["schemas"].items():
    schema = personalize.CfnSchema(stack, f"{kind}Schema", name=f"{name}-{kind}", schema=text)
    dataset = personalize.CfnDataset(
        stack,
        kind,
        name=kind,
        dataset_type=kind,
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn=schema.attr_schema_arn,
        dataset_import_job=personalize.CfnDataset.DatasetImportJobProperty(
            job_name=given["jobs"][kind],
            role_arn=role.role_arn,
            data_source={"DataLocation": files[kind]},
        ),
    )
    reading.apply_before(dataset)
solution = personalize.CfnSolution(
    stack,
    "Solution",
    name=name,
    dataset_group_arn=group.attr_dataset_group_arn,
    recipe_arn="arn:aws:personalize:::recipe/aws-user-personalization-v2",
    perform_hpo=False,
)
chosen = personalize.CfnFilter(
    stack,
    "Cheap",
    name=f"{name}-cheap",
    dataset_group_arn=group.attr_dataset_group_arn,
    filter_expression=given["filter"],
)
# The fields that the filter names are there when their data set is.
for kind in given["schemas"]:
    chosen.node.add_dependency(stack.node.find_child(kind))
workflow = BatchInferenceWorkflow(
    stack,
    "Nightly",
    solution_version=SolutionVersion.latest(solution.attr_solution_arn),
    job_input=JobInput.from_bucket(source, key="in/users.json"),
    filter_arn=chosen.attr_filter_arn,
    num_results=5,
)
cdk.CfnOutput(stack, "SolutionArn", value=solution.ref)
cdk.CfnOutput(stack, "FilterArn", value=chosen.ref)
cdk.CfnOutput(stack, "Machine", value=workflow.state_machine.state_machine_arn)
app.synth()
