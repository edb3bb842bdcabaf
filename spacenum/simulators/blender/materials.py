"""Our engine-neutral materials as Cycles node materials."""

from __future__ import annotations

from typing import Any

import bpy

from spacenum.scenes.assets import mesh
from spacenum.scenes.assets.mesh import Colour, Material


def linear(colour: Colour) -> tuple[float, float, float, float]:
    """sRGB in 0..1 to linear RGBA."""
    return (*mesh.linear(colour), 1.0)


def node_material(material: Material, axis: int = 0) -> Any:
    """A new ``bpy`` material; ``axis`` (0..2) is the part's longest axis, along which wood grain runs."""
    made = bpy.data.materials.new("material")
    made.use_nodes = True
    tree = made.node_tree
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = linear(material.colour)
    shader.inputs["Roughness"].default_value = material.roughness
    shader.inputs["Metallic"].default_value = material.metallic
    shader.inputs["Transmission Weight"].default_value = material.transmission
    if material.emission > 0:
        shader.inputs["Emission Color"].default_value = linear(material.colour)
        shader.inputs["Emission Strength"].default_value = material.emission
    if material.pattern != "plain" and material.colour2 is not None:
        factor = _PATTERNS[material.pattern](tree, material, axis)
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        mix.inputs["A"].default_value = linear(material.colour)
        mix.inputs["B"].default_value = linear(material.colour2)
        tree.links.new(factor, mix.inputs["Factor"])
        tree.links.new(mix.outputs["Result"], shader.inputs["Base Color"])
    return made


def _coordinates(tree: Any, scale: tuple[float, float, float]) -> Any:
    """Object-space coordinates in metres, multiplied by ``scale``."""
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = scale
    tree.links.new(coordinates.outputs["Object"], mapping.inputs["Vector"])
    return mapping.outputs["Vector"]


def _noise(tree: Any, material: Material, scale: tuple[float, float, float], contrast: float) -> Any:
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = 2.0
    tree.links.new(_coordinates(tree, scale), noise.inputs["Vector"])
    ramp = tree.nodes.new("ShaderNodeMapRange")
    ramp.inputs["From Min"].default_value = 0.5 - 0.5 / contrast
    ramp.inputs["From Max"].default_value = 0.5 + 0.5 / contrast
    tree.links.new(noise.outputs["Fac"], ramp.inputs["Value"])
    return ramp.outputs["Result"]


def _wood(tree: Any, material: Material, axis: int) -> Any:
    scale = [1.6 / material.scale] * 3
    scale[axis] = 0.12 / material.scale
    return _noise(tree, material, tuple(scale), 2.2)  # type: ignore[arg-type]


def _isotropic(contrast: float, factor: float) -> Any:
    def pattern(tree: Any, material: Material, axis: int) -> Any:
        return _noise(tree, material, (factor / material.scale,) * 3, contrast)

    return pattern


def _checker(tree: Any, material: Material, axis: int) -> Any:
    checker = tree.nodes.new("ShaderNodeTexChecker")
    checker.inputs["Scale"].default_value = 1.0
    tree.links.new(_coordinates(tree, (1 / material.scale,) * 3), checker.inputs["Vector"])
    return checker.outputs["Fac"]


def _stripes(tree: Any, material: Material, axis: int) -> Any:
    wave = tree.nodes.new("ShaderNodeTexWave")
    wave.inputs["Scale"].default_value = 0.3
    tree.links.new(_coordinates(tree, (1 / material.scale, 0, 0)), wave.inputs["Vector"])
    return wave.outputs["Fac"]


def _joints(offset: float, ratio: float, mortar: float) -> Any:
    """Planks (offset 0.5, long) or tiles (offset 0, square): the second colour varies by piece and draws the joints."""

    def pattern(tree: Any, material: Material, axis: int) -> Any:
        brick = tree.nodes.new("ShaderNodeTexBrick")
        brick.offset = offset
        inputs = brick.inputs
        inputs["Scale"].default_value = 1.0
        inputs["Mortar Size"].default_value = mortar
        inputs["Brick Width"].default_value = ratio
        inputs["Row Height"].default_value = 1.0
        inputs["Color1"].default_value = (0, 0, 0, 1)
        inputs["Color2"].default_value = (0.55, 0.55, 0.55, 1)
        inputs["Mortar"].default_value = (1, 1, 1, 1)
        tree.links.new(_coordinates(tree, (1 / material.scale,) * 3), inputs["Vector"])
        return brick.outputs["Color"]

    return pattern


_PATTERNS = {
    "wood": _wood,
    "fabric": _isotropic(1.6, 1.0),
    "marble": _isotropic(3.0, 1.0),
    "speckle": _isotropic(5.0, 2.0),
    "checker": _checker,
    "stripes": _stripes,
    "planks": _joints(0.5, 7.0, 0.012),
    "tiles": _joints(0.0, 1.0, 0.02),
}
