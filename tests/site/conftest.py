"""A project page of items and answers that nobody made or gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from spacenum.claims.check import ALL_VLMS, COLUMNS, ITEM_COLUMNS
from spacenum.core.provenance import write_text
from spacenum.gallery.settings import GalleryParams
from spacenum.items.schema import CELLS, SETTINGS
from spacenum.release.settings import ReleaseParams
from spacenum.scoring.rows import score_answers
from spacenum.site.build import SiteInputs, write_site
from spacenum.site.settings import ShownFigure, SiteParams
from spacenum.tables.base import ModelScores
from tests.gallery.conftest import browser, page
from tests.gallery.invented import NASTY, answers_of, item_of, write_frame

__all__ = ["browser", "page"]
SIMULATORS = {setting: "blender" for setting in SETTINGS}


def params_of(**changes: Any) -> SiteParams:
    """Three invented models, one figure, one table."""
    models = [model.model_copy(update={"name": name}) for name, (model, _) in zip(NAMES, answers_of([]), strict=True)]
    release = ReleaseParams(
        study="invented", version="0", answers=True, pack="procedural", simulators=SIMULATORS,
        pictures=dict.fromkeys(SETTINGS, "pack"), variants={},
    )  # fmt: skip
    figure = ShownFigure(name="main_table", number="Table 2", title="Accuracy", caption="What is seen.")
    told = {"mode": "letter-greedy", "run": "Nothing was run.", "claims_note": "Invented.", "experiments": False}
    gallery = GalleryParams(models=models, study="invented", simulators=SIMULATORS, variants={})
    files = {name: f"kind: {model.kind}\n" for name, model in zip(NAMES, models, strict=True)}
    given = {"gallery": gallery, "files": files, "figures": [figure], "tables": {"main_table": "All."}, **told}
    return SiteParams(**{**given, "release": release, **changes})


NAMES = ("chance", "pixel_difference", "vision_language_7b")


def inputs_of(study: Path, items: list[Any]) -> SiteInputs:
    """Their files, in a study's folder, which is the working directory."""
    models = params_of().gallery.models
    answers = [(model, given) for model, (_, given) in zip(models, answers_of(items), strict=True)]
    asked = {item.id: item for item in items}
    scores = [
        ModelScores(model, score_answers([asked[answer.item] for answer in given], given)) for model, given in answers
    ]
    for name in ("teaser.png", "main_table.png"):
        Image.new("RGB", (800, 400), "white").save(study / name)
    for name in ("main_table.csv", "main_table.pdf", "main_table.md", "main_table.tex", "ATTRIBUTION.txt"):
        write_text(study / name, name)
    claim = {"claim": "near_chance", "scope": ALL_VLMS, "says": NASTY, "statement": NASTY, "unit": "points"}
    whole = claim | {"estimate": -2.5, "low": -3, "high": 4, "n": 12, "verdict": "not reproduced", "items": "all"}
    one = whole | {"scope": NAMES[2], "verdict": "cannot tell"}
    pd.DataFrame([whole, one], columns=COLUMNS).to_csv("claims.csv", index=False)
    weighs = [{"claim": "near_chance", "item": items[1].id, "cell": CELLS[0], "scene": "s", "value": 1}]
    pd.DataFrame(weighs, columns=ITEM_COLUMNS).to_csv("claims_items.csv", index=False)
    files = [Path(f"main_table.{kind}") for kind in ("csv", "pdf", "png")]
    return SiteInputs(
        items=items,
        answers=answers,
        variants=[],
        scores=scores,
        teaser=Path("teaser.png"),
        figures={"main_table": files},
        beside={"main_table": files},
        tables={"main_table": [Path("main_table.csv"), Path("main_table.md"), Path("main_table.tex")]},
        claims=Path("claims.csv"),
        claim_items=Path("claims_items.csv"),
        manifest=None,
    )


@pytest.fixture(scope="session")
def items() -> list[Any]:
    """Three items a cell; what the second asks would do harm in a page."""
    made = [item_of(cell, number) for cell in CELLS for number in range(3)]
    first, *others = made[1].prompt
    made[1] = made[1].model_copy(update={"prompt": [first.model_copy(update={"text": NASTY}), *others]})
    return made


@pytest.fixture(scope="session")
def study(items: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study, with its page in ``results/site``."""
    study = tmp_path_factory.mktemp("study")
    images = {part.image for item in items for part in (*item.prompt, *item.options) if getattr(part, "image", None)}
    for seed, image in enumerate(sorted(images)):
        write_frame(study / image, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(study)
        write_site(Path("results/site/index.html"), params_of(), inputs_of(study, items))
    return study


@pytest.fixture
def site(study: Path) -> Path:
    return study / "results/site"
