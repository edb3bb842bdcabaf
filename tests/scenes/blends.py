"""Small .blend files for tests, each with what real ones surprise with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np


def write_stool(path: Path, unit_m: float = 0.01, height: float = 0.5, folder: Path | None = None) -> None:
    """A stool in centimetres, 0.36 m wide, 0.4 m deep and ``height`` metres high, far from the origin.

    Three objects: one mirrored by a modifier and on a turned parent, one by its scale; a texture; a hidden helper that
    isn't part of it; a loose vertex. Its front, the side of the red bar, looks along +X; its depth is along X.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", unit_m
    cm = 0.01 / unit_m
    seat = _box("seat", (36 * cm, 36 * cm, 4 * cm), _textured("wood", (folder or path.parent) / "wood.png"))
    seat.location = (300 * cm, -200 * cm, (500 + 100 * height - 4) * cm)
    parent = bpy.data.objects.new("turned", None)
    parent.location, parent.rotation_euler = (300 * cm, -200 * cm, 500 * cm), (0, 0, np.pi / 2)
    scene.collection.objects.link(parent)
    leg = _box("leg", (4 * cm, 4 * cm, (100 * height - 4) * cm), _plain("dark", (0.1, 0.05, 0.02, 1)))
    leg.parent, leg.location = parent, (0, -12 * cm, 0)
    mirror = leg.modifiers.new("both", "MIRROR")
    mirror.use_axis, mirror.mirror_object = (False, True, False), parent
    bar = _box("bar", (4 * cm, 36 * cm, 4 * cm), _plain("red", (0.8, 0.02, 0.02, 1)))
    bar.scale = (-1, 1, 1)
    bar.location = (320 * cm, -200 * cm, (500 + 100 * height - 4) * cm)
    helper = _box("helper", (900, 900, 900), _plain("none", (1, 1, 1, 1)))
    helper.hide_render = True
    seat.data.vertices.add(1)
    seat.data.vertices[-1].co = (9999, 9999, 9999)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)


def _box(name: str, size: tuple[float, float, float], material: Any) -> Any:
    """A box with its base centre at its origin, and texture coordinates named after it."""
    bpy.ops.mesh.primitive_cube_add(size=1)
    made = bpy.context.active_object
    made.name = name
    for vertex in made.data.vertices:
        vertex.co = (vertex.co.x * size[0], vertex.co.y * size[1], (vertex.co.z + 0.5) * size[2])
    made.data.uv_layers[0].name = f"{name} map"
    made.data.materials.append(material)
    return made


def _plain(name: str, colour: tuple[float, float, float, float]) -> Any:
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = colour
    return made


def _textured(name: str, image: Path) -> Any:
    """A material whose texture, blue and 8 x 4 pixels, is darkened on the way to the shader; packed into the file."""
    from PIL import Image

    Image.new("RGB", (8, 4), (20, 40, 220)).save(image)
    made = _plain(name, (1, 1, 1, 1))
    tree = made.node_tree
    texture, mix = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeGamma")
    texture.image = bpy.data.images.load(str(image))
    texture.image.pack()
    image.unlink()
    tree.links.new(texture.outputs["Color"], mix.inputs["Color"])
    tree.links.new(mix.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return made
