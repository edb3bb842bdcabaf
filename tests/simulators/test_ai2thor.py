"""The ``ai2thor`` simulator through the real client, with a stand-in for Unity (``ithor_double``) at the other end."""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scripts import fetch_ai2thor
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, sha256_of
from spacenum.frames.capture import Coverage, capture
from spacenum.frames.controls import anchors, overlap
from spacenum.frames.plan import MAGNITUDES, Sweep, Sweeps
from spacenum.frames.settings import ControlsConfig, FramesParams
from spacenum.frames.shard import take_shard
from spacenum.frames.store import FrameWriter
from spacenum.geometry.camera import project, to_camera, to_world, unproject
from spacenum.geometry.poses import DIRECTIONS, Action, CameraPose, motion_between, motion_of, pose_error
from spacenum.items.build import build_items
from spacenum.items.settings import SplitItems
from spacenum.scenes.spec import IthorScene
from spacenum.simulators.ai2thor.settings import Ai2ThorConfig
from spacenum.simulators.base import Collision, engine_of
from spacenum.simulators.settings import CameraConfig
from tests.simulators.double import living, until

pytest.importorskip("ai2thor", reason="needs the extra 'ai2thor'")

from spacenum.simulators import ai2thor
from spacenum.simulators.ai2thor.build import COMMIT, Executable, check_screen, client_environment
from spacenum.simulators.ai2thor.furniture import pieces_of
from spacenum.simulators.ai2thor.observation import Thing, words
from spacenum.simulators.ai2thor.simulator import Ai2ThorSimulator

CAMERA = CameraConfig(width=80, height=80, vertical_fov=90)
SCENE = IthorScene(id="benchmark-kitchen-000", split="benchmark", seed=1, kind="kitchen", floor_plan="FloorPlan30")
MIDDLE = CameraPose(position=(0.0, 0.0, 1.575), yaw=0, horizon=0)


@pytest.fixture(scope="module")
def player(tmp_path_factory) -> Path:
    """An executable that is the double."""
    path = tmp_path_factory.mktemp("player") / "double"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(PROJECT)!r})\n"
        "from tests.simulators.ithor_double import main\nmain()\n"
    )
    path.chmod(0o755)
    return path


def load(monkeypatch, player: Path, **environment: str) -> Ai2ThorSimulator:
    for name, value in {"SPACENUM_AI2THOR_PLAYER": str(player), **environment}.items():
        monkeypatch.setenv(name, value)
    return ai2thor.load(CAMERA, {}, "procedural", None)


@pytest.fixture(scope="module")
def shared(player):
    with pytest.MonkeyPatch.context() as patch:
        simulator = load(patch, player)
        yield simulator
        simulator.close()


@pytest.fixture
def simulator(shared) -> Ai2ThorSimulator:
    shared.open(SCENE)
    return shared


def everything() -> list[Action]:
    return [Action(group, d, n) for group, both in DIRECTIONS.items() for d in both for n in MAGNITUDES[group]]


def start_of(action: Action) -> CameraPose:
    """A start from which the magnitude is within the limits of pitch, and of the room."""
    if action.group == "rotate_up_down":
        return MIDDLE.model_copy(update={"horizon": 60.0 if action.direction == "up" else -30.0})
    if action.group == "move_forward_backward":
        x = -1.2 if action.direction == "forward" else 1.2
        return MIDDLE.model_copy(update={"position": (x, 0.3, 1.575)})
    return MIDDLE


def test_every_action_moves_the_camera_by_exactly_its_magnitude(simulator):
    for action in everything():
        simulator.go_to(start_of(action))
        before = simulator.sense()
        simulator.act(action)
        moved = motion_between(before.pose, simulator.sense().pose)
        metres, degrees = pose_error(motion_of(action), moved)
        assert metres < 1e-5 and degrees < 1e-5, (action, moved)


