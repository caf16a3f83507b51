"""An app of one of Acme's teams, in both ways.

Run it from this folder: ``cdk synth --app "python app.py"``.
"""

from __future__ import annotations

import aws_cdk as cdk
from acme_batch import BatchRun, Platform, Team, apply_rules

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion

ENVIRONMENT = cdk.Environment(account="123456789012", region="eu-west-1")
MODEL = SolutionVersion.from_arn("arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3")
USERS = JobInput.from_records([{"userId": "42"}])


def make_app() -> cdk.App:
    """Makes the app: the platform, and a stack for each of the two ways."""
    app = cdk.App()
    shared = cdk.Stack(app, "Platform", env=ENVIRONMENT)
    platform = Platform(shared, "Platform", boundary_name="acme-boundary")

    composed = cdk.Stack(app, "Composed", env=ENVIRONMENT)
    BatchRun(
        composed,
        "Mail",
        platform=platform,
        team=Team("films", "CC-1234"),
        purpose="mail",
        run="20260131",
        solution_version=MODEL,
        job_input=USERS,
        wait_up_to=cdk.Duration.hours(2),
    )

    injected = cdk.Stack(app, "Injected", env=ENVIRONMENT)
    apply_rules(injected, platform)
    BatchInferenceJob(
        injected,
        "Mail",
        solution_version=MODEL,
        job_input=USERS,
        wait_up_to=cdk.Duration.hours(2),
    )
    return app


if __name__ == "__main__":
    make_app().synth()
