"""Stacks with the custom resources that the CDK itself makes, by their names in the context."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from aws_cdk import custom_resources as cr

from cdk_personalize_batch import BatchStorage

ACCOUNT = "000000000000"
ONE = cdk.Environment(account=ACCOUNT, region="us-east-1")
OTHER = cdk.Environment(account=ACCOUNT, region="us-west-2")

EVENTS = """
def handler(event, context):
    return {"PhysicalResourceId": "ours", "Data": {"Answer": event["RequestType"]}}
"""
COMPLETE = """
def handler(event, context):
    return {"IsComplete": True}
"""


def code(text: str) -> lambda_.InlineCode:
    return lambda_.Code.from_inline(text)


class Own(cdk.Stack):
    """The custom resources of one Region."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "CustomResources", env=ONE)
        bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            auto_delete_objects=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
        # As the guides have it.
        storage = BatchStorage(self, "Storage", removal_policy=cdk.RemovalPolicy.DESTROY)
        for name, one in {"Input": storage.input_bucket, "Output": storage.output_bucket}.items():
            cdk.CfnOutput(self, name, value=one.bucket_name)
        self._call()
        logs.LogRetention(
            self,
            "Retention",
            log_group_name="/custom/resources",
            retention=logs.RetentionDays.FIVE_DAYS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self._provide()

    def _call(self) -> None:
        name = "/custom/resources/parameter"
        call = cr.AwsSdkCall(
            service="SSM",
            action="putParameter",
            parameters={"Name": name, "Value": "put", "Type": "String", "Overwrite": True},
            physical_resource_id=cr.PhysicalResourceId.of(name),
        )
        delete = cr.AwsSdkCall(service="SSM", action="deleteParameter", parameters={"Name": name})
        called = cr.AwsCustomResource(
            self,
            "Call",
            on_create=call,
            on_delete=delete,
            install_latest_aws_sdk=False,
            policy=cr.AwsCustomResourcePolicy.from_sdk_calls(
                resources=cr.AwsCustomResourcePolicy.ANY_RESOURCE
            ),
        )
        cdk.CfnOutput(self, "Version", value=called.get_response_field("Version"))

    def _provide(self) -> None:
        events, complete = (
            lambda_.Function(
                self,
                name,
                runtime=lambda_.Runtime.PYTHON_3_13,
                handler="index.handler",
                code=code(text),
            )
            for name, text in (("Events", EVENTS), ("Complete", COMPLETE))
        )
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=events,
            is_complete_handler=complete,
            query_interval=cdk.Duration.seconds(1),
        )
        made = cdk.CustomResource(self, "Made", service_token=provider.service_token)
        cdk.CfnOutput(self, "Answer", value=made.get_att_string("Answer"))


class Deployment(cdk.Stack):
    """Files that CloudFormation puts into a bucket."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Deployment", env=ONE)
        bucket = s3.Bucket(
            self, "Bucket", auto_delete_objects=True, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        deployment.BucketDeployment(
            self,
            "Files",
            destination_bucket=bucket,
            destination_key_prefix="in",
            sources=[deployment.Source.data("users.json", '{"userId": "1"}\n')],
        )
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)


class Producer(cdk.Stack):
    """What a stack of another Region refers to."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Producer", env=OTHER, cross_region_references=True)
        self.topic = sns.Topic(self, "Topic")


class Consumer(cdk.Stack):
    """Refers to a stack of another Region."""

    def __init__(self, app: cdk.App, producer: Producer) -> None:
        super().__init__(app, "Consumer", env=ONE, cross_region_references=True)
        ssm.StringParameter(
            self,
            "Seen",
            parameter_name="/custom/resources/topic",
            string_value=producer.topic.topic_arn,
        )


app = cdk.App()
Own(app)
Deployment(app)
Consumer(app, Producer(app))
app.synth()
