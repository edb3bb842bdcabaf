"""An answers job that is killed at any moment and run again ends with the same bytes, and pays for nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import VARIABLE, AnswerStore, read_file
from spacenum.core.provenance import write_jsonl
from tests.stages import prepare_answers
from tests.workflow.conftest import copy_project

KILLS = 10
TOY = Path(__file__).parent / "toy.py"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The project with the toy among its backends."""
    copy_project(tmp_path / "project")
    shutil.copy(TOY, tmp_path / "project/spacenum/models/toy.py")
    return tmp_path / "project"


def command(folder: Path, items: Path, out: Path, log: Path, seconds: float) -> list[str]:
    options = {"log": str(log), "seconds": seconds}
    model = ModelConfig(kind="vlm", backend="toy", checkpoint="toy/one", batch_families=1, options=options)
    job = AnswersParams(model="toy", config=model, mode="letter-paper", seed=3, repeats=2)
    return [sys.executable, "-m", "scripts.answer_items", prepare_answers(folder, job, items, out)]


def lines_of(log: Path) -> list[str]:
    """Questions that were asked, without those of self-tests."""
    return [line for line in log.read_text().splitlines() if " paper " in line] if log.exists() else []


def test_killed_and_resumed(checkout, in_study, tmp_path):
    items = tmp_path / "items.jsonl"
    write_jsonl(items, in_study.items("layout"))

    def run(name: str, kill_after: int | None = None) -> tuple[Path, Path]:
        out, log, store = (tmp_path / name / part for part in ("out.jsonl", "log", "store"))
        out.parent.mkdir(exist_ok=True)
        environment = os.environ | {"PYTHONPATH": str(checkout), VARIABLE: str(store)}
        process = subprocess.Popen(
            command(in_study.root, items, out, log, 0.01),
            cwd=in_study.root,
            env=environment,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if kill_after is None:
            assert process.communicate()[1] is not None and process.returncode == 0
            return out, log
        deadline = time.monotonic() + 60
        while len(lines_of(log)) < kill_after and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(moments.uniform(0, 0.02))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return out, log

    moments = random.Random(4)
    undisturbed, calls = run("undisturbed")
    total = len(lines_of(calls))
    store = AnswerStore(tmp_path / "killed" / "store")
    asked = 0
    for kill in range(KILLS):
        out, log = run("killed", kill_after=asked + total // (KILLS + 4) * (kill > 0))
        assert not out.exists()
        kept = {line.key for path in store.files() for line in read_file(path)[1]}
        assert len(kept) >= len(set(lines_of(log))) - 4  # only the family in flight can be lost
        asked = len(lines_of(log))
    out, log = run("killed")
    assert out.read_bytes() == undisturbed.read_bytes()
    again = len(lines_of(log)) - len(set(lines_of(log)))
    assert set(lines_of(log)) == set(lines_of(calls))
    assert again <= 4 * KILLS  # the family that was in flight at each kill, nothing that had been kept
    assert json.loads(out.read_text().splitlines()[0])["item"] and len(lines_of(log)) < 2 * total
