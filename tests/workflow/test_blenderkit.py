"""A study with the pack blenderkit, from the service on this machine to frames."""

from __future__ import annotations

import hashlib
import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from spacenum.scenes.assets.manifest import load_pack
from tests.scenes.blenderkit_server import KEY, serving
from tests.workflow.conftest import Place

pytest.importorskip("bpy", reason="needs the extra 'blender'")

from tests.scenes.blends import write_stool

LIST = "spacenum/scenes/assets/blenderkit.yaml"
MANIFEST = "data/packs/blenderkit/manifest.yaml"


@pytest.fixture
def place(fresh: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A checkout whose study wants the pack, and an environment without a key."""
    monkeypatch.delenv("BLENDERKIT_API_KEY", raising=False)
    made = fresh.copy(tmp_path)
    made.configure(pack="blenderkit")
    return made


def pin_stools(place: Place, blend: bytes) -> list[str]:
    """Pin a model for some of what may stand in a room beside anchors and targets; return the base ids."""
    path = place.project / LIST
    chosen = yaml.safe_load(path.read_text())
    others = sorted({asset.category for asset in load_pack("procedural").with_role("room", "other")})[-4:]
    ids = [f"{number:08d}-1111-4111-8111-aaaaaaaaaaaa" for number in range(len(others))]
    for category, base_id in zip(others, ids, strict=True):
        pin = {
            "base_id": base_id, "version": 1, "resolution": "resolution_1K", "name": "Simple stool",
            "author": "Ada Maker", "sha256": hashlib.sha256(blend).hexdigest(), "licence": "cc_zero", "front": "x",
        }  # fmt: skip
        chosen["categories"][category] |= {"models": [pin], "any_size": True}
    path.write_text(yaml.safe_dump(chosen))
    return ids


def cpu_s(command: Callable[[], object]) -> float:
    """What the programs that it starts use: on a machine that does nothing else, the seconds that they take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_study_without_key_or_pins_hears_it_at_once(place: Place) -> None:
    planning = cpu_s(lambda: place.run_anew(place.command("--dry-run", MANIFEST)))
    assert "blenderkit.yaml pins no model yet" in place.snakemake(MANIFEST).sentence()
    pin_stools(place, b"")
    assert "environment variable BLENDERKIT_API_KEY" in place.snakemake(MANIFEST).sentence()
    assert cpu_s(lambda: place.run_anew(place.command(MANIFEST))) < 2 * planning + 5


def test_frames_are_rendered_from_the_cache_when_the_service_is_gone(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stool(tmp_path / "stool.blend")
    blend = (tmp_path / "stool.blend").read_bytes()
    ids = pin_stools(place, blend)
    with serving() as shelf:
        for base_id in ids:
            shelf.add(base_id, "Simple stool", blend, versionNumber=1)
        monkeypatch.setenv("BLENDERKIT_SERVER", shelf.address)
        monkeypatch.setenv("BLENDERKIT_API_KEY", KEY)
        fetched = place.snakemake(MANIFEST)
        assert fetched.status == 0 and f"{len(ids)} models of {len(ids)} categories" in fetched.terminal, (
            fetched.terminal
        )
    monkeypatch.delenv("BLENDERKIT_API_KEY")
    rendered = place.snakemake("data/frames/layout/base/benchmark-000/frames.jsonl")
    assert rendered.status == 0, rendered.terminal
    lines = [line for file in place.study.rglob("frames.jsonl") for line in file.read_text().splitlines()]
    seen = {thing["name"] for line in lines for thing in json.loads(line)["instances"]}
    assert any(base_id.replace("-", "_") in name for name in seen for base_id in ids)
    assert not [path for path in place.study.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
