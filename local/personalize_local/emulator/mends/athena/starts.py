"""Has StartQueryExecution regard the workgroup, the location, the parameters and the syntax."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import json_response, new_uuid
from ministack.services import athena

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena import background, executions
from personalize_local.emulator.mends.athena.answers import MALFORMED_QUERY, refused
from personalize_local.emulator.mends.athena.queries import objects, statements
from personalize_local.emulator.mends.athena.queries.objects import Place
from personalize_local.emulator.mends.athena.queries.statements import (
    CTAS,
    MalformedError,
    Statement,
)
from personalize_local.emulator.mends.athena.workgroups import configuration_of

_TOKEN: Final = "_token"  # noqa: S105 - the name of a field
_COMPARED: Final = ("QueryString", "QueryExecutionContext", "ResultConfiguration")
_NO_LOCATION: Final = (
    "No output location provided. An output location is required either through the Workgroup"
    " result configuration setting or as an API input."
)
# As Athena says it.
_OWN_LOCATION: Final = (
    "The Create Table As Select query failed because it was submitted with an 'external_location'"
    " property to an Athena Workgroup that enforces a centralized output location for all queries."
    " Please remove the 'external_location' property and resubmit the query."
)
_ENGINE: Final = {
    "SelectedEngineVersion": "Athena engine version 3",
    "EffectiveEngineVersion": "Athena engine version 3",
}


class _RefusedError(Exception):
    def __init__(self, message: str, *code: str) -> None:
        super().__init__(message)
        self.answer = refused(message, *code)


def _apply() -> None:
    athena._start_query_execution = _start


def _start(data: Mapping[str, Any]) -> object:
    try:
        again = _started_before(data)
        if again is not None:
            return json_response({"QueryExecutionId": again})
        execution, statement = _execution(data)
    except _RefusedError as refusal:
        return refusal.answer
    query_id = execution["QueryExecutionId"]
    athena._executions[query_id] = execution
    background.start(executions.execute(execution, statement))
    return json_response({"QueryExecutionId": query_id})


def _started_before(data: Mapping[str, Any]) -> str | None:
    token = data.get("ClientRequestToken")
    for query_id, execution in athena._executions.items() if token else ():
        known = execution.get(_TOKEN)
        if known and known["ClientRequestToken"] == token:
            if any(known.get(name) != data.get(name) for name in _COMPARED):
                message = "Idempotent parameters do not match"
                raise _RefusedError(message, "IDEMPOTENT_PARAMETER_MISMATCH")
            return str(query_id)
    return None


def _execution(data: Mapping[str, Any]) -> tuple[dict[str, Any], Statement]:
    name = data.get("WorkGroup") or "primary"
    workgroup = athena._workgroups.get(name)
    if workgroup is None:
        raise _RefusedError("WorkGroup is not found.")
    if workgroup["State"] != "ENABLED":
        raise _RefusedError(f"WorkGroup {name} is disabled.")
    configuration = configuration_of(workgroup)
    result, folder = _result_of(data, configuration)
    try:
        statement = statements.parse(data.get("QueryString", ""))
    except MalformedError as error:
        raise _RefusedError(str(error), MALFORMED_QUERY) from error
    _check_table(statement, configuration)
    query_id = new_uuid()
    if folder is not None:
        result["OutputLocation"] = folder.below(statement.file_name(query_id)).uri
    return {
        "QueryExecutionId": query_id,
        "Query": statement.text,
        "StatementType": statement.type,
        "SubstatementType": statement.kind,
        "ResultConfiguration": result,
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": _context_of(data),
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"ResultReuseInformation": {"ReusedPreviousResult": False}},
        "WorkGroup": name,
        "EngineVersion": dict(_ENGINE),
        **({"ExecutionParameters": given} if (given := data.get("ExecutionParameters")) else {}),
        _TOKEN: {key: data.get(key) for key in ("ClientRequestToken", *_COMPARED)},
        executions.FOLDER: folder.uri if folder else "",
    }, statement


def _result_of(
    data: Mapping[str, Any], configuration: Mapping[str, Any]
) -> tuple[dict[str, Any], Place | None]:
    """Returns where the results go: what the workgroup enforces, or what was asked for."""
    if (configuration.get("ManagedQueryResultsConfiguration") or {}).get("Enabled"):
        return {}, None
    asked = dict(data.get("ResultConfiguration") or {})
    own = dict(configuration.get("ResultConfiguration") or {})
    result = own if configuration["EnforceWorkGroupConfiguration"] and own else {**own, **asked}
    location = result.get("OutputLocation")
    if not location:
        raise _RefusedError(_NO_LOCATION)
    folder = objects.parse(location)
    if folder is None:
        raise _RefusedError("outputLocation is not a valid S3 path.")
    if not objects.has_bucket(folder.bucket):
        raise _RefusedError(f"Unable to verify/create output bucket {folder.bucket}")
    return result, folder


def _context_of(data: Mapping[str, Any]) -> dict[str, str]:
    given = dict(data.get("QueryExecutionContext") or {})
    if "Catalog" in given:
        given["Catalog"] = str(given["Catalog"]).lower()
    return given


def _check_table(statement: Statement, configuration: Mapping[str, Any]) -> None:
    if statement.kind == CTAS and "external_location" in statement.properties:
        own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
        if configuration["EnforceWorkGroupConfiguration"] and own:
            raise _RefusedError(_OWN_LOCATION)
    # Of the statements that the engine does not run, only this rule is checked at once.
    ddl = athena._parse_ddl(statement.text) if statement.kind == "CREATE_TABLE" else None
    if isinstance(ddl, athena._CreateTable) and not ddl.external and not ddl.iceberg:
        raise _RefusedError("External keyword required for table type HIVE", MALFORMED_QUERY)


MEND: Final = Mend(
    aws=(
        "StartQueryExecution regards the workgroup, joins locations with a slash and refuses SQL;"
        " queries read what Glue describes, write their results, and end in Athena's own errors."
    ),
    source=(
        "Athena User Guide, Specify a query result location; Override client-side settings; Find"
        " query output files; Athena error catalog"
    ),
    apply=_apply,
)
