"""The two kinds of batch jobs, in the words of the Personalize API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from personalize_batch_runtime._errors import WRITTEN_BY_CONSTRUCT, RuntimeFailure

_BOTH = (
    "solutionVersionArn",
    "filterArn",
    "numResults",
    "jobInput",
    "jobOutput",
    "roleArn",
)


class JobKind(NamedTuple):
    """One kind of batch job.

    Attributes:
        name: What the construct calls it, and the API's operations end with.
        title: What a sentence calls it.
        key: What requests and responses call it.
        resource: What its ARN calls it.
        create: The client's method that creates one.
        describe: The client's method that describes one.
        request_keys: The keys that describe the request of a job, apart from its name.
    """

    name: str
    title: str
    key: str
    resource: str
    create: str
    describe: str
    request_keys: tuple[str, ...]

    @property
    def arn_key(self) -> str:
        """What requests and responses call its ARN."""
        return f"{self.key}Arn"

    def sentence(self, job_name: str) -> str:
        """Returns the start of a sentence about a job."""
        return f"{self.title} {job_name}"


INFERENCE = JobKind(
    name="BatchInferenceJob",
    title="Batch inference job",
    key="batchInferenceJob",
    resource="batch-inference-job",
    create="create_batch_inference_job",
    describe="describe_batch_inference_job",
    request_keys=(
        *_BOTH,
        "batchInferenceJobConfig",
        "batchInferenceJobMode",
        "themeGenerationConfig",
    ),
)
SEGMENT = JobKind(
    name="BatchSegmentJob",
    title="Batch segment job",
    key="batchSegmentJob",
    resource="batch-segment-job",
    create="create_batch_segment_job",
    describe="describe_batch_segment_job",
    request_keys=_BOTH,
)


# Documented with BatchInferenceJobConfig.
_DEFAULTS = {
    "batchInferenceJobMode": "BATCH_INFERENCE",
    "batchInferenceJobConfig.itemExplorationConfig.explorationWeight": "0.3",
    "batchInferenceJobConfig.itemExplorationConfig.explorationItemAgeCutOff": "30",
    "batchInferenceJobConfig.rankingInfluence.POPULARITY": 0.0,
    "batchInferenceJobConfig.rankingInfluence.FRESHNESS": 0.0,
}
# A job answers with the number that it generated, error messages included. Source: the API
# reference, ``BatchInferenceJob.numResults``.
_GENERATED = "numResults"
# A free-form map of a recipe's settings, of which some have defaults that nobody has written down.
_SETTINGS = "batchInferenceJobConfig."
_LONGEST_SHOWN = 300


def kind_named(name: object) -> JobKind:
    """Returns the kind with this name; None is an inference job.

    Raises:
        RuntimeFailure: If there is no such kind.
    """
    if name is None or name == INFERENCE.name:
        return INFERENCE
    if name == SEGMENT.name:
        return SEGMENT
    raise RuntimeFailure(
        f"the custom resource's property JobKind must be {INFERENCE.name} or {SEGMENT.name}, got "
        f"{str(name)[:200]!r}; {WRITTEN_BY_CONSTRUCT}"
    )


def kind_of(job_arn: str) -> JobKind:
    """Returns the kind of the job that an ARN names."""
    return SEGMENT if f":{SEGMENT.resource}/" in job_arn else INFERENCE


def request_differences(
    kind: JobKind, asked: Mapping[str, Any], found: Mapping[str, Any]
) -> list[str]:
    """Lists where a described job differs from a request, as ``key: found, asked``.

    What the service may fill in is no difference: the number of results, and a setting that was not
    asked for and has no other value than a documented default.
    """
    asked_values, found_values = (_leaves(kind, values) for values in (asked, found))
    return [
        f"{key}: it has {_shown(found_values.get(key))}, asked for {_shown(asked_values.get(key))}"
        for key in sorted(asked_values.keys() | found_values.keys())
        if not _same(key, asked_values.get(key), found_values.get(key))
    ]


def _leaves(kind: JobKind, request: Mapping[str, Any]) -> dict[str, Any]:
    """Flattens a request to ``jobInput.s3DataSource.path`` and the like."""
    leaves: dict[str, Any] = {}
    rest = [(key, request[key]) for key in kind.request_keys if key in request]
    while rest:
        key, value = rest.pop()
        if isinstance(value, Mapping):
            rest.extend((f"{key}.{name}", inner) for name, inner in value.items())
        elif value not in (None, ""):
            leaves[key] = value
    return leaves


def _same(key: str, asked: object, found: object) -> bool:
    if key == _GENERATED:
        return True
    if asked is None and key.startswith(_SETTINGS) and key not in _DEFAULTS:
        return True
    default = _DEFAULTS.get(key)
    return _number_or_text(default if asked is None else asked) == _number_or_text(
        default if found is None else found
    )


def _number_or_text(value: object) -> object:
    # Exploration settings are numbers written as strings: "0.30" asks for what "0.3" is.
    if isinstance(value, (str, int, float)):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
