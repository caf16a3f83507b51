"""A program that reads a table with awswrangler, in each of the ways that it has."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

# pandas and pyarrow warn of each other's changes; this program is no test of theirs.
warnings.simplefilter("ignore")

import awswrangler as wr  # noqa: E402
import pandas as pd  # noqa: E402


def main(name: str) -> None:
    wr.config.athena_query_wait_polling_delay = 0.05
    wr.config.database = name
    frame = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b", None], "kind": ["x", "x", "y"]})
    wr.s3.to_parquet(
        frame,
        path=f"s3://{name}/t/",
        dataset=True,
        database=name,
        table="t",
        partition_cols=["kind"],
    )
    sql = "SELECT * FROM t WHERE id < 3 ORDER BY id"
    place = {"s3_output": f"s3://{name}/out"}
    unload = {"s3_output": f"s3://{name}/unload/", "ctas_approach": False, "unload_approach": True}
    named = {"params": {"most": 3}, "paramstyle": "named"}
    marked = {"params": ["3"], "paramstyle": "qmark", "ctas_approach": False}
    read: Any = wr.athena.read_sql_query
    answers = {
        "default": read(sql, **place),
        "csv": read(sql, ctas_approach=False, **place),
        "unload": read(sql, **unload),
        "named": read(sql.replace("3", ":most"), **named, **place),
        "marked": read(sql.replace("3", "?"), **marked, **place),
        "nothing": read("SELECT * FROM t WHERE id > 3", **place),
        "workgroup": read(sql, workgroup=name),
    }
    try:
        read("SELECT 1", **place)
    except wr.exceptions.InvalidArgumentValue as error:
        answers["unnamed"] = pd.DataFrame({"said": [str(error)]})
    found = {how: json.loads(one.to_json(orient="records")) for how, one in answers.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