def test_the_worlds_agree(simulator):
    """Boxes from Unity's metadata, in our world, project onto their own pixels; so handedness and signs are right."""
    for yaw in (0.0, 90.0, 200.0):
        simulator.go_to(MIDDLE.model_copy(update={"yaw": yaw, "horizon": 20.0}))
        seen = simulator.sense()
        assert seen.pose.yaw == pytest.approx(yaw) and seen.pose.horizon == pytest.approx(20)
        boxes = {i.id: np.array(i.box) for i in seen.instances if i.box is not None and not i.fixture}
        points = to_world(unproject(seen.depth, seen.camera), seen.pose)
        for number, (low, high) in boxes.items():
            outside = np.maximum(low - points[seen.ids == number], points[seen.ids == number] - high)
            assert outside.max() < 1e-4  # depth that is 0.5% short puts points 1 cm before their box
        whole = [i for i in seen.instances if i.box is not None and not i.fixture and i.visible_px > 30]
        assert whole
        for instance in whole:
            low, high = (np.array(corner) for corner in instance.box)
            rows, columns = np.nonzero(seen.ids == instance.id)
            corners = np.array([[(low, high)[k][0], (low, high)[m][1], (low, high)[n][2]]
                                for k in (0, 1) for m in (0, 1) for n in (0, 1)])  # fmt: skip
            pixels, depths = project(to_camera(corners, seen.pose), seen.camera)
            if depths.min() <= 0:
                continue
            assert pixels[:, 0].min() - 1 <= columns.min() and columns.max() <= pixels[:, 0].max() + 1
            assert pixels[:, 1].min() - 1 <= rows.min() and rows.max() <= pixels[:, 1].max() + 1
            assert depths.min() - 0.01 <= seen.depth[rows, columns].min() <= depths.max()


def test_depth_is_metres_though_the_player_says_less(simulator):
    """The double's depth is as short as the build's shader makes it; 3 m before a wall, the real client gives 2.985."""
    for x, horizon in ((0.0, 0.0), (-1.0, 0.0), (0.0, 20.0)):
        simulator.go_to(MIDDLE.model_copy(update={"position": (x, 0.0, 1.575), "horizon": horizon}))
        raw, seen = simulator._current().depth, simulator.sense()
        wall = next(i.id for i in seen.instances if i.name == "Wall_1")
        points = to_world(unproject(seen.depth, seen.camera), seen.pose)[seen.ids == wall]
        np.testing.assert_allclose(points[:, 0], 3.0, atol=1e-5)
        np.testing.assert_allclose(raw / seen.depth, 19.9 / 20, atol=1e-6)
    assert simulator.notes == {"near_m": 0.1, "far_m": 20.0, "depth_factor": pytest.approx(20 / 19.9)}


