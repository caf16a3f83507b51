"""Every request has one job, whatever happens to the stack and to the events."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)

from tests.support.runtime.cloudformation import CloudFormation


def test_every_request_has_one_job_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="personalize_batch_runtime")
    run_state_machine_as_test(
        CloudFormation,
        settings=settings(
            max_examples=500,
            stateful_step_count=10,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
