"""A template encrypts its buckets."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.places import Places, allow
from tests.support.flow.running_aws import RunningAws


def test_a_template_encrypts_its_buckets(local_aws: RunningAws, places: Places) -> None:
    client, name = local_aws.client("cloudformation"), f"flow-{uuid.uuid4().hex[:8]}"
    keys = [places.key(), None, places.key()]
    bucket = ""
    for key_arn in keys:
        rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        if key_arn is not None:
            # As a template may name a key: by its id alone.
            rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] = key_arn.rpartition("/")[2]
        encryption = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}
        properties = encryption if key_arn is not None else {}
        template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
        change = client.update_stack if bucket else client.create_stack
        change(StackName=name, TemplateBody=json.dumps(template))
        client.get_waiter(
            "stack_update_complete" if bucket else "stack_create_complete",
        ).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        (found,) = client.describe_stack_resources(StackName=name)["StackResources"]
        bucket = found["PhysicalResourceId"]
        writer = local_aws.client("s3", local_aws.assume_new_role(allow("s3:*")))
        if key_arn is None:
            writer.put_object(Bucket=bucket, Key="x", Body=b"")
        else:
            with pytest.raises(ClientError, match=f"kms:GenerateDataKey on resource: {key_arn}"):
                writer.put_object(Bucket=bucket, Key="x", Body=b"")
