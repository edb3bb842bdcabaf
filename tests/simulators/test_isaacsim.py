"""The isaacsim simulator from end to end with a double of the engine: the runner's script is the real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.frames.capture import Coverage, capture
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import motion_between

pytest.importorskip("pxr", reason="needs the extra 'usd'")

from spacenum.simulators.base import DOUBLE, Instance
from spacenum.simulators.isaacsim import load, runner
from spacenum.simulators.isaacsim.batch import read_view, write_batch
from spacenum.simulators.isaacsim.installation import find_python
from spacenum.simulators.isaacsim.process import Limits, Runner, parse_event
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.simulator import IsaacSimulator, our_ids
from spacenum.simulators.isaacsim.stage import LayoutView, UsdStage, author
from spacenum.simulators.isaacsim.views import LiveViews
from spacenum.simulators.settings import CameraConfig
from tests.geometry.raycast import sense
from tests.simulators.double import DOUBLE as MODULES
from tests.simulators.double import living, python_of_double, until
from tests.simulators.usd import PACK, layout

CAMERA = Intrinsics.from_vertical_fov(64, 64, 45)
SETTINGS = IsaacSimConfig(subframes=4)
DESK = layout("desk", 1)
LIMITS = Limits(start_s=30, view_s=30, restarts=1)


def stages(count: int = 2) -> list[UsdStage]:
    return [author(LayoutView(DESK, t, DESK.cameras[0]), PACK, CAMERA, SETTINGS) for t in DESK.placements[:count]]


def run(python: Path, batch: Path) -> subprocess.CompletedProcess[str]:
    command = [str(python), runner.__file__, str(batch)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)


def events(text: str) -> list[dict]:
    return [event for line in text.splitlines() if (event := parse_event(line))]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A rendered batch of two views, what the script printed, and its calls."""
    folder = tmp_path_factory.mktemp("batch")
    made = stages()
    write_batch(folder, made, CAMERA, SETTINGS)
    python = python_of_double(tmp_path_factory.mktemp("python"), calls=folder / "calls.txt")
    return folder, made, run(python, folder)


def test_the_runner_renders_a_batch_in_the_documented_order(rendered):
    folder, _, done = rendered
    assert done.returncode == 0, done.stderr
    told = events(done.stdout)
    assert told[0] == {"event": "ready", "name": "isaacsim-double", "version": "0.0-double"}
    assert [(e["event"], e.get("done")) for e in told[1:]] == [("view", 1), ("view", 2), ("batch", None)]
    calls = (folder / "calls.txt").read_text().splitlines()
    assert calls[0] == "SimulationApp" and calls.index("set_capture_on_play False") < calls.index("open_stage")
    one = calls[calls.index("open_stage") : calls.index("destroy") + 1]
    order = [
        "open_stage",
        "set /rtx/rendermode PathTracing",
        "render_product",
        "attach rgb",
        "step",
        "get_data rgb",
        "detach rgb",
        "destroy",
    ]
    assert [call for call in one if call in order] == order
    assert one.index("update") < one.index("render_product") and one.index("wait_until_complete") < one.index(
        "get_data rgb"
    )
    assert calls[-1] == "close" and calls.count("open_stage") == calls.count("destroy") == 2


def test_the_files_of_a_view_are_what_their_description_says(rendered):
    folder, made, _ = rendered
    for stage, target in zip(made, DESK.placements, strict=False):
        view = read_view(folder, stage, CAMERA)
        assert view is not None and view.record.renderer.name == "isaacsim-double"
        assert np.load(folder / "views" / stage.id / "depth.npy").dtype == np.float32
        with Image.open(folder / "views" / stage.id / "colour.png") as image:
            assert image.mode == "RGB" and image.size == (64, 64)
        (number,) = (
            k
            for k, path in view.record.prims.items()
            if stage.instances.get(path, None) and stage.instances[path].name == target.name
        )
        rows, columns = np.nonzero(view.ids == int(number))
        own = next(box for box in view.record.boxes if box[0] == view.record.prims[number])
        assert own[1:] == (columns.min(), rows.min(), columns.max(), rows.max())
    assert not list(folder.glob("views/.*"))


