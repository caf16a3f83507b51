"""Draws the pictures of the documentation, from text, with the standard library only.

    python docs/images/draw.py

The light ground is part of each picture, so that it reads alike on white and on dark pages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
INK: Final = "#1f2733"
SOFT: Final = "#566273"
GROUND: Final = "#f7f8fa"
AWS: Final = "#fff4e0"
OURS: Final = "#e2efff"
PLAIN: Final = "#ffffff"
FONT: Final = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
LINE_HEIGHT: Final = 16
BOX_WIDTH: Final = 176
BOX_HEIGHT: Final = 62


@dataclass(frozen=True)
class Box:
    """A box with a heading and some smaller lines, by its upper left corner."""

    x: int
    y: int
    text: Sequence[str]
    fill: str = PLAIN
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT
    dashed: bool = False

    @property
    def left(self) -> tuple[int, int]:
        """The middle of the left side."""
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        """The middle of the right side."""
        return self.x + self.width, self.y + self.height // 2

    @property
    def top(self) -> tuple[int, int]:
        """The middle of the upper side."""
        return self.x + self.width // 2, self.y

    @property
    def bottom(self) -> tuple[int, int]:
        """The middle of the lower side."""
        return self.x + self.width // 2, self.y + self.height

    def svg(self) -> str:
        """Returns the box."""
        middle = self.x + self.width // 2
        first = self.y + self.height // 2 - (len(self.text) - 1) * LINE_HEIGHT // 2 + 4
        lines = [
            text(middle, first + number * LINE_HEIGHT, line, bold=number == 0)
            for number, line in enumerate(self.text)
        ]
        dash = ' stroke-dasharray="5 4"' if self.dashed else ""
        frame = (
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="7" '
            f'fill="{self.fill}" stroke="{INK}" stroke-width="1.3"{dash}/>'
        )
        return "\n".join([frame, *lines])


def text(x: int, y: int, content: str, *, bold: bool = False, anchor: str = "middle") -> str:
    """Returns a line of text."""
    size, weight, fill = (13, "bold", INK) if bold else (12, "normal", SOFT)
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{fill}">{escape(content)}</text>'
    )


def label(x: int, y: int, content: str, *, anchor: str = "middle") -> str:
    """Returns a line of text that hides the lines below it."""
    hidden = f'paint-order="stroke" stroke="{GROUND}" stroke-width="6" stroke-linejoin="round"'
    return text(x, y, content, anchor=anchor).replace("<text", f"<text {hidden}", 1)


def arrow(*points: tuple[int, int], dashed: bool = False) -> str:
    """Returns a line with a head at its end."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    path = " ".join(f"{x},{y}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.4"{dash} '
        'marker-end="url(#head)"/>'
    )


