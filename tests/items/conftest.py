"""A small build of items, as the workflow makes it, from scenes whose objects are boxes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from spacenum.frames.capture import Coverage, capture
from spacenum.frames.plan import Sweep
from spacenum.frames.records import FrameRecord, LayoutFamily, TransitionFamily
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.build import build_items
from spacenum.items.schema import Item, Setting
from spacenum.items.settings import ScaleItems, SplitItems, TransitionItems
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.rooms import build_room
from spacenum.scenes.spec import AnyScene, LayoutScene, Scale, Variation
from tests.frames.boxes import BoxesSimulator

PACK = load_pack("procedural")
SIZES = SplitItems(
    transition=TransitionItems(move_forward_backward=4, move_left_right=4, rotate_up_down=4, rotate_left_right=4),
    layout_1d=ScaleItems(room=12, desk=0),
    layout_2d=ScaleItems(room=12, desk=0),
    layout_3d=ScaleItems(room=12, desk=0),
)
LAYOUTS: tuple[tuple[Scale, Variation, int], ...] = (("room", "position", 0), ("room", "size", 8), ("room", "both", 7))
MAGNITUDES = {"move_forward_backward": (0.2, 0.4, 0.8, 1.2), "move_left_right": (0.2, 0.4, 0.6, 0.8)}


@dataclass(frozen=True)
class Built:
    """Items of both settings and what they are made from; image paths are relative to ``root``."""

    root: Path
    families: list[TransitionFamily | LayoutFamily]
    frames: dict[str, FrameRecord]
    scenes: dict[str, LayoutScene]

    def items(self, setting: Setting, sizes: SplitItems = SIZES, seed: int = 0) -> list[Item]:
        families = [family for family in self.families if family.setting == setting]
        items = build_items(setting, "benchmark", families, self.frames, self.scenes, sizes, seed)
        assert items
        return items

    @property
    def by_image(self) -> dict[str, FrameRecord]:
        return {frame.image: frame for frame in self.frames.values()}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("study")
    room = build_room("benchmark-living_room-000", "benchmark", "living_room", 5, PACK)
    sweeps = [
        Sweep(group=group, direction=both[0], magnitudes=MAGNITUDES.get(group, (10.0, 20.0, 30.0, 40.0)))
        for group, both in DIRECTIONS.items()
    ]
    layouts = [
        build_layout(f"benchmark-{scale}-{k:03d}", "benchmark", scale, variation, seed, PACK, 45.0)
        for k, (scale, variation, seed) in enumerate(LAYOUTS)
    ]
    families: list[TransitionFamily | LayoutFamily] = []
    frames: list[FrameRecord] = []
    scenes: list[list[AnyScene]] = [[room], [*layouts]]
    for name, fov, some in zip(("transition", "layout"), (90, 45), scenes, strict=True):
        where = Path("frames") / name / "shard"
        (root / where / "images").mkdir(parents=True)
        writer = FrameWriter(root / where / "images", where / "images", "boxes")
        simulator = BoxesSimulator(Intrinsics.from_vertical_fov(64, 64, fov))
        for scene in some:
            families += capture(simulator, scene, sweeps, ControlsConfig(), 100, writer, Coverage(), 0)
        frames += writer.frames
    assert len(families) == 4 + len(LAYOUTS)
    return Built(root, families, {frame.id: frame for frame in frames}, {scene.id: scene for scene in layouts})


@pytest.fixture
def in_study(built: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
    """The build, with its folder as the working directory."""
    monkeypatch.chdir(built.root)
    return built


@pytest.fixture
def spoil(in_study: Built) -> Callable[[str, bytes | None], None]:
    """Overwrites or removes a file of the build until the test ends."""
    kept: dict[str, bytes] = {}

    def overwrite(path: str, data: bytes | None) -> None:
        kept.setdefault(path, Path(path).read_bytes())
        os.unlink(path)
        if data is not None:
            Path(path).write_bytes(data)

    yield overwrite
    for path, data in kept.items():
        (in_study.root / path).write_bytes(data)
