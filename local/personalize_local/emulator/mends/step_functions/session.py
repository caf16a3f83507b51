"""What the thread of an execution works with: the session of a role, and the context object."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

# The access key of the role whose execution the context belongs to; None outside of executions.
# MiniStack copies contexts into the threads of an execution's branches.
access_key: Final[ContextVar[str | None]] = ContextVar("personalize_local_states_key", default=None)

# The context object of the state that the thread is in: MiniStack hands none to the functions that
# read the paths of a state's input and output.
context_object: Final[ContextVar[Mapping[str, Any] | None]] = ContextVar(
    "personalize_local_states_context", default=None
)
