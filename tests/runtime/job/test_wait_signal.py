"""The signal at the end of a wait: the stack goes on, or fails with Personalize's own reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.runtime.aws import FakeAws

HANDLE = "https://handles.example/1?Signature=secret"
ARN = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/shop-job-1"


def signal(**changes: Any) -> dict[str, Any]:
    base = {"handleUrl": HANDLE, "jobName": "shop-job-1", "jobArn": ARN, "status": "ACTIVE"}
    changed = {key: value for key, value in {**base, **changes}.items() if value is not None}
    return {"Signal": changed}


def test_an_active_job_is_a_success(aws: FakeAws) -> None:
    assert aws.deliver(signal()) == {
        "Status": "SUCCESS",
        "UniqueId": "shop-job-1",
        "Data": "ACTIVE",
        "Reason": "Batch inference job shop-job-1 is ACTIVE.",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"status": "CREATE FAILED", "failureReason": "Invalid S3 input path"},
            "Batch inference job shop-job-1 failed: Invalid S3 input path (Mend what it names; "
            "to run the same request again, change run_key, or job_name where one was given.)",
        ),
        (
            {"status": "FAILED"},
            "Batch inference job shop-job-1 failed: no reason was given. (Mend what it names; "
            "to run the same request again, change run_key, or job_name where one was given.)",
        ),
        (
            {"status": "CREATE IN_PROGRESS", "timedOutAfterSeconds": 3600},
            "Batch inference job shop-job-1 is still CREATE IN_PROGRESS after 3600 seconds. It "
            "cannot be stopped: it goes on, and is billed. Look at it before you deploy again; "
            "allow more time with wait_up_to, or do not wait.",
        ),
        (
            {"status": "PAUSED"},
            "Batch inference job shop-job-1 has the status 'PAUSED', which is none that is known. "
            f"Look at the job {ARN}; a newer cdk-personalize-batch may know it.",
        ),
        (
            {"status": "", "unreadable": "Not\nallowed."},
            "the state of Batch inference job shop-job-1 cannot be read: Not allowed. The job goes "
            "on, and is billed. Look at it before you deploy again.",
        ),
        (
            {"status": None},
            "the state of Batch inference job shop-job-1 cannot be read: no reason was given. The "
            "job goes on, and is billed. Look at it before you deploy again.",
        ),
        (
            {
                "status": "CREATE FAILED",
                "failureReason": "x.",
                "jobArn": ARN.replace("inference", "segment"),
                "timedOutAfterSeconds": 5,
            },
            "Batch segment job shop-job-1 failed: x. (Mend what it names; to run "
            "the same request again, change run_key, or job_name where one was given.)",
        ),
    ],
)
def test_any_other_end_is_a_failure_with_its_reason(
    aws: FakeAws, changes: dict[str, Any], reason: str
) -> None:
    body = aws.deliver(signal(**changes))
    assert (body["Status"], body["Reason"]) == ("FAILURE", reason)
    assert body["Data"] == (changes["status"] or "UNREADABLE")


@pytest.mark.parametrize("char", ["x", "é", "漢", "😀", '"', "\\", "\n", "\x00", "\ud800", "${a}"])
@pytest.mark.parametrize("length", [10, 3800, 65536])
def test_a_reason_of_any_length_and_alphabet_fits(aws: FakeAws, char: str, length: int) -> None:
    reason = char * length
    body = aws.deliver(signal(status="CREATE FAILED", failureReason=reason))
    assert body["Reason"].startswith("Batch inference job shop-job-1 failed: ")
    assert body["Reason"].endswith("job_name where one was given.)")
    if len(json.dumps(reason)) < 3500:
        assert reason in body["Reason"]
    else:
        assert len(json.dumps(body["Reason"])) > 2500


def test_hostile_names_and_states_fit_too(aws: FakeAws) -> None:
    body = aws.deliver(signal(jobName="😀" * 9999, jobArn="a" * 9999, status="\x00" * 9999))
    assert body["Status"] == "FAILURE"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"handleUrl": None}, "needs the handleUrl"),
        ({"handleUrl": "file:///etc/passwd"}, "needs the handleUrl"),
        ({"handleUrl": 5}, "needs the handleUrl"),
        ({"jobName": None, "jobArn": ""}, "lacks jobName, jobArn"),
        ({"jobArn": 5}, "lacks jobArn"),
    ],
)
def test_fails_where_the_signal_is_not_of_its_form(
    aws: FakeAws, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(Exception, match=text):
        aws.deliver(signal(**changes))
    assert aws.bodies == {}


def test_fails_where_the_handle_does_not_take_it_so_that_it_is_sent_again(aws: FakeAws) -> None:
    aws.fail("put", "dropped")
    with pytest.raises(OSError, match="dropped"):
        aws.deliver(signal())
    assert aws.deliver(signal())["Status"] == "SUCCESS"
