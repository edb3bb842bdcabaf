"""Doubles put into a copy of the project, for runs of Snakemake without engines."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).parent
SETTINGS = '''"""A double."""
from spacenum.core.blocks import Block
from spacenum.core.resources import Needs
from spacenum.simulators.catalogue import SimulatorInfo


class BoxesConfig(Block):
    pass


SIMULATOR = SimulatorInfo(BoxesConfig, Needs(), {"transition": "rooms", "layout": "layouts"}, shows_packs=True)
'''


def add_boxes(project: Path) -> None:
    """The simulator ``boxes``, which shows objects as their boxes."""
    folder = project / "spacenum" / "simulators" / "boxes"
    folder.mkdir()
    shutil.copy(HERE / "boxes_simulator.py", folder / "__init__.py")
    (folder / "settings.py").write_text(SETTINGS)


def add_toy(project: Path) -> None:
    """The backend ``toy``, which plays a VLM."""
    shutil.copy(HERE.parent / "asking" / "toy.py", project / "spacenum" / "models" / "toy.py")
