"""Data of one's own on a running local AWS: a bucket that Personalize may use, and its role."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.local.own_data import FILES, schema
from tests.support.waiting import wait_for

KINDS: Final = ("Interactions", "Items", "Users")
_ENDED: Final = ("ACTIVE", "CREATE FAILED", "CREATE STOPPED")
_PRINCIPAL: Final = "personalize.amazonaws.com"


class Shop:
    """A bucket with three CSV files, its policy, and a role, for one test."""

    def __init__(self, aws: RunningAws) -> None:
        self.name = f"shop-{uuid.uuid4().hex[:8]}"
        self.aws = aws
        self.bucket = self.name
        self.s3: Any = aws.client("s3")
        self.personalize: Any = aws.client("personalize")
        self.s3.create_bucket(Bucket=self.bucket)
        places = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
        actions = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        statement = {"Effect": "Allow", "Action": actions, "Resource": places}
        self.s3.put_bucket_policy(
            Bucket=self.bucket,
            Policy=aws.policy({**statement, "Principal": {"Service": _PRINCIPAL}}),
        )
        self.role = aws.create_role("personalize", statement)
        for kind, content in FILES.items():
            self.put(f"import/{kind}.csv", content())

    def put(self, key: str, content: bytes) -> str:
        """Puts an object; answers its URI."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def uri(self, kind: str) -> str:
        return f"s3://{self.bucket}/import/{kind}.csv"

    def schema(self, kind: str) -> str:
        """Makes a schema; answers its ARN."""
        made = self.personalize.create_schema(name=f"{self.name}-{kind}", schema=schema(kind))
        return str(made["schemaArn"])

    def active(self, describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Looks until something is ACTIVE."""
        found = wait_for(describe, lambda seen: seen["status"] in _ENDED)
        assert found["status"] == "ACTIVE", found
        return found

    def group(self) -> str:
        made = self.personalize.create_dataset_group(name=self.name)["datasetGroupArn"]
        self.active(
            lambda: self.personalize.describe_dataset_group(datasetGroupArn=made)["datasetGroup"]
        )
        return str(made)

    def dataset(self, group: str, kind: str) -> str:
        made = self.personalize.create_dataset(
            name=f"{self.name}-{kind}",
            schemaArn=self.schema(kind),
            datasetGroupArn=group,
            datasetType=kind,
        )["datasetArn"]
        self.dataset_is_active(made)
        return str(made)

    def dataset_is_active(self, arn: str) -> None:
        self.active(lambda: self.personalize.describe_dataset(datasetArn=arn)["dataset"])

    def start_import(self, dataset: str, kind: str, mode: str = "FULL") -> str:
        made = self.personalize.create_dataset_import_job(
            jobName=f"{kind}-{uuid.uuid4().hex[:8]}",
            datasetArn=dataset,
            dataSource={"dataLocation": self.uri(kind)},
            roleArn=self.role,
            importMode=mode,
        )
        return str(made["datasetImportJobArn"])

    def imported(self, job: str) -> dict[str, Any]:
        return self.active(
            lambda: self.personalize.describe_dataset_import_job(datasetImportJobArn=job)[
                "datasetImportJob"
            ]
        )

    def loaded_group(self) -> str:
        """A group with the three data sets, imported."""
        group = self.group()
        jobs = [self.start_import(self.dataset(group, kind), kind) for kind in KINDS]
        for job in jobs:
            self.imported(job)
        return group

    def solution(self, group: str, recipe: str, **more: Any) -> str:
        made = self.personalize.create_solution(
            name=f"{self.name}-{recipe}",
            datasetGroupArn=group,
            recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
            **more,
        )["solutionArn"]
        self.active(lambda: self.personalize.describe_solution(solutionArn=made)["solution"])
        return str(made)

    def version(self, solution: str, **more: Any) -> str:
        made = self.personalize.create_solution_version(solutionArn=solution, **more)
        arn = str(made["solutionVersionArn"])
        self.trained(arn)
        return arn

    def trained(self, arn: str) -> dict[str, Any]:
        return self.active(
            lambda: self.personalize.describe_solution_version(solutionVersionArn=arn)[
                "solutionVersion"
            ]
        )

    def filter(self, group: str, expression: str, name: str = "filter") -> str:
        made = self.personalize.create_filter(
            name=f"{self.name}-{name}", datasetGroupArn=group, filterExpression=expression
        )["filterArn"]
        self.active(lambda: self.personalize.describe_filter(filterArn=made)["filter"])
        return str(made)

    def request(self, version: str, name: str, *records: dict[str, Any]) -> dict[str, Any]:
        """What a batch job of some records is asked for."""
        lines = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        return {
            "jobName": f"{self.name}-{name}",
            "solutionVersionArn": version,
            "roleArn": self.role,
            "jobInput": {"s3DataSource": {"path": self.put(f"in/{name}.json", lines)}},
            "jobOutput": {"s3DataDestination": {"path": f"s3://{self.bucket}/out/{name}/"}},
        }

    def recommended(self, version: str, name: str, *records: dict[str, Any], **more: Any) -> Any:
        """Runs a batch inference job; answers its output records."""
        request = {**self.request(version, name, *records), **more}
        arn = self.personalize.create_batch_inference_job(**request)["batchInferenceJobArn"]
        self.active(
            lambda: self.personalize.describe_batch_inference_job(batchInferenceJobArn=arn)[
                "batchInferenceJob"
            ]
        )
        return self.results(name)

    def segments(self, version: str, name: str, *records: dict[str, Any], **more: Any) -> Any:
        """Runs a batch segment job; answers its output records."""
        request = {**self.request(version, name, *records), **more}
        arn = self.personalize.create_batch_segment_job(**request)["batchSegmentJobArn"]
        self.active(
            lambda: self.personalize.describe_batch_segment_job(batchSegmentJobArn=arn)[
                "batchSegmentJob"
            ]
        )
        return self.results(name)

    def results(self, name: str) -> list[dict[str, Any]]:
        return self.aws.read(f"s3://{self.bucket}/out/{name}/")

    def close(self) -> None:
        """Deletes its dataset group: there can be five in an account."""
        client = self.personalize
        arn = f"arn:aws:personalize:{self.aws.local_aws.region}:{ACCOUNT}:dataset-group/{self.name}"
        groups = [one["datasetGroupArn"] for one in client.list_dataset_groups()["datasetGroups"]]
        if arn not in groups:
            return
        for one in client.list_solutions(datasetGroupArn=arn)["solutions"]:
            self._until_gone(client.delete_solution, solutionArn=one["solutionArn"])
        for one in client.list_datasets(datasetGroupArn=arn)["datasets"]:
            self._until_gone(client.delete_dataset, datasetArn=one["datasetArn"])
        self._until_gone(client.delete_dataset_group, datasetGroupArn=arn)

    def _until_gone(self, delete: Callable[..., Any], **request: str) -> None:
        while True:
            try:
                delete(**request)
            except self.personalize.exceptions.ResourceNotFoundException:
                return
            except self.personalize.exceptions.ResourceInUseException:
                time.sleep(0.02)
