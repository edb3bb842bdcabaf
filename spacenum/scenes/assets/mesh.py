"""Engine-neutral meshes: the shapes that procedural assets are made of.

Frame of every object: metres, right-handed, Z up, the base's centre at the origin, the front looking along -Y
(so that a viewer who stands at -Y sees the front; +X is at the viewer's right).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import trimesh

Size = tuple[float, float, float]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """How a surface looks, in terms that every engine has.

    colour, colour2: sRGB in 0..1, as a designer writes them. ``pattern`` mixes the two colours in object space:
    "plain" (colour only), "wood" (grain along the part's longest axis), "fabric" (fine weave), "marble", "speckle",
    "stripes" or "checker"; ``scale`` is the size of one repetition in metres. emission: radiance in W/m²/sr, 0 = none.
    """

    colour: Colour
    roughness: float = 0.5
    metallic: float = 0.0
    pattern: str = "plain"
    colour2: Colour | None = None
    scale: float = 0.1
    emission: float = 0.0
    transmission: float = 0.0


@dataclass(frozen=True)
class Part:
    """One mesh of one material: vertices [n, 3] in metres, triangles [m, 3] counter-clockwise seen from outside."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    material: Material
    smooth: bool = False

    def moved(self, by: ArrayLike) -> Part:
        return replace(self, vertices=self.vertices + np.asarray(by, float))

    def scaled(self, by: ArrayLike) -> Part:
        return replace(self, vertices=self.vertices * np.asarray(by, float))

    def turned(self, degrees: float, axis: str = "z") -> Part:
        """Turned counter-clockwise about the axis through the origin (right-hand rule)."""
        from trimesh.transformations import rotation_matrix  # when built: a plan needs none of it

        direction = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}[axis]
        matrix = rotation_matrix(np.radians(degrees), direction)[:3, :3]
        return replace(self, vertices=self.vertices @ matrix.T)


def linear(colour: Colour) -> Colour:
    """sRGB in 0..1 to linear RGB (IEC 61966-2-1)."""
    c = np.asarray(colour, float)
    red, green, blue = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(red), float(green), float(blue)


def srgb(colour: Colour) -> Colour:
    """Linear RGB in 0..1 to sRGB; the inverse of ``linear``."""
    c = np.asarray(colour, float)
    red, green, blue = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    return float(red), float(green), float(blue)


def _part(mesh: trimesh.Trimesh, material: Material, smooth: bool) -> Part:
    return Part(np.asarray(mesh.vertices, float), np.asarray(mesh.faces, np.int64), material, smooth)


