"""Blender itself, on images of 64 pixels: what it reports must be what geometry says, every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.frames.controls import visible_share
from spacenum.geometry.camera import Intrinsics, project, to_camera
from spacenum.geometry.poses import Action, CameraPose, motion_between, motion_of, moved, pose_error
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.assets.mesh import Material, box
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.rooms import build_room
from spacenum.scenes.spec import LayoutScene, PlacedObject, RoomScene, Vec3
from spacenum.simulators.base import Collision
from spacenum.simulators.blender.settings import BlenderConfig
from tests.geometry.raycast import sense

bpy = pytest.importorskip("bpy", reason="needs the extra 'blender'")

from spacenum.simulators.blender import engine, meshes  # noqa: E402
from spacenum.simulators.blender.simulator import BlenderSimulator  # noqa: E402

PACK = load_pack("procedural")
CAMERA = Intrinsics.from_vertical_fov(64, 64, 90)
SETTINGS = BlenderConfig(samples=1, bounces=1)
POSE = CameraPose(position=(-1.0, 0.5, 1.2), yaw=0, horizon=0)


def thing(name: str, position: Vec3, size: Vec3, yaw: float) -> PlacedObject:
    asset = PACK.asset("storage_box")
    return PlacedObject(
        name=name, asset=asset.id, category=asset.category, size=size, position=position, yaw=yaw, seed=3
    )  # fmt: skip


def room() -> RoomScene:
    """A bedroom with one box 2 m before POSE, at eye height, and one on the floor beside it."""
    bare = build_room("benchmark-bedroom-000", "benchmark", "bedroom", 0, PACK)
    boxes = (
        thing("ahead", (1.25, 0.5, 0.8), (0.5, 0.6, 0.8), 0),
        thing("aside", (0.5, -0.6, 0.0), (0.5, 0.3, 0.3), 90),
    )
    return bare.model_copy(update={"objects": boxes})


def layout() -> LayoutScene:
    return build_layout("benchmark-room-000", "benchmark", "room", "position", 0, PACK, 45.0)


@pytest.fixture(scope="module")
def simulator() -> BlenderSimulator:
    return BlenderSimulator(PACK, CAMERA, SETTINGS)


@pytest.fixture
def in_room(simulator: BlenderSimulator) -> BlenderSimulator:
    simulator.open(room())
    simulator.go_to(POSE)
    return simulator


def frame_bytes(simulator: BlenderSimulator) -> str:
    """A digest of the three images of a view."""
    seen = simulator.sense()
    return hashlib.sha256(seen.depth.tobytes() + seen.ids.tobytes() + simulator.photograph().tobytes()).hexdigest()


def test_depth_and_ids_of_plain_boxes_are_those_of_a_ray_caster(simulator, monkeypatch):
    monkeypatch.setattr(meshes, "generate", lambda asset, placed: [box(placed.size, (0, 0, 0), Material((1, 0, 0)), 0)])
    scene = room()
    simulator.open(scene)
    boxes, half = [o.box for o in scene.objects], np.array([scene.room.width, scene.room.depth]) / 2
    shell = np.array([[*-half, 0], [*half, scene.room.height]])
    for pose in (POSE, POSE.model_copy(update={"yaw": 335.0, "horizon": 25.0})):
        simulator.go_to(pose)
        seen, cast = simulator.sense(), sense(boxes, pose, CAMERA, shell)
        shown, expected = (np.where(ids <= 2, ids, 0) for ids in (seen.ids, cast.ids))
        assert set(np.unique(shown)) == {0, 1, 2}
        assert np.array_equal(shown, expected)
        np.testing.assert_allclose(seen.depth[shown > 0], cast.depth[shown > 0], atol=1e-3)
        if pose is POSE:
            assert seen.depth[32, 32] == pytest.approx(2.0, abs=1e-3)


def with_holes(material):
    """Let a checkerboard's fields be holes, half a metre wide."""
    tree = material.node_tree
    checker, where = tree.nodes.new("ShaderNodeTexChecker"), tree.nodes.new("ShaderNodeNewGeometry")
    checker.inputs["Scale"].default_value = 2.0
    checker.inputs["Color1"].default_value, checker.inputs["Color2"].default_value = (0, 0, 0, 1), (1, 1, 1, 1)
    tree.links.new(where.outputs["Position"], checker.inputs["Vector"])
    tree.links.new(checker.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Alpha"])


def test_depth_goes_through_the_holes_of_a_texture(in_room):
    whole = in_room.sense()
    ahead = next(i for i in whole.instances if i.name == "ahead")
    for material in bpy.data.objects["ahead"].data.materials:
        with_holes(material)
    holed = in_room.sense()
    shown = (holed.ids == ahead.id).sum() / (whole.ids == ahead.id).sum()
    assert 0.2 < shown < 0.8
    behind = (whole.ids == ahead.id) & (holed.ids != ahead.id)
    assert np.all(holed.depth[behind] > whole.depth[behind])


def test_depth_and_ids_are_those_of_the_materials_that_are_seen(in_room, monkeypatch):
    """They are taken with plain materials, which is quicker."""
    plain = in_room.sense()
    colour = in_room.photograph()
    monkeypatch.setattr(engine, "_has_holes", lambda material: True)
    shaded = in_room.sense()
    assert np.array_equal(plain.ids, shaded.ids) and np.array_equal(plain.depth, shaded.depth)
    assert np.array_equal(in_room.photograph(), colour)


def test_a_job_of_one_thread_takes_one_core():
    """Threads of Blender that wait for work took a second one."""
    code = (
        "import os, time\n"
        "from spacenum.simulators import blender\n"
        "from spacenum.simulators.settings import CameraConfig\n"
        "s = blender.load(CameraConfig(width=256, height=256, vertical_fov=90), {}, 'procedural', None)\n"
        "from tests.simulators.test_blender import POSE, room\n"
        "s.open(room()); s.go_to(POSE); s.photograph()\n"
        "cpu, wall = time.process_time(), time.perf_counter()\n"
        "[s.photograph() for _ in range(4)]\n"
        "print((time.process_time() - cpu) / (time.perf_counter() - wall), len(os.sched_getaffinity(0)), flush=True)\n"
        "os._exit(0)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    cores, seen = map(float, run.stdout.split()[-2:])
    assert cores < 1.2 and seen == len(os.sched_getaffinity(0))


def test_a_things_outline_is_that_of_its_box(in_room):
    seen = in_room.sense()
    ahead = next(i for i in seen.instances if i.name == "ahead")
    assert ahead.box == ((1.0, 0.2, 0.8), (1.5, 0.8, 1.6)) and not ahead.fixture
    assert seen.ids[32, 32] == ahead.id and ahead.visible_px == (seen.ids == ahead.id).sum()
    for instance in (i for i in seen.instances if not i.fixture):
        corners, _ = project(to_camera(np.array(list(product(*zip(*instance.box, strict=True)))), POSE), CAMERA)
        rows, columns = np.nonzero(seen.ids == instance.id)
        shown = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        outline = [*corners.min(axis=0), *corners.max(axis=0)]
        assert np.abs(np.subtract(shown, outline)).max() < 2
        assert np.all(np.subtract(shown, outline) * [1, 1, -1, -1] > -0.51)  # a pixel counts by its centre
        assert 0.6 < visible_share(seen, instance) <= 1.1


def test_depth_of_walls_and_floor_is_along_the_view_axis(in_room):
    """Exact distances, away from the middle as well: not along the rays."""
    scene = room()
    north = CameraPose(position=(-1.0, 0.5, 1.2), yaw=90, horizon=0)
    in_room.go_to(north)
    seen = in_room.sense()
    names = {i.id: i.name for i in seen.instances}
    wall = np.vectorize(names.get)(seen.ids) == "wall_north"
    wall[40:] = False  # not the skirting
    assert wall.sum() > 200
    np.testing.assert_allclose(seen.depth[wall], scene.room.depth / 2 - 0.5, atol=1e-3)
    floor = np.vectorize(names.get)(seen.ids) == "floor"
    rows = np.nonzero(floor)[0] + 0.5
    np.testing.assert_allclose(seen.depth[floor], 1.2 / ((rows - 32) / CAMERA.fy), atol=2e-3)


@pytest.mark.parametrize(
    ("group", "direction", "magnitude"),
    [
        ("move_forward_backward", "forward", 0.6),
        ("move_left_right", "right", 0.4),
        ("rotate_left_right", "left", 70),
        ("rotate_up_down", "down", 40),
    ],
)
def test_the_measured_pose_is_the_commanded_one(in_room, group, direction, magnitude):
    before = in_room.sense()
    action = Action(group, direction, magnitude)
    in_room.act(action)
    after = in_room.sense()
    metres, degrees = pose_error(motion_of(action), motion_between(before.pose, after.pose))
    assert metres < 1e-5 and degrees < 1e-3
    expected = moved(POSE, motion_of(action))
    assert pose_error(motion_between(POSE, expected), motion_between(POSE, after.pose)) < (1e-5, 1e-3)
    assert not np.array_equal(before.ids, after.ids)


@pytest.mark.parametrize(
    ("group", "direction", "magnitude"),
    [
        ("move_forward_backward", "forward", 2.0),
        ("move_forward_backward", "backward", 2.4),
        ("rotate_up_down", "up", 40),
    ],
)
def test_a_collision_is_refused_and_the_agent_stays(in_room, group, direction, magnitude):
    before = in_room.sense()
    with pytest.raises(Collision):
        in_room.act(Action(group, direction, magnitude))
    assert in_room.sense().pose == before.pose


def test_agents_start_where_they_can_stand(in_room):
    starts = in_room.start_positions()
    assert len(starts) > 100 and set(starts[:, 2]) == {1.5}
    assert np.all(np.hypot(*(starts[:, :2] - [0.5, -0.6]).T) > 0.2)


def test_placing_the_target_moves_only_the_target(simulator):
    scene = layout()
    camera = Intrinsics.from_vertical_fov(64, 64, 45)
    views = BlenderSimulator(PACK, camera, SETTINGS)
    views.open(scene)
    target = scene.placements[0].name
    seen = []
    for placed in scene.placements[:2]:
        views.place_target(placed)
        views.go_to(scene.cameras[0])
        seen.append(views.sense())
        shown = next(i for i in seen[-1].instances if i.name == target)
        np.testing.assert_allclose(shown.box, placed.box, atol=1e-6)
    first, second = ({i.name: (i.id, i.box) for i in view.instances if i.name != target} for view in seen)
    both = first.keys() & second.keys()
    assert both and all(first[name] == second[name] for name in both)
    number = next(i.id for i in seen[0].instances if i.name == target)
    elsewhere = (seen[0].ids != number) & (seen[1].ids != number)
    assert (seen[0].ids == number).any() and (seen[1].ids == number).any()
    assert np.array_equal(seen[0].ids[elsewhere], seen[1].ids[elsewhere])
    np.testing.assert_array_equal(seen[0].depth[elsewhere], seen[1].depth[elsewhere])
    views.place_target(scene.placements[0])
    assert np.array_equal(views.sense().ids, seen[0].ids)


def test_the_same_view_has_the_same_bytes_here_and_in_another_process(simulator):
    def view() -> str:
        simulator.open(room())
        simulator.go_to(POSE)
        return frame_bytes(simulator)

    first = view()
    assert frame_bytes(simulator) == first
    other = layout()
    simulator.open(other)
    simulator.place_target(other.placements[0])
    simulator.go_to(other.cameras[0])
    assert frame_bytes(simulator) != first
    assert view() == first
    code = (
        "from tests.simulators.test_blender import *\n"
        "simulator = BlenderSimulator(PACK, CAMERA, SETTINGS)\n"
        "simulator.open(room()); simulator.go_to(POSE); print('bytes', frame_bytes(simulator))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert f"bytes {first}" in run.stdout.splitlines()


def test_a_device_that_is_not_there_is_named(simulator):
    with pytest.raises(SpaceNumError, match=r"'blender\.device' is 'optix', but Blender finds no such device"):
        BlenderSimulator(PACK, CAMERA, BlenderConfig(device="optix"))
