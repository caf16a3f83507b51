"""The statistics of queries.

Source: botocore's shapes QueryExecutionStatistics and QueryRuntimeStatistics of athena.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.athena import Athena


def test_a_query_has_times_and_the_size_of_what_it_read(athena: Athena) -> None:
    athena.create_table("t", {"a": "int"})
    athena.put_records("t/a.json", {"a": 1}, {"a": 2})
    found = athena.done("SELECT * FROM t")
    statistics = found["Statistics"]
    times = {name: value for name, value in statistics.items() if name.endswith("InMillis")}
    assert set(times) == {
        "EngineExecutionTimeInMillis",
        "QueryPlanningTimeInMillis",
        "QueryQueueTimeInMillis",
        "ServicePreProcessingTimeInMillis",
        "ServiceProcessingTimeInMillis",
        "TotalExecutionTimeInMillis",
    }
    total = times.pop("TotalExecutionTimeInMillis")
    assert total == sum(times.values())
    assert statistics["DataScannedInBytes"] == len(b'{"a": 1}\n{"a": 2}\n')
    assert statistics["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    answer = athena.client.get_query_runtime_statistics(QueryExecutionId=found["QueryExecutionId"])
    runtime = answer["QueryRuntimeStatistics"]
    assert runtime["Timeline"] == {**times, "TotalExecutionTimeInMillis": total}
    assert runtime["Rows"] == {
        "InputBytes": statistics["DataScannedInBytes"],
        "OutputRows": 2,
        "OutputBytes": len(b'"a"\n"1"\n"2"\n'),
    }


def test_a_query_that_there_is_not_has_no_statistics(athena: Athena) -> None:
    with pytest.raises(ClientError, match="QueryExecution nobody was not found"):
        athena.client.get_query_runtime_statistics(QueryExecutionId="nobody")
