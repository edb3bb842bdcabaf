"""Parameters of the job that builds the project page."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.provenance import PROJECT
from spacenum.gallery.settings import GalleryParams
from spacenum.release.settings import ReleaseParams

TEMPLATES = Path(__file__).parent / "templates"
CITATION, LICENCE = PROJECT / "CITATION.cff", PROJECT / "LICENSE"
PUBLISHED = PROJECT / "published" / "table2_main.csv"


def source_files() -> list[Path]:
    """What the page is made of beside code."""
    return [*sorted(TEMPLATES.iterdir()), PUBLISHED, PUBLISHED.with_name("fig2_statistics.csv"), CITATION, LICENCE]


class ShownFigure(Block):
    """A figure. number: in the paper. caption: what stands below it."""

    name: str
    number: str
    title: str
    caption: str


class SiteParams(Block):
    """gallery: models, simulators and variants that are shown. mode: of all numbers in the leaderboard. run: what was
    run, in a sentence. claims_note: what is to be said of the models that claims are checked on. files: the text of
    each model's file, and of those that it rests on, by name. tables: captions by name. experiments: whether all of the
    study's experiments are shown, or what its main table needs alone. release: whose the images are."""

    gallery: GalleryParams
    mode: str
    run: str
    claims_note: str | None
    files: dict[str, str]
    figures: list[ShownFigure]
    tables: dict[str, str]
    experiments: bool
    release: ReleaseParams
