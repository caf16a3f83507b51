"""Keeps functions to the authorities that verify this server.

A function that names those of Amazon Linux, as the one of the CDK's `BucketDeployment` does, would
find neither the file nor this server's authority.
"""

from __future__ import annotations

from typing import Final

from ministack.core import lambda_runtime

from personalize_local.emulator.mend import Mend

_VARIABLES: Final = (
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)


def _apply() -> None:
    lambda_runtime._RESERVED_RUNTIME_ENV_VARS.update(_VARIABLES)


MEND: Final = Mend(
    aws="The authorities that Amazon Linux has verify all endpoints of AWS.",
    source="Lambda Developer Guide, Lambda runtimes; aws-cdk, the function of BucketDeployment",
    apply=_apply,
)
