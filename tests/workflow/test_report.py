"""The report's page in a browser."""

from __future__ import annotations

import zipfile

from scripts.make_report import META, with_policy
from tests.gallery.conftest import browser, page
from tests.workflow.conftest import Place

__all__ = ["browser", "page"]


def test_the_report_shows_its_tables_under_its_policy(place: Place, page, tmp_path):
    made = place.snakemake("--report", str(tmp_path / "made.zip"), "--", "all")
    assert made.status == 0, made.terminal
    with_policy(tmp_path / "made.zip", tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as report, zipfile.ZipFile(tmp_path / "made.zip") as before:
        assert report.namelist() == before.namelist()
        report.extractall(tmp_path)
    [html] = tmp_path.glob("*/report.html")
    assert html.read_text().count(META) == 1
    page.goto(html.as_uri())
    page.get_by_text("Tables", exact=True).first.click()
    page.get_by_text("main_table").first.wait_for()
