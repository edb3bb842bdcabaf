"""Parameters of the jobs that make tables."""

from __future__ import annotations

from spacenum.asking.base import ModelInfo
from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.items.settings import ItemsConfig
from spacenum.scenes.spec import Split
from spacenum.simulators.settings import SimulatorName


class TablesParams(Block):
    models: list[ModelInfo]
    mode: str
    simulators: dict[Setting, SimulatorName]
    seed: int


class TunedPair(Block):
    """A base and what it was tuned to. condition: on what, as the table names it. train_size: items of that, None for all that
    there are; transition_percent: of them."""

    base: str
    tuned: str
    condition: str
    train_size: int | None
    transition_percent: float


class TuningTableParams(Block):
    """experiment: transfer, mixture or grpo. tables: bases and tuned models, in one mode."""

    experiment: str
    pairs: list[TunedPair]
    tables: TablesParams


class PlannedCandidates(Block):
    """Families that a study wants with one magnitude, or layouts of one variation (see ``collection.coverage_table``)."""

    setting: Setting
    group: str
    direction: str
    magnitude: float | None
    planned: int


class CoverageParams(Block):
    split: Split
    planned: list[PlannedCandidates]


class StatisticsParams(Block):
    items: ItemsConfig


class FigureParams(Block):
    """study: what is said below a figure of what was run; None if it shows published numbers alone."""

    figure: str
    study: TablesParams | None = None
