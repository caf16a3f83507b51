"""A definition of a state machine as a file beside the template, which has a limit of 1 MB.

CloudFormation reads the file and puts the values of the template's `DefinitionSubstitutions` in the
place of `${name}`, as text, again and again until there is none left. Its handler reads the file
with a charset that is not documented.

Source: AWS CloudFormation resource reference, AWS::StepFunctions::StateMachine; the handler's
source, aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions, DefinitionProcessor.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aws_cdk import Token

from cdk_personalize_batch._cdk.assembly_file import assembly_file
from cdk_personalize_batch._cdk.json import dumped
from cdk_personalize_batch._cdk.tokens import NUMBER_TOKEN, TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

# A name that no text has by chance.
_NAME: Final = "personalizeBatch{number}"
_PARTS: Final = re.compile(f"({TOKEN.pattern}|{NUMBER_TOKEN.pattern})")
# A `$` before a brace, which what follows the part may begin with.
_DOLLAR: Final = re.compile(r"\$(?=\{|$)")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_HASH_CHARACTERS: Final = 16


class DefinitionFile(NamedTuple):
    """The file, and what CloudFormation puts into it."""

    path: Path
    substitutions: Mapping[str, str]


def definition_file(scope: Construct, definition: Mapping[str, Any]) -> DefinitionFile:
    """Writes a definition into the cloud assembly, without what only the deployment knows.

    Args:
        scope: The construct that has the state machine.
        definition: The definition; what only the deployment knows in it is harmless already.
    """
    names: dict[str, str] = {}
    parts = []
    for number, part in enumerate(_PARTS.split(dumped(definition))):
        # Every second part is a token.
        if number % 2:
            name = names.setdefault(part, _NAME.format(number=len(names)))
            parts.append(f"${{{name}}}")
        else:
            parts.append(_NOT_ASCII.sub(_escaped, _DOLLAR.sub(_escaped, part)))
    content = "".join(parts).encode("ascii")
    digest = hashlib.sha256(content).hexdigest()[:_HASH_CHARACTERS]
    path = assembly_file(scope, f"definition.{digest}.json", content)
    return DefinitionFile(path, {name: _as_text(token) for token, name in names.items()})


def _escaped(found: re.Match[str]) -> str:
    # Outside of strings the JSON has neither.
    return r"\u0024" if found.group() == "$" else json.dumps(found.group())[1:-1]


def _as_text(token: str) -> str:
    return token if TOKEN.fullmatch(token) else Token.as_string(float(token))
