"""Bounds a custom resource by its `ServiceTimeout`.

MiniStack runs a custom resource's function itself, before that time begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

from personalize_local.emulator.mend import Mend

_asking: ContextVar[bool] = ContextVar("personalize_local_asking", default=False)


def _apply() -> None:
    invoke = custom_resource.invoke_custom_resource
    execute = lambda_svc._execute_function_with_config_scope

    def invoke_and_wait(*request: object, **more: object) -> object:
        token = _asking.set(True)
        try:
            return invoke(*request, **more)
        finally:
            _asking.reset(token)

    def execute_or_hand_over(function: Mapping[str, object], event: Mapping[str, object]) -> object:
        if not _asking.get():
            return execute(function, event)
        lambda_svc.invoke_async_with_retry(function, event)
        return {}

    custom_resource.invoke_custom_resource = invoke_and_wait
    lambda_svc._execute_function_with_config_scope = execute_or_hand_over


MEND: Final = Mend(
    aws="The function of a custom resource is invoked asynchronously, within the ServiceTimeout.",
    source="CloudFormation Template Reference, AWS::CloudFormation::CustomResource ServiceTimeout",
    apply=_apply,
)
