"""Our parts as Blender objects: one object per scene object, so that one index names it in the id pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

from spacenum.scenes.assets.generate import generate
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.assets.mesh import Material, Part
from spacenum.scenes.spec import PlacedObject
from spacenum.simulators.blender.materials import node_material


def object_from_parts(name: str, parts: Sequence[Part], index: int = 0) -> Any:
    """A Blender object of all ``parts``, linked to the scene, with ``pass_index`` = ``index``."""
    mesh = bpy.data.meshes.new(name)
    vertices = np.concatenate([part.vertices for part in parts])
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    slots: dict[tuple[Material, int], int] = {}
    slot_of_part = [slots.setdefault((part.material, _longest_axis(part)), len(slots)) for part in parts]
    counts = [len(part.faces) for part in parts]
    mesh.polygons.foreach_set("material_index", np.repeat(slot_of_part, counts).astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.repeat([part.smooth for part in parts], counts))
    for material, axis in slots:
        mesh.materials.append(node_material(material, axis))
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=np.radians(40))
    made = bpy.data.objects.new(name, mesh)
    made.pass_index = index
    bpy.context.scene.collection.objects.link(made)
    return made


def place(made: Any, at: PlacedObject) -> None:
    """Move a Blender object to where the scene says."""
    made.location = at.position
    made.rotation_euler = (0, 0, np.radians(at.yaw))


def build_object(placed: PlacedObject, pack: Pack, index: int) -> Any:
    """The Blender object of a placed asset, in place."""
    asset = pack.asset(placed.asset)
    parts = generate(asset, placed) if asset.file.endswith(".py") else None
    if parts is None:
        from spacenum.simulators.blender.imports import import_mesh

        made = import_mesh(asset, pack.folder, placed, index)
    else:
        made = object_from_parts(placed.name, parts, index)
    place(made, placed)
    return made


def _longest_axis(part: Part) -> int:
    return int(np.argmax(np.ptp(part.vertices, axis=0)))
