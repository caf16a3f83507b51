"""What is passed instead of records, files and streams, and how it is answered."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cdk_personalize_batch.records import InvalidRecordError, RecordFormat, validate, write

USERS = RecordFormat.USERS


@pytest.mark.parametrize("records", [{"userId": "1"}, "123", b"123"])
def test_one_record_is_not_taken_for_several(tmp_path: Path, records: Iterable[Any]) -> None:
    with pytest.raises(InvalidRecordError, match=r"must be a list or an iterator of them, got .*1"):
        write(records, tmp_path / "in.json", USERS)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_of_text_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a stream of bytes, got one of text; open it with"):
        validate(io.StringIO('{"userId":"1"}'), USERS)  # type: ignore[arg-type]


def test_an_error_names_the_file_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        write(["1"], tmp_path / "none" / "in.json", USERS)
    assert missing.value.filename == str(tmp_path / "none" / "in.json")
    folder = tmp_path / "in.json"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as taken:
        write(["1"], folder, USERS)
    assert taken.value.filename == str(folder)


def test_a_file_that_is_replaced_keeps_who_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_text("old")
    file.chmod(0o600)
    write(["1"], file, USERS)
    assert file.read_text() == '{"userId":"1"}\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_full_disk_is_said_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left on device") as full:
        write(["1"], tmp_path / "in.json", USERS)
    assert full.value.filename == str(tmp_path / "in.json")
    assert list(tmp_path.iterdir()) == []
