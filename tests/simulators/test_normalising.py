"""Foreign .blend files as meshes of ours, and such a mesh in a rendered layout."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics, project, to_camera
from spacenum.scenes.assets.blenderkit.pack import fetch
from spacenum.scenes.assets.blenderkit.selection import BlenderKitSelection
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.spec import LayoutScene, PlacedObject
from spacenum.simulators.blender.settings import BlenderConfig

pytest.importorskip("bpy", reason="needs the extra 'blender'")

import bpy

from spacenum.simulators.blender.normalising import normalise
from spacenum.simulators.blender.simulator import BlenderSimulator
from tests.scenes.blends import write_stool

BASE_ID = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa"


@pytest.fixture(scope="module")
def stool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The normalised stool; beside it lies the .blend."""
    folder = tmp_path_factory.mktemp("stool")
    write_stool(folder / "stool.blend")
    normalise(folder / "stool.blend", "x", folder / "stool.glb")
    return folder / "stool.glb"


def parts(path: Path) -> dict[str, trimesh.Trimesh]:
    """The meshes of a .glb file by material, in our axes; read without Blender."""
    scene = trimesh.load_scene(path)
    found = {}
    for mesh in scene.geometry.values():
        mesh.vertices = mesh.vertices @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # glTF is Y-up, its front is +Z
        found[mesh.visual.material.name] = mesh
    return found


def test_a_model_stands_on_its_base_centre_in_metres_with_its_front_to_us(stool: Path) -> None:
    found = parts(stool)
    corners = np.concatenate([mesh.vertices for mesh in found.values()])
    np.testing.assert_allclose(corners.min(axis=0), [-0.18, -0.2, 0], atol=1e-6)
    np.testing.assert_allclose(corners.max(axis=0), [0.18, 0.2, 0.5], atol=1e-6)
    np.testing.assert_allclose(found["red"].bounds, [[-0.18, -0.2, 0.46], [0.18, -0.16, 0.5]], atol=1e-6)


def test_modifiers_parents_and_mirrors_are_applied(stool: Path) -> None:
    legs = parts(stool)["dark"]
    legs.merge_vertices(merge_norm=True, merge_tex=True)
    left, right = sorted(legs.split(), key=lambda leg: leg.centroid[1])
    np.testing.assert_allclose(left.bounds, [[-0.02, -0.12, 0], [0.02, -0.08, 0.46]], atol=1e-5)
    np.testing.assert_allclose(right.bounds, [[-0.02, 0.12, 0], [0.02, 0.16, 0.46]], atol=1e-5)
    assert left.volume > 0 and right.volume > 0 and parts(stool)["red"].volume > 0  # none is inside out


def test_colours_and_textures_are_kept(stool: Path) -> None:
    found = {name: mesh.visual.material for name, mesh in parts(stool).items()}
    assert found.keys() == {"wood", "dark", "red"}
    image = found["wood"].baseColorTexture
    assert image.size == (8, 4) and image.convert("RGB").getpixel((0, 0)) == (20, 40, 220)
    np.testing.assert_allclose(np.array(found["red"].baseColorFactor[:3]) / 255, [0.8, 0.02, 0.02], atol=0.003)


