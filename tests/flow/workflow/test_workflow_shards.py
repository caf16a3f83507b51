"""Runs over more input than one job takes, with quotas that are made small for the tests."""

from __future__ import annotations

import json

from personalize_local.control import Control
from tests.support.flow.library.workflows import Workflows

CREATE = "CreateBatchInferenceJob"


def put(workflows: Workflows, name: str, files: int) -> None:
    for number in range(files):
        workflows.put(name, f"{number:04}.json", b'{"userId":"%d"}\n' % number)
    # A result in the input keeps the path from being used as it is, as too many files would.
    workflows.put(name, "0000.json.out", b"{}\n")


def test_each_shard_is_a_job_and_all_results_lie_below_one_folder(workflows: Workflows) -> None:
    put(workflows, "Few", 3)
    ended = workflows.run("Few")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    manifest = json.loads(workflows.read(output["manifestUri"])[0])
    told = [one["job"] for one in manifest["shards"]]
    assert [job["status"] for job in told] == ["ACTIVE"] * 3
    names = {job["jobName"] for job in workflows.jobs("Few")}
    assert {job["jobName"] for job in told} == names
    assert {name.rpartition("-")[2] for name in names} == {"00001", "00002", "00003"}
    assert output["counts"]["jobs"] == 3
    assert output["counts"]["files"] == 3
    assert workflows.users(output["outputUri"]) == ["0", "1", "2"]
    assert (manifest["status"], manifest["succeeded"]) == ("COMPLETE", 3)


def test_input_copies_and_output_can_have_a_key_of_ones_own(workflows: Workflows) -> None:
    put(workflows, "Encrypted", 2)
    output = workflows.output("Encrypted")
    assert workflows.users(output["outputUri"]) == ["0", "1"]
    # The local AWS asks the key's policy and the callers' at each read and write.
    for job in workflows.jobs("Encrypted"):
        source, target = job["jobInput"]["s3DataSource"], job["jobOutput"]["s3DataDestination"]
        assert source["kmsKeyArn"] == target["kmsKeyArn"]
        assert ":key/" in source["kmsKeyArn"]


def test_a_failed_shard_leaves_the_others_and_a_redrive_runs_it_alone(
    workflows: Workflows, control: Control
) -> None:
    put(workflows, "ShardFails", 3)
    control.add_fault(CREATE, kind="job-fails", reason="Internal error")
    ended = workflows.run("ShardFails")
    assert ended["status"] == "FAILED"
    assert "1 of 3 shards failed: shard " in ended["cause"]
    assert "Internal error (arn:" in ended["cause"]
    uri = ended["cause"].rpartition("Manifest: ")[2].strip("\"'")
    manifest = json.loads(workflows.read(uri)[0])
    assert (manifest["status"], manifest["succeeded"]) == ("INCOMPLETE", 2)
    (failed,) = (job for job in workflows.jobs("ShardFails") if job["status"] != "ACTIVE")
    again = workflows.redrive(ended["executionArn"])
    assert again["status"] == "SUCCEEDED", again
    made = [job["jobName"] for job in workflows.jobs("ShardFails")]
    assert len(made) == 4
    assert made[-1] == f"{failed['jobName']}-2"
    output = json.loads(again["output"])
    assert workflows.users(output["outputUri"]) == [str(number) for number in range(3)]
    manifest = json.loads(workflows.read(output["manifestUri"])[0])
    assert manifest["status"] == "COMPLETE"
    assert made[-1] in [one["job"]["jobName"] for one in manifest["shards"]]


def test_an_error_that_is_no_jobs_fails_its_shard_only(
    workflows: Workflows, control: Control
) -> None:
    put(workflows, "Broken", 2)
    control.add_fault("DescribeBatchInferenceJob", kind="throttle", times=18)
    ended = workflows.run("Broken")
    assert "2 of 2 shards failed: shard 1: " in ended["cause"]
    assert workflows.redrive(ended["executionArn"])["status"] == "SUCCEEDED"
    assert len(workflows.jobs("Broken")) == 2


def test_many_shards_run_side_by_side(workflows: Workflows) -> None:
    put(workflows, "Many", 41)
    ended = workflows.run("Many")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["jobs"] == []
    assert output["counts"]["jobs"] == len(workflows.jobs("Many")) == 41
    assert workflows.users(output["outputUri"]) == [str(number) for number in range(41)]
    assert json.loads(workflows.read(output["manifestUri"])[0])["status"] == "COMPLETE"


def test_what_fails_for_a_while_is_tried_again_by_its_name(workflows: Workflows) -> None:
    place = "Few/Unsteady"
    put(workflows, place, 2)
    uri = f"s3://{workflows.bucket}/in/{place}/"
    ended = workflows.run("Few", inputUri=uri)
    workflows.empty(place)
    assert ended["status"] == "SUCCEEDED", ended
    assert workflows.users(json.loads(ended["output"])["outputUri"]) == ["0", "1"]
    log = workflows.log_of_shards()
    assert "[ERROR] S3Failed: as told" in log
    assert "[ERROR] OutOfTime: as told" in log
