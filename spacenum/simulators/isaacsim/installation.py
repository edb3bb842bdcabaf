"""Where Isaac Sim is installed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from spacenum.core.errors import SpaceNumError

VARIABLE = "SPACENUM_ISAACSIM_PYTHON"
PLACES = (
    "isaacsim/python.sh",
    "isaac-sim/python.sh",
    "isaacsim/_build/linux-x86_64/release/python.sh",
    "env_isaacsim/bin/python",
)
CONTAINER = "isaac-sim/python.sh"


def find_python(environment: Mapping[str, str], home: Path, root: Path = Path("/")) -> Path:
    """Isaac's own Python; SpaceNumError says how to name it, or how to render on another machine."""
    named = environment.get(VARIABLE)
    places = [Path(named)] if named else [*(home / place for place in PLACES), root / CONTAINER]
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            return place.absolute()
    problem = (
        f"{VARIABLE} is '{named}', which can't be run" if named else "the isaacsim simulator finds no Isaac Sim here"
    )
    raise SpaceNumError(
        f"{problem}; set {VARIABLE} to the python.sh of an Isaac Sim installation, or render on a machine that has one "
        "with 'spacenum frames export' and 'spacenum frames import' (docs/isaacsim.md)"
    )
