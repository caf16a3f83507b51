"""awswrangler itself, the client of most who read tables with Python.

Source: https://aws-sdk-pandas.readthedocs.io/en/stable/stubs/awswrangler.athena.read_sql_query.html
"""

from __future__ import annotations

import json
import sys

from tests.support import ROOT
from tests.support.flow.athena import Athena
from tests.support.flow.running_aws import RunningAws

APP = ROOT / "tests" / "flow" / "apps" / "awswrangler_app.py"


def test_awswrangler_reads_in_each_of_its_ways(local_aws: RunningAws, athena: Athena) -> None:
    own = {"ResultConfiguration": {"OutputLocation": athena.uri("own/")}}
    athena.client.create_work_group(Name=athena.name, Configuration=own)
    done = local_aws.run([sys.executable, str(APP), athena.name])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = [{"id": 1, "name": "a", "kind": "x"}, {"id": 2, "name": "b", "kind": "x"}]
    for how in ("default", "csv", "unload", "named", "marked", "workgroup"):
        assert found[how] == rows, how
    assert found["nothing"] == []
    assert "define all columns names" in found["unnamed"][0]["said"]
    # It has taken its tables away again.
    tables = athena.glue.get_tables(DatabaseName=athena.name)["TableList"]
    assert [table["Name"] for table in tables] == ["t"]
