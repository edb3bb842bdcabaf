"""A run that is killed at any moment and taken up again ends with the same bytes as one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

from spacenum.study.paths import RUN
from tests.workflow.conftest import Place, jobs_done

KILLED_AFTER = ((1, 4), (1, 2))  # jobs of a run, of 14 in all: early enough that no machine is done before the kill
MODELS = ("chance", "majority_letter", "trained_blind", "ideal_observer")
SCORES = [f"results/scores/{model}/letter-greedy/base/layout.csv" for model in MODELS]
PATIENCE_S = 300


def finished_jobs(log: Path) -> int:
    return jobs_done(log.read_text())


def running_in(folder: Path) -> list[int]:
    """Processes whose working directory is ``folder``."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if Path(os.readlink(link)) == folder.resolve():
                found.append(int(link.parent.name))
        except OSError:  # it ended meanwhile, or is another user's
            continue
    return found


def run_and_kill(place: Place, log: Path, after_jobs: int, seconds: float) -> None:
    """Start half of the study, and kill all of its processes some time after it has finished some jobs."""
    with log.open("w") as terminal:
        process = subprocess.Popen(
            place.command(*SCORES), cwd=place.project, stdout=terminal, stderr=terminal, start_new_session=True
        )
        deadline = time.monotonic() + PATIENCE_S
        while finished_jobs(log) < after_jobs and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(seconds)
        ended = process.poll()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert ended is None and finished_jobs(log) >= after_jobs, log.read_text()
    deadline = time.monotonic() + 10
    while left := running_in(place.study):
        assert time.monotonic() < deadline, f"processes {left} outlived the killed run"
        time.sleep(0.05)


def test_killed_and_resumed(fresh: Place, finished: Place, tmp_path):
    place = fresh.copy(tmp_path)
    wanted = {name: data for name, data in finished.made().items() if "layout" in name}
    moments = random.Random(20)
    for kill, jobs in enumerate(KILLED_AFTER):
        run_and_kill(place, tmp_path / f"run{kill}.log", moments.randint(*jobs), moments.uniform(0, 0.7))
        assert len(place.made()) < len(wanted)
        unlocked = place.snakemake("--unlock")
        assert unlocked.status == 0, unlocked.terminal
    run = place.snakemake(*SCORES)
    assert run.status == 0, run.terminal
    assert place.half_written() == []
    made = {name: data for name, data in place.made().items() if name != str(RUN)}
    assert made == wanted
    assert place.planned(*SCORES) == set()
    assert place.verify().status == 0
