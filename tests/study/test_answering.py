"""How many jobs ask a model: what follows from the planned number of questions and the seconds that each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.config import parse_study
from spacenum.study.loading import load_study
from spacenum.study.plan import Plan
from tests.study.test_config import default

FILES: dict[str, dict[str, Any]] = {
    "vlm": {"kind": "vlm", "backend": "openai", "checkpoint": "m", "reasoning": "prompt", "seconds": {"reasoning": 3}},
    "observer": {"kind": "reference", "backend": "baselines.ideal_observer", "seconds": {"letter": 2}},
    "majority": {"kind": "reference", "backend": "baselines.majority_letter", "seconds": {"letter": 2}},
}
MODES = ["letter-greedy", "letter-greedy-rotations", "open-greedy", "reasoning-greedy"]


@pytest.fixture
def answering(tmp_path: Path) -> Answering:
    """Of a study with 12,000 layout items, 4,000 of them in 1D, and 2,000 transitions."""
    for name, model in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(model))
    data = default() | {"models": [*FILES], "modes": MODES, "variants": ["blind"]}
    data["tuning"] = {"experiments": {name: {"bases": [], "recipes": []} for name in ("transfer", "mixture")}}
    sizes = data["items"]["benchmark"]
    sizes["transition"] = dict.fromkeys(sizes["transition"], 250)
    for dimension in ("1d", "2d", "3d"):
        sizes[f"layout_{dimension}"] = {"desk": 1000, "room": 1000}
    return Answering(Plan(parse_study(data, "test"), tmp_path))


@pytest.mark.parametrize(
    ("model", "mode", "setting", "hours"),
    [
        ("vlm", "letter-greedy", "layout", 12_000 * 0.25),
        ("vlm", "letter-greedy-rotations", "layout", (4000 * 2 + 8000 * 4) * 0.25),
        ("vlm", "open-greedy", "layout", 6000 * 0.5),
        ("vlm", "reasoning-greedy", "layout", 12_000 * 3),
        ("vlm", "reasoning-greedy", "transition", 2000 * 3),
        ("observer", "letter-greedy", "layout", 12_000 * 2),
        ("majority", "letter-greedy", "layout", 0),
        ("vlm", "letter-greedy", "external", 0),
    ],
)
def test_a_part_takes_about_an_hour(answering: Answering, model, mode, setting, hours):
    parts, hours = answering.parts(model, mode, setting), hours / 3600
    assert [part.number for part in parts] == [*range(len(parts))]
    assert len(parts) != 1 and (0.6 < hours / len(parts) < 1.5 if parts else hours < 1.5)


@pytest.mark.parametrize(("families", "parts"), [(1024, 12), (200, 4 * 3 + 8 * 2)])
def test_no_part_is_without_a_batch(answering: Answering, families, parts):
    """Of 12 cells with 1000 items each, those of the 4 in 1D are in families of 2, all others in families of 4."""
    slow = FILES["observer"] | {"seconds": {"letter": 3600}, "batch_families": families}
    answering._plan.askable["observer"] = ModelConfig.model_validate(slow)
    assert len(answering.parts("observer", "letter-greedy", "layout")) == parts


def test_parts_are_jobs_of_their_own_and_what_is_merged_says_nothing_of_them(answering: Answering):
    outputs = [one for one in answering.outputs() if "observer/letter-greedy" in str(one.path)]
    parts = [one for one in outputs if one.rule == paths.ANSWERS_PART.name and "base/layout" in str(one.path)]
    files = answering.part_files("observer", "letter-greedy", "base", "layout")
    assert [str(one.path) for one in parts] == files and len({*files}) == len(files) == 7
    (whole,) = [one for one in outputs if str(one.path).endswith("base/layout.jsonl")]
    assert isinstance(whole.job.params, AnswersParams) and whole.job.params.part.of == 1
    assert len({one.job.fingerprint for one in [*parts, whole]}) == 8


@pytest.mark.parametrize("files", [[], ["config/test.yaml"]])
def test_small_studies_have_no_parts(files):
    study = load_study([Path(file) for file in files])
    assert not [one for one in study.outputs() if one.rule == paths.ANSWERS_PART.name]


def test_how_long_a_question_takes_changes_no_answer():
    model = ModelConfig.model_validate(FILES["observer"])
    assert model.asked() == ModelConfig.model_validate({**FILES["observer"], "seconds": {}}).asked()
