"""The memory of this process; imports nothing that would be measured with it."""

from __future__ import annotations

import resource
import sys


def peak() -> int:
    """Returns the most bytes that this process had in memory so far."""
    if sys.platform == "linux":
        # Not ru_maxrss: that begins with what the parent process had.
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
            (line,) = (line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
