"""Lifecycle rules in templates."""

from __future__ import annotations

from typing import Any

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack


def bucket(*rules: dict[str, Any]) -> dict[str, Any]:
    properties = {"LifecycleConfiguration": {"Rules": list(rules)}} if rules else {}
    return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}


def test_a_bucket_has_the_rules_of_its_template(local_aws: RunningAws, stack: Stack) -> None:
    made = bucket(
        {"Id": "shards", "Status": "Enabled", "Prefix": "shards/", "ExpirationInDays": 3},
        {
            "Id": "all",
            "Status": "Disabled",
            "TagFilters": [{"Key": "a", "Value": "b"}],
            "ObjectSizeGreaterThan": "10",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
            "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 5}],
        },
    )
    assert stack.make(made) == "CREATE_COMPLETE"
    s3, name = local_aws.client("s3"), stack.physical_id("Bucket")
    first, second = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert first == {
        "ID": "shards",
        "Status": "Enabled",
        "Filter": {"Prefix": "shards/"},
        "Expiration": {"Days": 3},
    }
    both = second.pop("Filter")["And"]
    assert (both["Tags"], both["ObjectSizeGreaterThan"]) == ([{"Key": "a", "Value": "b"}], 10)
    assert second == {
        "ID": "all",
        "Status": "Disabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
        "Transitions": [{"StorageClass": "GLACIER", "Days": 5}],
    }


def test_two_rules_of_one_id_are_refused(stack: Stack) -> None:
    twin = {"Id": "shards", "Status": "Enabled", "ExpirationInDays": 3}
    made = bucket({**twin, "Prefix": "a/"}, {**twin, "Prefix": "b/"})
    assert stack.make(made) == "ROLLBACK_COMPLETE"
    assert "Rule ID must be unique" in stack.reason("Bucket")


def test_rules_without_an_id_are_taken(stack: Stack) -> None:
    rule = {"Status": "Enabled", "ExpirationInDays": 3}
    made = bucket({**rule, "Prefix": "a/"}, {**rule, "Prefix": "b/"})
    assert stack.make(made) == "CREATE_COMPLETE"
