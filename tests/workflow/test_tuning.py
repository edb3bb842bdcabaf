"""Recipes, adapters and tuned models as jobs: what their tables need, what a change
reaches, and one of them for real."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml

from spacenum.items.schema import SETTINGS
from tests.models.tiny import build
from tests.workflow.conftest import NO_TUNING, Place, jobs

pytest.importorskip("peft")

MODE = "letter-logprobs"
TUNED = "tiny-flat-sft"
RUN = {"base": "tiny", "recipe": "flat", "method": "sft"}


def scored(model: str, *settings: str) -> set[str]:
    """Answers and scores of a model."""
    where = {"model": model, "mode": MODE, "variant": "base", "setting": settings or SETTINGS}
    return jobs("answers", **where) | jobs("scores", **where)


@pytest.fixture
def tuning(place: Place) -> Place:
    """The finished study, with tables of a tiny model's tuning to be made."""
    checkpoint = build("qwen3_vl", place.study / "tiny")
    model = {"kind": "vlm", "backend": "transformers", "checkpoint": str(checkpoint), "dtype": "float32"}
    (place.project / "config/models/tiny.yaml").write_text(yaml.safe_dump(model))
    place.configure(
        modes=[MODE],
        models=["chance"],
        tuning={
            "recipes": {"flat": {"dimensions": ["2d"]}, "both": {"size": 20, "transition_percent": 50}},
            "experiments": NO_TUNING["experiments"]
            | {
                "transfer": {"bases": ["tiny"], "recipes": ["flat"]},
                "grpo": {"bases": ["tiny"], "recipes": ["both"], "methods": ["grpo_strict", "grpo_graded"]},
            },
            "sft": {"batch_size": 4, "micro_batch_size": 4, "epochs": 1, "learning_rate": 0.01},
        },
    )
    return place


def test_the_jobs_of_tuning_and_of_nothing_else(tuning: Place):
    items = tuning.planned(*(f"data/items/train/base/{setting}.checks.json" for setting in SETTINGS))
    assert jobs("checks", split="train", setting=SETTINGS, variant="base") <= items
    rewards = ("grpo_strict", "grpo_graded")
    made = jobs("recipe", recipe=["flat", "both"]) | jobs("tuning_table", experiment=["transfer", "grpo"])
    made |= jobs("sft", **RUN) | jobs("grpo", base="tiny", recipe="both", method=rewards)
    models = ("tiny", TUNED, *(f"tiny-both-{reward}" for reward in rewards))
    made |= {job for model in models for job in scored(model)}
    assert tuning.planned("results/tables/transfer.csv", "results/tables/grpo.csv") == items | made
    assert items | made <= tuning.planned("paper")
    assert not tuning.planned("all") & (items | made)


@pytest.mark.slow
def test_a_tuned_model_answers_through_snakemake(tuning: Place):
    scores = f"results/scores/{TUNED}/{MODE}/base/layout.csv"
    run = tuning.snakemake(scores)
    assert run.status == 0, run.terminal
    items = (tuning.study / "data/recipes/flat.jsonl").read_text().splitlines()
    told = yaml.safe_load((tuning.study / "data/recipes/flat.yaml").read_text())
    assert told["items"] == len(items) == 8 and told["cells"] == {
        f"layout.{task}.2d.desk": 4 for task in ("num2space", "space2num")
    }
    folder = tuning.study / "results/tuning" / TUNED
    assert len(pd.read_csv(folder / "training.csv")) == 2  # 8 items by batches of 4
    assert not list((tuning.study / "tuning_checkpoints").iterdir())
    answered = json.loads((tuning.study / f"results/answers/{TUNED}/{MODE}/base/layout.jsonl.meta.json").read_text())
    assert f"results/tuning/{TUNED}/adapter/adapter_model.safetensors" in answered["inputs"]
    assert "adapter" in answered["params"]["config"] and len(pd.read_csv(tuning.study / scores)) == 48
    verified = tuning.verify()
    assert TUNED not in verified.terminal, verified.terminal

    (tuning.project / "config/models/own.yaml").write_text(f"base: tiny\nadapter: results/tuning/{TUNED}/adapter\n")
    tuning.configure(models=["chance", "own"])
    tuning.append("spacenum/tuning/sft.py", "\n# changed\n")
    own = f"results/scores/own/{MODE}/base/layout.csv"
    assert tuning.planned(scores, own) == jobs("sft", **RUN) | scored(TUNED, "layout") | scored("own", "layout")