def hull(points: ArrayLike, material: Material, smooth: bool = False) -> Part:
    """Convex hull of points [n, 3]."""
    from scipy.spatial import ConvexHull  # when built: a plan needs none of it

    points = np.asarray(points, float)
    solid = ConvexHull(points)
    used = np.unique(solid.simplices)
    index = np.full(len(points), -1)
    index[used] = np.arange(len(used))
    faces, vertices = index[solid.simplices], points[used]
    triangles = vertices[faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    inward = np.einsum("ij,ij->i", normals, solid.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return Part(vertices, faces.astype(np.int64), material, smooth)


def box(size: ArrayLike, at: ArrayLike, material: Material, bevel: float = 0.004) -> Part:
    """Box of ``size`` (x, y, z) whose *base centre* stands at ``at``; edges cut by ``bevel`` metres (0: sharp)."""
    half = np.asarray(size, float) / 2
    cut = min(bevel, 0.45 * 2 * half.min())
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    if cut <= 0:
        points = corners * half
    else:
        points = np.concatenate([corners * (half - cut * (1 - np.eye(3)[k])) for k in range(3)])
    return hull(points + [0, 0, half[2]], material).moved(at)


def cushion(size: ArrayLike, at: ArrayLike, material: Material, radius: float = 0.05, steps: int = 5) -> Part:
    """Soft box: edges and corners rounded by ``radius`` metres; base centre at ``at``."""
    half = np.asarray(size, float) / 2
    r = min(radius, 0.98 * half.min())
    angles = np.linspace(0, np.pi / 2, steps)
    octant = np.array([(np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)) for b in angles for a in angles])
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    points = np.concatenate([s * (half - r + r * octant) for s in signs])
    return hull(np.unique(points.round(9), axis=0) + [0, 0, half[2]], material, smooth=True).moved(at)


def lathe(profile: ArrayLike, at: ArrayLike, material: Material, sections: int = 32, smooth: bool = True) -> Part:
    """Solid of revolution about Z: ``profile`` [n, 2] of (radius, z) from the bottom up, ``at`` the axis' foot.

    Start and end with radius 0 for a closed solid. A pot with an inside goes up outside and down inside.
    """
    from trimesh.creation import revolve  # when built: a plan needs none of it

    mesh = revolve(np.asarray(profile, float), sections=sections)
    return _part(mesh, material, smooth).moved(at)


def cylinder(
    radius: float, height: float, at: ArrayLike, material: Material, axis: str = "z", sections: int = 32
) -> Part:
    """Cylinder with its base centre at ``at``, growing along +Z, or along +X/+Y if ``axis`` says so."""
    bevel = min(0.003, 0.2 * radius, 0.2 * height)
    profile = [
        (0, 0),
        (radius - bevel, 0),
        (radius, bevel),
        (radius, height - bevel),
        (radius - bevel, height),
        (0, height),
    ]
    part = lathe(profile, (0, 0, 0), material, sections, smooth=False)
    return _along(part, axis).moved(at)


def frustum(
    bottom: float, top: float, height: float, at: ArrayLike, material: Material, axis: str = "z", sections: int = 32
) -> Part:
    """Truncated cone, radii ``bottom`` and ``top`` in metres, base centre at ``at``."""
    part = lathe([(0, 0), (bottom, 0), (top, height), (0, height)], (0, 0, 0), material, sections, smooth=False)
    return _along(part, axis).moved(at)


def ellipsoid(radii: ArrayLike, centre: ArrayLike, material: Material, subdivisions: int = 3) -> Part:
    """Ellipsoid with the given radii (x, y, z) about ``centre``."""
    from trimesh.creation import icosphere  # when built: a plan needs none of it

    return _part(icosphere(subdivisions=subdivisions), material, True).scaled(radii).moved(centre)


def extrude(outline: ArrayLike, height: float, at: ArrayLike, material: Material, axis: str = "z") -> Part:
    """Prism over a *convex* outline [n, 2] (x, y) in metres, from ``at`` along +Z (or along +X/+Y with ``axis``)."""
    outline = np.asarray(outline, float)
    low = np.column_stack([outline, np.zeros(len(outline))])
    return _along(hull(np.concatenate([low, low + [0, 0, height]]), material), axis).moved(at)


def tube(path: ArrayLike, radius: float, material: Material, sections: int = 12) -> Part:
    """Round bar along ``path`` [n, 3] in metres, with flat ends: handles, taps, lamp arms, chair frames."""
    path = np.asarray(path, float)
    angles = np.linspace(0, 2 * np.pi, sections, endpoint=False)
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    side = np.cross(tangents[0], (0, 0, 1) if abs(tangents[0][2]) < 0.9 else (1, 0, 0))
    rings = []
    for point, tangent in zip(path, tangents, strict=True):
        side = side - tangent * (side @ tangent)
        side /= np.linalg.norm(side)
        other = np.cross(tangent, side)
        rings.append(point + radius * (np.outer(np.cos(angles), side) + np.outer(np.sin(angles), other)))
    vertices = np.concatenate([*rings, path[:1], path[-1:]])
    i, j = np.arange(sections), np.roll(np.arange(sections), -1)
    faces = []
    for k in range(len(path) - 1):
        a, b = k * sections, (k + 1) * sections
        faces += [np.column_stack([a + i, a + j, b + j]), np.column_stack([a + i, b + j, b + i])]
    first, last, end = len(vertices) - 2, len(vertices) - 1, (len(path) - 1) * sections
    faces += [
        np.column_stack([np.full(sections, first), j, i]),
        np.column_stack([np.full(sections, last), end + i, end + j]),
    ]
    return Part(vertices, np.concatenate(faces).astype(np.int64), material, True)


def _along(part: Part, axis: str) -> Part:
    order = {"z": (0, 1, 2), "x": (2, 0, 1), "y": (1, 2, 0)}[axis]
    return replace(part, vertices=part.vertices[:, order])


def bounds(parts: Iterable[Part]) -> NDArray[np.float64]:
    """[2, 3]: smallest and largest corner over all parts."""
    vertices = np.concatenate([part.vertices for part in parts])
    return np.stack([vertices.min(axis=0), vertices.max(axis=0)])


def fit(parts: Sequence[Part], size: ArrayLike) -> list[Part]:
    """The same parts, stretched so that together they fill exactly ``size``, base centre at the origin.

    Generators build to size; this removes the last millimetres, so that the box in the scene is the box of the mesh.
    """
    low, high = bounds(parts)
    factor = np.asarray(size, float) / (high - low)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return [part.moved(-centre).scaled(factor) for part in parts]
