"""Another engine is one word in the config; what it lacks is said at once;
a stand-in's frames go no further than frames."""

from __future__ import annotations

import sys

import pytest

from tests.workflow.conftest import Place, jobs

LACKING = {
    "ai2thor": ({"transition": "ai2thor", "layout": "blender"}, "Unity build is not on this machine", "fetch_ai2thor"),
    "isaacsim": ({"transition": "blender", "layout": "isaacsim"}, "Isaac Sim", "docs/isaacsim.md"),
}


def test_an_engine_that_is_not_here(fresh: Place, tmp_path, monkeypatch):
    place = fresh.copy(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for engine, (simulators, lack, remedy) in LACKING.items():
        place.configure(simulators=simulators)
        sentence = place.snakemake("all").sentence()
        assert f"' is '{engine}': " in sentence and lack in sentence and remedy in sentence
        assert place.made() == {}
    assert "frames" in {job.split("(")[0] for job in place.planned("all")}  # planning needs no engine
    assert place.snakemake("results/tables/statistics.csv").status == 0  # nor does what shows no frame


def test_more_rooms_than_ithor_has(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    scenes = place.config()["scenes"]
    scenes["transition"]["train"]["kitchen"] = 30
    place.configure(simulators={"transition": "ai2thor", "layout": "blender"}, scenes=scenes)
    sentence = place.snakemake("--dry-run", "all").sentence()
    assert (
        "'scenes.transition.benchmark.kitchen'" in sentence and "31 scenes" in sentence and "ai2thor has 30" in sentence
    )


def test_a_stand_ins_frames_are_collected_but_no_items_made(fresh: Place, tmp_path, monkeypatch):
    pytest.importorskip("ai2thor", reason="needs the extra 'ai2thor'")
    place = fresh.copy(tmp_path)
    place.configure(simulators={"transition": "ai2thor", "layout": "blender"})
    player = tmp_path / "double"
    player.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(place.project)!r})\n"
        "from tests.simulators.ithor_double import main\nmain()\n"
    )
    player.chmod(0o755)
    monkeypatch.setenv("SPACENUM_AI2THOR_PLAYER", str(player))
    sentence = place.snakemake("data/items/benchmark/base/transition.jsonl").sentence()
    assert "its simulator is 'ai2thor-double', a stand-in for testing; no items are built" in sentence
    made = place.made()
    for shard in ("benchmark-000", "benchmark-001"):
        coverage = made[f"data/frames/transition/base/{shard}/coverage.csv"].decode()
        assert "kept" in coverage and "collision" in coverage
    assert not any(path.startswith("data/items") for path in made)
    left = place.planned("data/items/benchmark/base/transition.jsonl")
    assert left == jobs("items", setting="transition", split="benchmark")
