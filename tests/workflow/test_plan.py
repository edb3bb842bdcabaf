"""What the plan and Snakemake say of a study is the same, wherever a checkout stands and however large the study is."""

from __future__ import annotations

import re
import sys

import pytest

from spacenum.core.jobs import read_job
from spacenum.core.provenance import PROJECT, meta_path
from spacenum.items.schema import SETTINGS
from spacenum.study.loading import load_study
from spacenum.study.paths import StudyOutput
from tests.workflow.conftest import Outcome, Place, jobs_in
from tests.workflow.test_reruns import EVERYTHING

PAPER = PROJECT / "config/paper.yaml"
LARGE = {
    "scenes": {
        "transition": {
            "shards": 1,
            "families_per_scene": 4,
            "benchmark": dict.fromkeys(("kitchen", "living_room", "bedroom", "bathroom"), 500),
        }
    }
}


def made_by(dry_run: Outcome) -> dict[str, str]:
    """Every output that a dry run lists, with its rule."""
    found, rule = {}, ""
    for line in dry_run.terminal.splitlines():
        if head := re.fullmatch(r"(?:local)?rule (\w+):", line):
            rule = head[1]
        elif files := re.fullmatch(r"    output: (.+)", line):
            found |= dict.fromkeys(files[1].split(", "), rule)
    return found


def test_rules_and_files_of_the_plan_are_snakemakes(paper_plan: Outcome):
    listed = made_by(paper_plan)
    planned: list[StudyOutput] = [one for one in load_study([PAPER]).outputs() if one.files[0] in listed]
    assert {str(file): one.rule for one in planned for file in (*one.files, meta_path(one.path))} == listed
    assert len({one.path for one in planned}) == len(planned)


def test_every_field_of_a_command_is_quoted():
    rules = sorted((PROJECT / "rules").glob("*.smk"))
    fields = [
        field
        for path in rules
        for shell in re.findall(r'shell:\n((?:\s+"[^\n]*"\n)+)', path.read_text(encoding="utf-8"))
        for field in re.findall(r"\{[^}]*\}", shell)
    ]
    assert len(fields) > 2 * len(rules)
    assert [field for field in fields if not field.endswith(":q}")] == []


def test_the_snakefile_is_a_table_of_contents():
    assert len((PROJECT / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 80


@pytest.fixture
def large(fresh: Place, tmp_path) -> Place:
    """A study of 2,000 rooms in one shard."""
    place = fresh.copy(tmp_path)
    place.configure(**LARGE)
    return place


def test_no_command_grows_with_the_study(large: Place):
    dry_run = large.snakemake("--dry-run", "--printshellcmds", "--quiet", "host", "--", "all")
    commands = re.findall(r"^\s*(?:Shell command: )?(python -m scripts\..+)$", dry_run.terminal, re.MULTILINE)
    assert len(commands) == len(jobs_in(dry_run)) > 20
    assert max(map(len, commands)) < 500


@pytest.mark.slow
def test_jobs_of_a_large_study_start(large: Place):
    scenes = "data/scenes/transition/benchmark-000.jsonl"
    run = large.snakemake(scenes)
    assert run.status == 0, run.terminal
    assert len((large.study / scenes).read_text().splitlines()) == 2000
    job = large.study / ".spacenum/jobs" / f"{scenes}.json"
    assert job.stat().st_size > 131_072  # what the kernel takes of one argument


def test_a_moved_checkout_reruns_nothing_though_a_model_comes_with_it(finished: Place, tmp_path):
    place = finished.copy(tmp_path / "before")
    place.configure(models=[*place.config()["models"], "demonstration"])
    checkpoint = "results/pretraining/demonstration/checkpoint/model.safetensors"
    run = place.snakemake(checkpoint)
    assert run.status == 0, run.terminal
    moved = place.copy(tmp_path / "after, elsewhere")
    assert moved.planned(checkpoint) == set()
    answers = {job for job in moved.planned("all") if not job.startswith(("answers(model=demonstration", "scores("))}
    assert answers == {job for job in place.planned("all") if job in answers}
    assert not any(job.startswith(("shipped_checkpoint", "scenes", "frames", "items")) for job in moved.planned("all"))


MODULE = 'module spacenum:\n    snakefile: "Snakefile"\n\n\nuse rule * from spacenum\n'


@pytest.mark.parametrize("snakefile", ["workflow/Snakefile", MODULE])
def test_the_catalogs_snakefile_and_a_module_plan_and_run_what_the_root_does(fresh: Place, tmp_path, snakefile):
    place = fresh.copy(tmp_path)
    if snakefile == MODULE:
        (place.project / "Outer").write_text(MODULE)
        snakefile = "Outer"
    run = place.snakemake("--snakefile", snakefile, "--dry-run", "--quiet", "host")
    assert jobs_in(run) == EVERYTHING
    table = "results/tables/statistics.csv"
    run = place.snakemake("--snakefile", snakefile, "--", table)
    assert run.status == 0 and (place.study / table).is_file(), run.terminal


def test_a_job_file_says_all_that_a_script_is_told(finished: Place, monkeypatch):
    monkeypatch.chdir(finished.study)
    table = "results/main_table.csv"
    job = read_job(table)
    assert (job.rule, job.outputs["csv"]) == ("main_table", [table])
    assert len(job.names["scores"]) == len(job.inputs["scores"]) == 9
    assert {path.split("/")[2] for path in job.inputs["scores"]} == set(job.names["scores"])
    for setting in SETTINGS:
        assert any(path.endswith(f"{setting}.csv") for path in job.inputs["scores"])


def test_code_that_was_edited_since_the_run_started_makes_nothing(place: Place):
    """The meta file would say that the code of the plan made it."""
    table = "results/tables/statistics.csv"
    before = place.made()
    place.append("spacenum/tables/collection.py", "\n")
    run = place.run_anew([sys.executable, "-m", "scripts.make_statistics", table], place.study)
    assert run.sentence() == (
        "the code that rule statistics runs has been edited since this run of snakemake started; run it again"
    )
    assert place.made() == before
