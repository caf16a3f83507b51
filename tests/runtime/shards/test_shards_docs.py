"""docs/large-input.md says what the tasks do."""

from __future__ import annotations

import json
import re
from typing import Any

from personalize_batch_runtime._shards import errors
from personalize_batch_runtime._shards.types import Quotas
from tests.support import ROOT
from tests.support.runtime.shards import make_plan, run
from tests.support.s3 import Lines, MemoryS3

TEXT = (ROOT / "docs/large-input.md").read_text(encoding="utf-8")


def shape(value: Any) -> Any:
    """The keys of JSON, without its values."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_the_examples_have_the_keys_of_the_answers(s3: MemoryS3) -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
    plan_event, plan, copy_event, manifest_event, manifest = blocks
    assert copy_event["task"] == "copy"
    s3.put("in", "data/a.json", Lines(60_000_000))
    s3.put("in", "shards/other.json", Lines(1))
    places = {"workUri": "s3://in/shards/run/", "outputUri": "s3://out/run/"}
    answer = run(s3, **{**plan_event, "inputUri": "s3://in/shards/other", **places})
    assert answer["records"] == 1
    answer = make_plan(s3)
    assert shape({**answer, "shards": answer["shards"][:1]}) == shape(plan)
    jobs = [{**manifest_event["jobs"][0], "index": item["index"]} for item in answer["shards"]]
    run(s3, **{**manifest_event, "plan": answer, "jobs": jobs})
    written = s3.json({"bucket": "out", "key": "run/_manifest.json"})
    assert shape({**written, "shards": written["shards"][:1]}) == shape(manifest)


def test_every_failure_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", TEXT, re.MULTILINE))
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert listed == defined - {"RuntimeFailure"} | {"OutOfTime"}


def test_the_numbers_are_those_of_the_code() -> None:
    quotas = Quotas()
    assert f"over {quotas.file_bytes // 1_000_000} MB are cut" in TEXT
    assert f"about {quotas.cut_slack // 1024**2} MiB" in TEXT
    assert f"less than {quotas.smallest_fill // 1_000_000} MB" in TEXT
    assert f"may have {quotas.counted_bytes // 1_000_000} MB in all" in TEXT
