"""Lamps and daylight."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Vector


def add_area_light(
    at: Sequence[float], towards: Sequence[float], size: float, watts: float, colour: Sequence[float] = (1, 1, 1)
) -> None:
    """A square lamp of ``size`` metres at ``at`` that shines towards a point and that the camera doesn't see."""
    data = bpy.data.lights.new("area", "AREA")
    data.energy, data.size, data.color = watts, size, tuple(colour)
    lamp = bpy.data.objects.new("area", data)
    lamp.location = tuple(at)
    aim = Vector(np.subtract(towards, at).tolist())
    lamp.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    lamp.visible_camera = False
    bpy.context.scene.collection.objects.link(lamp)
