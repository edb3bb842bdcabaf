"""Small results of a study, from which a report can be typeset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from spacenum.claims.check import check
from spacenum.claims.panel import ClaimSubject, study_of
from spacenum.claims.paper import CLAIMS
from spacenum.paper.settings import PaperParams
from spacenum.paper.typeset import Sources
from spacenum.study.loading import load_study
from spacenum.tables.base import ModelScores, write_csv
from spacenum.tables.detail import averages_table, cells_table
from spacenum.tables.main_table import write_main_table
from spacenum.tables.paired import paired_table
from tests.scoring.fakes import benchmark, reply, scores_of

SIMULATORS = {"transition": "blender", "layout": "blender"}


@dataclass(frozen=True)
class Made:
    """What a report is made of."""

    params: PaperParams
    sources: Sources


def make(folder: Path, models: Sequence[ModelScores], variants: Sequence[str] = ()) -> Made:
    """The results of ``models`` in ``folder``; in each variant all say A."""
    folder.mkdir(parents=True, exist_ok=True)
    params = load_study([], {"variants": [*variants]}).paper.job().params
    assert isinstance(params, PaperParams)
    main = [folder / f"main_table.{suffix}" for suffix in ("csv", "md", "tex")]
    write_main_table(*main, models, SIMULATORS, "letter-greedy")
    tables = {"averages": averages_table(models), "cells": cells_table(models)}
    unmoved = [ModelScores(model.info, always_a(model.info.name).rows) for model in models]
    tables |= {name: paired_table(models, unmoved) for name in variants}
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
    vlms = [model for model in models if model.info.kind == "vlm"]
    subjects = [ClaimSubject(model.info.name, model.info.family, None) for model in vlms]
    scores = {"base": {model.info.name: model.rows for model in vlms}}
    write_csv(folder / "claims.csv", check(CLAIMS, study_of(benchmark(8), scores, subjects), draws=0).verdicts)
    figures = ["teaser", "main_table", *variants]
    for name in figures:
        picture = Figure(figsize=(3.35, 1))
        picture.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})
    for setting in SIMULATORS:
        (folder / f"{setting}.json").write_text(json.dumps({"items": 64, "images": 9, "leaks": {"p": 0.5}}))
    file = {"settings": [*SIMULATORS], "backend": "toy", "checkpoint": None, "revision": None, "pinned": True}
    told = params.model_dump() | {
        "models": [file | {"info": model.info.model_dump()} for model in models],
        "tables": {name: about for name, about in params.tables.items() if name in tables},
    }
    return Made(
        PaperParams.model_validate(told),
        Sources(
            main_table=main[0],
            main_table_md=main[1],
            claims=folder / "claims.csv",
            tables={name: [folder / f"{name}.csv"] for name in tables},
            figures={name: [folder / f"{name}.pdf"] for name in figures},
            frames={},
            answers={},
            checks={setting: [folder / f"{setting}.json"] for setting in SIMULATORS},
        ),
    )


def always_a(name: str, kind: str = "baseline") -> ModelScores:
    """A model that says A to all items."""
    return scores_of(name, benchmark(8), lambda item: reply(item, "A"), kind)
