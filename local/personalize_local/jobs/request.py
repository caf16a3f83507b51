"""What a batch job is asked for, as the API takes it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from personalize_local import limits

_THEMES = "THEME_GENERATION"


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A structure of the service model: its members, by AWS's names, None for absent ones."""


class S3Place(Shape, frozen=True, kw_only=True):
    """Where the input is or the output goes (`S3DataConfig`)."""

    path: str
    kms_key_arn: str | None = None


class JobInput(Shape, frozen=True, kw_only=True):
    """The input (`BatchInferenceJobInput`, `BatchSegmentJobInput`)."""

    s3_data_source: S3Place


class JobOutput(Shape, frozen=True, kw_only=True):
    """The output (`BatchInferenceJobOutput`, `BatchSegmentJobOutput`)."""

    s3_data_destination: S3Place


class JobConfig(Shape, frozen=True, kw_only=True):
    """How recommendations are made (`BatchInferenceJobConfig`)."""

    item_exploration_config: Mapping[str, str] | None = None
    ranking_influence: Mapping[str, int | float] | None = None


class ThemeFields(Shape, frozen=True, kw_only=True):
    """What themes are made from (`FieldsForThemeGeneration`)."""

    item_name: str


class ThemeConfig(Shape, frozen=True, kw_only=True):
    """How themes are made (`ThemeGenerationConfig`)."""

    fields_for_theme_generation: ThemeFields


class Tag(Shape, frozen=True, kw_only=True):
    """A tag of a resource."""

    tag_key: str
    tag_value: str


class JobRequest(Shape, frozen=True, kw_only=True):
    """The parameters of CreateBatchInferenceJob, and of CreateBatchSegmentJob, which has fewer."""

    job_name: str
    solution_version_arn: str
    role_arn: str
    job_input: JobInput
    job_output: JobOutput
    filter_arn: str | None = None
    num_results: int | None = None
    batch_inference_job_config: JobConfig | None = None
    batch_inference_job_mode: str | None = None
    theme_generation_config: ThemeConfig | None = None
    tags: tuple[Tag, ...] = ()

    @property
    def source(self) -> S3Place:
        """Where the input is."""
        return self.job_input.s3_data_source

    @property
    def target(self) -> S3Place:
        """Where the output goes."""
        return self.job_output.s3_data_destination

    @property
    def results(self) -> int:
        """How many results a record gets at most."""
        return limits.DEFAULT_NUM_RESULTS if self.num_results is None else self.num_results

    @property
    def themes(self) -> bool:
        """Whether the job makes themes."""
        return self.batch_inference_job_mode == _THEMES

    @property
    def exploration(self) -> Mapping[str, str]:
        """The settings of the exploration of items, by name."""
        config = self.batch_inference_job_config
        return (config and config.item_exploration_config) or {}

    @property
    def influence(self) -> Mapping[str, float]:
        """What the ranking prefers, and how much."""
        config = self.batch_inference_job_config
        return (config and config.ranking_influence) or {}
