"""Has CloudFormation encrypt buckets as their templates say, which MiniStack leaves out."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

_PROPERTY: Final = "BucketEncryption"
# The same has two names.
_DEFAULT: Final = ("ServerSideEncryptionByDefault", "ApplyServerSideEncryptionByDefault")


def _apply() -> None:
    provisioners._S3_BUCKET_CONFIGURATIONS += (
        (_PROPERTY, _to_xml, s3._put_bucket_encryption, s3._delete_bucket_encryption),
    )


def _to_xml(encryption: Mapping[str, Any]) -> bytes:
    root = ET.Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    given, wanted = _DEFAULT
    for rule in encryption.get("ServerSideEncryptionConfiguration", ()):
        element = ET.SubElement(root, "Rule")
        default = ET.SubElement(element, wanted)
        for name, value in rule.get(given, {}).items():
            ET.SubElement(default, name).text = str(value)
        enabled = ET.SubElement(element, "BucketKeyEnabled")
        enabled.text = str(rule.get("BucketKeyEnabled", False)).lower()
    text: bytes = ET.tostring(root, encoding="utf-8")
    return text


MEND: Final = Mend(
    aws="A bucket is encrypted as its template says.",
    source="CloudFormation Template Reference, AWS::S3::Bucket BucketEncryption",
    apply=_apply,
)
