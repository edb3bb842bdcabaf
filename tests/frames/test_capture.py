"""Taking frames from a simulator of boxes: what is kept passes every control, what isn't is counted with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from spacenum.core.arrays import Pixels
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.frames.capture import Coverage, capture
from spacenum.frames.plan import Sweeps
from spacenum.frames.records import FrameRecord
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter, depth_of, read_image
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, motion_of, moved
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.rooms import build_room
from tests.frames.boxes import BoxesSimulator

PACK = load_pack("procedural")
ROOM = build_room("benchmark-bathroom-000", "benchmark", "bathroom", 5, PACK)
LAYOUT = build_layout("benchmark-room-000", "benchmark", "room", "both", 4, PACK, 45.0)
SWEEPS = {ROOM.id: Sweeps(2, 0).of(0)}


def take(
    folder: Path, scene, controls: ControlsConfig, attempts: int = 60, drift: float = 0.0, depth_scale: float = 1.0
):
    fov = 90 if scene is ROOM else 45
    simulator = BoxesSimulator(Intrinsics.from_vertical_fov(64, 64, fov), drift, depth_scale)
    coverage = Coverage()
    writer = FrameWriter(folder, Path("frames"), "boxes")
    families = capture(simulator, scene, SWEEPS.get(scene.id, []), controls, attempts, writer, coverage, 0)
    return families, writer.frames, coverage


@pytest.fixture(scope="module")
def transitions(tmp_path_factory):
    return take(tmp_path_factory.mktemp("room"), ROOM, ControlsConfig())


def test_sweeps_become_families_whose_frames_stand_where_the_actions_lead(transitions):
    families, frames, _ = transitions
    assert len(families) >= 4 and len({family.id for family in families}) == len(families)
    by_id = {frame.id: frame for frame in frames}
    assert len(by_id) == len(frames)
    wanted = Counter((s.group, s.direction, s.magnitudes) for s in SWEEPS[ROOM.id])
    found = Counter((f.group, f.direction, tuple(end.magnitude for end in f.ends)) for f in families)
    assert found <= wanted
    for family in families:
        start = by_id[family.start].pose
        for end in family.ends:
            reached = moved(start, motion_of(Action(family.group, family.direction, end.magnitude)))
            assert by_id[end.frame].pose == reached


def test_what_is_kept_passes_its_controls(transitions):
    families, frames, _ = transitions
    assert families and frames
    for family in families:
        assert family.option_difference >= 2 / 255 - 1e-4
        for end in family.ends:
            assert end.overlap >= 0.12 - 1e-4 and end.shared_anchors >= 1 and end.pose_error <= 1
    turns = [family for family in families if "rotate" in family.group]
    assert turns and {end.depth_scale for family in turns for end in family.ends} == {None}
    told = [scale for family in families for end in family.ends if (scale := end.depth_scale) is not None]
    assert len(told) >= 6 and told == pytest.approx([1] * len(told), abs=1e-3)
    assert all(sum(not i.fixture for i in frame.instances) >= 3 for frame in frames)


def test_pitch_sweeps_start_where_the_start_tells_nothing(transitions):
    families, frames, _ = transitions
    by_id = {frame.id: frame for frame in frames}
    starts = {f.direction: by_id[f.start].pose.horizon for f in families if f.group == "rotate_up_down"}
    assert set(starts) == {"up", "down"}
    assert all(h >= 40 if direction == "up" else h <= -10 for direction, h in starts.items())


def test_coverage_counts_what_was_kept(transitions):
    families, _, coverage = transitions
    kept = {(o.group, o.direction, o.magnitude): o.count for o in coverage.outcomes() if o.outcome == "kept"}
    assert kept == Counter((f.group, f.direction, end.magnitude) for f in families for end in f.ends)
    assert coverage.csv().splitlines()[0] == "scene,group,direction,magnitude,outcome,count"


def test_the_same_seed_takes_the_same_frames(transitions, tmp_path):
    assert [f.sha256 for f in take(tmp_path, ROOM, ControlsConfig())[1]] == [f.sha256 for f in transitions[1]]


@pytest.mark.parametrize(
    ("controls", "reason"),
    [
        ({"min_overlap": 0.99}, "overlap under the floor"),
        ({"min_anchors": 40}, "too few objects in view"),
        ({"min_shared_anchors": 40}, "no shared object"),
        ({"min_option_difference": 0.9}, "candidate images too alike"),
        ({"max_uniform_share": 0.0}, "colour nearly uniform"),
        ({"min_colour_agreement": 1.0}, "colour disagrees between start and end"),
        ({"min_agreement_margin": 1.0}, "another picture agrees better with the end"),
    ],
)
def test_a_control_that_nothing_passes_leaves_nothing(tmp_path, controls, reason):
    families, frames, coverage = take(tmp_path, ROOM, ControlsConfig(**controls), attempts=2)
    assert not families and not frames and not list(tmp_path.iterdir())
    assert reason in {one.outcome for one in coverage.outcomes()}


def test_a_simulator_that_drifts_is_refused(tmp_path):
    families, _, coverage = take(tmp_path, ROOM, ControlsConfig(), attempts=4, drift=0.5)
    assert {family.group for family in families} <= {"rotate_left_right", "rotate_up_down"}  # it drifts as it moves
    assert "measured pose differs from the command" in {one.outcome for one in coverage.outcomes()}


@pytest.mark.parametrize("scale", [0.995, 1.005])
def test_depth_that_is_not_in_metres_ends_the_job(tmp_path, scale):
    """No other control sees half a percent: the numbers would be wrong in every answer that rests on depth."""
    with pytest.raises(
        SpaceNumError, match=rf"{ROOM.id}': boxes says {scale:.4f} m of depth for each metre .* 8 moves"
    ):
        take(tmp_path, ROOM, ControlsConfig(), depth_scale=scale)
    families, _, _ = take(tmp_path, ROOM, ControlsConfig(max_depth_scale_error=0.01), depth_scale=scale)
    assert any(family.group == "move_forward_backward" for family in families)


def test_one_move_that_disagrees_with_depth_is_rejected(tmp_path, monkeypatch):
    said = iter([1.0, 0.99])
    monkeypatch.setattr("spacenum.frames.capture.depth_scale", lambda a, b: next(said, 1.0))
    _, _, coverage = take(tmp_path, ROOM, ControlsConfig(), attempts=4)
    assert "depth disagrees with the measured move" in {one.outcome for one in coverage.outcomes()}


class WrongPictures(BoxesSimulator):
    """Boxes whose pictures are spoilt: ``kind`` says how, ``every`` which of them."""

    def __init__(self, camera: Intrinsics, kind: str, every: int = 1) -> None:
        super().__init__(camera)
        self._kind, self._every, self._taken = kind, every, 0
        self._before = np.zeros((camera.height, camera.width, 3), np.uint8)

    def photograph(self) -> Pixels:
        shown, self._taken = super().photograph(), self._taken + 1
        before, self._before = self._before, shown
        if self._taken % self._every:
            return shown
        return {"black": np.zeros_like(shown), "white": np.full_like(shown, 255), "lags": before}[self._kind]


@pytest.mark.parametrize("kind", ["black", "white", "lags"])
@pytest.mark.parametrize("scene", [ROOM, LAYOUT], ids=["room", "layout"])
def test_an_engine_whose_pictures_are_all_wrong_gives_no_frame_and_ends_the_job(tmp_path, scene, kind):
    simulator = WrongPictures(Intrinsics.from_vertical_fov(64, 64, 90 if scene is ROOM else 45), kind)
    coverage, writer = Coverage(), FrameWriter(tmp_path, Path("frames"), "boxes")
    with pytest.raises(
        SpaceNumError,
        match=rf"{scene.id}': the pictures of boxes are not of its views .* first 8 poses .*: .* \(key 'controls'\)",
    ) as raised:
        capture(simulator, scene, SWEEPS.get(scene.id, []), ControlsConfig(), 60, writer, coverage, 0)
    counted = {one.outcome for one in coverage.outcomes()}
    assert "kept" not in counted and not writer.frames and not list(tmp_path.iterdir())
    if kind != "lags":
        assert "colour nearly uniform" in counted and "colour nearly uniform (8)" in str(raised.value)


def test_wrong_pictures_now_and_then_cost_only_what_they_show(tmp_path):
    """Every seventh is black: what is kept has none, and the rest is counted with its reason."""
    simulator = WrongPictures(Intrinsics.from_vertical_fov(64, 64, 90), "black", 7)
    coverage, writer = Coverage(), FrameWriter(tmp_path, Path("frames"), "boxes")
    families = capture(simulator, ROOM, SWEEPS[ROOM.id], ControlsConfig(), 60, writer, coverage, 0)
    counts = Counter(one.outcome for one in coverage.outcomes())
    assert families and counts["colour nearly uniform"] and counts["kept"]
    assert all(read_image(tmp_path / f"{frame.id}.png").max() for frame in writer.frames)


def test_how_well_colours_agree_is_recorded(transitions, tmp_path):
    found = [end.colour_agreement for family in transitions[0] for end in family.ends]
    assert found and all(agreement >= 0.7 for agreement in found)
    ((layout,), _, _) = take(tmp_path, LAYOUT, ControlsConfig())
    assert layout.change_agreement >= 0.68


def test_a_layout_gives_its_four_placements_through_one_camera(tmp_path):
    (family,), frames, coverage = take(tmp_path, LAYOUT, ControlsConfig())
    assert [frame.id for frame in frames] == list(family.frames)
    assert len({frame.pose for frame in frames}) == 1 and frames[0].pose in LAYOUT.cameras
    for frame, placed in zip(frames, LAYOUT.placements, strict=True):
        shown = next(i for i in frame.instances if i.name == placed.name)
        np.testing.assert_allclose(shown.box, placed.box, atol=1e-6)
    (kept,) = [one for one in coverage.outcomes() if one.outcome == "kept"]
    assert (kept.scene, kept.group, kept.direction, kept.magnitude, kept.count) == (LAYOUT.id, "room", "both", None, 1)
    assert not take(tmp_path, LAYOUT, ControlsConfig(min_visible_share=1.0, min_target_pixels=90_000))[0]


def test_images_on_disk_are_what_was_sensed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("frames").mkdir()
    _, frames, _ = take(Path("frames"), LAYOUT, ControlsConfig())
    simulator = BoxesSimulator(Intrinsics.from_vertical_fov(64, 64, 45))
    simulator.open(LAYOUT)
    for frame, placed in zip(frames, LAYOUT.placements, strict=True):
        simulator.place_target(placed)
        simulator.go_to(frame.pose)
        seen = simulator.sense()
        assert np.abs(depth_of(frame, Path()) - seen.depth)[seen.depth < 16].max() <= 0.000125 + 1e-9
        assert np.array_equal(read_image(Path(frame.ids)), seen.ids)
        assert np.array_equal(read_image(Path(frame.image)), simulator.photograph())
        assert frame.sha256 == tuple(sha256_of(Path(p)) for p in (frame.image, frame.depth, frame.ids))
        assert FrameRecord.model_validate_json(frame.model_dump_json()) == frame


def test_an_image_that_is_missing_or_cut_off_is_named(tmp_path):
    with pytest.raises(SpaceNumError, match=r"a\.png: the image is missing"):
        read_image(tmp_path / "a.png")
    image = tmp_path / f"{take(tmp_path, LAYOUT, ControlsConfig())[1][0].id}.png"
    image.write_bytes(image.read_bytes()[:-40])
    with pytest.raises(SpaceNumError, match=r"\.png: the image is corrupt"):
        read_image(image)