def test_a_finished_view_is_skipped_and_one_of_another_stage_is_not(rendered, tmp_path):
    folder, made, _ = rendered
    record = folder / "views" / made[1].id / "view.json"
    record.write_text(record.read_text().replace('"sha256": "', '"sha256": "0'))
    (folder / "calls.txt").unlink()
    done = run(python_of_double(tmp_path, calls=folder / "calls.txt"), folder)
    assert done.returncode == 0 and (folder / "calls.txt").read_text().count("open_stage") == 1
    assert read_view(folder, made[1], CAMERA) is not None


def test_a_view_that_fails_is_told_and_the_others_are_rendered(tmp_path):
    made = stages(3)
    write_batch(tmp_path, made, CAMERA, SETTINGS)
    (tmp_path / "stages" / f"{made[2].id}.usdc").write_bytes(b"not what was exported")
    done = run(python_of_double(tmp_path, fault="raises:2"), tmp_path)
    assert done.returncode == 1  # though the application's close() ends its process with 0
    reasons = {event["id"]: event["reason"] for event in events(done.stdout) if event["event"] == "failed"}
    assert reasons.keys() == {made[1].id, made[2].id}
    assert reasons[made[1].id] == "out of memory on the device" and "isn't the stage" in reasons[made[2].id]
    assert read_view(tmp_path, made[0], CAMERA) is not None and read_view(tmp_path, made[1], CAMERA) is None


