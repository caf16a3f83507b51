"""Text that only the deployment knows, inside of languages in which it could mean something.

CloudFormation puts the value of a parameter or an import into a string as it is. In JSON a quote
would end the string that it stands in, in an expression also an apostrophe, and what follows would
be evaluated. `Fn::Split` and `Fn::Join` replace such characters while the stack is deployed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import CfnParameter, CfnResource, Fn, Reference, Tokenization

from cdk_personalize_batch._cdk.kept import kept
from cdk_personalize_batch._cdk.tokens import TOKEN, is_token

if TYPE_CHECKING:
    from aws_cdk import Stack

Replacements = tuple[tuple[str, str], ...]

# Of text in a string of JSON.
IN_JSON: Final[Replacements] = (
    ("\\", "\\\\"),
    ('"', "\\u0022"),
    ("\n", "\\n"),
    ("\r", "\\r"),
    ("\t", "\\t"),
)
# Of text in a string of JSONata that is in a string of JSON: whatever encloses the former. The `$`,
# because a definition's substitutions are looked for in what they have put there, too.
IN_EXPRESSION: Final[Replacements] = (
    ("\\", "\\\\\\\\"),
    ('"', "\\\\u0022"),
    ("'", "\\\\u0027"),
    ("$", "\\\\u0024"),
    ("\n", "\\\\n"),
    ("\r", "\\\\r"),
    ("\t", "\\\\t"),
)
# Of text in an event pattern's `wildcard`. Source: the Amazon EventBridge User Guide, "Comparison
# operators".
IN_WILDCARD: Final[Replacements] = (("\\", "\\\\"), ("*", "\\*"))
# Of text in the ARN of a policy's statement. Source: the IAM User Guide, "IAM policy elements:
# Variables and tags", for characters with special meanings.
IN_ARN: Final[Replacements] = (("$", "${$}"), ("*", "${*}"), ("?", "${?}"))

# These name resources and places; nobody gives them text.
_PSEUDO: Final = "AWS::"
_GIVES_ANYTHING: Final = ("Custom::", "AWS::CloudFormation::")


def deployed(stack: Stack, value: Any, replacements: Replacements) -> Any:  # noqa: ANN401 - JSON
    """Returns a value with the text in it that only the deployment knows made harmless.

    What is known at synth stays as it is: who writes it into the other language escapes it.

    Args:
        stack: The stack.
        value: A value of JSON, with tokens in its strings.
        replacements: What is replaced, in this order.
    """
    if isinstance(value, str):
        return replaced(stack, value, (), replacements)
    if isinstance(value, Mapping):
        return {key: deployed(stack, one, replacements) for key, one in value.items()}
    if isinstance(value, list):
        return [deployed(stack, one, replacements) for one in value]
    return value


def written(stack: Stack, text: str, replacements: Replacements) -> str:
    """Returns a text with replacements in all of it, now or when it is deployed."""
    return replaced(stack, text, replacements, replacements)


def replaced(stack: Stack, text: str, known: Replacements, unknown: Replacements) -> str:
    """Returns a text with replacements in what is known at synth, and others in what is not."""
    if not is_token(text):
        return _now(text, known)
    parts = []
    end = 0
    for found in TOKEN.finditer(text):
        parts += [_now(text[end : found.start()], known), _later(stack, found[0], unknown)]
        end = found.end()
    return "".join([*parts, _now(text[end:], known)])


def _now(text: str, replacements: Replacements) -> str:
    table = str.maketrans(dict(replacements))
    return text.translate(table)


def _later(stack: Stack, token: str, replacements: Replacements) -> str:
    made: dict[tuple[str, Replacements], str] = kept(stack, "deployed_text", dict)
    if (token, replacements) not in made:
        made[token, replacements] = (
            _replaced_later(token, replacements) if _can_be_anything(stack, token) else token
        )
    return made[token, replacements]


def _replaced_later(token: str, replacements: Replacements) -> str:
    for old, new in replacements:
        token = Fn.join(new, Fn.split(old, token))
    return token


def _can_be_anything(stack: Stack, token: str) -> bool:
    (found,) = Tokenization.reverse_string(token).tokens
    if Reference.is_reference(found):
        target = found.target  # type: ignore[attr-defined]
        if isinstance(target, CfnParameter):
            return True
        kind = target.cfn_resource_type if isinstance(target, CfnResource) else ""
        return str(kind).startswith(_GIVES_ANYTHING)
    return not _is_pseudo(stack.resolve(token))


def _is_pseudo(value: object) -> bool:
    return isinstance(value, dict) and str(value.get("Ref", "")).startswith(_PSEUDO)
