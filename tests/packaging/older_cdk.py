"""A pytest plugin for versions of the CDK without the rule engine that the tests turn off."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import aws_cdk as cdk

OPTION = "builtin_cloud_formation_validation"
_original = cdk.App.__init__

if OPTION not in inspect.signature(_original).parameters:

    @functools.wraps(_original)
    def _without_option(self: cdk.App, **options: Any) -> None:
        options.pop(OPTION, None)
        _original(self, **options)

    cdk.App.__init__ = _without_option
