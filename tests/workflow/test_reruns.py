"""What Snakemake makes anew after a change: exactly what the change can reach."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable

import pandas as pd
import pytest

from spacenum.core.provenance import PROJECT
from spacenum.items.schema import SETTINGS
from spacenum.study.loading import load_study
from spacenum.tables.collection import statistics_table
from tests.workflow.conftest import TABLES, Outcome, Place, jobs, jobs_in

MODELS = ("chance", "majority_letter", "trained_blind", "classical_geometry", "ideal_observer")
SHARDS = ("benchmark-000", "benchmark-001")
ASSETS = "spacenum/scenes/assets/procedural"
FROM_SCORES = jobs("main_table") | jobs("table", table=TABLES) | jobs("figure", figure="main_table")


def of_models(rule: str, models: Iterable[str], settings: Iterable[str]) -> set[str]:
    """A rule's jobs for models and settings."""
    made = jobs(rule, model=models, mode="letter-greedy", variant="base", setting=settings)
    for setting, names in {
        "layout": ("classical_geometry", "order_only", "thumbnail_order", "wrong_camera"),
        "transition": ("image_plane", "mirror_reader"),
    }.items():  # which these don't answer
        made -= jobs(rule, model=names, mode="letter-greedy", variant="base", setting=setting)
    return made


def from_answers(models: Iterable[str], *settings: str) -> set[str]:
    """Answers of models to settings, and all that follows from them."""
    return (
        of_models("answers", models, settings) | of_models("scores", models, settings) | FROM_SCORES | jobs("gallery")
    )


def from_checks(*settings: str) -> set[str]:
    return jobs("checks", setting=settings, split="benchmark", variant="base") | from_answers(MODELS, *settings)


def from_items(*settings: str) -> set[str]:
    made = jobs("items", setting=settings, split="benchmark") | jobs("coverage")
    return made | from_checks(*settings) | jobs("teaser")


def from_frames(setting: str, shards: Iterable[str] = SHARDS) -> set[str]:
    return jobs("frames", setting=setting, shard=shards) | from_items(setting)


EVERYTHING = (
    jobs("scenes", setting=SETTINGS, shard=SHARDS)
    | from_frames("transition")
    | from_frames("layout")
    | jobs("statistics")
)


def test_an_empty_folder_needs_everything(fresh):
    assert fresh.planned("all") == EVERYTHING


def test_nothing_changed_but_the_place_and_the_times(place: Place):
    assert place.planned("all") == set()
    for folder in (place.project, place.study):
        for path in folder.rglob("*"):
            if ".snakemake" not in path.parts:
                os.utime(path)
    assert place.planned("all") == set()


def test_a_new_model_answers_and_nobody_else(place: Place):
    (place.project / "config/models/another.yaml").write_text("kind: vlm\nbackend: baselines.chance\n")
    place.configure(models=[*MODELS, "another"])
    assert place.planned("all") == from_answers(["another"], *SETTINGS)


def test_a_model_less_changes_tables_only(place: Place):
    place.configure(models=MODELS[:-1])
    assert place.planned("all") == FROM_SCORES | jobs("gallery")


# Whatever reads or shows scores imports the module of their rows.
READERS = FROM_SCORES | jobs("gallery") | jobs("teaser") | jobs("statistics") | jobs("coverage")
EDITED_MODULES = {
    "spacenum/scoring/rows.py": of_models("scores", MODELS, SETTINGS) | READERS,
    "spacenum/scoring/statistics.py": FROM_SCORES,
    "spacenum/tables/main_table.py": jobs("main_table"),
    "spacenum/models/baselines/chance.py": from_answers(["chance"], *SETTINGS),
    "paper_figures/main_table.py": jobs("figure", figure="main_table"),
    "paper_figures/style.py": jobs("figure", figure="main_table") | jobs("teaser"),
    "paper_figures/teaser.py": jobs("teaser"),
    f"{ASSETS}/gift_box.py": from_frames("layout"),  # in layouts only
    f"{ASSETS}/toilet.py": from_frames("transition"),  # in rooms only
    "spacenum/scenes/rooms.py": jobs("scenes", setting="transition", shard=SHARDS) | from_frames("transition"),
    "spacenum/items/checks.py": from_checks(*SETTINGS),
}


