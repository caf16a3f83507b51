"""The Lambda code of cdk-personalize-batch: boto3 and the standard library only.

Handlers:
    ``personalize_batch_runtime.job.handler``: the custom resource behind a batch job, and the
        signal at the end of a wait.
    ``personalize_batch_runtime.shards.handler``: the plan and the copies of a large input.

Each cold start compiles what it imports, so a handler imports late what few events need, and values
are named tuples, which take a fraction of the time that data classes take to be defined.
"""
