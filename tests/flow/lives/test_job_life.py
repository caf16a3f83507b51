"""The life of jobs by the real CDK CLI: once each, whatever fails, rolls back or is delivered."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.flow.library.lives import (
    CREATE,
    LIVES,
    SOLUTION,
    VERSION,
    VERSIONS,
    App,
    Lives,
    life,
)

STEPS = st.tuples(
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["films", "books"]),
    st.sampled_from([None, "lose-answer", "throttle", "server-error", "drop"]),
)
Steps = list[tuple[int, bool, str, str | None]]


def make_up(count: int) -> list[Steps]:
    """The same steps each time."""
    found: list[Steps] = []

    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(STEPS, min_size=4, max_size=4))
    def note(steps: Steps) -> None:
        found.append(steps)

    note()
    return found


def live_made_up(app: App, steps: Steps) -> None:
    asked: set[int] = set()
    for place, (results, broken, team, fault) in enumerate(steps):
        if fault is not None:
            app.add_fault(CREATE, kind=fault)
        job = {"version": VERSION, "num_results": results, "tags": {"team": team}}
        asked.add(results)
        # A stack that fails when it is made would be made anew, with jobs of its own.
        if broken and place > 0:
            app.fail(broken=True, Batch=job)
            assert app.status == "UPDATE_ROLLBACK_COMPLETE"
        else:
            app.deploy(Batch=job)
            current = results
        assert len(app.jobs) == len(asked)
        assert app.describe()["numResults"] == current


# The longest come first, so that they do not end alone.
NAME = "test_made_up_lives_have_one_job_for_each_request"
MADE_UP = {
    f"{NAME}[{number}]": partial(live_made_up, steps=steps)
    for number, steps in enumerate(make_up(3))
}
LIVES.update(MADE_UP)


@pytest.mark.parametrize("number", range(len(MADE_UP)))
def test_made_up_lives_have_one_job_for_each_request(lives: Lives, number: int) -> None:
    lives[f"{NAME}[{number}]"].result()


@life
def test_each_request_makes_one_job_and_going_back_finds_the_first(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    first = app.output("BatchArn")
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1
    app.deploy(Batch={"version": VERSION, "run_key": "2"})
    assert len(app.jobs) == 2
    app.deploy(Batch={"version": VERSION, "records": [{"userId": "2"}]})
    assert len(app.jobs) == 3
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 3
    assert app.output("BatchArn") == first
    app.destroy()
    assert len(app.jobs) == 3


@life
def test_tags_alone_change_the_job_in_place(app: App) -> None:
    app.deploy(Batch={"version": VERSION, "tags": {"team": "films", "stage": "test"}})
    first = app.output("BatchArn")
    app.deploy(Batch={"version": VERSION, "tags": {"team": "books"}})
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 1
    answer = app.aws.client("personalize").list_tags_for_resource(resourceArn=first)
    assert answer["tags"] == [{"tagKey": "team", "tagValue": "books"}]


@life
def test_the_newest_active_version_is_found(app: App) -> None:
    app.deploy(Batch={"solution": SOLUTION})
    assert app.output("BatchVersion") == VERSION
    assert app.describe()["solutionVersionArn"] == VERSION


@life
def test_a_solution_without_an_active_version_fails_with_what_there_is(app: App) -> None:
    solution = SOLUTION.rpartition("/")[0] + "/local-not-ready"
    text = app.fail(Batch={"solution": solution})
    assert "CREATE FAILED" in text
    assert "CREATE IN_PROGRESS" in text
    assert app.jobs == []


@life
def test_a_lost_answer_makes_no_second_job(app: App) -> None:
    app.add_fault(CREATE, kind="lose-answer")
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


@life
def test_weather_passes(app: App) -> None:
    app.add_fault("DescribeBatchInferenceJob", kind="server-error", times=2)
    app.add_fault(CREATE, kind="throttle", times=2)
    app.add_fault(CREATE, kind="role-not-ready", times=1)
    app.add_fault(CREATE, kind="access-denied", times=1)
    app.deploy(Batch={"version": VERSION})
    assert len(app.jobs) == 1


@life
def test_a_create_that_fails_half_way_is_rolled_back_and_keeps_the_buckets(app: App) -> None:
    app.fail(broken=True, Batch={"version": VERSION})
    assert app.status == "ROLLBACK_COMPLETE"
    # There is no way to stop the job. What becomes of it without its role is not for us to say.
    (name,) = app.jobs
    (job,) = (one for one in app.aws.control.jobs() if one["jobName"] == name)
    bucket = job["jobOutput"]["s3DataDestination"]["path"].split("/")[2]
    app.aws.client("s3").head_bucket(Bucket=bucket)


@life
def test_an_update_that_fails_is_rolled_back_to_the_first_job(app: App) -> None:
    app.deploy(Batch={"version": VERSION})
    first = app.output("BatchArn")
    app.fail(broken=True, Batch={"version": VERSION, "num_results": 3})
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
    assert app.output("BatchArn") == first
    assert len(app.jobs) == 2
    app.deploy(Batch={"version": VERSION, "num_results": 3})
    assert len(app.jobs) == 2


@life
def test_preflight_refuses_and_makes_no_job(app: App) -> None:
    for arguments, reason in (
        ({"records": [{"itemId": "1"}]}, "userId"),
        ({"uri": "s3://no-such-bucket-of-ours/users/"}, "no-such-bucket-of-ours"),
        ({"version": f"{SOLUTION}/gone"}, f"{SOLUTION}/gone"),
        ({"version": VERSIONS["aws-item-affinity"]}, "aws-item-affinity"),
    ):
        other = App(app.aws, app.folder)
        text = other.fail(Batch={"version": VERSION, **arguments})
        assert f"Batch inference job {other.name}-Batch-" in text
        assert reason in text
        assert other.jobs == []


@life
def test_a_name_that_another_request_has_is_refused_with_both(app: App) -> None:
    name = f"{app.name}-nightly"
    app.deploy(Batch={"version": VERSION, "job_name": name})
    text = app.fail(Batch={"version": VERSION, "job_name": name, "uri": "s3://other-input/users/"})
    assert name in text
    assert "jobInput.s3DataSource.path" in text
    assert app.status == "UPDATE_ROLLBACK_COMPLETE"
