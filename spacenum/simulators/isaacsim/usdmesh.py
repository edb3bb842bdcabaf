"""Our parts as USD meshes with preview-surface materials."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, Vt

from spacenum.scenes.assets.mesh import Material, Part, linear
from spacenum.simulators.isaacsim.units import EMISSIVE_PER_RADIANCE

SHARP_DEG = 40.0
PATTERN_SHARE = 0.35  # of a pattern's second colour in the plain colour that stands for it


def add_parts(stage: Usd.Stage, path: str, parts: Sequence[Part]) -> None:
    """One mesh under the prim at ``path`` for each material and kind of shading; points in metres."""
    groups: dict[tuple[Material, bool], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.material, part.smooth), []).append(part)
    for number, ((material, smooth), members) in enumerate(groups.items(), start=1):
        mesh = _add_mesh(stage, f"{path}/part_{number}", members, smooth)
        look = _add_material(stage, f"{path}/material_{number}", material)
        UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(look)


def _add_mesh(stage: Usd.Stage, path: str, parts: Sequence[Part], smooth: bool) -> UsdGeom.Mesh:
    vertices = np.concatenate([part.vertices for part in parts])
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)])
    mesh = UsdGeom.Mesh.Define(stage, path)
    points = Vt.Vec3fArray.FromNumpy(vertices.astype(np.float32))
    mesh.CreatePointsAttr(points)
    mesh.CreateExtentAttr(UsdGeom.PointBased.ComputeExtent(points))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.astype(np.int32).ravel()))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(True)
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(corner_normals(vertices, faces, smooth).astype(np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.faceVarying)
    return mesh


def corner_normals(vertices: NDArray[np.float64], faces: NDArray[np.int64], smooth: bool) -> NDArray[np.float64]:
    """[3 m, 3] unit normals of the corners of triangles [m, 3].

    smooth: averaged, by area, over the triangles at the corner's vertex that turn by less than SHARP_DEG.
    """
    corners = vertices[faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = areas / np.maximum(np.linalg.norm(areas, axis=1, keepdims=True), 1e-30)
    if not smooth:
        return np.repeat(flat, 3, axis=0)
    order = np.argsort(faces.ravel(), kind="stable")
    owner, vertex = order // 3, faces.ravel()[order]
    total = np.zeros((faces.size, 3))
    bounds = [*np.flatnonzero(np.diff(vertex, prepend=-1)), len(vertex)]
    for start, end in pairwise(bounds):
        around = owner[start:end]
        near = flat[around] @ flat[around].T > np.cos(np.radians(SHARP_DEG))
        total[order[start:end]] = near @ areas[around]
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(lengths > 1e-30, total / np.maximum(lengths, 1e-30), np.repeat(flat, 3, axis=0))


def _add_material(stage: Usd.Stage, path: str, material: Material) -> UsdShade.Material:
    """A preview surface. Glass stays opaque, so that masks and depth show it and not what is behind it."""
    look = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    colour = Gf.Vec3f(*plain_colour(material))
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(colour)
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(material.roughness)
    shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(material.metallic)
    if material.emission > 0:
        shader.CreateInput("emissiveColor", Sdf.ValueTypeNames.Color3f).Set(
            colour * material.emission * EMISSIVE_PER_RADIANCE
        )
    look.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return look


def plain_colour(material: Material) -> tuple[float, float, float]:
    """Linear RGB: a material's colour, or the mean of its pattern, which preview surfaces have no counterpart of."""
    first = np.array(linear(material.colour))
    if material.pattern == "plain" or material.colour2 is None:
        red, green, blue = first
    else:
        red, green, blue = (1 - PATTERN_SHARE) * first + PATTERN_SHARE * np.array(linear(material.colour2))
    return float(red), float(green), float(blue)
