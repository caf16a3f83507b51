"""The Lambda code of cdk-personalize-batch: boto3 and the standard library only.

Handlers:
    ``personalize_batch_runtime.job.handler``: the custom resource behind a batch job.
"""
