"""``spacenum verify`` finds what no longer follows from config, code and inputs,
without Snakemake's own bookkeeping."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from spacenum.core.blocks import NoParams
from spacenum.core.jobs import CodeHash, Job
from spacenum.core.provenance import Meta, sha256_of
from spacenum.study.loading import load_study
from spacenum.study.paths import StudyOutput
from spacenum.study.verify import CheckedOutput, Remedy, remedy, verify
from tests.workflow.conftest import Outcome, Place


@pytest.fixture
def place(place: Place) -> Place:
    """A finished study whose .snakemake is gone."""
    shutil.rmtree(place.study / ".snakemake")
    return place


def problems(outcome: Outcome) -> dict[str, set[str]]:
    """Reasons by output; the exit status must agree with them."""
    assert "Traceback" not in outcome.terminal, outcome.terminal
    found: dict[str, set[str]] = {}
    for output, reason in re.findall(r"^((?:data|results)/\S+): (.+) \(rule \w+\)$", outcome.terminal, re.MULTILINE):
        found.setdefault(output, set()).add(reason)
    checked = re.search(r"^(\d+) outputs checked, (\d+) of them stale or damaged$", outcome.terminal, re.MULTILINE)
    assert checked and int(checked[2]) == len(found), outcome.terminal
    if found:
        assert outcome.sentence()
    else:
        assert outcome.status == 0
    return found


def change_byte(path: Path) -> None:
    """Another byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def outputs(place: Place, pattern: str) -> set[str]:
    return {str(path.relative_to(place.study)) for path in place.study.glob(pattern)}


FRAMES = "data/frames/*/base/*/frames.jsonl"


def test_a_finished_study_is_fine_and_all_of_it_is_looked_at(place: Place):
    outcome = place.verify()
    assert problems(outcome) == {}
    metas = outputs(place, "**/*.meta.json")
    assert f"{len(metas)} outputs checked" in outcome.terminal


def test_another_config_value_names_the_outputs_that_it_reaches(place: Place):
    place.configure(blender={**place.config()["blender"], "samples": 2})
    reason = "made with other parameters: settings.samples was 1, is 2"
    assert problems(place.verify()) == {output: {reason} for output in outputs(place, FRAMES)}


def test_other_code_names_the_outputs_that_it_makes(place: Place):
    place.append("spacenum/items/templates/frame.1d.txt", "\n")
    assert problems(place.verify()) == {"data/items/benchmark/base/layout.jsonl": {"made by other code"}}


@pytest.mark.parametrize("kind", ["image", "depth", "ids"])
def test_a_changed_byte_in_an_image(place: Place, kind):
    image = place.images("data/frames/layout/base/benchmark-000", kind)[0]
    change_byte(place.study / image)
    expected = {"data/frames/layout/base/benchmark-000/frames.jsonl": {f"its file {image} has changed since"}}
    assert problems(place.verify()) == expected


def test_a_lost_image(place: Place):
    image = place.images("data/frames/transition/base/benchmark-000")[0]
    (place.study / image).unlink()
    expected = {"data/frames/transition/base/benchmark-000/frames.jsonl": {f"its file {image} is missing"}}
    assert problems(place.verify()) == expected


def test_a_changed_byte_in_items_names_them_and_what_was_made_from_them(place: Place):
    items = "data/items/benchmark/base/layout.jsonl"
    change_byte(place.study / items)
    used = outputs(place, "results/answers/*/*/base/layout.jsonl") | outputs(
        place, "results/scores/*/*/base/layout.csv"
    )
    used |= {"data/items/benchmark/base/layout.checks.json", "results/gallery/index.html", "results/figures/teaser.csv"}
    used |= {"results/tables/coverage.csv"}
    expected = {output: {f"its input {items} has changed since"} for output in used}
    assert problems(place.verify()) == {items: {f"its file {items} has changed since"}, **expected}


@pytest.mark.parametrize("output", ["data/frames/layout/base/benchmark-000/coverage.csv", "results/main_table.tex"])
def test_a_changed_byte_in_a_file_beside_the_first_output(place: Place, output):
    change_byte(place.study / output)
    assert f"its file {output} has changed since" in set().union(*problems(place.verify()).values())


def test_a_lost_output_and_a_damaged_meta_file(place: Place):
    (place.study / "results/tables/statistics.csv").unlink()
    (place.study / "results/main_table.csv.meta.json").write_text("{")
    assert problems(place.verify()) == {
        "results/tables/statistics.csv": {"its file results/tables/statistics.csv is missing"},
        "results/main_table.csv": {"results/main_table.csv.meta.json is damaged"},
    }


