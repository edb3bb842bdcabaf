"""Parameters of the job that checks claims."""

from __future__ import annotations

from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import SimulatorName


def tuned_on(what: str) -> str:
    """The condition of models that were tuned on layouts of a dimension ("1d"), or on a mixture with so many percent of
    transitions ("25%")."""
    return f"tuned on {what}"


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
    seed: int
