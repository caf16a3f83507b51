"""Aspects, which visit an app when it is synthesized: those of others, and what they add."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import IConstruct

from cdk_personalize_batch import BatchRuntime
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make


@jsii.implements(cdk.IAspect)
class Late:
    """Adds a job and a workflow, as a platform's aspect may do."""

    def __init__(self, synth: Synth) -> None:
        self._synth = synth

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.Stack):
            self._synth.job()
            make(self._synth)


@jsii.implements(cdk.IAspect)
class Insights:
    """Changes every function, as an organisation's aspect does."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, lambda_.CfnFunction):
            node.reserved_concurrent_executions = 7
            node.kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"


def test_settings_hold_for_what_an_aspect_adds(synth: Synth) -> None:
    BatchRuntime.configure(
        synth.stack,
        vpc=ec2.Vpc(synth.stack, "Vpc"),
        log_retention=logs.RetentionDays.ONE_WEEK,
    )
    cdk.Aspects.of(synth.stack).add(Late(synth))
    functions = synth.resources("AWS::Lambda::Function").values()
    assert len(functions) == 2
    assert all("VpcConfig" in one["Properties"] for one in functions)
    groups = synth.resources("AWS::Logs::LogGroup").values()
    assert [group["Properties"]["RetentionInDays"] for group in groups] == [7] * 3


def test_an_aspect_of_others_reaches_all_functions(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.hours(1))
    make(synth)
    cdk.Aspects.of(synth.app).add(Insights())
    functions = synth.resources("AWS::Lambda::Function").values()
    assert [one["Properties"]["ReservedConcurrentExecutions"] for one in functions] == [7, 7]
    assert all(one["Properties"]["KmsKeyArn"].endswith("key/1") for one in functions)
