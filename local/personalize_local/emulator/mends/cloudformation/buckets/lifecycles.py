"""Gives buckets the lifecycle that their templates say, which MiniStack leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

_PROPERTY: Final = "LifecycleConfiguration"
# What S3's own API calls the properties, or puts into another element.
_IN_EXPIRATION: Final = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_IN_FILTER: Final = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
_TRANSITION: Final = {"TransitionInDays": "Days", "TransitionDate": "Date"}


def _apply() -> None:
    provisioners._S3_BUCKET_CONFIGURATIONS += (
        (_PROPERTY, _to_xml, _put, s3._delete_bucket_lifecycle),
    )


def _put(bucket: str, body: bytes) -> None:
    status, _, answer = s3._put_bucket_lifecycle(bucket, body)
    if status >= 400:
        message = ET.fromstring(answer).findtext("Message")  # noqa: S314 - made a moment ago
        raise ValueError(provisioners._sdk_error(message, "S3", status))


def _to_xml(lifecycle: Mapping[str, Any]) -> bytes:
    # Without the namespace, in which MiniStack finds less.
    root = ET.Element("LifecycleConfiguration")
    for rule in lifecycle.get("Rules", ()):
        _add_rule(root, rule)
    text: bytes = ET.tostring(root, encoding="utf-8")
    return text


def _add_rule(root: ET.Element, rule: Mapping[str, Any]) -> None:
    element = ET.SubElement(root, "Rule")
    _add(element, {"ID": rule.get("Id"), "Status": rule["Status"]})
    filters = {name: rule.get(name) for name in _IN_FILTER}
    inside = ET.SubElement(element, "Filter")
    tags = rule.get("TagFilters", ())
    if len(tags) + sum(value is not None for value in filters.values()) > 1:
        inside = ET.SubElement(inside, "And")
    _add(inside, filters)
    for tag in tags:
        _add(ET.SubElement(inside, "Tag"), tag)
    _add_under(
        element, "Expiration", {_IN_EXPIRATION[one]: rule.get(one) for one in _IN_EXPIRATION}
    )
    for transition in rule.get("Transitions", ()):
        named = {_TRANSITION.get(name, name): value for name, value in transition.items()}
        _add_under(element, "Transition", named)
    for transition in rule.get("NoncurrentVersionTransitions", ()):
        named = {
            "NoncurrentDays" if name == "TransitionInDays" else name: value
            for name, value in transition.items()
        }
        _add_under(element, "NoncurrentVersionTransition", named)
    days = {"NoncurrentDays": rule.get("NoncurrentVersionExpirationInDays")}
    noncurrent = rule.get("NoncurrentVersionExpiration") or days
    _add_under(element, "NoncurrentVersionExpiration", noncurrent)
    _add_under(
        element, "AbortIncompleteMultipartUpload", rule.get("AbortIncompleteMultipartUpload") or {}
    )


def _add_under(element: ET.Element, name: str, values: Mapping[str, Any]) -> None:
    if any(value is not None for value in values.values()):
        _add(ET.SubElement(element, name), values)


def _add(element: ET.Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            ET.SubElement(element, name).text = text


MEND: Final = Mend(
    aws="A bucket has the lifecycle of its template, if S3 takes it.",
    source="CloudFormation Template Reference, AWS::S3::Bucket LifecycleConfiguration",
    apply=_apply,
)
