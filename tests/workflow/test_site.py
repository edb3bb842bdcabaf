"""The project page through Snakemake."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from spacenum.core.provenance import PROJECT
from tests.workflow.conftest import Place, jobs
from tests.workflow.test_verify import problems

FIGURES = ("coupling", "main_table", "proximity", "shortcuts", "statistics")
PUBLISHED = ("coupling", "main_table", "proximity", "statistics")


@pytest.fixture(scope="module")
def built(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The tiny study with its page. Change only copies."""
    place = finished.copy(tmp_path_factory.mktemp("site"))
    drawn = jobs("figure", figure=set(FIGURES) - {"main_table"}) | jobs("compared_figure", figure=PUBLISHED)
    assert place.planned("site") == drawn | jobs("claims_of_base") | jobs("site")
    run = place.snakemake("site")
    assert run.status == 0, run.terminal
    return place


def test_it_has_all_figures_tables_and_models_of_the_main_study(built: Place) -> None:
    site = built.study / "results/site"
    for folder, kind, names in (("files/figures", "*.csv", FIGURES), ("files/beside_published", "*.pdf", PUBLISHED)):
        assert {path.stem for path in (site / folder).glob(kind)} == set(names)
    assert {path.stem for path in (site / "files/models").iterdir()} == set(built.config()["models"])
    assert (site / "files/tables/main_table.csv").read_bytes() == (built.study / "results/main_table.csv").read_bytes()
    assert problems(built.verify()) == {}


def test_what_makes_it_anew(built: Place, tmp_path: Path) -> None:
    place = built.copy(tmp_path)
    assert place.planned("site") == set(), "copied, and nothing changed"
    place.append("config/models/ideal_observer.yaml", "# a comment, which the page's copy has too\n")
    assert place.planned("site") == jobs("site")
    run = place.snakemake("site")
    assert run.status == 0, run.terminal
    assert "a comment" in (place.study / "results/site/files/models/ideal_observer.yaml").read_text()
    place.append("spacenum/site/templates/site.css", "/* edited */\n")
    assert place.planned("site") == jobs("site")


def test_a_damaged_image_is_found(built: Place, tmp_path: Path) -> None:
    place = built.copy(tmp_path)
    image = next((place.study / "results/site/images").rglob("*.webp"))
    image.write_bytes(b"")
    assert [*problems(place.verify())] == ["results/site/index.html"]


def test_the_workflow_that_publishes_it_uploads_its_folder() -> None:
    workflow = yaml.safe_load((PROJECT / ".github/workflows/site.yml").read_text())
    steps = workflow["jobs"]["build"]["steps"]
    assert steps[-1]["with"]["path"] == "results/site" and steps[-2]["run"].endswith("snakemake --cores all site")
