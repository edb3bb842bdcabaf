"""Stages for Isaac Sim, read back: what stands in them is what the scene says, to a micrometre."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import trimesh

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.geometry.camera import Intrinsics, project, to_camera
from spacenum.geometry.poses import CameraPose
from spacenum.scenes.assets.manifest import Asset
from spacenum.scenes.assets.mesh import Material, bounds, cylinder, linear
from spacenum.scenes.assets.mesh import box as box_of_parts
from spacenum.scenes.assets.meshfile import parts_of_file
from spacenum.scenes.spec import LayoutFrame, LayoutScene, PlacedObject, Surface

pytest.importorskip("pxr", reason="needs the extra 'usd'")

from pxr import Gf, Usd, UsdGeom, UsdLux, UsdShade

from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.stage import CAMERA, LayoutView, author, build
from spacenum.simulators.isaacsim.usdmesh import add_parts, corner_normals
from tests.simulators.usd import PACK, layout, things

INTRINSICS = Intrinsics.from_vertical_fov(64, 64, 45)
SETTINGS = IsaacSimConfig()


def first_view(scene: LayoutScene) -> LayoutView:
    return LayoutView(scene, scene.placements[0], scene.cameras[0])


@pytest.fixture
def write(tmp_path):
    def written(view: LayoutView, camera: Intrinsics = INTRINSICS):
        path = tmp_path / "stage.usdc"
        stage = author(view, PACK, camera, SETTINGS)
        path.write_bytes(stage.data)
        return path, stage

    return written


@pytest.mark.parametrize("scale", ["desk", "room"])
@pytest.mark.parametrize("seed", range(6))
def test_sizes_and_positions_read_back_are_those_of_the_scene(write, scale, seed):
    scene = layout(scale, seed)
    target = scene.placements[seed % 4]
    path, stage = write(LayoutView(scene, target, scene.cameras[seed]))
    read = things(path)
    assert read.keys() == stage.instances.keys()
    by_name = {thing.name: thing for thing in read.values()}
    for placed in (*scene.objects, target):
        thing = by_name.pop(placed.name)
        np.testing.assert_allclose(thing.size, placed.size, atol=1e-6)
        np.testing.assert_allclose(thing.position, placed.position, atol=1e-12)
        assert thing.yaw == placed.yaw and thing.label == placed.category
        np.testing.assert_allclose(thing.world, placed.box, atol=2e-6)
    fixtures = {"floor", "wall_north", "wall_east", "wall_south", "wall_west"} | (
        {"desk_top"} if scale == "desk" else set()
    )
    assert set(by_name) == fixtures
    for path_in_stage, instance in stage.instances.items():
        assert (instance.id, instance.name) == (read[path_in_stage].number, read[path_in_stage].name)
    assert sorted(thing.number for thing in read.values()) == list(range(1, len(read) + 1))


def test_the_ground_is_at_zero_and_walls_face_inwards(write):
    scene = layout("room")
    by_name = {thing.name: thing for thing in things(write(first_view(scene))[0]).values()}
    assert by_name["floor"].world[1, 2] == pytest.approx(0, abs=1e-6)
    assert by_name["wall_north"].world[0, 1] == pytest.approx(7, abs=1e-6)
    assert by_name["wall_west"].world[1, 0] == pytest.approx(-7, abs=1e-6)
    assert by_name["wall_east"].world[:, 2] == pytest.approx([0, 3.4], abs=1e-6)


@pytest.mark.parametrize("camera", [INTRINSICS, Intrinsics(width=640, height=400, fx=500, fy=500, cx=300, cy=210)])
def test_the_camera_has_exactly_our_intrinsics_and_pose(write, camera):
    scene = layout("desk", 3)
    view = first_view(scene)
    stage = Usd.Stage.Open(str(write(view, camera)[0]))
    frustum = UsdGeom.Camera(stage.GetPrimAtPath(CAMERA)).GetCamera().frustum
    matrix = np.array(frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix())
    points = np.array(list(product((-0.2, 0.3), (-0.1, 0.2), (0.0, 0.4))))
    clip = np.column_stack([points, np.ones(8)]) @ matrix
    seen = (clip[:, :2] / clip[:, 3:] * [0.5, -0.5] + 0.5) * [camera.width, camera.height]
    expected, _ = project(to_camera(points, view.pose), camera)
    np.testing.assert_allclose(seen, expected, atol=1e-3)


def test_the_same_view_has_the_same_bytes_here_and_in_another_process():
    scene = layout("desk", 1)
    ids = [
        author(LayoutView(scene, target, scene.cameras[0]), PACK, INTRINSICS, SETTINGS).id
        for target in scene.placements
    ]
    assert len(set(ids)) == 4
    assert ids[0] != author(first_view(scene), PACK, INTRINSICS, IsaacSimConfig(subframes=8)).id
    assert ids[0] != author(LayoutView(scene, scene.placements[0], scene.cameras[1]), PACK, INTRINSICS, SETTINGS).id
    code = (
        "from tests.simulators.test_isaacsim_stage import *\n"
        "print(author(first_view(layout('desk', 1)), PACK, INTRINSICS, SETTINGS).id)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [ids[0]]


def box(name: str, at: tuple[float, float, float], size: tuple[float, float, float], yaw: float) -> PlacedObject:
    return PlacedObject(name=name, asset="storage_box", category="storage box", size=size, position=at, yaw=yaw, seed=1)


TINY = LayoutScene(
    id="benchmark-desk-000", split="benchmark", seed=0, scale="desk", variation="position",
    ground=Surface(colour=(0.5, 0.4, 0.3)), walls=Surface(colour=(0.9, 0.9, 0.9)),
    frame=LayoutFrame(origin=(0, 0, 0), x_axis=(1, 0, 0), unit_m=0.1), origin_anchor="a", direction_anchor="a",
    objects=(box("a", (0.0, 0.0, 0.0), (0.2, 0.1, 0.1), 90.0),),
    placements=(box("t", (0.3, 0.0, 0.0), (0.1, 0.1, 0.1), 0.0),) * 4,
    cameras=(CameraPose(position=(-1.0, 0.0, 0.8), yaw=0.0, horizon=38.0),),
)  # fmt: skip
GOLDEN = PROJECT / "tests" / "simulators" / "golden_stage.json"


def outline(stage: Usd.Stage) -> dict[str, str]:
    """Each prim's type and a digest of its attributes' values, to six digits."""
    said = {}
    for prim in stage.Traverse():
        values = {a.GetName(): _rounded(a.Get()) for a in prim.GetAuthoredAttributes()}
        text = json.dumps(values, sort_keys=True)
        said[str(prim.GetPath())] = f"{prim.GetTypeName()} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return said


def _rounded(value):
    try:
        numbers = np.asarray(value, float)
    except (TypeError, ValueError):
        return str(value)
    return (numbers.round(6) + 0.0).tolist()


def test_a_tiny_stage_is_the_one_that_was_looked_at():
    """To renew it after a deliberate change: write ``outline(…)`` to the file, and look at the stage."""
    stage, _ = build(Usd.Stage.CreateInMemory(), first_view(TINY), PACK, INTRINSICS, SETTINGS)
    assert outline(stage) == json.loads(GOLDEN.read_text())


def test_normals_are_smooth_along_a_cylinder_and_sharp_at_its_rim():
    part = cylinder(0.1, 0.5, (0, 0, 0), Material((1, 0, 0)))
    normals = corner_normals(part.vertices, part.faces, smooth=True)
    corners = part.vertices[part.faces.ravel()]
    upright = np.abs(normals[:, 2]) < 0.1
    outward = corners[upright, :2] / np.linalg.norm(corners[upright, :2], axis=1, keepdims=True)
    assert upright.any() and np.einsum("ij,ij->i", normals[upright, :2], outward).min() > 0.98
    kinds = np.abs(normals[:, 2, None] ** 2 - [0, 0.5, 1]).min(axis=1)  # side, cut edge, end: nothing in between
    assert kinds.max() < 0.01
    flat = corner_normals(part.vertices, part.faces, smooth=False).reshape(-1, 3, 3)
    assert np.all(flat[:, 0] == flat[:, 1])


def test_a_mesh_of_a_pack_is_turned_and_fills_its_size(tmp_path):
    (tmp_path / "arrow.obj").write_text(
        "v 0 0 0\nv 4 0 0\nv 0 2 0\nv 0 0 1\nv 9e9 0 0\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    )
    sizes = ((1, 1, 1), (1, 1, 1))
    asset = Asset(id="arrow", category="arrow", file="arrow.obj", size=sizes, stands="floor", up="y", front="z")
    low, high = bounds(parts_of_file(asset, tmp_path, (0.4, 0.3, 0.2)))
    np.testing.assert_allclose([low, high], [[-0.2, -0.15, 0], [0.2, 0.15, 0.2]], atol=1e-12)
    wrong = asset.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(SpaceNumError, match=r"arrow\.obj: not the file that the asset pack was made with"):
        parts_of_file(wrong, tmp_path, (1, 1, 1))


@pytest.mark.parametrize(("factor", "seen"), [([0.2, 0.4, 0.6, 1], [0.2, 0.4, 0.6]), (None, [1, 1, 1])])
def test_a_gltf_is_stood_up_and_its_colours_are_linear(tmp_path, factor, seen):
    mesh = trimesh.creation.box((1, 3, 2))  # Y is up there: 3 high, 2 deep
    mesh.apply_translation((0.1, 0, 0))
    look = trimesh.visual.material.PBRMaterial(baseColorFactor=factor, roughnessFactor=0.5)
    mesh.visual = trimesh.visual.TextureVisuals(material=look)
    mesh.export(tmp_path / "box.glb")
    size = (1.0, 2.0, 3.0)
    asset = Asset(id="box", category="box", file="box.glb", size=(size, size), stands="floor")
    (part,) = parts_of_file(asset, tmp_path, size)
    np.testing.assert_allclose(bounds([part]), [[-0.5, -1, 0], [0.5, 1, 3]], atol=1e-12)
    np.testing.assert_allclose(linear(part.material.colour), seen, atol=0.005)


BLENDER = """
import sys, json, bpy, numpy as np
from spacenum.simulators.blender.engine import quiet
bpy.ops.wm.read_factory_settings(use_empty=True)
with quiet():
    bpy.ops.wm.usd_import(filepath=sys.argv[1])
