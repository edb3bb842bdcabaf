"""A release in the real harnesses, against a server that knows every item: all requests are exact, the harness's
average is the project's own, and so is the row that comes of its imported log.

SPACENUM_RELEASE: a release in place of the tiny study's. SPACENUM_HARNESSES: a folder with environments of before.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from spacenum.asking.base import Answer
from spacenum.asking.settings import ModelConfig
from spacenum.core.provenance import read_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Image, Item
from spacenum.scoring.rows import score_answers
from spacenum.tables.base import ModelScores, percent, to_csv
from spacenum.tables.main_table import main_table
from tests.models.endpoint.fake_endpoint import running
from tests.models.endpoint.sight import sighted
from tests.release.made import items_path
from tests.release.replay import Replay, stored_answers
from tests.workflow.conftest import Place

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}


@dataclass(frozen=True)
class Harness:
    """packages: what pip installs. command: in an export's folder, of an address and a folder for logs. average: reads
    from the latter what the harness says, 0 to 1."""

    name: str
    packages: tuple[str, ...]
    command: Callable[[str, Path], list[str]]
    average: Callable[[Path, Path], float]


def inspect_command(_: str, logs: Path) -> list[str]:
    told = f"--model openai-api/replay/stored --no-log-images --display none --log-dir {logs}".split()
    return ["-m", "inspect_ai", "eval", "spacenum_task.py", *told]


def inspect_average(logs: Path, python: Path) -> float:
    (log,) = logs.glob("*.eval")
    dump = [python, "-m", "inspect_ai", "log", "dump", "--header-only", log]
    header = json.loads(subprocess.run(dump, capture_output=True, check=True).stdout)
    assert header["status"] == "success", "a failed eval exits with 0"
    (letter,) = header["results"]["scores"]
    return letter["metrics"]["average"]["value"]


def lmms_command(url: str, logs: Path) -> list[str]:
    model = f"model_version=stored,base_url={url},api_key=none,max_retries=1"
    told = f"--tasks spacenum --include_path tasks --batch_size 1 --log_samples --output_path {logs}".split()
    return ["-m", "lmms_eval", "--model", "openai", "--model_args", model, *told]


def lmms_average(logs: Path, _: Path) -> float:
    (results,) = logs.rglob("*_results.json")
    return json.loads(results.read_text())["groups"]["spacenum"]["accuracy,none"]


def vlmevalkit_command(url: str, logs: Path) -> list[str]:
    script = ["run_spacenum.py", "--model", "stored", "--base-url", url]
    return [*script, "--work-dir", str(logs), "--retry", "1"]


def vlmevalkit_average(logs: Path, _: Path) -> float:
    (status,) = logs.rglob("status.json")
    return json.loads(status.read_text())["datasets"]["SpaceNum"]["metrics"]["Overall"] / 100


HARNESSES = {
    "inspect": Harness("inspect_ai", ("inspect_ai==0.3.285", "openai"), inspect_command, inspect_average),
    "lmms-eval": Harness("lmms-eval", ("lmms_eval==0.7.3", "filelock<4"), lmms_command, lmms_average),
    "vlmevalkit": Harness("VLMEvalKit", ("ms-vlmeval==0.0.20",), vlmevalkit_command, vlmevalkit_average),
}


@pytest.fixture(scope="module")
def released(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if found := os.environ.get("SPACENUM_RELEASE"):
        return Path(found)
    place = fresh.copy(tmp_path_factory.mktemp("released"))
    place.configure(variants=[])
    run = place.snakemake("--", "release")
    assert run.status == 0, run.terminal
    return place.study / "results/release"


@pytest.fixture
def other(fresh: Place, released: Path, tmp_path: Path) -> Place:
    """A study of the release's items."""
    made = Place(fresh.copy(tmp_path / "copy").project, tmp_path / "other")
    made.study.mkdir()
    made.configure(released=True, variants=[], models=["chance", "imported"])
    command = [sys.executable, "-m", "spacenum.cli.main", "items", "import", "--release", str(released)]
    taken = made.run([*command, "--directory", str(made.study)])
    assert taken.status == 0, taken.terminal
    return made


