"""Makes `python -m cdk_personalize_batch.cli` the command `personalize-batch`."""

from cdk_personalize_batch.cli.program import main

main()
