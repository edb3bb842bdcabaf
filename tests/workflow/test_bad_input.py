"""Bad input ends in one sentence that names the place and the remedy, and leaves nothing half-written."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.workflow.conftest import Place

LAYOUT_FRAMES = "data/frames/layout/base/benchmark-001"
CHECKS = "data/items/benchmark/base/layout.checks.json"


def assert_untouched(place: Place, before: dict[str, bytes]) -> None:
    """No file is new or changed."""
    assert place.half_written() == []
    assert before.items() >= place.made().items()


CONFIGS = {  # tests/study has more of them; these show that Snakemake and verify say the same
    "misspelt key": ({"blendr": {"samples": 2}}, ["config/test.yaml", "'blendr'", "did you mean 'blender'?"]),
    "misspelt inner key": ({"blender": {"sample": 2}}, ["'blender.sample'", "did you mean 'samples'?"]),
    "unknown model": ({"models": ["chanse"]}, ["'models'", "config/models/chanse.yaml", "there are: chance,"]),
    "unknown scene": (
        {"scenes": {"layout": {"seeds": {"benchmark-desk-999": 1}}}},
        ["'scenes.layout.seeds'", "'benchmark-desk-999'", "ids look like 'benchmark-desk-000'"],
    ),
}


@pytest.mark.parametrize("problem", CONFIGS)
def test_config(fresh: Place, tmp_path, problem):
    place = fresh.copy(tmp_path)
    values, said = CONFIGS[problem]
    place.configure(**values)
    for outcome in (place.snakemake("all"), place.verify()):
        sentence = outcome.sentence()
        assert all(part in sentence for part in said), sentence
    assert place.made() == {}


def test_config_that_is_no_yaml(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    place.append("config/test.yaml", "\nblender: {samples: 1\n")
    run = place.snakemake("all")
    assert run.status != 0 and "Config file is not valid JSON or YAML." in run.terminal  # Snakemake's own words
    sentence = place.verify().sentence()
    assert "config/test.yaml: not valid YAML: " in sentence and "line " in sentence
    assert place.made() == {}


def test_model_file_with_an_unknown_key(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    place.edit("config/models/chance.yaml", "backend:", "backnd:")
    sentence = place.snakemake("all").sentence()
    assert "config/models/chance.yaml" in sentence and "'backnd'; did you mean 'backend'?" in sentence


def test_unknown_backend(place: Place):
    (place.project / "config/models/another.yaml").write_text("kind: vlm\nbackend: telepathy\n")
    place.configure(models=["chance", "another"])
    before = place.made()
    sentence = place.snakemake("all").sentence()
    assert "config/models/another.yaml, key 'backend': there is no 'telepathy'; there are baselines.chance" in sentence
    assert_untouched(place, before)


def test_what_a_config_takes_as_given_is_not_here(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    (place.project / "config/models/mine.yaml").write_text("base: qwen3_vl_4b\nadapter: adapters/mine\n")
    omnispatial = {"benchmark": "omnispatial_motion", "path": "downloads/test.zip"}
    for values, file, remedy in (
        (
            {"imported": ["original"]},
            "data/items/benchmark/original/external.jsonl",
            "items import <file> --name original",
        ),
        ({"imported": [], "external": [omnispatial]}, "downloads/test.zip", "config key 'external' names it"),
        ({"external": [], "models": ["mine"]}, "adapters/mine/adapter_config.json", "mine.yaml, key 'adapter'"),
        ({"models": ["chance"], "traces": {"sheets": ["anna.csv"]}}, "anna.csv", "config key 'traces.sheets' names it"),
    ):
        place.configure(**values)
        sentence = place.snakemake("all").sentence()
        assert sentence.startswith(f"there is no {place.study / file}: ") and remedy in sentence
    place.configure(traces={"sheets": ["a {b}/anna.csv"]})
    assert place.snakemake("all").sentence() == (
        "a {b}/anna.csv: braces are Snakemake's wildcards, so no path can have them "
        "(config key 'traces.sheets' names it); rename it"
    )


def test_checkpoint_that_is_not_here(place: Place, monkeypatch, tmp_path):
    pytest.importorskip("transformers", reason="needs the extra 'transformers'")
    place.configure(models=["chance", "qwen3_vl_4b"])
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("SPACENUM_DEVICE", "cpu")
    before = place.made()
    sentence = place.snakemake("results/answers/qwen3_vl_4b/letter-greedy/base/layout.jsonl").sentence()
    assert "checkpoint 'Qwen/Qwen3-VL-4B-Instruct' at revision" in sentence
    assert "is not in the local cache" in sentence and "hf download" in sentence
    assert_untouched(place, before)


def test_missing_asset_file(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    (place.project / "spacenum/scenes/assets/procedural/toilet.py").unlink()
    for outcome in (place.snakemake("all"), place.verify()):
        sentence = outcome.sentence()
        assert "procedural/toilet.py: missing" in sentence and "restore the file or drop the entry" in sentence
    assert place.made() == {}


def truncate(image: Path) -> None:
    image.write_bytes(image.read_bytes()[:300])


def scribble(image: Path) -> None:
    image.write_text("not an image")


def replace(image: Path) -> None:
    """Whole, but not the one that was rendered."""
    Image.new("RGB", (96, 96)).save(image)


@pytest.mark.parametrize(
    ("kind", "damage", "said"),
    [
        ("image", truncate, "the image is corrupt"),
        ("depth", scribble, "the image is corrupt"),
        ("image", replace, "is not the image that was rendered"),
        ("ids", Path.unlink, "the image is missing"),
    ],
)
def test_damaged_image(place: Place, kind, damage, said):
    image = place.images(LAYOUT_FRAMES, kind)[0]
    damage(place.study / image)
    before = place.made()
    sentence = place.snakemake("--forcerun", "checks", "--", CHECKS).sentence()
    assert sentence.startswith("item ") and f" {image}" in sentence and said in sentence
    assert sentence.endswith(f"add '--forcerun {LAYOUT_FRAMES}/images' to the snakemake command, which makes it anew")
    assert_untouched(place, before)
    assert not (place.study / CHECKS).exists()


def test_what_is_advised_for_a_damaged_image_mends_it(place: Place, finished: Place):
    truncate(place.study / place.images(LAYOUT_FRAMES)[0])
    failed = place.snakemake("--forcerun", "checks", "--", CHECKS)
    run = place.snakemake(CHECKS, *failed.advice())
    assert run.status == 0, run.terminal
    assert place.made() == finished.made()


def test_corrupt_line_in_items_and_what_is_advised_mends_it(place: Place, finished: Place):
    items = "data/items/benchmark/base/layout.jsonl"
    lines = (place.study / items).read_text().splitlines()
    lines[2] = lines[2][:40]
    (place.study / items).write_text("\n".join(lines) + "\n")
    before = place.made()
    failed = place.snakemake("all")
    assert failed.sentence().startswith(f"{items} isn't the file that was made: it has changed since; add ")
    assert failed.advice() == ["--forcerun", items]
    assert_untouched(place, before)
    lost = [CHECKS, "results/figures/teaser.csv", "results/tables/coverage.csv"]  # what the failed jobs took away
    run = place.snakemake(*lost, *failed.advice())
    assert run.status == 0, run.terminal
    assert place.made() == finished.made()


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (400, "asks for 400 items, but the scenes of 'scenes.layout.benchmark' give 8 at most"),
        (3, "is 3, no multiple of the 4 items of a family, which would unbalance the answer key; 0 or 4 would do"),
    ],
)
def test_cell_size_that_cannot_be(place: Place, size, said):
    items = place.config()["items"]
    items["benchmark"]["layout_2d"]["desk"] = size
    place.configure(items=items)
    before = place.made()
    sentence = place.snakemake("all").sentence()
    assert f"config key 'items.benchmark.layout_2d.desk' {said}" in sentence
    assert_untouched(place, before)


@pytest.fixture
def little_room(fresh: Place, tmp_path) -> Iterator[tuple[Place, list[str]]]:
    """A study whose disk can't hold a shard's images, and what its commands must start with. The disk is one of its own
    for the data folder where that may be mounted, else the size of files is limited."""
    place = fresh.copy(tmp_path)
    data = place.study / "data"
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", str(data)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0:
        yield place, []
        subprocess.run(["umount", "--lazy", str(data)], check=True)
    else:
        yield place, ["bash", "-c", 'ulimit -f 24 && exec "$@"', "bash"]


def test_full_disk_while_rendering(little_room: tuple[Place, list[str]]):
    place, prefix = little_room
    run = place.run([*prefix, *place.command(f"{LAYOUT_FRAMES}/frames.jsonl")])
    sentence = run.sentence()
    # Where the limit is on files, the scene that is being taken meets it;
    # where data is a disk of its own, the shard does.
    where = rf"(\.spacenum/frames/\w+/benchmark-|{LAYOUT_FRAMES}/)"
    assert re.match(rf"the disk is full while writing {where}", sentence), sentence
    assert "free some space and run the same command again" in sentence
    assert "Error: Not freed memory" not in run.terminal
    assert place.half_written() == []
    scenes = "data/scenes/layout/benchmark-001.jsonl"
    assert set(place.made()) == {scenes, f"{scenes}.meta.json", "results/run.json"}


def test_a_folder_knows_its_study(finished, tmp_path):
    """A study's folder is refused to another study, and the sentence's command is the right one."""
    other = finished.copy(tmp_path / "copy")
    config = tmp_path / "other.yaml"
    config.write_text("study: other\n")
    said = other.snakemake("-n", "--configfile", str(config), "--", "all").sentence()
    assert said.startswith("this folder holds the study 'test', not 'other'; for 'test', add '--configfile ")
    assert "--directory studies/other" in said


def test_a_missing_config_file_is_a_sentence(finished):
    run = finished.snakemake("-n", "--configfile", "nowhere.yaml", "--", "all")
    assert run.sentence().startswith("--configfile nowhere.yaml: no such file; if that is a target, put --")