def picture(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """Returns a whole picture."""
    head = (
        '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="{INK}"/></marker>'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="{FONT}">',
        f"<title>{escape(title)}</title>",
        f"<defs>{head}</defs>",
        f'<rect width="{width}" height="{height}" rx="10" fill="{GROUND}"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def architecture() -> str:
    """Returns the picture of what a stack has and who calls whom."""
    app = Box(20, 156, ("Your CDK app", "BatchInferenceJob"), OURS)
    assets = Box(20, 276, ("Asset bucket", "of the CDK bootstrap"), AWS)
    condition = Box(270, 46, ("Wait condition", "only with wait_up_to"), AWS, dashed=True)
    resource = Box(270, 156, ("Custom resource", "the request"), AWS)
    role = Box(270, 388, ("Role", "reads input, writes output"), AWS)
    waiter = Box(520, 46, ("Waiter", "only with wait_up_to"), OURS, dashed=True)
    function = Box(520, 156, ("Lambda function", "one for each stack"), OURS)
    source = Box(520, 276, ("Input bucket", "users.json"), AWS)
    results = Box(520, 388, ("Output bucket", "<job name>/users.json.out"), AWS)
    service = Box(784, 46, ("Amazon Personalize", "runs the batch job"), AWS, 168, 404)
    frame = (
        f'<rect x="246" y="18" width="474" height="450" rx="10" fill="none" stroke="{SOFT}" '
        'stroke-dasharray="2 4"/>'
    )
    boxes = (app, assets, condition, resource, role, waiter, function, source, results, service)
    edge = service.x

    def across(box: Box) -> tuple[int, int]:
        return edge, box.right[1]

    arrows = [
        arrow(app.right, resource.left),
        arrow(app.bottom, assets.top),
        arrow(resource.right, function.left),
        arrow(function.right, across(function)),
        arrow(function.bottom, source.top),
        arrow(assets.right, source.left),
        arrow(across(source), source.right),
        arrow(across(results), results.right),
        arrow(function.top, waiter.bottom, dashed=True),
        arrow(waiter.right, across(waiter), dashed=True),
        arrow(waiter.left, condition.right, dashed=True),
        arrow(service.bottom, (service.bottom[0], 486), (role.bottom[0], 486), role.bottom),
    ]
    labels = [
        text(256, 36, "your stack", anchor="start"),
        text(221, 180, "deploy"),
        text(118, 250, "publishes", anchor="start"),
        text(752, 180, "creates"),
        text(618, 250, "has it copied", anchor="start"),
        text(358, 300, "server-side copy"),
        text(752, 300, "reads"),
        text(752, 412, "writes"),
        text(618, 136, "starts", anchor="start"),
        text(752, 70, "describes"),
        text(483, 70, "signals"),
        text(620, 503, "assumes"),
    ]
    parts = [frame, *arrows, *(box.svg() for box in boxes), *labels]
    return picture(970, 516, "A stack with a batch inference job, and who calls whom", parts)


def lifecycle() -> str:
    """Returns the picture of a Create event, step by step."""
    names = ("CloudFormation", "Lambda function", "Amazon Personalize", "Waiter")
    columns = dict(zip(names, (110, 370, 640, 860), strict=True))
    cloud, function, service, waiter = names
    parts: list[str] = []
    steps: list[tuple[str, str, str, bool]] = [
        (cloud, function, "Create: request, run_key", False),
        (function, service, "describe the job of this name: none", False),
        (function, service, "describe the solution version", False),
        (function, function, "check the input, copy it", False),
        (function, cloud, "is the job still waited for?", False),
        (function, service, "create the job", False),
        (function, waiter, "start, with the handle", True),
        (function, cloud, "SUCCESS with the job's ARN", False),
        (waiter, service, "describe, every 90 seconds", True),
        (waiter, function, "status and reason", True),
        (function, cloud, "signal SUCCESS or FAILURE", True),
    ]
    y = 96
    for start, end, words, dashed in steps:
        left, right = columns[start], columns[end]
        if start == end:
            parts.append(arrow((left, y), (left + 26, y), (left + 26, y + 16), (left, y + 16)))
            parts.append(text(left + 34, y + 12, words, anchor="start"))
        else:
            parts.append(arrow((left, y), (right, y), dashed=dashed))
            parts.append(label((left + right) // 2, y - 6, words))
        y += 40
    bottom = y - 10
    lines = [
        f'<line x1="{x}" y1="56" x2="{x}" y2="{bottom}" stroke="{SOFT}"/>' for x in columns.values()
    ]
    fills = {function: OURS, waiter: OURS}
    heads = [
        Box(x - 84, 20, (name,), fills.get(name, AWS), 168, 36, name == waiter).svg()
        for name, x in columns.items()
    ]
    note = (
        "Dashed: only with wait_up_to. The same event again finds the job in the second step and "
        "creates none."
    )
    parts = [*lines, *parts, *heads, text(26, bottom + 26, note, anchor="start")]
    return picture(970, bottom + 44, "A Create event, step by step", parts)


PICTURES: Final = {"architecture.svg": architecture, "lifecycle.svg": lifecycle}


def main() -> int:
    """Writes all pictures."""
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