bpy.context.view_layer.update()
camera = next(o for o in bpy.data.objects if o.type == "CAMERA")
scene = bpy.context.scene
scene.render.resolution_x = scene.render.resolution_y = int(sys.argv[2])
graph = bpy.context.evaluated_depsgraph_get()
view = np.array(camera.matrix_world.inverted())
lens = np.array(camera.calc_matrix_camera(graph, x=int(sys.argv[2]), y=int(sys.argv[2])))
found = {}
for top in (o for o in bpy.data.objects if o.parent and o.parent.name == "World" and o.children):
    meshes = [o for o in top.children_recursive if o.type == "MESH"]
    points = np.concatenate([np.array([o.matrix_world @ v.co for v in o.data.vertices]) for o in meshes])
    low, high = points.min(axis=0), points.max(axis=0)
    box = np.array([[x, y, z, 1] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    clip = box @ (lens @ view).T
    found[top.name] = ((clip[:, :2] / clip[:, 3:] * [0.5, -0.5] + 0.5) * int(sys.argv[2])).tolist()
print("FOUND " + json.dumps(found))
"""


@pytest.mark.parametrize("scale", ["desk", "room"])
def test_blender_sees_the_stage_as_its_own_simulator_sees_the_scene(write, scale):
    """Corners of every object, through the imported camera, against the projection that test_blender.py confirms."""
    pytest.importorskip("bpy", reason="needs the extra 'blender'")
    camera = Intrinsics.from_vertical_fov(320, 320, 45)
    scene = layout(scale, 2)
    view = first_view(scene)
    path, stage = write(view, camera)
    run = subprocess.run([sys.executable, "-c", BLENDER, str(path), "320"], cwd=PROJECT, capture_output=True, text=True)
    (line,) = (line for line in run.stdout.splitlines() if line.startswith("FOUND ")) if run.stdout else ("",)
    found = json.loads(line.removeprefix("FOUND "))
    boxes = {path.rsplit("/", 1)[1]: instance.box for path, instance in stage.instances.items() if instance.box}
    assert len(boxes) > len(scene.objects)  # the target too
    for name, box in boxes.items():
        expected, _ = project(to_camera(np.array(list(product(*zip(*box, strict=True)))), view.pose), camera)
        assert np.abs(np.array(found[name]) - expected).max() < 0.5


def test_a_screen_is_as_bright_as_a_light_of_its_radiance():
    """Lights say nits, surfaces luminous exitance, which is pi times that: by radiance, both must come out alike."""
    stage = Usd.Stage.CreateInMemory()
    glow = box_of_parts((0.1, 0.1, 0.1), (0, 0, 0), Material((1.0, 0.5, 0.0), emission=0.6))
    add_parts(stage, "/World/screen", [glow])
    emissive = np.array(UsdShade.Shader(stage.GetPrimAtPath("/World/screen/material_1/surface"))
                        .GetInput("emissiveColor").Get())  # fmt: skip
    full, _ = build(Usd.Stage.CreateInMemory(), first_view(TINY), PACK, INTRINSICS, SETTINGS)
    nits_per_radiance = UsdLux.DomeLight(full.GetPrimAtPath("/World/ambient")).GetIntensityAttr().Get() / 0.7
    np.testing.assert_allclose(emissive / np.pi, 0.6 * nits_per_radiance * np.array(linear((1.0, 0.5, 0.0))), rtol=1e-5)
    plain = box_of_parts((0.1, 0.1, 0.1), (0, 0, 0), Material((1.0, 0.5, 0.0)))
    add_parts(stage, "/World/plain", [plain])
    surface = UsdShade.Shader(stage.GetPrimAtPath("/World/plain/material_1/surface"))
    assert not surface.GetInput("emissiveColor")


def test_lights_shine_at_the_layout():
    stage, _ = build(Usd.Stage.CreateInMemory(), first_view(TINY), PACK, INTRINSICS, SETTINGS)
    lamp = UsdGeom.Xformable(stage.GetPrimAtPath("/World/lamp")).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
    towards = lamp.TransformDir(Gf.Vec3d(0, 0, -1)).GetNormalized()  # USD's area lights shine along -Z
    assert Gf.Dot(towards, -lamp.ExtractTranslation().GetNormalized()) == pytest.approx(1)
