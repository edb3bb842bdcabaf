"""Prompts from template files: plain text with ``[[name]]`` lines where images go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spacenum.items.schema import Dimension, Image, Setting, Task, Text

TEMPLATES = Path(__file__).parent / "templates"

_IMAGE = re.compile(r"^\[\[(\w+)\]\]$", re.MULTILINE)


def template_files(setting: Setting) -> list[Path]:
    """The template files that prompts of a setting come from."""
    names = [f"{setting}.{task}.txt" for task in ("num2space", "space2num")]
    frames = [f"frame.{d}.txt" for d in ("1d", "2d", "3d")] if setting == "layout" else []
    return [TEMPLATES / name for name in names + frames]


class Prompts:
    """Fills templates; one environment, so that each file is read once."""

    def __init__(self) -> None:
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)

    def prompt(self, setting: Setting, task: Task, images: Mapping[str, str], **words: Any) -> list[Text | Image]:
        """The prompt's parts in order: texts, and images by path where the template has ``[[name]]``."""
        filled = self._templates.get_template(f"{setting}.{task}.txt").render(**words)
        parts: list[Text | Image] = []
        for index, piece in enumerate(_IMAGE.split(filled)):
            if index % 2:
                parts.append(Image(image=images[piece]))
            elif piece.strip():
                parts.append(Text(text=piece.strip()))
        return parts

    def frame_words(self, dimension: Dimension, origin: str, direction: str, ground: str, zero: str) -> str:
        """The frame of a map in words: its axes against the two anchors, not against the
        image; ``zero`` as it is written."""
        return (
            self._templates.get_template(f"frame.{dimension}.txt")
            .render(origin=origin, direction=direction, ground=ground, zero=zero)
            .strip()
        )
