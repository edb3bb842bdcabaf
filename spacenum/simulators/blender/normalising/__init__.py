"""Foreign .blend files as meshes of ours. No part of what renders frames, so that a change here renders none anew."""

from __future__ import annotations

from pathlib import Path

from spacenum.scenes.assets.manifest import Axis, Size3
from spacenum.simulators.blender import cannot_start


def normalise(blend: Path, front: Axis, out: Path) -> Size3:
    """``convert.convert``, with ``bpy`` loaded at the first call; SpaceNumError if it can't be imported."""
    try:
        from spacenum.simulators.blender.normalising.convert import convert
    except ImportError as error:
        raise cannot_start(error) from None
    return convert(blend, front, out)
