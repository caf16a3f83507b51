"""The templates of workflows: resources, permissions, starts, watching, and what is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchSegmentWorkflow,
    BatchStorage,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    ThemeGeneration,
    ValidationError,
)
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import (
    LATEST,
    RESULT_WRITER,
    SOLUTION,
    asked,
    definition,
    make,
)


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        ({}, set()),
        (LATEST, set()),
        ({"tags": {"team": "films"}}, {"personalize:TagResource"}),
        ({"kind": BatchSegmentWorkflow}, set()),
        ({"kind": BatchSegmentWorkflow, **LATEST}, set()),
    ],
)
def test_the_role_may_do_what_the_definition_does_and_no_more(
    synth: Synth, arguments: dict[str, Any], more: set[str]
) -> None:
    make(synth, **arguments)
    allowed = {action for _, action, _, _ in synth.statements("AWS::IAM::Policy", "NightlyPolicy")}
    needed = asked(definition(synth)["States"]) | {"iam:PassRole"} | more
    assert allowed == needed


def test_each_permission_is_for_its_resource(synth: Synth) -> None:
    make(synth, **LATEST)
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-inference-job/*"
    machine = "<NightlyStateMachineF28BA435>"
    found = {
        (action, resource, who)
        for _, action, resource, who in synth.statements("AWS::IAM::Policy", "NightlyPolicy")
    }
    create = "personalize:CreateBatchInferenceJob"
    name = "<NightlyStateMachineF28BA435.Name>"
    executions = f"arn:<Partition>:states:<Region>:<AccountId>:execution:{name}"
    output = "<NightlyStorageOutputBucket"
    assert {one for one in found if not one[1].startswith(output)} == {
        (create, jobs, ""),
        (create, SOLUTION, ""),
        (create, f"{SOLUTION}/*", ""),
        ("personalize:DescribeBatchInferenceJob", jobs, ""),
        ("personalize:ListSolutionVersions", "*", ""),
        (
            "iam:PassRole",
            "<NightlyStorageRole1507A781.Arn>",
            "iam:PassedToService=personalize.amazonaws.com",
        ),
        ("s3:ListBucket", "arn:<Partition>:s3:::films-input", ""),
        ("lambda:InvokeFunction", "<PersonalizeBatchShardsFunction1CE6682C.Arn>", ""),
        ("states:StartExecution", machine, ""),
        ("states:ListExecutions", machine, ""),
        *(
            (f"states:{action}Execution", f"{executions}{end}", "")
            for action in ("Describe", "Redrive", "Stop")
            for end in (":*", "/*")
        ),
        ("cloudwatch:PutMetricData", "*", "cloudwatch:namespace=PersonalizeBatch"),
    }
    assert {
        (action, resource.rpartition(".Arn>/")[2])
        for action, resource, _ in found
        if resource.startswith(output)
    } == {
        ("s3:GetObject", "_work/Films-Nightly-e84a6999/*/plan/*"),
        ("s3:PutObject", "Films-Nightly-e84a6999/*/_manifest.json"),
        *((action, "_work/Films-Nightly-e84a6999/*/results/*") for action in RESULT_WRITER),
    }


def test_a_workflow_has_at_most_fourteen_resources(synth: Synth) -> None:
    make(synth)
    counts = Counter(one["Type"] for one in synth.template["Resources"].values())
    # The bucket of the access logs and its policy, one for each stack, are among them.
    assert counts.total() == 14
    assert counts["AWS::Lambda::Function"] == 1


def test_a_further_workflow_on_the_same_storage_adds_three(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    make(synth, "One", storage=storage)
    other = type(synth)()
    two = BatchStorage(other.stack, "Storage")
    make(other, "One", storage=two)
    make(other, "Two", storage=two)
    assert len(other.template["Resources"]) - len(synth.template["Resources"]) == 3


def test_the_function_reads_input_and_copies_and_writes_copies_and_manifests(synth: Synth) -> None:
    make(synth)
    found = {
        (action, resource)
        for _, action, resource, _ in synth.statements("AWS::IAM::Policy", "PersonalizeBatchShards")
        if action.startswith("s3:")
    }
    source = "arn:<Partition>:s3:::films-input"
    (output,) = {name for action, name in found if action == "s3:ListBucketMultipartUploads"}
    work = f"{output}/_work/Films-Nightly-e84a6999/*"
    assert found == {
        ("s3:ListBucket", source),
        ("s3:ListBucket", output),
        ("s3:ListBucketMultipartUploads", output),
        ("s3:GetObject", f"{source}/users/*"),
        ("s3:GetObject", work),
        ("s3:PutObject", work),
        ("s3:AbortMultipartUpload", work),
        ("s3:GetObject", f"{output}/Films-Nightly-e84a6999/*/_manifest.json"),
        ("s3:PutObject", f"{output}/Films-Nightly-e84a6999/*/_manifest.json"),
    }


def test_keys_reach_the_requests_and_the_roles(synth: Synth) -> None:
    key = kms.Key(synth.stack, "Key")
    bucket = s3.Bucket(synth.stack, "Bucket", encryption_key=key)
    make(synth, job_output=JobOutput.to_bucket(bucket))
    text = json.dumps(definition(synth))
    assert text.count("KmsKeyArn") > 0
    allowed = synth.statements("AWS::IAM::Policy", "NightlyPolicy")
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert ("Allow", action, "<Key961B73FD.Arn>", "") in allowed
    shards = synth.statements("AWS::IAM::Policy", "PersonalizeBatchShards")
    assert ("Allow", "kms:GenerateDataKey", "<Key961B73FD.Arn>", "") in shards


def test_the_request_has_the_names_of_step_functions_but_not_in_maps(synth: Synth) -> None:
    theme = ThemeGeneration(item_name="TITLE")
    make(synth, "A", item_exploration=ItemExploration(weight=0.5), tags={"team": "films"})
    make(synth, "B", ranking_influence=RankingInfluence(popularity=0.2))
    make(synth, "C", theme_generation=theme)
    requests = [_request(synth, name) for name in "ABC"]
    expected = [
        '"BatchInferenceJobConfig": {"ItemExplorationConfig": {"explorationWeight": "0.5"}}',
        '"BatchInferenceJobConfig": {"RankingInfluence": {"POPULARITY": 0.2}}',
        '"ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}}',
    ]
    for request, part in zip(requests, expected, strict=True):
        assert part in request
    assert '"Tags": [{"TagKey": "team", "TagValue": "films"}]' in requests[0]
    assert '"BatchInferenceJobMode": "THEME_GENERATION"' in requests[2]
    assert definition(synth, "C")["States"]["ReadInput"]["Assign"]["recordsPerFile"] == 100


def _request(synth: Synth, name: str) -> str:
    return str(definition(synth, name)["States"]["ReadInput"]["Assign"]["request"])


def test_copies_expire_and_their_uploads_end(synth: Synth) -> None:
    make(synth)
    (rule,) = synth.only("AWS::S3::Bucket", "NightlyStorageOutput")["LifecycleConfiguration"][
        "Rules"
    ]
    assert rule["Prefix"] == "_work/Films-Nightly-e84a6999/"
    assert rule["ExpirationInDays"] == 15
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_readers_of_the_output_may_use_the_key_that_was_given_for_it(synth: Synth) -> None:
    key = kms.Key(synth.stack, "Key")
    bucket = s3.Bucket(synth.stack, "Target")
    workflow = make(synth, job_output=JobOutput.to_bucket(bucket, kms_key=key))
    role = cdk.aws_iam.Role(synth.stack, "Reader", assumed_by=cdk.aws_iam.AccountRootPrincipal())
    workflow.grant_read_output(role)
    found = synth.statements("AWS::IAM::Policy", "Reader")
    keys = {resource for _, action, resource, _ in found if action == "kms:Decrypt"}
    assert keys == {synth.text(synth.stack.resolve(key.key_arn))}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"num_results": 0}, "num_results must be at least 1, got 0"),
        ({"job_input": JobInput.from_records([{"userId": "1"}])}, "must lie in a bucket"),
        ({"max_concurrency": 0}, "max_concurrency must be at least 1, got 0"),
        ({"max_concurrency": 10_001}, "max_concurrency must be at most 10000, got 10001"),
        ({"timeout": cdk.Duration.millis(500)}, "timeout must be a whole number of seconds"),
        ({"poll_interval": cdk.Duration.seconds(0)}, "poll_interval must be a whole number"),
        ({"tags": {"aws:x": "y"}}, "reserved for AWS"),
    ],
)
def test_wrong_arguments_are_refused_and_leave_nothing(
    synth: Synth, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        make(synth, **arguments)
    assert synth.stack.node.try_find_child("Nightly") is None


def test_output_below_the_input_is_refused(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Bucket")
    with pytest.raises(ValidationError, match="lies under the input"):
        make(
            synth,
            job_input=JobInput.from_bucket(bucket, prefix=""),
            job_output=JobOutput.to_bucket(bucket, prefix="out"),
        )


def test_long_paths_get_short_names_that_differ(synth: Synth) -> None:
    uris = set()
    for number in range(2):
        workflow = make(synth, f"{number}{'Recommendations' * 4}")
        uris.add(workflow.output_uri)
        slug = workflow.output_uri.split("/")[-2]
        assert len(slug) <= 40
    assert len(uris) == 2
