"""Has CloudFormation tag buckets as their templates say, which MiniStack leaves out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

_PROPERTY: Final = "Tags"


def _apply() -> None:
    provisioners._S3_BUCKET_CONFIGURATIONS += (
        (_PROPERTY, _to_xml, s3._put_bucket_tagging, s3._delete_bucket_tagging),
    )
    # So it gets the tags of the stack, and those that say which stack that is.
    provisioners._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = (_PROPERTY, "list")


def _to_xml(tags: Sequence[Mapping[str, object]]) -> bytes:
    root = ET.Element("Tagging", xmlns=s3.S3_NS)
    tag_set = ET.SubElement(root, "TagSet")
    for tag in tags:
        element = ET.SubElement(tag_set, "Tag")
        for name in ("Key", "Value"):
            ET.SubElement(element, name).text = str(tag[name])
    text: bytes = ET.tostring(root, encoding="utf-8")
    return text


MEND: Final = Mend(
    aws="A bucket has the tags of its template and of its stack.",
    source="CloudFormation Template Reference, AWS::S3::Bucket Tags; User Guide, Resource tags",
    apply=_apply,
)
