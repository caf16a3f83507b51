"""Keys of another account."""

from __future__ import annotations

from tests.support.flow.accounts import Other, Role
from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws

DENIED = "AccessDeniedException"


def test_a_key_needs_the_policies_of_both_sides(local_aws: RunningAws) -> None:
    other, able, unable = Other(local_aws), Role(local_aws, "kms"), Role(local_aws)
    asked = {"KeyId": other.key, "KeySpec": "AES_256"}
    root = local_aws.client("kms")
    assert refusal_of(able.client("kms").generate_data_key, **asked)[1] == DENIED
    assert refusal_of(root.generate_data_key, **asked)[1] == DENIED
    other.open_key(able.arn)
    made = able.client("kms").generate_data_key(**asked)
    opened = able.client("kms").decrypt(CiphertextBlob=made["CiphertextBlob"], KeyId=other.key)
    assert opened["Plaintext"] == made["Plaintext"]
    assert refusal_of(unable.client("kms").generate_data_key, **asked)[1] == DENIED
    assert refusal_of(root.generate_data_key, **asked)[1] == DENIED


def test_a_key_cannot_be_changed_from_there(local_aws: RunningAws) -> None:
    other, able = Other(local_aws), Role(local_aws, "kms")
    other.open_key(able.arn)
    refused = refusal_of(able.client("kms").disable_key, KeyId=other.key)
    assert refused[1] == "NotFoundException"