@pytest.fixture(scope="module")
def environment(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the Python of an environment with a harness and this project in it; skips where its package can't be
    had."""
    folder = Path(os.environ.get("SPACENUM_HARNESSES") or tmp_path_factory.mktemp("harnesses"))

    def python_of(harness: str) -> Path:
        where, packages = folder / harness, HARNESSES[harness].packages
        python, done = where / "bin/python", where / "installed"
        if done.is_file():
            return python
        subprocess.run([sys.executable, "-m", "venv", where], check=True)
        pip = [python, "-m", "pip"]
        fetch = [*pip, "download", "--quiet", "--no-deps", "--dest", where / "fetched", packages[0]]
        fetched = subprocess.run(fetch, capture_output=True, text=True)
        if fetched.returncode:
            pytest.skip(f"{packages[0]} can't be had: {fetched.stderr.strip().splitlines()[-1]}")
        subprocess.run([*pip, "install", "--quiet", *packages, fresh.project], check=True)
        done.touch()
        return python

    return python_of


def run_harness(command: list[str], export: Path, python: Path, place: Place, more: Mapping[str, str]) -> str:
    """What it printed; failed runs may exit with 0."""
    done = subprocess.run(
        [python, *command], cwd=export, env=os.environ | OFFLINE | {"PYTHONPATH": str(place.project)} | more,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def expected(items: list[Item], lost: str) -> pd.Series:
    """The row of the stored replies without the one that never came."""
    answers = [answer for answer in stored_answers(items) if answer.item != lost]
    answers.append(Answer(item=lost, outcome="missing", reason="its request failed"))
    info = ModelConfig(kind="vlm", backend="toy").info("stored")
    return read_table(to_csv(main_table([ModelScores(info, score_answers(items, answers))]))).loc["stored"]


def read_table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text)).set_index("model")


@pytest.mark.slow
@pytest.mark.parametrize("harness", HARNESSES)
def test_what_a_harness_asks_and_scores_is_the_study_s_own(
    other: Place, released: Path, tmp_path: Path, environment: Callable[[str], Path], harness: str
):
    python, told = environment(harness), HARNESSES[harness]
    items = [item for s in SETTINGS for item in read_jsonl(other.study / items_path("base", s), ITEM)]
    lost = items[len(items) // 2].id
    replay, export, logs = Replay(items, other.study, [lost]), tmp_path / "export", tmp_path / "logs"
    spacenum = [sys.executable, "-m", "spacenum.cli.main"]
    exported = other.run([*spacenum, "items", "export", "--to", harness, str(released), str(export)])
    assert exported.status == 0, exported.terminal
    with running() as endpoint:
        endpoint.answer = sighted(replay)
        key = {"REPLAY_BASE_URL": endpoint.url, "REPLAY_API_KEY": "none", "HF_HOME": str(tmp_path / "hub")}
        printed = run_harness(told.command(endpoint.url, logs), export, python, other, key)
    assert replay.strange == 0 and replay.exact == dict.fromkeys((item.id for item in items), 1)

    row = expected(items, lost)
    assert [*logs.rglob("*")], printed[-5000:]
    assert percent(told.average(logs, python)) == row["average"]
    model = other.project / "config/models/imported.yaml"
    model.write_text(f"kind: vlm\nbackend: imported\noptions: {{harness: {told.name}}}\nvariants: false\n")
    taken = other.run(
        [*spacenum, "answers", "import", "--model", "imported", str(logs), "--directory", str(other.study)]
    )
    assert f"1 requests failed; their items are missing, and count as nothing: {lost}" in taken.terminal
    run = other.snakemake("results/main_table.csv")
    assert run.status == 0, run.terminal
    table = read_table((other.study / "results/main_table.csv").read_text())
    pd.testing.assert_series_equal(table.loc[f"imported (by {told.name})"], row, check_names=False)


@pytest.mark.slow
def test_datasets_loads_a_release(other: Place, released: Path, tmp_path: Path, environment: Callable[[str], Path]):
    items = [item for s in SETTINGS for item in read_jsonl(other.study / items_path("base", s), ITEM)]
    code = (
        "import datasets, json, sys\n"
        "def load(name): return datasets.load_dataset(sys.argv[1], name, split='test')\n"
        "every, cell = load('all'), load(sys.argv[2])\n"
        "print(json.dumps([list(every['id']), list(cell['id']), [len(images) for images in every['images']]]))"
    )
    command = [environment("lmms-eval"), "-c", code, released, items[0].cell]
    told = os.environ | OFFLINE | {"HF_HOME": str(tmp_path)}
    printed = subprocess.run(command, env=told, capture_output=True, text=True, check=True).stdout
    every, cell, images = json.loads(printed.splitlines()[-1])
    assert every == [item.id for item in items] and cell == [item.id for item in items if item.cell == items[0].cell]
    assert images == [sum(isinstance(part, Image) for part in item.prompt) for item in items]
