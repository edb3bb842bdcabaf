"""Parameters of the job that builds the gallery."""

from __future__ import annotations

from pathlib import Path

from spacenum.asking.base import ModelInfo
from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import SimulatorName
from spacenum.traces.settings import TraceSampleParams

TEMPLATES = Path(__file__).parent / "templates"


def template_files() -> list[Path]:
    """What the page's words, style and scripts are in."""
    return sorted(TEMPLATES.iterdir())


class GalleryParams(Block):
    """variants: those that are shown beside the items, with what each changes, in words."""

    models: list[ModelInfo]
    study: str
    simulators: dict[Setting, SimulatorName]
    variants: dict[str, str]


class TraceGalleryParams(GalleryParams, TraceSampleParams):
    """The same, with a sample of reasoning traces."""
