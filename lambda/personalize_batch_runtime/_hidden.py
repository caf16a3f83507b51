"""Which objects below an input are no input: what Spark, Hive and Delta hide."""

from __future__ import annotations


def is_hidden(key: str, prefix: str) -> bool:
    """Tells whether a part of a key below a prefix begins with an underscore or a dot.

    So Spark, Hive and Delta name what they write beside data (``_SUCCESS``, ``_committed_1``,
    ``_delta_log/…``, ``.part-0.crc``), and this library its manifests. A key that is named itself
    hides nothing.

    Args:
        key: The key of the object, which starts with the prefix.
        prefix: The prefix of the input.
    """
    below = key[len(prefix) :]
    if prefix.endswith("/") or not prefix:
        below = f"/{below}"
    return "/_" in below or "/." in below
