"""Any .blend file as one mesh of ours: metres, Z up, front to -Y, base centre at the
origin, materials that engines share.

The result is a self-contained glTF file (.glb), which Blender, trimesh and most other tools read: one mesh, its
modifiers and transforms applied, and for each material the base colour or its texture, opacity, roughness and
metalness. The same .blend gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import atomic_path
from spacenum.scenes.assets.manifest import Axis, Size3
from spacenum.scenes.assets.packing import turn
from spacenum.simulators.blender.engine import quiet

_SOLID = ("MESH", "CURVE", "SURFACE", "FONT", "META")
_UV = "UVMap"
_PLAIN = (0.5, 0.5, 0.5, 1.0)


def convert(blend: Path, front: Axis, out: Path) -> Size3:
    """Write the model of a .blend file to ``out`` (.glb); return its width, depth and height in metres.

    front: the axis of the file that looks to the viewer. Everything that the file's scene would render counts as the
    model. Raises SpaceNumError if the file can't be opened, or holds no faces or a flat model.
    """
    _open(blend)
    scene = bpy.context.scene
    parts = _parts(scene)
    if not parts:
        raise SpaceNumError(f"{blend}: its scene renders no faces; choose another model")
    made = _join(parts)
    size = _fit(made.data, turn("z", front), scene.unit_settings.scale_length, blend)
    for material in dict.fromkeys(slot.material for slot in made.material_slots if slot.material is not None):
        _share(material)
    with quiet(), atomic_path(out) as temporary:
        bpy.ops.export_scene.gltf(
            filepath=str(temporary.resolve()), export_format="GLB", use_selection=True, use_active_scene=True,
            export_animations=False, export_skins=False, export_morph=False, export_cameras=False, export_lights=False,
            export_extras=False, export_vertex_color="NONE",
        )  # fmt: skip
    return size


def _open(blend: Path) -> None:
    try:
        with quiet():
            bpy.ops.wm.open_mainfile(filepath=str(blend.resolve()), load_ui=False, use_scripts=False)
    except RuntimeError:
        raise SpaceNumError(
            f"{blend}: Blender {bpy.app.version_string} can't open this file; "
            "delete it to fetch it again, or choose another model"
        ) from None


def _parts(scene: Any) -> list[Any]:
    """Meshes of all that the scene renders, modifiers and transforms applied, in world units; instances are copies."""
    _show_what_renders(scene)
    graph = bpy.context.evaluated_depsgraph_get()
    parts = []
    for instance in graph.object_instances:
        thing = instance.object
        if thing.type not in _SOLID or thing.hide_render or not instance.show_self:
            continue
        mesh = bpy.data.meshes.new_from_object(thing, preserve_all_data_layers=True, depsgraph=graph)
        mesh.transform(instance.matrix_world)
        if instance.matrix_world.determinant() < 0:
            mesh.flip_normals()  # a mirrored copy would be inside out
        if len(mesh.polygons):
            parts.append((thing.name, mesh))
    return [mesh for _, mesh in sorted(parts, key=lambda part: part[0])]


def _show_what_renders(scene: Any) -> None:
    """The evaluated scene is the viewport's, which may hide what renders and show modifiers that don't."""
    for thing in scene.objects:
        thing.hide_viewport = thing.hide_render
        if not thing.hide_render:
            thing.hide_set(False)
        for modifier in thing.modifiers:
            modifier.show_viewport = modifier.show_render
    bpy.context.view_layer.update()


def _join(parts: list[Any]) -> Any:
    """One selected object of all ``parts``, alone in a new scene."""
    scene = bpy.data.scenes.new("model")
    objects = []
    for mesh in parts:
        _one_texture_layer(mesh)
        made = bpy.data.objects.new("model", mesh)
        scene.collection.objects.link(made)
        objects.append(made)
    bpy.context.window.scene = scene
    for made in objects:
        made.select_set(True)
    bpy.context.view_layer.objects.active = objects[0]
    if len(objects) > 1:
        with bpy.context.temp_override(active_object=objects[0], selected_editable_objects=objects):
            bpy.ops.object.join()
    objects[0].name = objects[0].data.name = "model"
    return objects[0]


def _one_texture_layer(mesh: Any) -> None:
    """Keep the texture coordinates that are rendered, under one name, so that joined parts share a layer."""
    rendered = next((layer.name for layer in mesh.uv_layers if layer.active_render), None)
    for name in [layer.name for layer in mesh.uv_layers if layer.name != rendered]:
        mesh.uv_layers.remove(mesh.uv_layers[name])
    if mesh.uv_layers:
        mesh.uv_layers[0].name = _UV


def _fit(mesh: Any, rotation: NDArray[np.float64], unit_m: float, blend: Path) -> Size3:
    """Turn and scale a mesh to ours and set its base centre to the origin; what belongs to no face doesn't count."""
    vertices = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", vertices)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    placed = vertices.reshape(-1, 3)[corners].astype(np.float64) @ rotation.T * unit_m
    low, high = placed.min(axis=0), placed.max(axis=0)
    if not np.all(np.isfinite(placed)) or np.any(high <= low):
        raise SpaceNumError(f"{blend}: the model is flat along an axis, or endless; choose another model")
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * unit_m
    matrix[:3, 3] = -np.array([*(low + high)[:2] / 2, low[2]])
    mesh.transform(Matrix(matrix.tolist()))  # normals turn with it
    return tuple(round(float(side), 6) for side in high - low)  # type: ignore[return-value]


