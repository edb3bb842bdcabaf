"""Variants through Snakemake: built from base items, compared in tables,
and made anew only where a change reaches them."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from paper_figures import catalogue
from spacenum.items.schema import SETTINGS
from spacenum.variants.catalogue import names, variant
from tests.workflow.conftest import Place, jobs
from tests.workflow.test_verify import problems

COMPARED = [
    *(f"results/tables/{name}.csv" for name in [*names(), "asymmetry"]),
    "results/gallery_with_variants/index.html",
    "results/figures/blind.png",
    "results/figures/compare/blind.png",
    "results/claims.csv",
]
CHECKS = [
    f"data/items/benchmark/{name}/{setting}.checks.json" for name in names() for setting in variant(name).settings
]
BASE_FIGURES = ("main_table", "statistics", "proximity", "coupling", "asymmetry")  # those that ask for no variant
ASKED = {"model": "classical_geometry", "mode": "letter-greedy", "setting": "transition"}


def of_variant(name: str) -> set[str]:
    """What a variant's table needs in a study whose only model that takes part answers transitions alone."""
    items = {"variant": name, "setting": "transition", "split": "benchmark"}
    asked = jobs("answers", variant=name, **ASKED) | jobs("scores", variant=name, **ASKED)
    return jobs("variant", **items) | jobs("checks", **items) | asked | jobs("variant_table", variant=name)


@pytest.fixture(scope="module")
def compared(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished study with every variant built and checked, all tables of experiments,
    and a figure. Change only copies."""
    place = finished.copy(tmp_path_factory.mktemp("compared"))
    run = place.snakemake(*COMPARED, *CHECKS)
    assert run.status == 0, run.terminal
    return place


def test_another_variant_runs_its_own_jobs_alone(place: Place):
    place.configure(variants=["blind"])
    items = jobs("variant", variant="blind", setting=SETTINGS, split="benchmark")  # the gallery shows all of them
    drawn = jobs("compared_figure", figure=[*BASE_FIGURES, "blind"])
    drawn |= jobs("figure", figure=[*(set(BASE_FIGURES) - {"main_table"}), "shortcuts", "blind"])
    shown = jobs("asymmetry") | jobs("gallery_with_variants") | jobs("claims") | jobs("report") | jobs("paper_pdf")
    shown |= jobs("site_with_experiments")
    assert place.planned("paper") == of_variant("blind") | items | drawn | shown


@pytest.mark.slow
def test_an_edited_variant_is_made_anew_alone(compared: Place, tmp_path: Path):
    place = compared.copy(tmp_path)
    assert place.planned(*COMPARED, *CHECKS) == set()
    place.append("spacenum/variants/blind.py", "\n# edited\n")
    layouts = {"variant": "blind", "setting": "layout", "split": "benchmark"}
    remade = of_variant("blind") | jobs("variant", **layouts) | jobs("checks", **layouts)
    remade |= jobs("figure", figure="blind") | jobs("compared_figure", figure="blind")
    assert place.planned(*COMPARED, *CHECKS) == remade | jobs("gallery_with_variants")


@pytest.mark.slow
def test_checks_repeat_what_they_skip(compared: Place):
    for path in CHECKS:
        name = Path(path).parent.name
        report = json.loads((compared.study / path).read_text())
        assert (report["changes"], report["skipped"]) == (variant(name).changes, dict(variant(name).skips))
        assert report["items"] > 0 and set(report["cells"])


@pytest.mark.slow
def test_black_images_tell_nothing_and_half_a_turn_back_tells_the_same(compared: Place):
    with (compared.study / "results/tables/blind.csv").open() as file:
        blind = list(csv.DictReader(file))
    assert {row["model"] for row in blind} == {"classical_geometry"}
    assert all(float(row["changed"]) == 0 and row["changed_unread"] == row["n"] for row in blind)
    with (compared.study / "results/tables/symmetry.csv").open() as file:
        symmetry = list(csv.DictReader(file))
    assert {row["scope"].split(".")[-1] for row in symmetry} == {"rotate_left_right"}
    assert all(row["difference"] == "0" for row in symmetry), "the same pixels, asked the other way round"


@pytest.mark.slow
def test_the_claims_cannot_be_told_without_a_vlm(compared: Place):
    with (compared.study / "results/claims.csv").open() as file:
        assert {(row["verdict"], row["reason"]) for row in csv.DictReader(file)} == {("cannot tell", "no VLM was run")}


@pytest.mark.slow
def test_every_figure_is_drawn_beside_the_published_numbers(compared: Place):
    run = compared.snakemake("paper")
    assert run.status == 0, run.terminal
    with zipfile.ZipFile(compared.study / "results/report.zip") as report:
        shown = {Path(name).stem for name in report.namelist()}
    assert {"main_table", "blind", "claims", "report"} <= shown
    drawn = {path.stem for path in (compared.study / "results/figures/compare").glob("*.csv")}
    tuned = {"transfer", "mixture", "grpo", "external"}  # which this study doesn't ask for
    assert drawn == {name for name in catalogue.names() if catalogue.figure(name).published} - tuned
    for name in drawn:
        with (compared.study / f"results/figures/compare/{name}.csv").open() as file:
            assert "Published" in {row["source"] for row in csv.DictReader(file)}
        with Image.open(compared.study / f"results/figures/{name}.png") as image:
            assert len(image.convert("L").getcolors()) > 10


@pytest.mark.slow
def test_the_gallery_has_every_variant_of_every_item(compared: Place):
    shown: set[tuple[str, str]] = set()
    for script in (compared.study / "results/gallery_with_variants/variants").glob("*.js"):
        by_item = json.loads(script.read_text().removeprefix("addVariants(").removesuffix(");\n"))
        shown |= {(item, other["variant"]) for item, several in by_item.items() for other in several}
    lines = [line for path in compared.study.glob("data/items/benchmark/*/*.jsonl") for line in path.open()]
    asked = [json.loads(line) for line in lines if '"prompt":' in line]
    assert shown == {(item["id"], item["variant"]) for item in asked if item["variant"] != "base"}


@pytest.mark.slow
def test_a_drawn_image_that_changed_is_found(compared: Place, tmp_path: Path):
    place = compared.copy(tmp_path)
    assert problems(place.verify()) == {}
    image = next((place.study / "data/items/benchmark/abstract_points/layout.images").glob("*.png"))
    image.write_bytes(image.read_bytes() + b"\0")
    name = str(image.relative_to(place.study))
    assert problems(place.verify()) == {
        "data/items/benchmark/abstract_points/layout.jsonl": {f"its file {name} has changed since"}
    }


@pytest.mark.slow
def test_a_variant_of_the_wrong_setting(compared: Place):
    sentence = compared.snakemake("data/items/benchmark/symmetry/layout.jsonl").sentence()
    assert sentence == "variant 'symmetry' is of transition items; there is none of layout"


def test_a_variant_that_there_is_not(place: Place):
    place.configure(variants=["blimd"])
    assert (
        place.snakemake("paper")
        .sentence()
        .startswith("config/test.yaml: config key 'variants' names 'blimd'; there are abstract_boxes2d")
    )


def test_every_setting_has_variants():
    assert {setting for name in names() for setting in variant(name).settings} == set(SETTINGS)
