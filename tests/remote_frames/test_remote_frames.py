"""Exports, imports and what they refuse, on one small shard of layouts that a double of Isaac Sim renders."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, read_meta, write_jsonl
from spacenum.frames.settings import ControlsConfig
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.study.config import parse_study
from spacenum.study.loading import merged
from spacenum.study.study import Study

pytest.importorskip("pxr", reason="needs the extra 'usd'")

from spacenum.remote_frames import import_frames
from spacenum.remote_frames.views import export_layouts
from tests.simulators.double import python_of_double

SHARD = "benchmark-001"
SCENES = Path(f"data/scenes/layout/{SHARD}.jsonl")
FRAMES = Path(f"data/frames/layout/base/{SHARD}")
PYTHON = "python.sh"


def study(**values: object) -> Study:
    layers = [yaml.safe_load((PROJECT / f"config/{name}.yaml").read_text()) for name in ("config", "test")]
    return Study(parse_study(merged([*layers, {"simulators": {"layout": "isaacsim"}, **values}]), "test"))


def render(batch: Path) -> None:
    subprocess.run([str(Path(PYTHON).resolve()), "runner.py", "."], cwd=batch, check=True, capture_output=True)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A study's folder with one layout drawn, exported and rendered into batch/, and imported."""
    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        python_of_double(Path())
        scene = build_layout("benchmark-desk-001", "benchmark", "desk", "size", 0, load_pack("procedural"), 45.0)
        write_jsonl(SCENES, [scene])
        assert export_layouts(study(), [SHARD], 1, Path("batch")) == 4
        render(Path("batch"))
        assert import_frames(study(), Path("batch")) == [FRAMES]
    return folder