@pytest.mark.parametrize("file", EDITED_MODULES)
def test_an_edited_module_reaches_what_imports_it(place: Place, file):
    place.append(file, "\n# edited\n")
    assert place.planned("all") == EDITED_MODULES[file]


OTHER_FILES = {
    "spacenum/items/templates/transition.num2space.txt": from_items("transition"),
    "spacenum/items/templates/frame.1d.txt": from_items("layout"),
    "spacenum/gallery/templates/gallery.css": jobs("gallery"),
    "published/fig2_statistics.csv": jobs("main_table"),  # its caption compares sizes
    "README.md": set(),
    "tests/workflow/conftest.py": set(),
}


@pytest.mark.parametrize("file", OTHER_FILES)
def test_other_files_reach_what_reads_them(place: Place, file):
    if not (place.project / file).exists():
        (place.project / file).write_text("")
    place.append(file, "\n")
    assert place.planned("all") == OTHER_FILES[file]


def test_another_seed_of_one_scene_leaves_other_shards_alone(place: Place):
    scenes = place.config()["scenes"]
    scenes["transition"]["seeds"] = {"benchmark-living_room-000": 7}  # alone in its shard
    place.configure(scenes=scenes)
    shards = ["benchmark-001"]
    expected = jobs("scenes", setting="transition", shard=shards) | from_frames("transition", shards)
    assert place.planned("all") == expected


def test_cell_sizes_of_one_setting(place: Place):
    items = place.config()["items"]
    items["benchmark"]["layout_1d"]["desk"] = 2
    place.configure(items=items)
    assert place.planned("all") == from_items("layout") | jobs("statistics")


def test_a_value_changed_and_changed_back(place: Place):
    original = place.config()
    place.configure(blender={**original["blender"], "samples": 2})
    assert place.planned("all") == from_frames("transition") | from_frames("layout")
    place.configure(blender=original["blender"])
    assert place.planned("all") == set()


def test_a_lost_bookkeeping_folder_reruns_nothing(place: Place):
    shutil.rmtree(place.study / ".snakemake")
    assert place.planned("all") == set()


def test_the_paper_s_study_can_be_planned(paper_plan: Outcome):
    planned = jobs_in(paper_plan)
    paper = load_study([PROJECT / "config/paper.yaml"])
    shards = {f"{split}-{n:03d}" for split in ("benchmark", "train") for n in range(60)}
    for setting in SETTINGS:
        of_setting = {job for job in planned if job.startswith("frames(") and f"setting={setting}" in job}
        assert of_setting <= jobs("frames", setting=setting, shard=shards) and len(of_setting) > 60
    thinking = {name for name in paper.plan.models if name.endswith("_thinking")}
    reasoning = {
        name for name, config in paper.plan.models.items() if config.kind != "vlm" or config.reasoning != "none"
    }
    answers = set()
    for mode in ("letter-paper", "letter-greedy", "letter-logprobs", "reasoning-recommended"):
        models = reasoning if mode.startswith("reasoning") else set(paper.plan.models) - thinking
        answers |= {job.replace("letter-greedy", mode) for job in of_models("answers", models, SETTINGS)}
    names = re.compile(rf"answers\(.*\bmodel=({'|'.join(paper.plan.models)}),.*variant=base\)")
    assert {job for job in planned if names.fullmatch(job)} == answers
    assert (len(paper.plan.models), len(thinking)) == (31, 3)
    assert len(planned) < 2200
    said = [line.removeprefix("spacenum: ") for line in paper_plan.terminal.splitlines() if "the paper" in line]
    assert said == [note for note in paper.notes if "the paper" in note] and len(said) > 15
    pd.testing.assert_frame_equal(
        statistics_table(paper.plan.config.items),
        pd.read_csv(PROJECT / "published/fig2_statistics.csv"),
        check_dtype=False,
    )


def test_a_study_with_another_name_is_not_made_in_the_checkout(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    run = place.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "config/test.yaml", "--", "all"]
    )
    assert run.sentence() == (
        "the study 'test' would overwrite the default study's results here; run it in a folder of its own: "
        "add --directory studies/test"
    )
    assert not any((place.project / folder).exists() for folder in ("data", "results", "logs"))
