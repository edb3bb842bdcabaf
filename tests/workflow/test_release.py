"""A release through Snakemake, and a study of its items beside the one that rendered them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.workflow.conftest import Place
from tests.workflow.test_verify import problems

SCORES = "results/scores/{}/letter-greedy/base/{}.csv"
MODELS = ["chance", "majority_letter", "trained_blind"]


@pytest.mark.slow
def test_released_taken_back_and_scored_alike(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    place.configure(variants=["numbers_words"])
    scores = [SCORES.format(model, setting) for model in MODELS for setting in ("transition", "layout")]
    run = place.snakemake("--", "release", *scores)
    assert run.status == 0, run.terminal
    assert problems(place.verify()) == {}
    first = place.made()
    run = place.snakemake("--forcerun", "release", "--", "release")
    assert run.status == 0 and place.made() == first

    other = Place(place.project, tmp_path / "other")
    other.study.mkdir()
    other.configure(released=True)
    assert "'classical_geometry', which reads depth and masks" in other.snakemake("-n", "all").sentence()
    other.configure(models=MODELS)
    assert "spacenum items import --release <folder" in other.snakemake("-n", "all").sentence()
    command = [sys.executable, "-m", "spacenum.cli.main", "items", "import", "--release"]
    taken = other.run([*command, str(place.study / "results/release"), "--directory", str(other.study)])
    assert taken.status == 0 and "of base/layout" in taken.terminal
    planned = {job.split("(")[0] for job in other.planned("all")}
    assert not planned & {"scenes", "frames", "items", "checks", "variant"}
    run = other.snakemake("all")
    assert run.status == 0, run.terminal
    for file in scores:
        assert (other.study / file).read_bytes() == (place.study / file).read_bytes()
    assert problems(other.verify()) == {}

    other.configure(simulators={"transition": "ai2thor", "layout": "blender"})
    assert (
        "'simulators.transition' is 'ai2thor', but what was imported is by blender"
        in other.snakemake("-n", "all").sentence()
    )
