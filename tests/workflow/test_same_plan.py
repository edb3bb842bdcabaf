"""``spacenum verify`` and a dry run of Snakemake name the same outputs, whatever changes in a config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.study.loading import load_study
from spacenum.study.paths import StudyOutput
from tests.workflow.conftest import CONFIG, Place

CHANGES: dict[str, Sequence[object]] = {
    "seed": (1, 2),
    "study": ("another",),
    "blender.samples": (2,),
    "camera.layout.width": (64,),
    "camera.transition.vertical_fov": (80,),
    "controls.min_overlap": (0.3,),
    "scenes.transition.shards": (1, 3),
    "scenes.transition.families_per_scene": (2,),
    "scenes.transition.benchmark.kitchen": (2,),
    "scenes.transition.seeds": ({"benchmark-kitchen-000": 7},),
    "scenes.layout.shards": (1, 3),
    "scenes.layout.benchmark.room": (3,),
    "scenes.layout.train.desk": (2,),
    "scenes.layout.seeds": ({"benchmark-desk-001": 7},),
    "items.benchmark.layout_1d.desk": (0, 8),
    "items.benchmark.transition.rotate_up_down": (4,),
    "items.train.layout_2d.desk": (0,),
    "items.uneven_magnitudes": ("report",),
    "models": (["ideal_observer", "chance"], ["chance", "human_too"]),
    "modes": (["letter-paper"], ["letter-greedy", "letter-paper"]),
    "repeats": (2,),
    "variants": (["mirrored"], []),
    "pretraining": ({},),
}
"""Keys with other values than the tiny study's. ``human_too`` is no model: such configs are passed over."""


def changed(config: dict, random: Random) -> dict:
    """A config with one to three keys changed that a study can be made of."""
    while True:
        other = deepcopy(config)
        for key in random.sample(sorted(CHANGES), random.randint(1, 3)):
            *above, last = key.split(".")
            block = other
            for name in above:
                block = block.setdefault(name, {})
            block[last] = random.choice(CHANGES[key])
        try:
            load_study([], other)
        except SpaceNumError:
            continue
        return other


def planned(place: Place, outputs: Sequence[StudyOutput]) -> set[str]:
    """Of the outputs those that a dry run would make."""
    told = place.snakemake("--dry-run", "--quiet", "host", "--", "all", "train_items")
    assert told.status == 0, told.terminal
    files = {
        file for line in re.findall(r"^    output: (.+)$", told.terminal, re.MULTILINE) for file in line.split(", ")
    }
    return {str(output.path) for output in outputs} & files


def named(place: Place) -> set[str]:
    """The outputs that verify names, and those that follow from them."""
    told = place.verify()
    assert "Traceback" not in told.terminal, told.terminal
    stale = re.findall(r"^(\S+): .+ \(rule \w+\)$", told.terminal, re.MULTILINE)
    return {*stale, *re.findall(r"^(\S+) follows from these$", told.terminal, re.MULTILINE)}


@pytest.fixture(scope="module")
def with_training(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The tiny study with its train items."""
    place = finished.copy(tmp_path_factory.mktemp("same_plan"))
    run = place.snakemake("train_items")
    assert run.status == 0, run.terminal
    return place


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 40))])
def test_verify_names_what_a_dry_run_plans(with_training: Place, seed):
    place, original = with_training, with_training.config()
    config = changed(original, Random(seed))
    (place.project / CONFIG).write_text(yaml.safe_dump(config))
    try:
        outputs = [one for one in load_study([], config).outputs() if (place.study / one.path).is_file()]
        assert named(place) == planned(place, outputs), {k: v for k, v in config.items() if original.get(k) != v}
    finally:
        (place.project / CONFIG).write_text(yaml.safe_dump(original))
