"""Mesh files of fetched packs as parts: for engines that can't read such files themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.integrity import checked_file
from spacenum.scenes.assets.manifest import Asset
from spacenum.scenes.assets.mesh import Colour, Material, Part, fit, srgb
from spacenum.scenes.assets.packing import turn
from spacenum.scenes.spec import Vec3

Z_UP_FROM_GLTF = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
GREY = (0.6, 0.6, 0.6)


def parts_of_file(asset: Asset, folder: Path, size: Vec3) -> list[Part]:
    """The meshes of a pack's OBJ or glTF file, turned to our axes and stretched to ``size`` metres, base at the origin.

    Of each material the plain colour is kept, or the mean of its texture. Raises SpaceNumError that names the file if
    it isn't the pack's, can't be read, or holds no solid.
    """
    path = checked_file(asset, folder)
    try:
        scene = trimesh.load_scene(path)
    except (ValueError, KeyError, IndexError, NotImplementedError) as error:
        raise SpaceNumError(f"{path}: not a mesh that can be read ({error}); choose another model") from None
    axes = turn(asset.up, asset.front) @ (Z_UP_FROM_GLTF if path.suffix == ".glb" else np.eye(3))
    meshes = [mesh for mesh in scene.dump() if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces)]
    parts = [_used(np.asarray(m.vertices) @ axes.T, np.asarray(m.faces, np.int64), _material(m)) for m in meshes]
    if not parts or np.ptp(np.concatenate([part.vertices for part in parts]), axis=0).min() <= 0:
        raise SpaceNumError(f"{path}: the model is empty or flat and can't be scaled to {list(size)} m")
    return fit(parts, size)


def _used(vertices: NDArray[np.float64], faces: NDArray[np.int64], material: Material) -> Part:
    """A part without the loose vertices that some models have far away."""
    used, index = np.unique(faces, return_inverse=True)
    return Part(vertices[used], index.reshape(faces.shape), material)


def _material(mesh: trimesh.Trimesh) -> Material:
    """Catalogues of OBJ files show their colours as sRGB; those of glTF are linear, its textures sRGB."""
    look = getattr(mesh.visual, "material", None)
    image = getattr(look, "image", None) or getattr(look, "baseColorTexture", None)
    if image is not None:
        return Material(_colour(np.asarray(image.convert("RGB"), float).reshape(-1, 3).mean(axis=0)))
    if isinstance(look, trimesh.visual.material.PBRMaterial):
        factor = look.baseColorFactor  # of glTF: white if it isn't given, where main_color would say grey
        return Material((1.0, 1.0, 1.0) if factor is None else srgb(_colour(factor)))
    return Material(GREY if look is None else _colour(look.main_color))


def _colour(levels: NDArray[Any]) -> Colour:
    """The first three of some levels in 0..255 as 0..1."""
    red, green, blue = (float(level) / 255 for level in levels[:3])
    return red, green, blue
