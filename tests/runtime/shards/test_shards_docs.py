"""docs/large-input.md says what the tasks do."""

# Classes of conftest.py cannot be imported.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from personalize_batch_runtime import _shard_errors
from personalize_batch_runtime._shard_types import Quotas

TEXT = (Path(__file__).parents[3] / "docs/large-input.md").read_text(encoding="utf-8")


def shape(value: Any) -> Any:
    """The keys of JSON, without its values."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_the_examples_have_the_keys_of_the_answers(fakes: Any, s3: Any) -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
    plan_event, plan, copy_event, manifest_event, manifest = blocks
    assert copy_event["task"] == "copy"
    s3.put("in", "data/a.json", fakes.Lines(60_000_000))
    s3.put("in", "shards/other.json", fakes.Lines(1))
    places = {"workUri": "s3://in/shards/run/", "outputUri": "s3://out/run/"}
    answer = fakes.run(s3, **{**plan_event, "inputUri": "s3://in/shards/other", **places})
    assert answer["records"] == 1
    answer = fakes.plan(s3)
    assert shape({**answer, "shards": answer["shards"][:1]}) == shape(plan)
    jobs = [{**manifest_event["jobs"][0], "index": item["index"]} for item in answer["shards"]]
    fakes.run(s3, **{**manifest_event, "plan": answer, "jobs": jobs})
    written = s3.json({"bucket": "out", "key": "run/_manifest.json"})
    assert shape({**written, "shards": written["shards"][:1]}) == shape(manifest)


def test_every_failure_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", TEXT, re.MULTILINE))
    defined = {name for name, value in vars(_shard_errors).items() if isinstance(value, type)}
    assert listed == defined - {"RuntimeFailure"} | {"OutOfTime"}


def test_the_numbers_are_those_of_the_code() -> None:
    quotas = Quotas()
    assert f"over {quotas.file_bytes // 1_000_000} MB are cut" in TEXT
    assert f"about {quotas.cut_slack // 1024**2} MiB" in TEXT
    assert f"less than {quotas.smallest_fill // 1_000_000} MB" in TEXT
    assert f"may have {quotas.counted_bytes // 1_000_000} MB in all" in TEXT
