"""Functions verify this server, whatever authorities they name."""

from __future__ import annotations

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

OF_AMAZON_LINUX = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
ASKS = """
import boto3

def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Account"]
"""


def test_a_function_that_names_those_of_amazon_linux_reaches_the_server(
    local_aws: RunningAws,
) -> None:
    named = {"Variables": {"AWS_CA_BUNDLE": OF_AMAZON_LINUX}}
    assert Function(local_aws, ASKS, Environment=named).result() == "000000000000"