def test_depth_that_is_not_corrected_ends_the_job(simulator, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spacenum.simulators.ai2thor.simulator.depth_of", lambda seen: seen.depth.astype(float))
    monkeypatch.setattr(Sweeps, "of", lambda self, number: SWEEPS)
    with pytest.raises(SpaceNumError, match=r"ai2thor-double says 0\.9950 m of depth for each metre .* first 8 moves"):
        take_shard(JOB, [SCENE], simulator, Path("out"), "code")


def test_a_left_turn_moves_the_picture_to_the_right(simulator):
    """In AI2-THOR's own words: what stands at Unity's +x is seen after RotateRight, and so after our 'right'."""
    simulator.go_to(MIDDLE)
    simulator.act(Action("rotate_left_right", "right", 70.0))
    names = {i.name.split("|")[0] for i in simulator.sense().instances if not i.fixture}
    assert "Sofa" in names and "GarbageCan" not in names  # at x = 2.6 and x = -2.6


def test_overlap_and_anchors_work_on_its_sensors(simulator):
    simulator.go_to(MIDDLE)
    start = simulator.sense()
    simulator.act(Action("rotate_left_right", "left", 70.0))
    after = simulator.sense()
    assert overlap(start, start) > 0.99
    assert 0.15 < overlap(start, after) < 0.35
    assert len(anchors(start, ControlsConfig(min_anchor_pixels=10))) >= 2


def test_a_kitchen_front_counts_as_one_piece_of_furniture(simulator):
    """Its drawers, doors and knobs are objects there; the wall cabinet and the refrigerator are other pieces."""
    simulator.open(SCENE.model_copy(update={"floor_plan": "FloorPlan15"}))
    simulator.go_to(MIDDLE.model_copy(update={"position": (0.6, 0.0, 1.575), "horizon": 10.0}))
    seen = simulator.sense()
    things = [i for i in seen.instances if not i.fixture and i.category != "fridge"]
    assert (
        sorted({i.category for i in things}) == ["cabinet", "counter top", "drawer", "stove knob"] and len(things) > 8
    )
    found = anchors(seen, ControlsConfig(min_anchor_pixels=16))
    assert sorted(name.split("|")[0] for name in found) == ["Cabinet", "CounterTop", "Fridge"]
    top = next(i.name for i in things if i.category == "counter top")
    assert {i.piece for i in things if i.category in ("drawer", "stove knob")} == {top} and top in found
    assert next(i.piece for i in seen.instances if i.category == "fridge") is None


def thing(name: str, low: tuple[float, float, float], high: tuple[float, float, float]) -> Thing:
    return Thing(name, name.split("|")[0], (low, high))


def test_which_objects_are_parts_of_one_piece():
    dresser, desk = thing("Dresser|1", (0, 0, 0), (1, 1, 0.5)), thing("Desk|1", (1, 0, 0), (2, 0.8, 0.5))
    drawer = thing("Drawer|1", (0.1, 0.1, 0.45), (0.9, 0.3, 0.55))
    own = thing("Drawer|2", (1.3, 0.5, 0.45), (1.9, 0.7, 0.55))
    assert pieces_of([dresser, desk]) == {}  # side by side, but two
    assert pieces_of([dresser, desk, drawer, own]) == {
        "Dresser|1": "Dresser|1", "Drawer|1": "Dresser|1", "Desk|1": "Desk|1", "Drawer|2": "Desk|1",
    }  # fmt: skip
    far = thing("Drawer|3", (1.3, 0.5, 1.0), (1.9, 0.7, 1.1))
    assert "Drawer|3" not in pieces_of([desk, far])
    top = thing("CounterTop|1", (0, 0.9, 0), (2, 0.94, 0.6))
    stack = [thing(f"Drawer|{k}", (0.1, 0.1 + 0.26 * k, 0), (0.7, 0.35 + 0.26 * k, 0.6)) for k in range(3)]
    assert pieces_of([*stack, top]) == dict.fromkeys(
        ("CounterTop|1", "Drawer|0", "Drawer|1", "Drawer|2"), top.object_id
    )
    sink, basin = thing("Sink|1", (0, 0, 0), (1, 1, 1)), thing("Sink|1|SinkBasin", (0, 0, 0), (1, 1, 1))
    vase = thing("Vase|1", (0.2, 1, 0.2), (0.4, 1.4, 0.4))
    assert pieces_of([vase, basin, sink, dresser]) == {"Sink|1": "Sink|1", "Sink|1|SinkBasin": "Sink|1"}


def test_collision_leaves_the_agent_in_place(simulator):
    at_wall = MIDDLE.model_copy(update={"position": (0.0, 0.0, 1.575), "yaw": 90.0})
    simulator.go_to(at_wall)
    before = simulator.sense().pose
    with pytest.raises(Collision, match="occupancy map"):
        simulator.act(Action("move_left_right", "left", 2.4))
    assert simulator.sense().pose == before


def test_what_the_player_refuses_is_a_collision_too(simulator, monkeypatch):
    monkeypatch.setattr(simulator, "_is_free", lambda pose: True)
    simulator.go_to(MIDDLE)
    with pytest.raises(Collision, match="is blocking Agent 0"):
        simulator.act(Action("move_forward_backward", "forward", 2.4))


@pytest.mark.parametrize(("start", "direction"), [(-30.0, "up"), (60.0, "down"), (0.0, "down")])
def test_pitch_keeps_to_the_limits(simulator, start, direction):
    simulator.go_to(MIDDLE.model_copy(update={"horizon": start}))
    with pytest.raises(Collision, match="outside -30…60°"):
        simulator.act(Action("rotate_up_down", direction, 70.0))


def test_an_unknown_scene_is_one_sentence(shared):
    with pytest.raises(SpaceNumError, match=r"no scene 'FloorPlan31'; it has 120 others.*scenes\.transition"):
        shared.open(SCENE.model_copy(update={"floor_plan": "FloorPlan31"}))


def refusing(monkeypatch, simulator, name: str, message: str) -> None:
    """Let the player refuse one action, as a build with other arguments would."""
    ask = simulator._player.ask

    def asked(request):
        seen = ask(request)
        refused = isinstance(request, dict) and request["action"] == name
        return replace(seen, success=False, message=message, returned=None) if refused else seen

    monkeypatch.setattr(simulator._player, "ask", asked)


def test_a_room_that_tells_no_positions_is_no_empty_shard(shared, monkeypatch):
    refusing(monkeypatch, shared, "GetReachablePositions", "no such action")
    with pytest.raises(SpaceNumError, match="no reachable positions in FloorPlan30: no such action"):
        shared.open(SCENE)


def test_starts_that_are_all_refused_end_the_job_with_the_engines_words(simulator, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    refusing(monkeypatch, simulator, "Teleport", "standing is not an argument")
    monkeypatch.setattr(Sweeps, "of", lambda self, number: SWEEPS)
    with pytest.raises(SpaceNumError, match=r"refused all of the first 20 starts.*standing is not an argument"):
        take_shard(JOB, [SCENE], simulator, Path("out"), "code")
    assert not Path("out").exists()


FAULTS = {
    "never": {"SPACENUM_AI2THOR_START_S": "6", "SPACENUM_AI2THOR_SCENE_S": "3"},
    "dies": {},
    "killed:9": {},
    "hangs:9": {"SPACENUM_AI2THOR_STEP_S": "4"},
    "garbage:9": {"SPACENUM_AI2THOR_STEP_S": "4"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_player_is_replaced_and_no_frame_with_it(simulator, player, monkeypatch, tmp_path, capfd, fault):
    views = [start_of(action) for action in everything()[::6]]
    simulator_views = [_look(simulator, pose) for pose in views]
    mended = load(monkeypatch, player, FAULT=fault, MARK=str(tmp_path / "mark"), **FAULTS[fault])
    mended.open(SCENE)
    assert [_look(mended, pose) for pose in views] == simulator_views
    assert (tmp_path / "mark").exists()
    assert "starting another" in capfd.readouterr().err
    mended.close()


def test_a_scene_may_take_longer_than_a_step(player, monkeypatch):
    simulator = load(monkeypatch, player, FAULT="loads:3", SPACENUM_AI2THOR_STEP_S="1.5", SPACENUM_AI2THOR_SCENE_S="30")
    simulator.open(SCENE)
    simulator.go_to(MIDDLE)
    assert simulator.photograph().shape == (80, 80, 3)
    simulator.close()


def test_a_scene_that_never_loads_ends_in_a_sentence_that_names_its_limit(player, monkeypatch):
    limits = {"SPACENUM_AI2THOR_SCENE_S": "3", "SPACENUM_AI2THOR_RESTARTS": "1"}
    simulator = load(monkeypatch, player, FAULT="stuck", **limits)
    with pytest.raises(
        SpaceNumError, match=r"lost 2 times in a row in FloorPlan30: .*while opening FloorPlan30.* longer, raise "
        r"SPACENUM_AI2THOR_SCENE_S; ",
    ):  # fmt: skip
        simulator.open(SCENE)


def _look(simulator: Ai2ThorSimulator, pose: CameraPose) -> bytes:
    simulator.go_to(pose)
    return simulator.photograph().tobytes() + simulator.sense().depth.tobytes()


def test_a_player_that_is_never_well_ends_with_its_last_words(player, monkeypatch, tmp_path):
    """Unity's own log too, though its home is gone; it looks for the user's X server where the user does."""
    environment = {"FAULT": "dies", "SPACENUM_AI2THOR_RESTARTS": "1", "HOME": str(tmp_path)}
    monkeypatch.delenv("XAUTHORITY", raising=False)
    with pytest.raises(
        SpaceNumError,
        match=r"lost 2 times in a row at the start: its process died while starting up "
        r"\(the player ended with status 3\)",
    ) as raised:
        load(monkeypatch, player, **environment)
    assert f"its last words were: no X server for {tmp_path}/.Xauthority " in str(raised.value)


@pytest.mark.parametrize("fault", ["", "never"])
def test_nothing_runs_on_after_a_kill(player, tmp_path, fault):
    """Neither of a player that is up nor of one that hangs at start; nor does its home stay."""
    player = Path(shutil.copy(player, tmp_path / "another"))  # the shared one goes on
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    code = (
        "import time\nfrom spacenum.simulators import ai2thor\nfrom spacenum.simulators.settings import CameraConfig\n"
        "s = ai2thor.load(CameraConfig(width=80, height=80), {}, '', None)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    environment = {"SPACENUM_AI2THOR_PLAYER": str(player), "PYTHONPATH": str(PROJECT), "TMPDIR": str(temporary)}
    environment = {**os.environ, **environment, "FAULT": fault}
    job = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
    assert job.stdout is not None and (fault or job.stdout.readline() == b"up\n")
    until(lambda: _groups(player))
    (group,) = _groups(player)
    job.kill()
    job.wait()
    until(lambda: group not in dict(living()))
    until(lambda: not list(temporary.iterdir()))


def test_nothing_runs_on_after_close(player, monkeypatch, tmp_path):
    player = Path(shutil.copy(player, tmp_path / "another"))
    simulator = load(monkeypatch, player)
    assert _groups(player)
    simulator.close()
    assert not _groups(player)


def _groups(player: Path) -> set[int]:
    return {group for group, line in living() if str(player) in line}


JOB = FramesParams(
    setting="transition", simulator="ai2thor", pack="procedural", camera=CAMERA, settings={}, attempts=40, seed=0,
    controls=ControlsConfig(min_anchor_pixels=20, min_anchors=2),
    families_per_scene=1,
)  # fmt: skip
SWEEPS = [
    Sweep(group=group, direction=both[0], magnitudes=(0.2, 0.4, 0.8, 1.2) if "move" in group else (10, 20, 40, 70))
    for group, both in DIRECTIONS.items()
]


def test_a_shard_is_collected_and_its_frames_are_refused(simulator, player, tmp_path, monkeypatch):
    assert engine_of(simulator) == f"ai2thor-double {sha256_of(player)[:8]}, client 5.0.0"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Sweeps, "of", lambda self, number: SWEEPS)
    take_shard(JOB, [SCENE], simulator, Path("out"), "code")
    coverage = Path("out/coverage.csv").read_text()
    assert len(Path("out/families.jsonl").read_text().splitlines()) == 4, coverage
    assert "collision: end not free" in coverage
    from spacenum.core.provenance import read_jsonl
    from spacenum.frames.records import FAMILY, FrameRecord

    frames = read_jsonl(Path("out/frames.jsonl"), FrameRecord)
    families = read_jsonl(Path("out/families.jsonl"), FAMILY)
    assert {frame.simulator for frame in frames} == {"ai2thor-double"}
    with pytest.raises(SpaceNumError, match=r"out/images/.*its simulator is 'ai2thor-double', a stand-in"):
        build_items("transition", "benchmark", families, {f.id: f for f in frames}, {}, SplitItems(), 0)


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        ("black", {"colour nearly uniform"}),
        ("lags", {"part of the colour blank", "colour disagrees with ids and depth", "candidate images too alike",
                  "colour disagrees between start and end"}),
    ],
)  # fmt: skip
def test_a_player_with_wrong_pictures_gives_no_frames_and_ends_in_a_sentence(
    player, monkeypatch, tmp_path, fault, reasons
):
    monkeypatch.setattr(Sweeps, "of", lambda self, number: SWEEPS)
    simulator, coverage = load(monkeypatch, player, FAULT=fault), Coverage()
    writer = FrameWriter(tmp_path, tmp_path, simulator.name)
    with pytest.raises(
        SpaceNumError, match=r"'benchmark-kitchen-000': the pictures of ai2thor-double .* first 8 poses .*'controls'"
    ) as raised:
        capture(simulator, SCENE, SWEEPS, JOB.controls, JOB.attempts, writer, coverage, 0)
    simulator.close()
    counted = {outcome.outcome for outcome in coverage.outcomes()}
    assert counted & reasons and "kept" not in counted and not writer.frames
    assert any(reason in str(raised.value) for reason in counted & reasons)


def commands(folder, *names):
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


@pytest.mark.skipif(ctypes.util.find_library("vulkan") is None, reason="the client looks for libvulkan")
def test_the_pinned_build_is_found_in_its_folder_without_a_network(player, monkeypatch, tmp_path):
    """The double where the build would be: the client finds it by name, and it is still known for what it is."""
    name = f"thor-CloudRendering-{COMMIT}"
    (tmp_path / "releases" / name).mkdir(parents=True)
    shutil.copy(player, tmp_path / "releases" / name / name)
    (tmp_path / "releases" / name / "metadata.json").write_text('{"server_types": ["FIFO", "WSGI"]}')
    commands(tmp_path, "nvidia-smi", "vulkaninfo")
    monkeypatch.delenv("SPACENUM_AI2THOR_PLAYER", raising=False)
    monkeypatch.setenv("SPACENUM_AI2THOR_RELEASES", str(tmp_path / "releases"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    simulator = ai2thor.load(CAMERA, {"build": "CloudRendering"}, "procedural", None)
    simulator.open(SCENE)
    simulator.go_to(MIDDLE)
    assert simulator.photograph().shape == (80, 80, 3)
    assert (simulator.name, simulator.version) == ("ai2thor-double", f"{COMMIT[:8]}, client 5.0.0")
    simulator.close()
    assert os.listdir(tmp_path / "releases") == [name]


def test_words():
    assert [words(kind) for kind in ("DiningTable", "TVStand", "Bed", "CD")] == [
        "dining table",
        "TV stand",
        "bed",
        "CD",
    ]


LACKS = {
    "build": ({}, "there is no .*thor-CloudRendering-" + COMMIT + ".*fetch_ai2thor.*SPACENUM_AI2THOR_RELEASES"),
    "permission": ({"build": "Linux64"}, "is there, but .*Linux64-[0-9a-f]* can't be executed; 'chmod .x' it"),
    "part": ({"build": "Linux64"}, "is not whole: it lacks metadata.json; delete that folder"),
    "display": ({"build": "Linux64"}, "'Linux64', which draws on an X display, but DISPLAY is not set"),
    "driver": ({"build": "CloudRendering"}, "libvulkan is not installed|no nvidia-smi here"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_what_is_missing_is_said_at_once(monkeypatch, tmp_path, lack):
    settings, said = LACKS[lack]
    monkeypatch.delenv("SPACENUM_AI2THOR_PLAYER", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("SPACENUM_AI2THOR_RELEASES", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    if "build" in settings:
        name = f"thor-{settings['build']}-{COMMIT}"
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("")
        (tmp_path / name / name).chmod(0o644 if lack == "permission" else 0o755)
        if lack != "part":
            (tmp_path / name / "metadata.json").write_text("{}")
    began = time.monotonic()
    with pytest.raises(SpaceNumError, match=said):
        ai2thor.load(CAMERA, settings, "procedural", None)
    assert time.monotonic() - began < 5
    if lack in ("part", "permission"):
        monkeypatch.setattr(sys, "argv", ["fetch_ai2thor", "--build", settings["build"]])
        with pytest.raises(SpaceNumError, match=said):  # not that it is there
            fetch_ai2thor.main()


@pytest.mark.parametrize(
    ("there", "shown", "said"),
    [
        (["nvidia-smi"], "", "there is no vulkaninfo here; .*vulkan-tools"),
        (
            ["nvidia-smi", "vulkaninfo"],
            "0,MIG-7",
            "CUDA_VISIBLE_DEVICES names 'MIG-7', on which AI2-THOR's client can't",
        ),
        (["nvidia-smi", "vulkaninfo"], "GPU-7,1", None),  # a job translates it before the client sees it
    ],
)
def test_a_gpu_that_the_client_can_name(monkeypatch, tmp_path, there, shown, said):
    commands(tmp_path, *there)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: f"lib{name}.so.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    with pytest.raises(SpaceNumError, match=said) if said else contextlib.nullcontext():
        check_screen(Ai2ThorConfig())


def test_only_unity_on_vulkan_is_told_which_gpu():
    shown = {"CUDA_VISIBLE_DEVICES": "1", "A": "b"}
    for build, official in (("CloudRendering", True), ("CloudRendering", False), ("Linux64", True)):
        executable = Executable(Path("player"), official)
        told = client_environment(executable, Ai2ThorConfig(build=build), shown)
        assert told == (shown if (build, official) == ("CloudRendering", True) else {"A": "b"})


def test_patience_must_be_a_number(monkeypatch, player):
    with pytest.raises(SpaceNumError, match="SPACENUM_AI2THOR_STEP_S is 'soon'; it must be a number above 0"):
        load(monkeypatch, player, SPACENUM_AI2THOR_STEP_S="soon")
