"""Records in memory, as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

import msgspec

from cdk_personalize_batch.records.problems import shortened


class DataFrame(Protocol):
    """A data frame, as far as pandas and polars have it alike."""

    @property
    def columns(self) -> Iterable[str]:
        """The names of the columns."""


class UnwritableError(Exception):
    """Records that have no form in JSON Lines; its text says which and why."""


def json_lines(records: Iterable[Mapping[str, object]] | DataFrame) -> bytes:
    """Returns records as JSON Lines.

    Raises:
        UnwritableError: They are no records, or one of them has no form in JSON.
    """
    encode = msgspec.json.Encoder(enc_hook=_plain).encode
    lines = []
    for number, record in enumerate(_rows(records), start=1):
        try:
            lines.append(encode(record) + b"\n")
        except (TypeError, ValueError, OverflowError) as error:
            raise UnwritableError(
                f"record {number} has no form in JSON ({error}), got {shortened(repr(record))}; "
                "write ids as text"
            ) from error
    return b"".join(lines)


def _rows(records: Iterable[Mapping[str, object]] | DataFrame) -> Iterable[Mapping[str, object]]:
    if hasattr(records, "collect"):  # polars, without its values
        raise UnwritableError(
            f"records must have its values, got a {type(records).__name__}; call collect() on it"
        )
    if hasattr(records, "columns"):
        frame = cast("Any", records)
        if hasattr(frame, "iter_rows"):  # polars
            return cast("Iterable[Mapping[str, object]]", frame.iter_rows(named=True))
        if hasattr(frame, "to_dict"):  # pandas
            return cast("Iterable[Mapping[str, object]]", frame.to_dict(orient="records"))
    # A mapping and a string can be iterated over too, and there are no records in them.
    if not isinstance(records, Iterable) or isinstance(records, Mapping | str | bytes):
        raise UnwritableError(
            "records must be an iterable of mappings or a data frame of pandas or polars, got "
            f"{shortened(repr(records))}; put a single record in a list"
        )
    return records


def _plain(value: object) -> object:
    # Arrays and numbers of numpy: pandas reads the lists of a Parquet file as such.
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a value is a {type(value).__name__}")
