"""A shard that is killed keeps its finished scenes, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spacenum.core.arrays import Pixels
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.frames.records import FAMILY
from spacenum.frames.settings import ControlsConfig, FramesParams
from spacenum.frames.shard import PLACES, WORK, take_shard
from spacenum.geometry.camera import Intrinsics
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.spec import AnyScene
from spacenum.simulators.settings import CameraConfig
from tests.frames.boxes import BoxesSimulator

PACK = load_pack("procedural")
SCENES = [build_layout(f"benchmark-room-{k:03d}", "benchmark", "room", "both", k, PACK, 45.0) for k in (4, 6, 7)]
JOB = FramesParams(
    setting="layout", simulator="blender", pack="procedural", camera=CameraConfig(width=64, height=64, vertical_fov=45),
    settings={}, controls=ControlsConfig(min_changed_share=0.001), attempts=0, families_per_scene=0, seed=0,
)  # fmt: skip
OUT = Path("data/frames/layout/base/benchmark-000")


class Mortal(BoxesSimulator):
    """Remembers the scenes that it opened; dies when it is to open the one named ``dies_at``, or tells which it opens
    and waits for a word if it ``tells``."""

    def __init__(self, dies_at: str = "", tells: bool = False) -> None:
        super().__init__(Intrinsics.from_vertical_fov(64, 64, 45))
        self.opened: list[str] = []
        self._dies_at, self._tells = dies_at, tells

    def open(self, scene: AnyScene) -> None:
        if scene.id == self._dies_at:
            raise KeyboardInterrupt
        if self._tells:
            print(scene.id, flush=True)
            sys.stdin.readline()
        self.opened.append(scene.id)
        super().open(scene)


def shard(job: FramesParams = JOB, dies_at: str = "", tells: bool = False) -> list[str]:
    simulator = Mortal(dies_at, tells)
    take_shard(job, SCENES, simulator, OUT, "code")
    return simulator.opened


def everything() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path("data").rglob("*")) if path.is_file()}


@pytest.fixture
def killed(tmp_path, monkeypatch) -> dict[str, bytes]:
    """A study in which the shard was killed in its last scene; its files, had it not been."""
    monkeypatch.chdir(tmp_path)
    assert shard() == [scene.id for scene in SCENES]
    undisturbed = everything()
    assert len([name for name in undisturbed if name.endswith(".png")]) == 36
    for path in undisturbed:
        Path(path).unlink()
    with pytest.raises(KeyboardInterrupt):
        shard(dies_at=SCENES[2].id)
    assert everything() == {}
    return undisturbed


def test_finished_scenes_are_not_taken_again(killed):
    assert shard() == [SCENES[2].id]
    assert everything() == killed
    assert [path for path in WORK.rglob("*") if path.is_file()] == []


def test_a_scene_taken_for_another_job_is_taken_again(killed):
    other = JOB.model_copy(update={"controls": ControlsConfig(min_changed_share=0.002)})
    assert shard(other) == [scene.id for scene in SCENES]


def test_a_damaged_image_is_taken_again(killed):
    image = next(iter(sorted(WORK.rglob(f"{SCENES[1].id}*.png"))))
    image.write_bytes(image.read_bytes()[:-1])
    assert shard() == [SCENES[1].id, SCENES[2].id]
    assert everything() == killed


@pytest.mark.parametrize(("what", "other"), [("name", "boxes-double"), ("version", "2")])
def test_a_scene_that_another_engine_took_is_taken_again(killed, monkeypatch, what, other):
    """A stand-in's frames, or another version's, must not be what an engine goes on from."""
    monkeypatch.setattr(Mortal, what, other)
    assert shard() == [scene.id for scene in SCENES]


def test_a_scene_of_another_pack_is_taken_again(killed, monkeypatch, tmp_path):
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text("front: x")
    monkeypatch.setattr("spacenum.frames.shard.manifest_inputs", lambda pack: [manifest])
    assert shard() == [scene.id for scene in SCENES]


class Writer:
    """Another process that takes the same shard, a scene at each step."""

    def __init__(self) -> None:
        code = "from tests.frames.test_shard import shard; shard(tells=True)"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(PROJECT)}, text=True, bufsize=1, **pipes
        )
        self.opens = self._told()

    def _told(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def step(self) -> str:
        """Let it take the scene that it opens; the next one, empty if it is done."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.opens = self._told()
        return self.opens

    def end(self) -> None:
        while self.opens:
            self.step()
        assert self.process.wait() == 0


def places() -> list[Path]:
    return sorted(PLACES.glob("*"))


def test_two_processes_that_take_one_shard_leave_each_other_s_work_alone(killed):
    own = places()  # this process's, which runs
    first, second = Writer(), Writer()
    assert first.opens == second.opens == SCENES[2].id  # both go on from what is finished there
    first.end()
    assert everything() == killed and len(places()) == 2 and own[0] in places()
    second.end()
    assert everything() == killed and places() == own


def test_a_process_takes_over_the_scenes_that_another_has_finished(tmp_path, monkeypatch, killed):
    monkeypatch.chdir(tmp_path)
    other = JOB.model_copy(update={"controls": ControlsConfig(min_changed_share=0.002)})
    assert shard(other) == [scene.id for scene in SCENES]  # of another plan: nothing of it is taken
    first = Writer()
    assert [first.opens, first.step()] == [SCENES[0].id, SCENES[1].id]
    second = Writer()
    assert second.opens == SCENES[1].id
    first.process.kill()
    first.process.wait()
    second.end()
    assert everything() == killed and places() == []


class Black(BoxesSimulator):
    """Its pictures of some scenes are black."""

    def __init__(self, *scenes: str) -> None:
        super().__init__(Intrinsics.from_vertical_fov(64, 64, 45))
        self._black, self._shown = scenes, ""

    def open(self, scene: AnyScene) -> None:
        self._shown = scene.id
        super().open(scene)

    def photograph(self) -> Pixels:
        return super().photograph() * (self._shown not in self._black)


@pytest.mark.parametrize("number", range(3))
def test_a_scene_whose_pictures_are_all_wrong_gives_nothing_and_the_others_are_taken(tmp_path, monkeypatch, number):
    """Wherever it stands in the shard; its reasons are counted."""
    monkeypatch.chdir(tmp_path)
    take_shard(JOB, SCENES, Black(SCENES[number].id), OUT, "code")
    families = read_jsonl(OUT / "families.jsonl", FAMILY)
    assert [family.scene for family in families] == [scene.id for k, scene in enumerate(SCENES) if k != number]
    assert "colour nearly uniform" in (OUT / "coverage.csv").read_text()


@pytest.mark.parametrize("right", [0, 1])
def test_an_engine_whose_pictures_of_two_scenes_are_wrong_ends_the_job_however_often_it_is_run(
    tmp_path, monkeypatch, right
):
    """From the first scene on, or after a right one."""
    monkeypatch.chdir(tmp_path)
    names = [scene.id for scene in SCENES[right:]]
    for _ in range(3):
        with pytest.raises(
            SpaceNumError,
            match=rf"'{names[0]}', '{names[1]}': the pictures of boxes .* first 8 poses .*uniform \(\d+\)",
        ):
            take_shard(JOB, SCENES, Black(*names), OUT, "code")
        assert not OUT.exists()
