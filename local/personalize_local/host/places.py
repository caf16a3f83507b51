"""Where a server and who starts it find each other: without what the server alone imports."""

from __future__ import annotations

from typing import Final

# In the directory of an instance, once it serves.
STATE_FILE: Final = "server.json"
# The beginning of the switchboard's paths.
SWITCHBOARD: Final = "/_personalize/"
