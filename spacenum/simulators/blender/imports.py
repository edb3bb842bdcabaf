"""Meshes of fetched asset packs as Blender objects: checked, turned, scaled, and with materials of one kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.integrity import checked_file
from spacenum.scenes.assets.manifest import Asset
from spacenum.scenes.assets.packing import turn
from spacenum.scenes.spec import PlacedObject
from spacenum.simulators.blender.engine import quiet
from spacenum.simulators.blender.materials import linear

MIN_ALPHA = 0.55
"""Glass stays above Cycles' threshold for the depth and id passes, so that these show it and not what is behind it."""

MIN_ROUGHNESS = 0.25
MAX_UV = 1e4


def import_mesh(asset: Asset, folder: Path, placed: PlacedObject, index: int) -> Any:
    """The Blender object of a mesh asset: base centre at the origin, front to -Y, as large as ``placed.size`` (metres).

    folder: the pack's. index: the object's in the id pass. Raises SpaceNumError that names the file if it, or another
    file of its folder, is missing or isn't the one that the pack was made with, or if it holds no faces.
    """
    path = checked_file(asset, folder)
    made = _read(path)
    made.name, made.pass_index = placed.name, index
    made.rotation_mode = "XYZ"  # that of glTF is by quaternions, which would ignore angles
    _fill(made.data, asset, placed.size, path)
    _mend_texture_coordinates(made.data)
    for slot in made.material_slots:
        if slot.material is not None:
            _simplify(slot.material, in_srgb=path.suffix == ".obj")
    return made


def _read(path: Path) -> Any:
    """The one mesh object of an OBJ or glTF file, in the file's own axes (of glTF: Z up, as Blender turns it)."""
    before = set(bpy.data.objects)
    with quiet(), _without_warnings():
        if path.suffix == ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path.resolve()))
        else:
            bpy.ops.wm.obj_import(
                filepath=str(path.resolve()), forward_axis="Y", up_axis="Z", use_split_objects=False,
                use_split_groups=False,
            )  # fmt: skip
    new = [thing for thing in bpy.data.objects if thing not in before]
    meshes = [thing for thing in new if thing.type == "MESH" and len(thing.data.polygons)]
    if len(meshes) != 1:
        raise SpaceNumError(f"{path}: holds {len(meshes)} meshes with faces, not one; choose another model")
    for thing in new:
        if thing is not meshes[0]:
            bpy.data.objects.remove(thing, do_unlink=True)
    return meshes[0]


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Send file descriptor 2 nowhere: the importer tells of every folder in which it looks for a texture in vain."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def _fill(mesh: Any, asset: Asset, size: tuple[float, float, float], path: Path) -> None:
    """Turn a mesh to our axes, scale it to ``size`` and set its base centre to the origin; loose vertices go along."""
    vertices = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", vertices)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    turned = vertices.reshape(-1, 3).astype(np.float64) @ turn(asset.up, asset.front).T
    low, high = turned[corners].min(axis=0), turned[corners].max(axis=0)
    if np.any(high <= low):
        raise SpaceNumError(f"{path}: the model is flat along an axis and can't be scaled to {list(size)} m")
    middle = np.array([*(low + high)[:2] / 2, low[2]])
    filled = np.clip(turned, low, high) - middle
    mesh.vertices.foreach_set("co", (filled * (np.array(size) / (high - low))).astype(np.float32).ravel())
    mesh.update()


def _mend_texture_coordinates(mesh: Any) -> None:
    """Set texture coordinates that are no such thing to 0; some models hold values of 1e9, which Cycles can't take."""
    for layer in mesh.uv_layers:
        values = np.empty(len(layer.uv) * 2, np.float32)
        layer.uv.foreach_get("vector", values)
        values[~(np.abs(values) < MAX_UV)] = 0
        layer.uv.foreach_set("vector", values)


def _simplify(material: Any, in_srgb: bool) -> None:
    """Keep of a material its colour or texture, roughness and opacity.

    in_srgb: its colours are sRGB, and must be made linear. A texture whose file is missing gives way to the diffuse
    colour; Cycles would paint it magenta.
    """
    tree = material.node_tree
    old = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    red, green, blue = (float(value) for value in old.inputs["Base Color"].default_value[:3])
    alpha, roughness = float(old.inputs["Alpha"].default_value), float(old.inputs["Roughness"].default_value)
    image = _image(old)
    cut_out = old.inputs["Alpha"].is_linked or (in_srgb and image is not None and image.depth == 32)
    tree.nodes.clear()
    shader, out = tree.nodes.new("ShaderNodeBsdfPrincipled"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs["BSDF"], out.inputs["Surface"])
    shader.inputs["Base Color"].default_value = linear((red, green, blue)) if in_srgb else (red, green, blue, 1.0)
    shader.inputs["Roughness"].default_value = max(roughness, MIN_ROUGHNESS)
    shader.inputs["Alpha"].default_value = max(alpha, MIN_ALPHA)
    if image is not None:
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
        if cut_out:  # leaves and fringes are cut out
            tree.links.new(texture.outputs["Alpha"], shader.inputs["Alpha"])


def _image(shader: Any) -> Any:
    """The image behind a shader's base colour; None if there is none or its file is missing."""
    links = shader.inputs["Base Color"].links
    image = getattr(links[0].from_node, "image", None) if links else None
    if image is None or not (image.packed_file or Path(bpy.path.abspath(image.filepath)).is_file()):
        return None
    return image if min(image.size) > 0 else None
