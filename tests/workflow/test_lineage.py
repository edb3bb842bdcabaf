"""``spacenum lineage``: every number of the main table is followed to its items, replies, frames and seeds."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pandas as pd
import pytest

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl
from spacenum.items.schema import CELLS
from spacenum.lineage.crate import write_crate
from spacenum.lineage.told import LineageQuery, lineage

TABLE = "results/main_table.csv"
ANSWERS = "results/answers/{model}/letter-greedy/base/{setting}.jsonl"


def told(folder: Path, **asked: str) -> str:
    with chdir(folder):
        return "\n".join(lineage(LineageQuery(path=TABLE, **asked)))


@pytest.mark.parametrize("cell", CELLS)
def test_a_number_of_the_table_is_the_mean_of_the_items_that_are_named(finished, cell: str):
    number = pd.read_csv(finished.study / TABLE).set_index("model").loc["majority_letter", cell]
    said = told(finished.study, model="majority_letter", cell=cell)
    (mean,) = re.findall(rf"items of {re.escape(cell)}, mean score ([\d.]+)", said)
    outcomes = re.findall(rf"^  {re.escape(cell)}\.\d+  (\w+)$", said, re.MULTILINE)
    assert float(mean) == pytest.approx(number, abs=0.005)
    assert 100 * outcomes.count("right") / len(outcomes) == pytest.approx(float(mean))
    assert "chance" not in said and ("/layout/" in said) != ("/transition/" in said)
    assert re.findall(r"seeds: \S+ \d+", said) and re.findall(r"rendered by \w+", said)


def test_an_item_is_told_with_its_prompt_its_images_and_the_raw_replies(finished):
    item = "layout.space2num.2d.desk.000001"
    said = told(finished.study, item=item)
    for model in ("majority_letter", "ideal_observer"):
        kept = read_jsonl(finished.study / ANSWERS.format(model=model, setting="layout"), Answer)
        (answer,) = [one for one in kept if one.item == item]
        assert f"\n{model}: {answer.outcome}, letter {answer.letter}" in said
        assert all(f"\n  {line}" in said for line in (answer.reply or "").splitlines())
    shards = set(re.findall(r"data/frames/layout/base/([\w-]+)/frames.jsonl", said))
    images = re.findall(r"<(data/frames/layout/base/([\w-]+)/images/\S+)  sha256 [0-9a-f]{16}>", said)
    assert images and {shard for _, shard in images} == shards, "only the shards that it shows"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model": "nobody"}, "--model nobody: is not behind"),
        ({"cell": "layout"}, "--cell layout: is no cell"),
        ({"item": "layout.space2num.2d.desk.999999"}, "is in none of data/items"),
    ],
)
def test_what_is_not_there_is_said(finished, asked: dict[str, str], said: str):
    with pytest.raises(SpaceNumError, match=re.escape(said)):
        told(finished.study, **asked)


def test_a_file_that_no_job_made_is_said(finished, tmp_path: Path):
    with pytest.raises(SpaceNumError, match="says how it was made"), chdir(tmp_path):
        list(lineage(LineageQuery(path="README.md")))


@pytest.mark.slow  # downloads the validator
def test_the_crate_is_valid(finished, tmp_path: Path):
    with chdir(finished.study):
        write_crate(TABLE, [finished.project / "config/test.yaml"], tmp_path / "crate")
    assert (tmp_path / "crate" / TABLE).read_bytes() == (finished.study / TABLE).read_bytes()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    install = [python, "-m", "pip", "-q", "install", "rocrate==0.16.0", "roc-validator==0.13.0"]
    if subprocess.run(install).returncode:
        pytest.skip("the package index can't be reached")
    checked = subprocess.run(
        [python, Path(__file__).with_name("validate_crate.py"), tmp_path / "crate"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_command_that_rebuilds_names_the_study_s_own_config(finished):
    said = finished.run([sys.executable, "-m", "spacenum.cli", "lineage", TABLE, "--directory", str(finished.study)])
    assert said.status == 0 and "--configfile " in said.terminal and "config/test.yaml" in said.terminal
