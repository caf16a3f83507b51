"""Jobs that wait for room, and deployments that end meanwhile, by the real CDK CLI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.flow.library.lives import CREATE, VERSION, App, life
from tests.support.waiting import wait_for

# A function of that long has time for two looks for room, and then hands over.
SECONDS = 187
SIX: dict[str, Any] = {f"Job{number}": {"version": VERSION} for number in range(6)}


@pytest.mark.aws("a sixth job")
@life
def test_a_further_invocation_makes_a_job_that_found_no_room(app: App) -> None:
    app.aws.control.add_fault(CREATE, kind="no-room", job=f"{app.name}-Job5", times=3)
    app.deploy(seconds=SECONDS, **SIX)
    assert len(app.jobs) == 6
    assert "no room yet: invocation 2 goes on" in app.log()


@pytest.mark.aws("a job that nobody waits for")
@life
def test_a_cancelled_update_makes_no_job_that_waits_for_room(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    app.aws.control.add_fault(CREATE, kind="no-room", job=app.name)
    client = app.aws.client("cloudformation")
    with ThreadPoolExecutor() as pool:
        update = pool.submit(app.fail, Batch={"version": VERSION, "run_key": "2"})
        # Gone when it has struck.
        wait_for(app.aws.control.faults, lambda left: app.name not in str(left))
        client.cancel_update_stack(StackName=app.name)
        update.result()
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    wait_for(app.log, lambda log: "CloudFormation no longer waits for it" in log)
    assert len(app.jobs) == 1
