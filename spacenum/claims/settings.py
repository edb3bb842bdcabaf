"""Parameters of the job that checks claims."""

from __future__ import annotations

from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import SimulatorName


class VlmSettings(Block):
    """A VLM that claims are about."""

    name: str
    family: str | None
    parameters_b: float | None


class ClaimsParams(Block):
    """note: said on the page of what the models are."""

    models: list[VlmSettings]
    note: str | None = None
    mode: str
    simulators: dict[Setting, SimulatorName]
