"""What tests share: fakes, makers and helpers, typed and importable as ``tests.support``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# After so long something hangs. Never a judgement: other programs may use the machine.
PATIENCE_SECONDS: Final = 600.0
