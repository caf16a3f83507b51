"""Invokes functions asynchronously as Lambda does: attempts, throttling, and the age of events.

MiniStack counts a throttled event as an attempt, gives each attempt another request id, and has
EventBridge and SNS call a function once, whatever comes of it.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from ministack.core import responses
from ministack.services import eventbridge, lambda_svc, sns

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions import destinations, lineage
from personalize_local.emulator.mends.lambda_functions.destinations import Outcome

# Seconds on AWS; MiniStack's setting says how long the first of these is here.
_RETRY_AFTER: Final = (60.0, 120.0)
_RETRIES: Final = 2
_OLDEST_SECONDS: Final = 6 * 3600
# An event that is throttled is tried again for as long as it may get old.
_THROTTLED_FIRST: Final = 1.0
_THROTTLED_LONGEST: Final = 300.0

logger = logging.getLogger("lambda")

_Json = dict[str, Any]

_request_id: ContextVar[str | None] = ContextVar("request_id_of_an_event", default=None)
_handing_over: ContextVar[bool] = ContextVar("hands_events_over", default=False)


def _apply() -> None:
    dispatch = lambda_svc._execute_function_dispatch
    execute = lambda_svc._execute_function_with_config_scope
    dispatch_event, send_to_function = eventbridge._dispatch_to_lambda, sns._deliver_to_lambda

    def dispatch_with_id(
        func: _Json, config: _Json, event: object, request_id: str, started: float
    ) -> _Json:
        result: _Json = dispatch(func, config, event, _request_id.get() or request_id, started)
        return result

    def execute_or_hand_over(func: _Json, event: object) -> object:
        if not _handing_over.get():
            return execute(func, event)
        _invoke(func, event)
        return {}

    def send_asynchronously(*message: object) -> object:
        token = _handing_over.set(True)
        try:
            return send_to_function(*message)
        finally:
            _handing_over.reset(token)

    def dispatch_asynchronously(arn: str, payload: str) -> None:
        func, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if not func or not config:
            # Which says so.
            dispatch_event(arn, payload)
            return
        record = lambda_svc._execution_record_for_config(func, config)
        # EventBridge does not pass on which functions a chain of events came through.
        contextvars.Context().run(_invoke, record, json.loads(payload))

    lambda_svc._execute_function_dispatch = dispatch_with_id
    lambda_svc._execute_function_with_config_scope = execute_or_hand_over
    lambda_svc.invoke_async_with_retry = _invoke
    sns._deliver_to_lambda = send_asynchronously
    eventbridge._dispatch_to_lambda = dispatch_asynchronously


def _invoke(func: _Json, event: object) -> None:
    context = contextvars.copy_context()
    deliver = (lambda_svc._run_with_function_config_scope, func, _deliver, func, event)
    threading.Thread(target=context.run, args=deliver, daemon=True).start()


def _deliver(func: _Json, event: object) -> None:
    config = func.get("config") or func
    settings = _settings(config)
    request_id: str = responses.new_uuid()
    _request_id.set(request_id)
    if lineage.is_stopped(config):
        outcome = Outcome("RecursiveInvocation", 0, None, request_id)
    else:
        outcome = _attempts(func, config, event, settings, request_id)
    destinations.send(config, settings, event, outcome)


def _settings(config: Mapping[str, Any]) -> _Json:
    """Returns what is set for asynchronous invocations of a function, by how it was named."""
    name, qualifier = destinations.name_and_qualifier(config)
    func = lambda_svc._functions.get(name) or {}
    for one in (None, "$LATEST") if qualifier is None else (qualifier,):
        if found := lambda_svc._event_invoke_config(func, one):
            return dict(found)
    return {}


def _attempts(
    func: _Json, config: _Json, event: object, settings: _Json, request_id: str
) -> Outcome:
    retries = settings.get("MaximumRetryAttempts")
    retries = _RETRIES if retries is None else int(retries)
    oldest = settings.get("MaximumEventAgeInSeconds") or _OLDEST_SECONDS
    age, count, throttled = 0.0, 0, 0
    while True:
        started = time.monotonic()
        result = lambda_svc._execute_function(func, event)
        age += time.monotonic() - started
        if result.get("throttle"):
            if lambda_svc._reserved_concurrency(func, config) == 0:
                return Outcome("RetriesExhausted", count, None, request_id)
            pause = here = min(_THROTTLED_FIRST * 2**throttled, _THROTTLED_LONGEST)
            throttled += 1
        else:
            count, throttled = count + 1, 0
            _tell(config, result, count)
            if not result.get("error"):
                return Outcome("Success", count, result, request_id)
            if count > retries:
                return Outcome("RetriesExhausted", count, result, request_id)
            pause = _RETRY_AFTER[min(count, len(_RETRY_AFTER)) - 1]
            here = pause * lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS / _RETRY_AFTER[0]
        if age + pause > oldest:
            return Outcome("EventAgeExceeded", count, result, request_id)
        time.sleep(here)
        age += pause


def _tell(config: _Json, result: _Json, count: int) -> None:
    if log := result.get("log"):
        logger.info("Lambda %s, attempt %d:\n%s", config.get("FunctionName"), count, log)


MEND: Final = Mend(
    aws="A function that fails is invoked again after one and two minutes, a throttled one for six "
    "hours, each time with the same request id.",
    source="Lambda Developer Guide, How Lambda handles errors and retries with asynchronous "
    "invocation",
    apply=_apply,
)