def test_whatever_ends_the_runner_its_status_says_so(tmp_path):
    """The application ends its process with 0 at any exit of Python's, and when it is interrupted."""
    write_batch(tmp_path, stages(1), CAMERA, SETTINGS)
    assert run(python_of_double(tmp_path, fault="dies_at_start"), tmp_path).returncode == 3
    (tmp_path / "views.jsonl").write_text("no json\n")
    done = run(python_of_double(tmp_path), tmp_path)
    assert done.returncode == 1 and "JSONDecodeError" in done.stderr
    write_batch(tmp_path, stages(1), CAMERA, SETTINGS)
    calls = tmp_path / "calls.txt"
    own = {
        "PYTHONPATH": f"{MODULES}:{PROJECT}",
        "SPACENUM_DOUBLE_FAULT": "hangs:1",
        "SPACENUM_DOUBLE_CALLS": str(calls),
    }
    process = subprocess.Popen([sys.executable, runner.__file__, str(tmp_path)], env={**os.environ, **own})
    until(lambda: calls.is_file() and "step" in calls.read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130


@pytest.mark.parametrize("renderer", ["path_traced", "real_time"])
def test_samples_and_bounces_are_set_held_and_recorded(tmp_path, renderer):
    """Samples beyond the 64 to which the application limits them by itself."""
    settings = IsaacSimConfig(renderer=renderer, samples=200, subframes=3, bounces=5, specular_bounces=7)
    stage = author(LayoutView(DESK, DESK.placements[0], DESK.cameras[0]), PACK, CAMERA, settings)
    write_batch(tmp_path, [stage], CAMERA, settings)
    assert run(python_of_double(tmp_path), tmp_path).returncode == 0
    view = read_view(tmp_path, stage, CAMERA)
    assert view is not None and view.record.settings == (
        {
            "/rtx/rendermode": "PathTracing", "/rtx/post/dlss/execMode": 2, "/rtx/pathtracing/clampSpp": 0,
            "/rtx/pathtracing/spp": 200, "/rtx/pathtracing/totalSpp": 600, "/rtx/pathtracing/maxBounces": 5,
            "/rtx/pathtracing/maxSpecularAndTransmissionBounces": 7, "/rtx/pathtracing/optixDenoiser/enabled": True,
        }
        if renderer == "path_traced"
        else {
            "/rtx/rendermode": "RealTimePathTracing", "/rtx/post/dlss/execMode": 2, "/rtx/rtpt/maxBounces": 5,
            "/rtx/rtpt/maxSpecularAndTransmissionBounces": 7,
        }
    )  # fmt: skip


def test_a_setting_that_the_engine_does_not_take_fails_the_view(tmp_path, monkeypatch):
    monkeypatch.setenv("SPACENUM_DOUBLE_DEAF", "/rtx/pathtracing/clampSpp")
    settings = IsaacSimConfig(samples=200)
    stage = author(LayoutView(DESK, DESK.placements[0], DESK.cameras[0]), PACK, CAMERA, settings)
    write_batch(tmp_path, [stage], CAMERA, settings)
    done = run(python_of_double(tmp_path), tmp_path)
    (reason,) = [event["reason"] for event in events(done.stdout) if event["event"] == "failed"]
    assert done.returncode == 1 and reason == "Isaac Sim rendered with /rtx/pathtracing/clampSpp = 64, where 0 was set"


def test_a_batch_that_can_not_be_read_does_not_end_a_serving_runner(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    command = [str(python_of_double(tmp_path, calls=tmp_path / "calls.txt")), runner.__file__, "--serve"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace", start_new_session=True
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("/nowhere\n" * 2)
    process.stdin.flush()
    told = (event["event"] for line in process.stdout if (event := parse_event(line)))
    assert [next(told) for _ in range(5)] == ["ready", "failed", "batch", "failed", "batch"]
    process.stdin.close()
    assert process.wait(timeout=20) == -signal.SIGKILL
    calls = (tmp_path / "calls.txt").read_text().splitlines()
    assert calls[1] == "--/renderer/multiGpu/activeCudaGpus=0,"  # of those that CUDA may see


def test_an_engine_that_hangs_at_start_ends_with_its_killed_job(tmp_path):
    calls = tmp_path / "calls.txt"
    python = python_of_double(tmp_path, fault="hang_at_start", calls=calls)
    code = (
        "import sys\nfrom pathlib import Path\nfrom spacenum.simulators.isaacsim.process import Runner\n"
        "Runner(*map(Path, sys.argv[1:])).engine\n"
    )
    command = [sys.executable, "-c", code, str(python), str(tmp_path / "isaac.log")]
    job = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    until(calls.is_file)
    (group,) = {group for group, line in living() if line.startswith(f"/bin/sh {python}")}
    job.kill()
    job.wait()
    until(lambda: group not in dict(living()))


def test_the_runner_needs_nothing_of_this_project():
    names = {line.split()[1].split(".")[0] for line in Path(runner.__file__).read_text().splitlines()
             if line.strip().startswith(("import ", "from "))}  # fmt: skip
    assert names - set(sys.stdlib_module_names) == {"numpy", "isaacsim", "carb", "omni"}
    assert "EULA" not in Path(runner.__file__).read_text()


@pytest.fixture
def simulator(tmp_path, request):
    """A simulator over a live runner; its parameter is a fault."""
    log = tmp_path / "isaac.log"
    process = Runner(python_of_double(tmp_path, fault=getattr(request, "param", "")), log, LIMITS)
    made = IsaacSimulator(LiveViews(process, tmp_path / "work", CAMERA, SETTINGS), PACK, CAMERA, SETTINGS)
    yield made
    made.close()
    assert process._process is None and not list((tmp_path / "work").glob("*"))


def look(simulator: IsaacSimulator, placement: int = 0, camera: int = 0):
    simulator.open(DESK)
    simulator.place_target(DESK.placements[placement])
    simulator.go_to(DESK.cameras[camera])
    return simulator.sense()


@pytest.mark.parametrize("simulator", ["", "garbage"], indirect=True)
def test_what_is_sensed_is_what_the_scene_says(simulator, tmp_path):
    seen = look(simulator, placement=2)
    assert simulator.name == "isaacsim-double" and simulator.name.endswith(DOUBLE)  # no items from these
    motion = motion_between(DESK.cameras[0], seen.pose)
    assert np.abs([motion.forward, motion.left, motion.up, motion.yaw, motion.pitch]).max() < 1e-6
    things = [*DESK.objects, DESK.placements[2]]
    cast = sense([thing.box for thing in things], DESK.cameras[0], CAMERA, [[-50] * 3, [50] * 3])
    ours = {instance.name: instance for instance in seen.instances}
    for number, thing in enumerate(things, start=1):
        expected = cast.ids == number
        if thing.name in ours:
            assert (seen.ids == ours[thing.name].id).sum() == ours[thing.name].visible_px
            assert ((seen.ids == ours[thing.name].id) != expected).sum() <= 4  # float32 boxes: pixels on an edge
            np.testing.assert_allclose(ours[thing.name].box, thing.box, atol=1e-6)
            both = expected & (seen.ids == ours[thing.name].id)
            np.testing.assert_allclose(seen.depth[both], cast.depth[both], atol=1e-4)
        else:
            assert not expected.any()
    assert {i.name for i in seen.instances if i.fixture} >= {"desk_top"}
    assert simulator.notes["render_settings"]["/rtx/pathtracing/maxBounces"] == SETTINGS.bounces
    assert simulator.photograph().shape == (64, 64, 3)


def test_one_batch_renders_all_placements_of_a_pose_and_nothing_twice(simulator, tmp_path):
    frames = []
    for placement in (0, 1, 2, 3, 0):
        frames.append(look(simulator, placement).ids)
        simulator.photograph()
    assert (tmp_path / "isaac.log").read_text().count('"event": "batch"') == 1
    assert np.array_equal(frames[0], frames[4]) and not np.array_equal(frames[0], frames[1])
    look(simulator, camera=1)
    assert (tmp_path / "isaac.log").read_text().count('"event": "batch"') == 2
    other = layout("desk", 2)
    simulator.open(other)
    assert not (tmp_path / "work" / DESK.id).exists()  # views of a scene that is done take room


@pytest.mark.parametrize("simulator", ["", "black", "lags"], indirect=True)
def test_pictures_that_are_black_or_late_give_no_frames(simulator, tmp_path, request):
    coverage, fault = Coverage(), request.node.callspec.params["simulator"]
    writer = FrameWriter(tmp_path, tmp_path, simulator.name)
    scene = layout("desk", 1)
    controls = ControlsConfig(min_anchors=0, min_target_pixels=1)

    def taken():
        return capture(simulator, scene, [], controls, 0, writer, coverage, 0)

    if not fault:
        assert len(taken()) == 1 and len(writer.frames) == 4
        return
    with pytest.raises(SpaceNumError, match=r"the pictures of isaacsim-double are not of its views"):
        taken()
    assert not writer.frames and "kept" not in {outcome.outcome for outcome in coverage.outcomes()}


@pytest.mark.parametrize(
    ("fault", "limits", "told"),
    [
        ("hang_at_start", Limits(4, 30, 0), "it did not start within 4 s; what it said is in"),
        ("dies_at_start", Limits(30, 30, 1), "it ended with status 3 (1 restarts didn't help)"),
        ("hangs:2", Limits(30, 3, 0), "a view took too long within 3 s"),
        ("raises:1", Limits(30, 30, 0), "out of memory on the device"),
    ],
)
def test_an_engine_that_fails_ends_in_a_sentence_that_names_its_log(tmp_path, fault, limits, told):
    log = tmp_path / "isaac.log"
    process = Runner(python_of_double(tmp_path, fault=fault), log, limits)
    simulator = IsaacSimulator(LiveViews(process, tmp_path / "work", CAMERA, SETTINGS), PACK, CAMERA, SETTINGS)
    with pytest.raises(SpaceNumError) as raised:
        look(simulator)
    assert told in str(raised.value) and str(log) in str(raised.value) and "\n" not in str(raised.value)
    assert "licence" not in str(raised.value) and process._process is None


def test_a_question_for_the_licence_is_one_sentence_at_once(tmp_path):
    """Nobody can answer it, and a new start would ask the same."""
    log = tmp_path / "isaac.log"
    process = Runner(python_of_double(tmp_path, fault="asks_licence"), log, Limits(120, 120, 2))
    start = time.monotonic()
    with pytest.raises(SpaceNumError, match=r"asks for its licence to be accepted, which is yours to do: .*isaac\.log"):
        _ = process.engine
    assert time.monotonic() - start < 60 and log.read_text().count("By installing") == 1
    assert process._process is None


def test_a_failure_that_a_new_start_would_repeat_is_not_tried_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SPACENUM_DOUBLE_DEAF", "/rtx/pathtracing/maxBounces")
    log = tmp_path / "isaac.log"
    process = Runner(python_of_double(tmp_path), log, Limits(30, 30, 2))
    simulator = IsaacSimulator(LiveViews(process, tmp_path / "work", CAMERA, SETTINGS), PACK, CAMERA, SETTINGS)
    with pytest.raises(
        SpaceNumError, match=r"failed: Isaac Sim rendered with /rtx/pathtracing/maxBounces = 3, where 4 was"
    ):
        look(simulator)
    assert log.read_text().count('"event": "ready"') == 1


def test_an_engine_that_dies_is_started_again_and_goes_on(tmp_path):
    process = Runner(python_of_double(tmp_path, fault="dies:3"), tmp_path / "isaac.log", LIMITS)
    simulator = IsaacSimulator(LiveViews(process, tmp_path / "work", CAMERA, SETTINGS), PACK, CAMERA, SETTINGS)
    look(simulator, placement=3)  # two views of four, then death; the next process renders the other two
    assert (tmp_path / "isaac.log").read_text().count('"event": "ready"') == 2
    process.close()


def test_where_there_is_no_isaac_loading_says_what_to_do_at_once(tmp_path):
    code = (
        "import time, sys; start = time.monotonic()\n"
        "from spacenum.core.errors import SpaceNumError\nfrom spacenum.simulators.isaacsim import load\n"
        "from spacenum.simulators.settings import CameraConfig\n"
        "try:\n    load(CameraConfig(), {}, 'procedural', None)\n"
        "except SpaceNumError as error:\n    print(error)\nprint(time.monotonic() - start, 'pxr' in sys.modules)"
    )
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    sentence, timing = done.stdout.splitlines()
    assert sentence.startswith("the isaacsim simulator finds no Isaac Sim here; set SPACENUM_ISAACSIM_PYTHON")
    assert "spacenum frames export" in sentence
    seconds, heavy = timing.split()
    assert float(seconds) < 5 and heavy == "False"


def test_isaac_is_found_where_it_is_usually_installed(tmp_path):
    with pytest.raises(SpaceNumError, match=r"SPACENUM_ISAACSIM_PYTHON is '/nowhere/python.sh', which can't be run"):
        find_python({"SPACENUM_ISAACSIM_PYTHON": "/nowhere/python.sh"}, tmp_path, tmp_path)
    place = tmp_path / "isaac-sim"
    place.mkdir()
    script = python_of_double(place)
    assert find_python({}, tmp_path, tmp_path / "root") == script
    own = python_of_double(tmp_path)
    assert find_python({"SPACENUM_ISAACSIM_PYTHON": str(own)}, tmp_path) == own


def test_load_takes_the_config_s_block(tmp_path, monkeypatch):
    monkeypatch.setenv("SPACENUM_ISAACSIM_PYTHON", str(python_of_double(tmp_path)))
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    load(CameraConfig(), IsaacSimConfig().model_dump(mode="json"), "procedural", None)
    assert time.monotonic() - start < 5 and not (tmp_path / "logs").exists()  # Isaac starts with the first view


def test_a_camera_that_the_renderer_reads_otherwise_is_refused(rendered):
    folder, made, _ = rendered
    record = folder / "views" / made[0].id / "view.json"
    said = json.loads(record.read_text())
    said["projection"][0][0] *= 1.01
    kept = record.read_text()
    record.write_text(json.dumps(said))
    with pytest.raises(SpaceNumError, match=r"the renderer's focal length is off by 1\.00%"):
        read_view(folder, made[0], CAMERA)
    record.write_text(kept[:50])
    with pytest.raises(SpaceNumError, match=r"view\.json: not a rendered view .* and render the batch again"):
        read_view(folder, made[0], CAMERA)
    record.write_text(kept)


def test_ids_that_name_nothing_of_the_stage_are_refused():
    """Another version's labels must not end in a shard where every camera sees nothing."""
    record = SimpleNamespace(id="v", prims={"2": "{'class': 'sofa'}", "3": "/World/other"})
    thing = Instance(id=1, name="sofa", category="sofa", fixture=False, box=None, visible_px=0)
    with pytest.raises(SpaceNumError, match=r"view v: the renderer's ids name nothing of the stage.*'/World/other'"):
        our_ids(SimpleNamespace(record=record, ids=np.full((2, 2), 2)), {"/World/sofa": thing})
