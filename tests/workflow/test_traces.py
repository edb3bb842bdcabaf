"""Reasoning traces are planned where a model reasons (test_modes.py and test_variants.py: nowhere else)."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from spacenum.items.schema import SETTINGS
from tests.workflow.conftest import Place, jobs

TOY = Path(__file__).parents[1] / "asking" / "toy.py"


def test_a_study_that_reasons_has_its_traces_labelled(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    shutil.copy(TOY, place.project / "spacenum/models/toy.py")
    toy = {"kind": "vlm", "backend": "toy", "checkpoint": "toy/one", "reasoning": "prompt", "variants": False}
    judge = {"kind": "vlm", "backend": "openai", "checkpoint": "wise", "options": {"base_url": "http://127.0.0.1:9/v1"}}
    for name, model in (("toy", toy), ("judge", judge)):
        (place.project / f"config/models/{name}.yaml").write_text(yaml.safe_dump(model))
    (place.study / "labels").mkdir()
    (place.study / "labels/anna.csv").write_text("")
    place.configure(
        models=["chance", "toy"],
        modes=["letter-greedy", "reasoning-greedy"],
        traces={"judge": "judge", "sheets": ["labels/anna.csv"]},
    )
    labelled = {"model": "toy", "mode": "reasoning-greedy", "setting": SETTINGS}
    assert {job for job in place.planned("paper") if "trace" in job} == (
        jobs("trace_rules", **labelled)
        | jobs("trace_judge", **labelled)
        | jobs("trace_people", person="anna")
        | jobs("trace_table", table=["traces", "trace_agreement"])
        | {"trace_sheet()", "trace_gallery()"}
    )