def _share(material: Any) -> None:
    """Reduce a material to what all engines show: base colour or texture, opacity, roughness, metalness.

    A colour that is computed by other nodes gives way to the first texture among them, or else to the material's
    colour in the viewport.
    """
    shader = _shader(material)
    inputs = shader.inputs if shader else {}
    colour, image = _colour(material, inputs.get("Base Color") or inputs.get("Color"))
    alpha, cut_out = _value(inputs.get("Alpha"), 1.0), bool(image and _linked(inputs.get("Alpha")))
    roughness, metallic = _value(inputs.get("Roughness"), 0.5), _value(inputs.get("Metallic"), 0.0)
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    made, out = tree.nodes.new("ShaderNodeBsdfPrincipled"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(made.outputs["BSDF"], out.inputs["Surface"])
    made.inputs["Base Color"].default_value = colour
    made.inputs["Alpha"].default_value = alpha
    made.inputs["Roughness"].default_value, made.inputs["Metallic"].default_value = roughness, metallic
    if image is not None:
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        tree.links.new(texture.outputs["Color"], made.inputs["Base Color"])
        if cut_out:
            tree.links.new(texture.outputs["Alpha"], made.inputs["Alpha"])


def _shader(material: Any) -> Any:
    """The Principled shader behind a material's surface, or else the first node there that has a colour."""
    if not material.use_nodes or material.node_tree is None:
        return None
    out = material.node_tree.get_output_node("CYCLES") or material.node_tree.get_output_node("ALL")
    behind = list(_behind(out.inputs["Surface"])) if out else []
    shaders = [node for node in behind if node.type == "BSDF_PRINCIPLED"]
    shaders += [node for node in behind if node.type.startswith("BSDF") and "Color" in node.inputs]
    return shaders[0] if shaders else None


def _colour(material: Any, socket: Any) -> tuple[tuple[float, ...], Any]:
    """Linear colour and texture of a socket; a texture that is missing or empty counts as none."""
    if socket is None or not socket.is_linked:
        return tuple(socket.default_value) if socket else tuple(material.diffuse_color), None
    nodes = list(_behind(socket))
    for node in nodes:
        if node.type == "TEX_IMAGE" and node.image is not None and min(node.image.size) > 0:
            return _PLAIN, node.image
    rgb = next((node for node in nodes if node.type == "RGB"), None)
    return tuple(rgb.outputs[0].default_value if rgb else material.diffuse_color), None


def _behind(socket: Any) -> Iterator[Any]:
    """All nodes that a socket is fed by, nearest first, those inside groups included."""
    queue, seen = [link.from_node for link in socket.links], set()
    while queue:
        node = queue.pop(0)
        if node.as_pointer() in seen:
            continue
        seen.add(node.as_pointer())
        yield node
        inside = getattr(node, "node_tree", None)
        ends = [end for end in inside.nodes if end.type == "GROUP_OUTPUT"] if inside else []
        queue += [link.from_node for end in [*ends, node] for entry in end.inputs for link in entry.links]


def _value(socket: Any, default: float) -> float:
    """A socket's own number; the default if it has none or takes it from other nodes."""
    return default if socket is None or socket.is_linked else float(socket.default_value)


def _linked(socket: Any) -> bool:
    return socket is not None and bool(socket.is_linked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("blend", type=Path)
    parser.add_argument(
        "--front", choices=get_args(Axis), required=True, help="axis of the file that looks to the viewer"
    )
    parser.add_argument("out", type=Path, help="the .glb file")
    args = parser.parse_args()
    print(json.dumps(convert(args.blend, args.front, args.out)), flush=True)


if __name__ == "__main__":
    status = 0
    try:
        run_script(main)
    except SystemExit as ended:
        print(ended.code, file=sys.stderr, flush=True)
        status = 1
    os._exit(status)  # Blender's own exit may hang after it has opened a file
