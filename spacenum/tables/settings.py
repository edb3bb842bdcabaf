"""Parameters of the jobs that make tables."""

from __future__ import annotations

from typing import Any

from spacenum.asking.base import ModelInfo
from spacenum.core.blocks import Block
from spacenum.items.schema import Dimension, Setting
from spacenum.items.settings import ItemsConfig
from spacenum.scenes.settings import LayoutScenes, RoomScenes
from spacenum.scenes.spec import Split
from spacenum.simulators.settings import SimulatorName


class TablesParams(Block):
    models: list[ModelInfo]
    mode: str
    simulators: dict[Setting, SimulatorName]


class TunedPair(Block):
    """A base and what it was tuned to. condition: on what, as the table names it. train_size: items of that, None for
    all that there are; transition_percent: of them. dimensions: of its layouts."""

    base: str
    tuned: str
    recipe: str
    condition: str
    train_size: int | None
    transition_percent: float
    dimensions: list[Dimension]


class TuningTableParams(Block):
    """experiment: transfer, mixture or grpo. tables: bases and tuned models, in one mode."""

    experiment: str
    pairs: list[TunedPair]
    tables: TablesParams


class MainTableParams(TablesParams):
    """with_published: whether the paper's rows are added, marked as published. imported: the set whose items these
    are; null for this study's own."""

    with_published: bool = False
    imported: str | None = None


class ScoreTableParams(TablesParams):
    """table: a module of ``spacenum.tables.scores``."""

    table: str


class PairedParams(Block):
    """experiment: a module of ``spacenum.tables.pairs``."""

    experiment: str
    tables: TablesParams


class PlannedCandidates(Block):
    """Families that a study wants with one magnitude, or layouts of one variation (see
    ``collection.coverage_table``)."""

    setting: Setting
    group: str
    direction: str
    magnitude: float | None
    planned: int


class CoverageParams(Block):
    """rooms, layouts: the split's counts, from which follows what was planned."""

    split: Split
    rooms: RoomScenes
    layouts: LayoutScenes
    families_per_scene: int
    seed: int


class StatisticsParams(Block):
    items: ItemsConfig


class FigureParams(Block):
    """study: what is said below a figure of what was run; None if it shows published numbers alone.
    published: whether it shows them. models: the names of those that it shows, in this order; None: all."""

    figure: str
    models: list[str] | None = None
    study: TablesParams | None = None
    published: bool = False


class ReportParams(Block):
    """config: the study's, whole."""

    config: dict[str, Any]
