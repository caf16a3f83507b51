"""What all commands do with pipes, and with text of any kind."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.cli.runs import ENVIRONMENT, PROGRAM, run


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "users.json.out"
    line = '{"input":{"userId":"1"},"output":{"recommendedItems":["2"]},"error":null}\n'
    file.write_text(line * 20_000)
    command = [*PROGRAM, "results", str(file), "--format", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"input": {"userId": "1"}')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_reader_that_left_before_is_no_error() -> None:
    with subprocess.Popen(
        [*PROGRAM, "validate", "-", "--format", "users"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(b'{"userId":"1"}\n')
    assert errors == b""
    assert process.returncode == 1


def test_records_flow_through_a_pipe(tmp_path: Path) -> None:
    converted = subprocess.run(
        [*PROGRAM, "convert", "-", "-", "--format", "users"],
        input=b"USER_ID\n1\n2\n",
        capture_output=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert converted.stdout == b'{"userId":"1"}\n{"userId":"2"}\n'
    assert converted.stderr == b""
    checked = subprocess.run(
        [*PROGRAM, "validate", "-", "--format", "users"],
        input=converted.stdout,
        capture_output=True,
        check=True,
        env={**ENVIRONMENT, "FORCE_COLOR": "1"},
        cwd=tmp_path,
    )
    assert checked.stdout == b"<stdin>: 2 records, 30 bytes, no problems\n"
    assert checked.stderr == b""


def test_a_table_in_a_pipe_has_no_colour_even_where_it_is_forced() -> None:
    shown = subprocess.run(
        [*PROGRAM, "results", "-"],
        input=b'{"input":{"userId":"1"},"output":{"recommendedItems":["2"]}}\n',
        capture_output=True,
        check=True,
        env={**ENVIRONMENT, "FORCE_COLOR": "1"},
    )
    assert shown.stdout == b"INPUT  RESULTS  RECOMMENDED\n1            1  2\n"


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_data_are_utf_8_whatever_the_locale(format: str) -> None:
    shown = subprocess.run(
        [*PROGRAM, "results", "-", "--format", format],
        input='{"input":{"userId":"é"},"output":{"recommendedItems":["日"]}}'.encode(),
        capture_output=True,
        check=True,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
    )
    assert "é" in shown.stdout.decode()
    assert "日" in shown.stdout.decode()


def test_a_name_that_is_no_utf_8_is_shown_without_what_is_wrong(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/\xff.json")
    Path(name).write_text('{"userId":"1"}\n')
    result = run("validate", name, "-f", "users", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["file"] == f"{tmp_path}/\ufffd.json"
