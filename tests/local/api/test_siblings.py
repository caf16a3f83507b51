"""Requests for the other services of Amazon Personalize."""

from __future__ import annotations

import botocore.session
import pytest

from personalize_local.api.siblings import operation_at


@pytest.mark.parametrize("service", ["personalize-runtime", "personalize-events"])
def test_every_operation_of_the_other_services_has_its_name(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    for name in model.operation_names:
        path = model.operation_model(name).http["requestUri"]
        assert operation_at(path) == f"{name} of {service}"


def test_a_path_of_no_service_is_told_as_it_is() -> None:
    assert operation_at("/nothing") == "at /nothing"