def test_the_same_file_gives_the_same_bytes(stool: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.glb"
    normalise(stool.with_suffix(".blend"), "x", again)
    assert again.read_bytes() == stool.read_bytes()


@pytest.mark.parametrize("unit_m", [1.0, 0.0254])
def test_the_files_own_unit_is_respected(tmp_path: Path, unit_m: float) -> None:
    write_stool(tmp_path / "stool.blend", unit_m=unit_m)
    size = normalise(tmp_path / "stool.blend", "x", tmp_path / "stool.glb")
    np.testing.assert_allclose(size, [0.36, 0.4, 0.5], atol=1e-5)


def save(path: Path, *points: tuple[float, float, float]) -> Path:
    """A file with one triangle, or with nothing."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if points:
        mesh = bpy.data.meshes.new("flat")
        mesh.from_pydata(points, [], [range(len(points))])
        bpy.context.scene.collection.objects.link(bpy.data.objects.new("flat", mesh))
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def test_files_that_hold_no_model_are_named(tmp_path: Path) -> None:
    (tmp_path / "torn.blend").write_bytes(b"BLENDER-v405 and then nothing")
    flat = save(tmp_path / "flat.blend", (0, 0, 0), (1, 0, 0), (0, 1, 0))
    cases = {
        tmp_path / "torn.blend": "can't open this file",
        flat: "is flat along an axis",
        save(tmp_path / "empty.blend"): "renders no faces",
    }
    for path, message in cases.items():
        with pytest.raises(SpaceNumError, match=f"{path.name}: .*{message}"):
            normalise(path, "-y", tmp_path / "out.glb")
        assert not (tmp_path / "out.glb").exists()


# ---- in a scene


@pytest.fixture(scope="module")
def pack(stool: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack whose one model is the stool, made from a cache that is full already."""
    out, blend = tmp_path_factory.mktemp("pack"), stool.with_suffix(".blend").read_bytes()
    (out / "downloads").mkdir()
    (out / "downloads" / f"{BASE_ID}_v1_blend.blend").write_bytes(blend)
    pin = {
        "base_id": BASE_ID, "version": 1, "resolution": "blend", "sha256": hashlib.sha256(blend).hexdigest(),
        "name": "Stool", "author": "Ada Maker", "licence": "cc_zero", "front": "x",
    }  # fmt: skip
    criteria = {"licences": ["cc_zero"], "free": True, "max_faces": 1000, "resolution": "blend"}
    categories = {"stool": {"query": "stool", "models": [pin]}}
    chosen = BlenderKitSelection.model_validate({"stretch": 0.04, "criteria": criteria, "categories": categories})
    return fetch(out, chosen, normalise)


def layout_with_stool(pack: Pack) -> tuple[LayoutScene, PlacedObject]:
    """The first layout that holds the stool turned to a side, so that a turn that is lost shows; and the stool."""
    for seed in range(100):
        scene = build_layout(f"benchmark-room-{seed:03d}", "benchmark", "room", "position", seed, pack, 45.0)
        for placed in scene.objects:
            if placed.category == "stool" and placed.yaw % 180 == 90:
                return scene, placed
    raise AssertionError("no layout holds a turned stool")


def in_world(vertices: NDArray[np.float64], placed: PlacedObject) -> NDArray[np.float64]:
    """Vertices [n, 3] of the normalised stool where and as large as the scene says."""
    stretched = vertices / [0.36, 0.4, 0.5] * placed.size
    c, s = np.cos(np.radians(placed.yaw)), np.sin(np.radians(placed.yaw))
    return stretched @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + placed.position


def test_colours_and_textures_reach_blender_as_they_were(pack: Pack) -> None:
    from spacenum.simulators.blender.imports import import_mesh

    bpy.ops.wm.read_factory_settings(use_empty=True)
    made = import_mesh(pack.of_category("stool")[0], pack.folder, layout_with_stool(pack)[1], 1)
    inputs = {
        slot.material.name: slot.material.node_tree.nodes["Principled BSDF"].inputs for slot in made.material_slots
    }
    np.testing.assert_allclose(inputs["red"]["Base Color"].default_value[:3], [0.8, 0.02, 0.02], atol=1e-5)
    assert inputs["wood"]["Base Color"].links[0].from_node.image.size[:] == (8, 4)
    assert not inputs["wood"]["Alpha"].is_linked


def test_in_a_layout_the_model_is_seen_where_its_box_projects_to(pack: Pack, stool: Path) -> None:
    scene, placed = layout_with_stool(pack)
    camera = Intrinsics.from_vertical_fov(256, 256, 45)
    simulator = BlenderSimulator(pack, camera, BlenderConfig(samples=1, bounces=1))
    assert placed.yaw % 180 == 90  # turned, so that a turn that is lost shows
    simulator.open(scene.model_copy(update={"objects": (placed,)}))
    simulator.go_to(scene.cameras[0])
    sensing = simulator.sense()
    (seen,) = (thing for thing in sensing.instances if thing.name == placed.name)
    rows, columns = np.nonzero(sensing.ids == seen.id)
    mask = np.array([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])

    vertices = in_world(np.concatenate([mesh.vertices for mesh in parts(stool).values()]), placed)
    pixels, _ = project(to_camera(vertices, scene.cameras[0]), camera)
    np.testing.assert_allclose(mask, [pixels.min(axis=0), pixels.max(axis=0)], atol=1)
    low, high = placed.box
    box = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    corners, _ = project(to_camera(box, scene.cameras[0]), camera)
    assert np.all(mask[0] > corners.min(axis=0) - 1) and np.all(mask[1] < corners.max(axis=0) + 1)
    assert np.prod(mask[1] - mask[0]) > 0.7 * np.prod(np.ptp(corners, axis=0))

    colour = simulator.photograph()[rows, columns].astype(int)
    assert np.mean(colour[:, 2] > colour[:, 0] + 20) > 0.3  # the blue texture of the seat
    assert np.mean(colour[:, 0] > colour[:, 2] + 20) > 0.01  # the red bar


def test_a_changed_mesh_is_refused_at_use(pack: Pack, tmp_path: Path) -> None:
    scene, placed = layout_with_stool(pack)
    file = pack.folder / pack.asset(placed.asset).file
    kept = file.read_bytes()
    simulator = BlenderSimulator(pack, Intrinsics.from_vertical_fov(32, 32, 45), BlenderConfig(samples=1, bounces=1))
    try:
        file.write_bytes(kept + b"\0")
        with pytest.raises(SpaceNumError, match=f"{BASE_ID}.glb: not the file that the asset pack was made with"):
            simulator.open(scene)
    finally:
        file.write_bytes(kept)
