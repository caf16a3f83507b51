"""What a job refuses."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_personalize_batch import (
    ValidationError,
)
from tests.support.synth.synth import Synth


def problems(synth: Synth, **arguments: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        synth.job(**arguments)
    assert caught.value.path == "Films/Batch"
    assert str(caught.value).splitlines() == [
        f"[Films/Batch] {problem}" for problem in caught.value.problems
    ]
    return list(caught.value.problems)
