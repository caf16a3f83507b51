"""Policies are asked for each parameter of a list."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws

ARN = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"


def test_each_parameter_needs_the_right(local_aws: RunningAws) -> None:
    ssm = local_aws.client("ssm")
    for name in ("/lists/one", "/lists/two", "/other/three"):
        ssm.put_parameter(Name=name, Value="x", Type="String", Overwrite=True)
    allowed = ["ssm:GetParameters", "ssm:DeleteParameters"]
    session = local_aws.assume_new_role(
        {"Effect": "Allow", "Action": allowed, "Resource": f"{ARN}/lists/*"}
    )
    theirs = local_aws.client("ssm", session)
    found = theirs.get_parameters(Names=["/lists/one", "/lists/two"])
    assert [one["Name"] for one in found["Parameters"]] == ["/lists/one", "/lists/two"]
    for call in (theirs.get_parameters, theirs.delete_parameters):
        with pytest.raises(ClientError, match="not authorized to perform: ssm:"):
            call(Names=["/lists/one", "/other/three"])
    assert theirs.delete_parameters(Names=["/lists/one"])["DeletedParameters"] == ["/lists/one"]