@pytest.fixture
def here(finished: Path, tmp_path, monkeypatch) -> Path:
    """A copy of that folder, in which the test runs."""
    shutil.copytree(finished, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study"


def refusal(own: Study, folder: Path, **options: bool) -> str:
    before = files(Path("data"))
    with pytest.raises(SpaceNumError) as raised:
        import_frames(own, folder, **options)
    assert files(Path("data")) == before
    return str(raised.value)


def test_an_import_leaves_what_the_frames_job_leaves(here):
    assert {p.name for p in FRAMES.iterdir()} == {
        "frames.jsonl",
        "families.jsonl",
        "coverage.csv",
        "images",
        "frames.jsonl.meta.json",
    }
    assert len(list((FRAMES / "images").iterdir())) == 12
    meta = json.loads((FRAMES / "frames.jsonl.meta.json").read_text())
    job = study().collection.frames("layout")
    assert (meta["rule"], meta["code"], meta["params"]) == ("frames", job.code, job.params.model_dump(mode="json"))
    assert (list(meta["inputs"]), meta["engine"]) == ([str(SCENES)], "isaacsim-double 0.0-double")
    kept = files(FRAMES)
    assert import_frames(study(), Path("batch")) == [FRAMES]
    assert files(FRAMES) == kept


def test_several_shards_are_imported_all_or_none(here, tmp_path, monkeypatch):
    shutil.rmtree(FRAMES)
    other = build_layout("benchmark-desk-000", "benchmark", "desk", "size", 3, load_pack("procedural"), 45.0)
    write_jsonl(SCENES.with_name("benchmark-000.jsonl"), [other])
    assert export_layouts(study(), ["benchmark-000", SHARD], 1, Path("two")) == 8
    render(Path("two"))
    assert import_frames(study(), Path("two")) == [FRAMES.with_name("benchmark-000"), FRAMES]
    kept, both = files(FRAMES.parent), tmp_path / "both"
    FRAMES.parent.rename(both)
    for line in Path("two/views.jsonl").read_text().splitlines()[4:]:  # the second layout's
        shutil.rmtree(Path("two/views") / json.loads(line)["id"])
    assert "a view of layout 'benchmark-desk-001' isn't rendered yet" in refusal(study(), Path("two"))
    assert not list(Path(".spacenum").rglob("*.png"))
    copied = []

    def fills_the_disk(source: Path, *given: object, **options: object) -> None:
        copied.append(source.parent.name)
        if len(copied) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr("spacenum.remote_frames.shards.shutil.copytree", fills_the_disk)
        import_frames(study(), both)
    assert copied == ["benchmark-000", SHARD] and files(FRAMES.parent) == {}
    assert import_frames(study(), both) == [FRAMES.with_name("benchmark-000"), FRAMES]
    assert files(FRAMES.parent) == kept
    shutil.copytree(both / SHARD, both / "again")
    assert f"holds {SHARD} twice" in refusal(study(), both)


def test_a_camera_that_was_not_exported_is_asked_for_and_can_be_added(here):
    strict = study(controls={"min_anchors": 40})  # no view passes
    told = refusal(strict, Path("batch"))
    assert "layout 'benchmark-desk-001' needs a camera that wasn't exported" in told
    assert "export again with more --cameras into the same folder" in told
    assert export_layouts(strict, [SHARD], 2, Path("batch")) == 8
    told = refusal(strict, Path("batch"))
    assert "a view of layout 'benchmark-desk-001' isn't rendered yet" in told and "run runner.py again" in told


def test_exports_are_refused_that_would_mix_or_show_nothing(here):
    other = study(isaacsim={"subframes": 5})
    difference = "settings.subframes was 32, is 5"
    assert difference in refusal(other, Path("batch"))
    for own, shards, folder, told in (
        (other, [], "batch", difference),
        (study(), ["benchmark-077"], "new", "--shard benchmark-077: no such shard; this study has benchmark-00"),
        (study(), [SHARD], "data", "--out data: not empty, and no earlier export"),
        (study(simulators={"layout": "blender"}), [], "new", "config key 'simulators.layout' is 'blender'"),
        (
            study(),
            ["train-000"],
            "new",
            "train-000.jsonl: no such file; add '--forcerun data/scenes/layout/train-000.jsonl'",
        ),
    ):
        with pytest.raises(SpaceNumError) as raised:
            export_layouts(own, shards, 1, Path(folder))
        assert told in str(raised.value)
        assert not Path("new").exists()
    shutil.rmtree("batch/views")
    assert "batch: holds no rendered view; run runner.py there first" in refusal(study(), Path("batch"))


def test_views_of_two_engines_are_not_mixed(here):
    record = next(Path("batch/views").glob("*/view.json"))
    record.write_text(record.read_text().replace('"isaacsim-double"', '"isaacsim"'))
    told = refusal(study(), Path("batch"))
    assert "rendered by more than one engine (isaacsim 0.0-double, isaacsim-double 0.0-double)" in told


@dataclass(frozen=True)
class Elsewhere:
    """A shard as another machine wrote it."""

    folder: Path

    def edit_meta(self, **values: object) -> None:
        path = self.folder / "frames.jsonl.meta.json"
        path.write_text(read_meta(path).model_copy(update=values).model_dump_json())


@pytest.fixture
def elsewhere(here: Path, tmp_path) -> Elsewhere:
    folder = tmp_path / "other" / "any-name"
    folder.parent.mkdir()
    FRAMES.rename(folder)
    return Elsewhere(folder)


def test_a_shard_of_another_machine_is_copied_as_it_is(elsewhere, finished):
    assert import_frames(study(), elsewhere.folder.parent) == [FRAMES]
    assert files(FRAMES) == files(finished / FRAMES)


def test_a_damaged_shard_is_refused(elsewhere):
    image = next((elsewhere.folder / "images").glob("*.ids.png"))
    kept = image.read_bytes()
    image.write_bytes(kept[:-1])
    assert refusal(study(), elsewhere.folder) == f"{image}: another than was written; copy the shard again"
    image.unlink()
    assert refusal(study(), elsewhere.folder) == f"{image}: missing; copy the shard again"
    image.write_bytes(kept)
    (elsewhere.folder / "frames.jsonl.meta.json").unlink()
    assert "frames.jsonl.meta.json: missing or damaged" in refusal(study(), elsewhere.folder)


def test_a_shard_of_another_study_is_refused(elsewhere):
    other = study(controls=ControlsConfig(min_anchors=2).model_dump())
    assert "made with other parameters: controls.min_anchors was 3, is 2" in refusal(other, elsewhere.folder)
    elsewhere.edit_meta(code="0123456789abcdef")
    assert "made by other code than this checkout's; use the same version" in refusal(study(), elsewhere.folder)
    assert import_frames(study(), elsewhere.folder, allow_other_code=True) == [FRAMES]
    shutil.rmtree(FRAMES)
    kept = SCENES.read_text()
    SCENES.write_text(kept + "\n")
    told = refusal(study(), elsewhere.folder, allow_other_code=True)
    assert told == f"{elsewhere.folder}: made from another {SCENES} than the one here"
    SCENES.unlink()
    told = refusal(study(), elsewhere.folder, allow_other_code=True)
    assert told.startswith(f"{SCENES}: missing here; make it with 'snakemake --cores all {SCENES}'")
    SCENES.write_text(kept)
    elsewhere.edit_meta(inputs={})
    told = refusal(study(), elsewhere.folder, allow_other_code=True)
    assert f"says that the shard was made from nothing, but this study's is made from {SCENES};" in told
    elsewhere.edit_meta(outputs={"data/frames/layout/base/benchmark-099/frames.jsonl": "0"})
    assert "benchmark-099, which is no shard of this study" in refusal(study(), elsewhere.folder)


@pytest.mark.parametrize("linked", ["views", "images"])
def test_links_are_not_followed(here, tmp_path, linked):
    """What they lead to may lie anywhere on the machine that imports."""
    source = Path("batch") if linked == "views" else Path("shards")
    if linked == "images":
        shutil.copytree(FRAMES, source / "here")
    picture = next(source.rglob("*.png"))
    (tmp_path / "secret.png").write_bytes(picture.read_bytes())
    picture.unlink()
    picture.symlink_to(tmp_path / "secret.png")
    assert f"{picture}: is a link, and only files that lie in the folder are imported" in refusal(study(), source)
