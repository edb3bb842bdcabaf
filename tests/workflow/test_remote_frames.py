"""Snakemake goes on from frames that were imported, and takes frames from an engine that runs beside it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulators.double import python_of_double
from tests.workflow.conftest import Outcome, Place, jobs

pytest.importorskip("pxr", reason="needs the extra 'usd'")

SHARD = "benchmark-001"
FRAMES = f"data/frames/layout/base/{SHARD}"


def spacenum(place: Place, *arguments: str) -> Outcome:
    command = [sys.executable, "-m", "spacenum.cli.main", *arguments, "--configfile", "config/test.yaml"]
    return place.run([*command, "--directory", str(place.study)])


def images(place: Place) -> dict[str, bytes]:
    return {name: data for name, data in place.made().items() if name.startswith(FRAMES) and name.endswith(".png")}


def frames_planned(place: Place) -> set[str]:
    return place.planned(f"{FRAMES}/frames.jsonl")


def test_frames_of_a_running_engine_and_of_one_elsewhere_are_the_same(fresh: Place, tmp_path, monkeypatch):
    place, batch, python = fresh.copy(tmp_path), tmp_path / "batch", python_of_double(tmp_path)
    place.configure(simulators={"layout": "isaacsim"}, isaacsim={"subframes": 2})
    monkeypatch.setenv("SPACENUM_ISAACSIM_PYTHON", str(python))
    run = place.snakemake(f"{FRAMES}/frames.jsonl")
    assert run.status == 0, run.terminal
    meta = json.loads((place.study / FRAMES / "frames.jsonl.meta.json").read_text())
    assert meta["engine"] == "isaacsim-double 0.0-double"
    records = [json.loads(line) for line in (place.study / FRAMES / "frames.jsonl").read_text().splitlines()]
    assert records and {record["simulator"] for record in records} == {"isaacsim-double"}
    assert frames_planned(place) == set() and not any((place.study / ".spacenum" / "isaacsim").glob("*"))
    live = images(place)

    place.configure(isaacsim={"subframes": 3})  # so that Snakemake remembers another maker
    assert frames_planned(place) == jobs("frames", setting="layout", shard=SHARD)
    export = ["export", "--setting", "layout", "--shard", SHARD, "--cameras", "8", "--out", str(batch)]
    exported = spacenum(place, "frames", *export)
    assert exported.status == 0, exported.terminal
    subprocess.run([str(python), "runner.py", "."], cwd=batch, check=True, capture_output=True)
    shutil.rmtree(place.study / FRAMES)
    imported = spacenum(place, "frames", "import", str(batch))
    assert imported.status == 0 and f"imported {SHARD}" in imported.terminal, imported.terminal
    assert images(place) == live
    assert frames_planned(place) == set()
    assert place.verify().status == 0
    shutil.rmtree(place.study / ".snakemake")
    assert frames_planned(place) == set()
    items = place.planned("data/items/benchmark/base/layout.jsonl")
    assert jobs("items", setting="layout", split="benchmark") <= items
    assert not items & jobs("frames", setting="layout", shard=SHARD)


def test_spacenum_says_in_a_sentence_what_it_cannot_import(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    sentence = spacenum(place, "frames", "import", str(Path(place.study))).sentence()
    assert sentence.endswith("holds neither a rendered export (views.jsonl) nor a shard of frames (frames.jsonl)")
