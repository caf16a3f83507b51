"""Queues of SQS, and what comes to them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.waiting import wait_for


class Queue:
    """A queue of one test."""

    def __init__(self, aws: RunningAws) -> None:
        self._client = aws.client("sqs")
        name = f"flow-{uuid.uuid4().hex[:8]}"
        self.arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        self._url = self._client.create_queue(QueueName=name)["QueueUrl"]

    def message(self) -> Any:
        """The first message that comes."""

        def receive() -> Any:
            return self._client.receive_message(
                QueueUrl=self._url, MessageAttributeNames=["All"], WaitTimeSeconds=1
            ).get("Messages")

        message = wait_for(receive)[0]
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def record(self) -> Any:
        return json.loads(self.message()["Body"])
