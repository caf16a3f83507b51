"""Makes `python -m personalize_local` the command `personalize-local`."""

import sys

from personalize_local.cli import main

sys.exit(main())
