"""A model that is asked in words and images, in several modes: its jobs, its tables, and the replies that are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pandas as pd
import pytest
import yaml

from spacenum.asking.settings import ADAPTER_FILES
from spacenum.items.schema import CELLS, SETTINGS
from tests.workflow.conftest import TABLES, Place, jobs

MODELS = ["chance", "toy"]
MODES = ["letter-greedy", "letter-greedy-rotations", "letter-paper", "reasoning-greedy", "open-greedy"]
TOY = Path(__file__).parents[1] / "asking" / "toy.py"


def of(mode: str, models: Iterable[str]) -> set[str]:
    """Answers and scores of models in a mode."""
    return jobs("answers", model=models, mode=mode, variant="base", setting=SETTINGS) | jobs(
        "scores", model=models, mode=mode, variant="base", setting=SETTINGS
    )


def tables(mode: str, *names: str) -> set[str]:
    return jobs("table_of_mode", mode=mode, table=names)


LETTER_TABLES = {
    mode: tables(mode, *TABLES) | jobs("main_table_of_mode", mode=mode)
    for mode in ("letter-greedy-rotations", "letter-paper", "reasoning-greedy")
}


@pytest.fixture
def asked(place: Place) -> Place:
    """A study whose second model is the toy, with nothing asked of it yet."""
    shutil.copy(TOY, place.project / "spacenum/models/toy.py")
    model = {"kind": "vlm", "backend": "toy", "checkpoint": "toy/one", "reasoning": "prompt", "gpus": 1}
    model["options"] = {"log": str(place.study / "asked.log")}
    (place.project / "config/models/toy.yaml").write_text(yaml.safe_dump(model))
    place.configure(models=MODELS, modes=MODES, repeats=2)
    return place


def questions(place: Place) -> int:
    log = place.study / "asked.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_every_mode_has_its_own_jobs(asked: Place):
    planned = asked.planned("all")
    expected = (
        of("letter-greedy", ["toy"]) | of("open-greedy", ["toy"]) | tables("open-greedy", "open", "number_line", "told")
    )
    expected |= of("letter-greedy-rotations", ["toy"]) | tables("letter-greedy-rotations", "positions")
    expected |= of("letter-paper", MODELS) | of("reasoning-greedy", MODELS)
    for made in LETTER_TABLES.values():
        expected |= made
    assert planned == expected | jobs("main_table") | jobs("table", table=TABLES) | jobs(
        "figure", figure="main_table"
    ) | jobs("gallery")


@pytest.mark.slow
def test_every_mode_has_its_own_tables(asked: Place):
    run = asked.snakemake("all")
    assert run.status == 0, run.terminal
    assert asked.planned("all") == set()
    assert asked.verify().status == 0
    modes = asked.study / "results/modes"
    for mode, repeats in (("letter-paper", 2), ("reasoning-greedy", 1)):
        row = pd.read_csv(modes / mode / "main_table.csv").set_index("model").loc["toy"]
        assert row[list(CELLS)].notna().all() and row["n_unparsed"] == 0
        cells = pd.read_csv(modes / mode / "cells.csv").query("model == 'toy'")
        assert (cells["right"] + cells["wrong"] == repeats * cells["n"]).all()
        assert f"Answers in mode {mode}" in (modes / mode / "main_table.md").read_text()
    positions = pd.read_csv(modes / "letter-greedy-rotations/positions.csv").set_index("scope")
    assert set(positions.index) == {"four_options", *CELLS} and (positions["replies"] == positions["read"]).all()
    written = pd.read_csv(modes / "open-greedy/open.csv")
    assert list(written["cell"]) == [cell for cell in CELLS if ".space2num." in cell]

    before, made = questions(asked), asked.made()
    shutil.rmtree(asked.study / "results")
    run = asked.snakemake("all")
    assert run.status == 0, run.terminal
    again = asked.made()
    assert questions(asked) == before and again == {name: made[name] for name in again}  # paid once
    assert {name for name in made if "/toy/" in name or "/modes/" in name} <= set(again)


@pytest.mark.slow
def test_what_the_machine_is_and_what_tables_say_reruns_no_question_but_an_adapter_does(
    asked: Place, tmp_path, monkeypatch
):
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 'GPU 0: X (UUID: GPU-a1)'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SPACENUM_GPU_LOCK_FOLDER", str(tmp_path / "locks"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    file, adapter = asked.project / "config/models/toy.yaml", asked.study / "adapters/one"
    model = {**yaml.safe_load(file.read_text()), "adapter": "adapters/one"}
    file.write_text(yaml.safe_dump(model))
    adapter.mkdir(parents=True)
    for name in ADAPTER_FILES:
        (adapter / name).write_text("trained once")
    run = asked.snakemake("results/main_table.csv")
    assert run.status == 0, run.terminal
    lines = (asked.study / "asked.log").read_text().splitlines()
    assert len([setting for setting, _ in groupby(line.split(".")[0] for line in lines)]) == 2  # on one GPU, one by one
    assert "waiting for" not in run.terminal  # for the second job wasn't started before
    assert len(list((tmp_path / "locks" / "machine").glob("GPU-*"))) == 1
    file.write_text(yaml.safe_dump({**model, "gpus": 4, "memory_gb": 9, "hours": 2, "parameters_b": 7}))
    assert asked.planned("results/main_table.csv") == jobs("main_table")
    file.write_text(yaml.safe_dump({**model, "max_new_tokens": {"letter": 8}}))
    again = of("letter-greedy", ["toy"]) | jobs("main_table")
    assert asked.planned("results/main_table.csv") == again
    file.write_text(yaml.safe_dump(model))
    assert asked.planned("results/main_table.csv") == set()
    (adapter / ADAPTER_FILES[1]).write_text("trained anew")
    assert asked.planned("results/main_table.csv") == again
    assert f"its input adapters/one/{ADAPTER_FILES[1]} has changed since" in asked.verify().terminal


def test_a_failed_self_test_stops_the_job_in_one_sentence(asked: Place):
    file = asked.project / "config/models/toy.yaml"
    model = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**model, "options": {"flaw": "ignores_order"}}))
    before = asked.made()
    sentence = asked.snakemake("results/answers/toy/letter-greedy/base/transition.jsonl").sentence()
    assert sentence.startswith("toy failed its self-test 'order'") and "check that the engine passes" in sentence
    assert asked.made() == before


def test_a_first_mode_without_letters_is_refused(asked: Place):
    asked.configure(modes=["open-greedy"])
    assert "'open-greedy', which has no letters for the main table" in asked.snakemake("all").sentence()
