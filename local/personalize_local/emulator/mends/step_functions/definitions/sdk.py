"""The services and operations that `arn:aws:states:::aws-sdk:…` can name, from botocore's models.

Step Functions calls them as the AWS SDK for Java 2 does: a service has its service id in small
letters without spaces, an operation begins with a small letter, a parameter with a capital one.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

_HEAD_BYTES: Final = 4096
_SERVICE_ID: Final = re.compile(rb'"serviceId"\s*:\s*"([^"]+)"')


@cache
def operation(name: str) -> Any | None:  # noqa: ANN401 - botocore has no types
    """Returns botocore's model of an operation; None when there is none of that name.

    Args:
        name: As in `aws-sdk:sfn:startExecution`.
    """
    _, service, called = [*name.split(":", 2), "", ""][:3]
    model = _model(service)
    if model is None or not called[:1].islower():
        return None
    names = {known.lower(): known for known in model.operation_names}
    known = names.get(called.lower())
    return None if known is None else model.operation_model(known)


def unknown_fields(called: Any, given: object) -> Iterator[str]:  # noqa: ANN401
    """Yields the names of parameters that an operation does not have.

    Args:
        called: The model of the operation.
        given: The parameters.
    """
    if called.input_shape is None:
        yield from given if isinstance(given, dict) else ()
    else:
        yield from _unknown(called.input_shape, given)


def _unknown(shape: Any, given: object) -> Iterator[str]:  # noqa: ANN401
    kind = shape.type_name
    if kind == "structure" and isinstance(given, dict) and not shape.is_document_type:
        members = {name.lower(): member for name, member in shape.members.items()}
        for name, value in given.items():
            # Not the letters within: the SDK writes `Acl` where the API has `ACL`.
            member = members.get(name.lower()) if name[:1].isupper() else None
            if member is None:
                yield name
            else:
                yield from _unknown(member, value)
    elif kind == "list" and isinstance(given, list):
        for value in given:
            yield from _unknown(shape.member, value)
    elif kind == "map" and isinstance(given, dict):
        for value in given.values():
            yield from _unknown(shape.value, value)


@cache
def _model(service: str) -> Any | None:  # noqa: ANN401
    # Here and not above: few definitions need it.
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    loader = Loader()
    if service not in loader.list_available_services("service-2"):
        found = _folders(str(Path(loader.BUILTIN_DATA_PATH))).get(service)
        if found is None:
            return None
        return ServiceModel(loader.load_service_model(found, "service-2"))
    model = ServiceModel(loader.load_service_model(service, "service-2"))
    return model if _sdk_name(model.metadata.get("serviceId", service)) == service else None


@cache
def _folders(data: str) -> dict[str, str]:
    """Returns the folder of each service by the name that it has in the SDK."""
    found = {}
    for model in sorted(Path(data).glob("*/*/service-2.json.gz")):
        with gzip.open(model) as content:
            service_id = _SERVICE_ID.search(content.read(_HEAD_BYTES))
        if service_id is not None:
            found[_sdk_name(service_id[1].decode())] = model.parents[1].name
    return found


def _sdk_name(service_id: str) -> str:
    return re.sub(r"[^a-z0-9]", "", service_id.lower())