@pytest.mark.parametrize("name", ["/dev/zero", "../secret.csv", "pipe"])
def test_a_meta_file_may_name_anything(tmp_path, name):
    """What has no end isn't read, and of what lies elsewhere nothing is said."""
    (tmp_path / "secret.csv").write_text("x")
    (study := tmp_path / "study").mkdir()
    os.mkfifo(study / "pipe")
    told = Meta(rule="r", params={}, code="c", inputs={name: sha256_of(tmp_path / "secret.csv")}, outputs={name: "0"})
    (study / "out.csv.meta.json").write_text(told.model_dump_json())
    (checked,) = verify([StudyOutput(Path("out.csv"), "r", None, ("out.csv",))], study, {})
    outside = "is missing" if name == "pipe" else "lies outside of the study"
    of_input = [] if name == "../secret.csv" else [f"its input {name} is missing"]  # an import's may lie anywhere
    assert checked.reasons == [*of_input, f"its file {name} {outside}"]


PUBLISHED = "results/published/main_table"


def first_of_each_rule(place: Place) -> list[StudyOutput]:
    """One output of each rule that made something in the place's study."""
    found: dict[str, StudyOutput] = {}
    for output in load_study([place.project / "config/test.yaml"]).outputs():
        if (place.study / output.path).is_file():
            found.setdefault(output.rule, output)
    return [found[rule] for rule in sorted(found)]


@pytest.mark.parametrize("first", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_what_verify_advises_mends_what_it_found(place: Place, first):
    """Of every rule one output is damaged, or the last of its files is deleted; the slow test swaps these."""
    run = place.snakemake(f"{PUBLISHED}.csv")
    assert run.status == 0, run.terminal
    before, outputs = place.made(), first_of_each_rule(place)
    assert {one.rule for one in outputs} >= {"frames", "items", "answers", "main_table_beside_published", "figure"}
    for number, output in enumerate(outputs):
        file = next(file for file in reversed(output.files) if (place.study / file).is_file())
        if (number + first) % 2:
            change_byte(place.study / file)
        else:
            (place.study / file).unlink()
    told = place.verify()
    assert {one.path for one in outputs} <= {Path(output) for output in problems(told)}
    advised = told.sentence().partition("make them anew: ")[2]
    run = place.run_anew(["bash", "-c", advised])
    assert run.status == 0, run.terminal
    assert problems(place.verify()) == {}
    assert place.made() == before


def test_the_remedy_reaches_what_follows_and_no_further():
    def checked(path: str, *inputs: str, reasons: Sequence[str] = ()) -> CheckedOutput:
        meta = Meta(rule="r", params={}, code="c", inputs=dict.fromkeys(inputs, ""), outputs={path: ""})
        return CheckedOutput(StudyOutput(Path(path), "r", Job(NoParams(), CodeHash("c")), (path,)), meta, [*reasons])

    found = remedy(
        [
            checked("a"),
            checked("b", "a", reasons=["made by other code"]),
            checked("c", "b"),
            checked("d", "c"),
            checked("e", "a"),
            checked("f", "c", reasons=["its file f is missing"]),
        ]
    )
    assert found == Remedy(forced=["b", "f"], targets=["f", "d"], following=["c", "d"])


def test_inputs_that_a_table_should_have_are_compared(place: Place):
    place.append("config/models/chance.yaml", "settings: [layout]\n")
    gone = "results/scores/chance/letter-greedy/base/transition.csv"
    found = problems(place.verify())
    assert found["results/main_table.csv"] == {f"made from {gone}, which is no input any more"}
    assert set(found) == outputs(place, "results/tables/*.csv") - {
        "results/tables/statistics.csv",
        "results/tables/coverage.csv",
    } | {"results/main_table.csv", "results/gallery/index.html"}


def test_options_of_the_command_line_count_and_a_folder_that_is_not_there_is_told(place: Place):
    command = [sys.executable, "-m", "spacenum.cli.main", "verify", "--configfile", "config/test.yaml"]
    changed = place.run([*command, "--config", "seed=7", "--directory", str(place.study)])
    assert "made with other parameters" in changed.terminal and " --config seed=7 " in changed.sentence()
    nowhere = place.run([*command, "--directory", "studies/nowhere"])
    assert nowhere.sentence() == "--directory studies/nowhere: there is no such folder"
    assert place.run([*command, "--config", "seed"]).sentence() == (
        "--config seed: should be KEY=VALUE, with a value in YAML"
    )
