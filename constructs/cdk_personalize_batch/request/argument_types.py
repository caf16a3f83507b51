"""Arguments of another type than the annotation says: what was given, and what to write instead.

A text where a construct belongs is the likeliest first mistake, and what would come of it tells
nobody where. What is checked is what such a mistake looks like: plain values of Python in the place
of objects, and objects in the place of plain values. Values inside of them are checked where they
are used.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.request.checks import shown

P = ParamSpec("P")
T = TypeVar("T")

# Of these is no object of the CDK or of this library.
_PLAIN: Final = (str, bytes, int, float, bool, list, tuple, dict, set, Path, type, type(None))


class _Type(NamedTuple):
    """A type of an annotation: its values, and what to write."""

    has: Callable[[object], bool]
    write: str


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or is_token(value))


def _is_object(value: object) -> bool:
    return not isinstance(value, _PLAIN) and not callable(value)


def _is_struct(value: object) -> bool:
    # The CDK takes a dictionary for its structs.
    return isinstance(value, Mapping) or _is_object(value)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


# By the annotation, without what it is generic over.
TYPES: Final[Mapping[str, _Type]] = {
    "str": _Type(lambda value: isinstance(value, str), "a string"),
    "int": _Type(_is_whole, "a whole number"),
    "float": _Type(_is_number, "a number"),
    "bool": _Type(lambda value: isinstance(value, bool), "True or False"),
    "None": _Type(lambda value: value is None, "None"),
    "Path": _Type(lambda value: isinstance(value, Path), "a Path"),
    "object": _Type(lambda _: True, "anything"),
    "Mapping": _Type(lambda value: isinstance(value, Mapping), "a dictionary"),
    "Sequence": _Type(_is_list, "a list"),
    "Iterable": _Type(
        lambda value: isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping),
        'a list of records, such as [{"userId": "1"}]',
    ),
    "DataFrame": _Type(lambda value: hasattr(value, "columns"), "a DataFrame"),
    "Construct": _Type(_is_object, "the construct around it, such as self in a stack"),
    "IDependable": _Type(_is_object, "a construct"),
    "SolutionVersion": _Type(
        _is_object, 'SolutionVersion.from_arn("arn:…") or SolutionVersion.latest("arn:…")'
    ),
    "JobInput": _Type(
        _is_object,
        'JobInput.from_s3_uri("s3://…/"), from_bucket(…), from_asset("….json") or from_records(…)',
    ),
    "JobOutput": _Type(_is_object, 'JobOutput.to_bucket(bucket, prefix="…/")'),
    "BatchStorage": _Type(_is_object, 'BatchStorage(self, "Storage")'),
    "ItemExploration": _Type(_is_object, "ItemExploration(weight=0.3)"),
    "RankingInfluence": _Type(_is_object, "RankingInfluence(popularity=0.5)"),
    "ThemeGeneration": _Type(_is_object, 'ThemeGeneration(item_name="TITLE")'),
    "RecordFormat": _Type(_is_object, "RecordFormat.USERS, or RecordFormat.for_recipe(…)"),
    "RunSchedule": _Type(
        _is_object, "RunSchedule(expression=aws_scheduler.ScheduleExpression.cron(…))"
    ),
    "Duration": _Type(_is_object, "aws_cdk.Duration.minutes(30)"),
    "RemovalPolicy": _Type(_is_object, "aws_cdk.RemovalPolicy.DESTROY"),
    "scheduler.ScheduleExpression": _Type(
        _is_object, 'aws_scheduler.ScheduleExpression.cron(hour="4", minute="0")'
    ),
    "s3.IBucket": _Type(_is_object, 'aws_s3.Bucket.from_bucket_name(self, "Bucket", "name")'),
    "kms.IKey": _Type(_is_object, 'aws_kms.Key.from_key_arn(self, "Key", "arn:…")'),
    "iam.IRole": _Type(_is_object, 'aws_iam.Role.from_role_arn(self, "Role", "arn:…")'),
    "iam.IGrantable": _Type(_is_object, "a role, a function, or what else has permissions"),
    "sns.ITopic": _Type(_is_object, 'aws_sns.Topic.from_topic_arn(self, "Topic", "arn:…")'),
    "ec2.IVpc": _Type(_is_object, 'aws_ec2.Vpc.from_lookup(self, "Vpc", vpc_id="…")'),
    "ec2.SubnetSelection": _Type(_is_struct, "aws_ec2.SubnetSelection(subnets=[…])"),
    "events.IRuleTarget": _Type(_is_object, "a target of aws_events_targets"),
    "logs.RetentionDays": _Type(_is_object, "aws_logs.RetentionDays.ONE_MONTH"),
}


@functools.cache
def types_of(annotation: str) -> tuple[str, ...]:
    """Returns the types of an annotation, without what they are generic over."""
    plain, depth = "", 0
    for character in annotation:
        depth += (character == "[") - (character == "]")
        if not depth and character != "]":
            plain += character
    return tuple(one.strip() for one in plain.split("|"))


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """Has a constructor, a method or a factory check the types of its arguments first.

    Raises:
        ValidationError: If one is of another type.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            arguments = signature.bind(*args, **kwargs).arguments
        except TypeError:
            # What is missing or too much Python tells best itself, below.
            arguments = {}
        problems = [
            problem
            for name, given in arguments.items()
            for value in _values(signature.parameters[name], given)
            for problem in _problems(name, value, signature.parameters[name].annotation)
        ]
        if problems:
            raise ValidationError(_path(function, arguments), problems)
        return function(*args, **kwargs)

    return checked


def typed_fields(cls: type[T]) -> type[T]:
    """Has the constructor of a dataclass check the types of its arguments first."""
    cls.__init__ = typed(cls.__init__)  # type: ignore[method-assign]
    return cls


def _values(parameter: inspect.Parameter, given: Any) -> Iterable[object]:  # noqa: ANN401
    return given if parameter.kind is inspect.Parameter.VAR_POSITIONAL else [given]


def _problems(name: str, value: object, annotation: object) -> list[str]:
    # Neither `self` nor `cls` has one.
    if not isinstance(annotation, str):
        return []
    types = [TYPES[one] for one in types_of(annotation)]
    if any(one.has(value) for one in types):
        return []
    write = " or ".join(one.write for one in types if one is not TYPES["None"])
    remedy = "; write it as text" if TYPES["str"] in types and _is_number(value) else ""
    return [f"{name} must be {write}, got {shown(value)}{remedy}"]


def _path(function: Callable[..., object], arguments: Mapping[str, Any]) -> str:
    """Returns where the arguments were given: the path of the construct, or the factory's name."""
    node = getattr(arguments.get("scope", arguments.get("self")), "node", None)
    if node is None:
        return function.__qualname__.removesuffix(".__init__")
    child = arguments.get("id") if "scope" in arguments else None
    parts = [str(node.path), child if isinstance(child, str) else ""]
    return "/".join(part for part in parts if part)
