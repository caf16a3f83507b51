"""Makes `python -m personalize_local.cli` the command `personalize-local`."""

import sys

from personalize_local.cli.program import main

sys.exit(main())
