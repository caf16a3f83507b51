"""Whole lives of a stack, made up: changes, rollbacks, deliveries that are repeated or killed.

The machine plays CloudFormation. It knows which requests were asked for, and checks after every
event that each of them has exactly one job, that the physical id names the job that was asked for,
that its tags are right, and that whoever waits, waits for this job."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.support.runtime.aws import FakeAws
from tests.support.runtime.deliveries import (
    CHANGES,
    DELIVERIES,
    MOST_BUSY,
    OPERATIONS,
    Delivery,
    Wanted,
    deliver,
    take_turns,
)
from tests.support.runtime.requests import make_properties, make_wait
from tests.support.s3 import MemoryS3

FOREIGN_TAG = {"of": "somebody else"}
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/shop"


class CloudFormation(RuleBasedStateMachine):
    """A stack with one batch job, updated again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.aws = FakeAws()
        self.stack = 0
        self.handles = 0
        self.current: Wanted | None = None
        self.physical_id = ""
        self.made: dict[tuple[Any, ...], str] = {}

    # What happens -----------------------------------------------------------------------------

    @initialize()
    def inputs_are_in_place(self) -> None:
        for content in ("1" * 16, "2" * 16):
            self.aws.memory.put("assets", content, b'{"userId": "1", "itemId": "1"}\n')
        self.aws.memory.put("in", "users/1", b'{"userId": "1", "itemId": "1"}\n')

    @rule(
        change=CHANGES,
        delivery=DELIVERIES,
        stuck=st.none() | st.sampled_from(OPERATIONS[:-1]),
        fails_elsewhere=st.booleans(),
        back=DELIVERIES,
        forgets=st.booleans(),
    )
    def deploy(
        self,
        change: dict[str, Any],
        delivery: Delivery,
        stuck: str | None,
        fails_elsewhere: bool,
        back: Delivery,
        forgets: bool,
    ) -> None:
        """Changes the stack; what fails, here or in another resource, is rolled back."""
        old, new = self.current, self.changed(change)
        fails_elsewhere = fails_elsewhere or delivery.pauses_left is not None
        if new == old:
            return
        if stuck:
            self.aws.faults += [(stuck, "denied")] * 200
        id_before = self.physical_id
        answer = self.send("Create" if old is None else "Update", new, old, delivery)
        self.aws.faults.clear()
        succeeded = answer["Status"] == "SUCCESS"
        unawaited = self.would_pass_unawaited(old, new)
        assert not (succeeded and unawaited)
        assert succeeded or unawaited or stuck or self.may_fail(new, delivery), answer["Reason"]
        if succeeded:
            self.check_job(answer, new, old)
        if succeeded and not fails_elsewhere:
            self.current, self.physical_id = new, answer["PhysicalResourceId"]
            if old is not None and id_before != self.physical_id:
                self.delete(new, id_before, delivery)
        elif old is None:
            self.delete(new, answer["PhysicalResourceId"], back)
            self.new_stack()
        else:
            self.roll_back(old, new, answer["PhysicalResourceId"], back, forgets)

    @rule(delivery=DELIVERIES)
    @precondition(lambda self: self.current is not None)
    def destroy(self, delivery: Delivery) -> None:
        assert self.current
        self.delete(self.current, self.physical_id, delivery)
        self.current = None
        self.new_stack()

    @rule(data=st.data(), status=st.sampled_from(["ACTIVE", "CREATE FAILED"]))
    @precondition(lambda self: self.running_jobs())
    def job_ends(self, data: st.DataObject, status: str) -> None:
        """A job ends, and whoever waits for it has its handle signalled, once."""
        arn = data.draw(st.sampled_from(self.running_jobs()))
        self.aws.jobs[arn]["status"] = status
        for name, execution in self.aws.executions.items():
            waited = json.loads(execution["input"])
            if waited["jobArn"] == arn:
                body = self.aws.end_wait(name)
                assert body["UniqueId"] == waited["jobName"]
                assert (body["Status"] == "SUCCESS") is (status == "ACTIVE")
                assert len(self.aws.bodies[waited["handleUrl"]]) == 1

    # What CloudFormation does -----------------------------------------------------------------

    def changed(self, change: dict[str, Any]) -> Wanted:
        base = self.current or Wanted()
        values = {**base.__dict__, **{k: v for k, v in change.items() if k != "wait"}}
        wait = change.get("wait", "same")
        if wait == "new":
            self.handles += 1
            values["handle"] = f"https://handles.example/{self.handles}?Signature=secret"
        elif wait == "none":
            values["handle"] = None
        return Wanted(**values)

    def would_pass_unawaited(self, old: Wanted | None, new: Wanted) -> bool:
        return (
            old is not None
            and new.handle is not None
            and old.handle == new.handle
            and old.identity != new.identity
        )

    def may_fail(self, wanted: Wanted, delivery: Delivery) -> bool:
        """Whether there is no room, or nobody who waits for it."""
        enough = delivery.busy <= MOST_BUSY if wanted.waits_for_room else delivery.busy <= 5
        return delivery.pauses_left is not None or not enough

    def roll_back(
        self, old: Wanted, new: Wanted, id_now: str, delivery: Delivery, forgets: bool
    ) -> None:
        """Brings the old properties back, where the world they were made in is gone."""
        memory, versions = self.aws.memory, self.aws.versions
        self.aws.memory, self.aws.versions = MemoryS3(*memory.objects), []
        id_sent = self.physical_id if forgets else id_now
        answer = self.send("Update", old, new, delivery, physical_id=id_sent)
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        assert answer["PhysicalResourceId"] == self.physical_id
        self.check_job(answer, old, new if id_now == self.physical_id else None)
        if id_now != self.physical_id:
            self.delete(new, id_now, delivery)
        self.aws.memory, self.aws.versions = memory, versions

    def delete(self, wanted: Wanted, physical_id: str, delivery: Delivery) -> None:
        calls = len(self.aws.calls)
        answer = self.send("Delete", wanted, None, delivery, physical_id=physical_id)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
        assert len(self.aws.calls) == calls

    def new_stack(self) -> None:
        self.stack += 1
        self.current, self.physical_id = None, ""

    # How events are delivered -----------------------------------------------------------------

    def send(
        self,
        request_type: str,
        wanted: Wanted,
        old: Wanted | None,
        delivery: Delivery,
        *,
        physical_id: str | None = None,
    ) -> Any:
        """Delivers an event and returns the answer that came first."""
        event = self.aws.event(
            request_type,
            self.as_properties(wanted),
            old=self.as_properties(old) if old and request_type == "Update" else None,
            physical_id=physical_id or self.physical_id or None,
        )
        event["StackId"] += f"-{self.stack}"
        self.aws.recipe = "aws-item-affinity" if wanted.segment else "aws-user-personalization"
        self.aws.faults += delivery.faults
        busy = [(f"CreateBatch{wanted.kind}Job", "limit")] * delivery.busy
        self.aws.faults += busy
        self.aws.pauses_left = delivery.pauses_left
        before = set(self.aws.jobs)
        kills = list(delivery.kills)

        def once() -> None:
            deliver(self.aws, event, kills, wanted.function_seconds)

        if delivery.turns is None:
            for _ in range(delivery.times):
                once()
        else:
            take_turns(self.aws, [once, once], delivery.turns)
        self.aws.kill_at = None
        given = {*delivery.faults, *busy}
        self.aws.faults = [one for one in self.aws.faults if one not in given]
        self.aws.pauses_left = None
        if delivery.turns is None and not delivery.is_blind:
            assert self.aws.made_unwanted == []
        self.aws.made_unwanted.clear()
        self.check_jobs(before, wanted, old, request_type)
        return self.first_answer(event, delivery)

    def as_properties(self, wanted: Wanted) -> dict[str, Any]:
        properties = make_properties(
            request={"numResults": wanted.results},
            RunKey=wanted.run_key,
            JobKind="BatchSegmentJob" if wanted.segment else None,
            SolutionArn=SOLUTION if wanted.latest else None,
            JobTags=dict(wanted.tags) or None,
            Preflight="true" if wanted.preflight else "false",
            Waiter=make_wait(wanted.handle) if wanted.handle else None,
            WaitForRoom="3300" if wanted.waits_for_room else None,
            InputCopy=wanted.content
            and {
                "sourceBucket": "assets",
                "sourceKey": wanted.content,
                "bucket": "copies",
                "contentHash": wanted.content,
                "fileName": "users.json",
            },
        )
        if wanted.latest:
            del properties["SolutionVersionArn"]
        return properties

    def first_answer(self, event: dict[str, Any], delivery: Delivery) -> Any:
        bodies = self.aws.bodies[event["ResponseURL"]]
        assert len(bodies) >= (delivery.times if delivery.turns is None else 2)
        for body in bodies:
            assert body["Status"] in ("SUCCESS", "FAILED")
            assert body["Reason"] if body["Status"] == "FAILED" else body["Data"] is not None
            for key in ("StackId", "RequestId", "LogicalResourceId"):
                assert body[key] == event[key]
        # Whichever success comes first, it is the same one.
        successes = [body for body in bodies if body["Status"] == "SUCCESS"]
        assert all(body == successes[0] for body in successes)
        return bodies[0]

    # What must always be true -----------------------------------------------------------------

    def check_jobs(
        self, before: set[str], wanted: Wanted, old: Wanted | None, request_type: str
    ) -> None:
        """A request has one job at most, and what is refused has none."""
        new = set(self.aws.jobs) - before
        identity = (self.stack, *wanted.identity)
        if (
            request_type == "Delete"
            or identity in self.made
            or self.would_pass_unawaited(old, wanted)
        ):
            assert not new
        assert len(new) <= 1
        for arn in new:
            self.made[identity] = arn
            self.aws.tags[arn].update(FOREIGN_TAG)
        assert len(self.aws.jobs) == len(self.made)

    def check_job(self, answer: Any, wanted: Wanted, old: Wanted | None) -> None:
        arn = answer["PhysicalResourceId"]
        found = self.aws.jobs[arn]
        assert arn == self.made[self.stack, *wanted.identity]
        assert answer["Data"] == {
            "JobArn": arn,
            "JobName": found["jobName"],
            "OutputUri": found["jobOutput"]["s3DataDestination"]["path"],
            "SolutionVersionArn": f"{SOLUTION}/v1",
        }
        assert found["numResults"] == wanted.results
        tags = self.aws.tags[arn]
        asked = dict(wanted.tags) | FOREIGN_TAG
        assert asked == {key: tags[key] for key in asked}
        if old is not None:
            assert not [key for key, _ in old.tags if key in tags and key not in asked]
        if wanted.handle:
            assert self.waiting_for(wanted.handle) == [arn]

    def waiting_for(self, handle: str) -> list[str]:
        inputs = [json.loads(execution["input"]) for execution in self.aws.executions.values()]
        return [one["jobArn"] for one in inputs if one["handleUrl"] == handle]

    def running_jobs(self) -> list[str]:
        return sorted(
            arn for arn, found in self.aws.jobs.items() if found["status"] == "CREATE PENDING"
        )
