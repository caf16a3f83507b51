"""The properties of a job's custom resource: one for each argument, as `cdk diff` shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cdk_personalize_batch._cdk.tokens import is_token


def as_properties(api: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a request under the names that CloudFormation gives properties.

    Args:
        api: The request, with the names of the API.
    """
    named = {f"{name[0].upper()}{name[1:]}": _as_property(value) for name, value in api.items()}
    return {name: value for name, value in named.items() if value != {}}


def _as_property(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        inner = {name: _as_property(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one != {}}
    if isinstance(value, int | float) and not is_token(value):
        # CloudFormation makes text of each number, and would write 1.0 as 1, which is another job.
        return json.dumps(value)
    return value
