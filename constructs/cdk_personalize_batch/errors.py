"""The errors of the library.

```text
PersonalizeBatchError
└── ValidationError (also a ValueError)
```
"""

from __future__ import annotations

from collections.abc import Sequence


class PersonalizeBatchError(Exception):
    """The base of every error that the library raises on purpose."""


class ValidationError(PersonalizeBatchError, ValueError):
    """Arguments that Amazon Personalize or CloudFormation would refuse.

    Attributes:
        path: The path of the construct that the arguments were given to.
        problems: What is wrong; each problem names the argument, the value got, and the remedy.
    """

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        """Makes the error.

        Args:
            path: The path of the construct.
            problems: What is wrong, at least one problem.
        """
        super().__init__("\n".join(f"[{path}] {problem}" for problem in problems))
        self.path = path
        self.problems = tuple(problems)
