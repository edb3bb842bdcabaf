"""How long a study takes on a cluster: its longest chain of jobs, and all jobs on so many nodes, simulated.

Run as ``python -m bench.critical_path config/paper.yaml --nodes 100``. Snakemake plans the study; each job gets the
seconds of the table below, or, where a model is asked, those of its questions. Prints the minutes of the longest chain,
of the whole run by a greedy scheduler (the job with the longest chain behind it first), and the chain itself, as JSON.
"""

from __future__ import annotations

import argparse
import heapq
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from spacenum.asking.modes import Mode
from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import PROJECT
from spacenum.study.loading import load_study
from spacenum.study.study import Study

SUBMITTED_S = 17.6
"""What Slurm and a second Snakemake add to each job: a score of 0.3 s took 17.9 s on a cluster of two nodes."""
LOCAL_CORES = 4
SCENE_S = {"transition": 12.0, "layout": 6.0}
"""Of rendering: of Blender on one core, all views of a room or layout of the default study, at twice as many pixels.
Not measured of AI2-THOR and Isaac Sim."""
JOB_S = {"scores": 0.4, "table": 1.5, "main_table": 1.5, "figure": 3.0, "gallery": 10.0, "items": 20.0, "checks": 60.0}
"""Measured on the default study's jobs; items and checks for the paper's numbers of items."""
OTHER_JOB_S = 3.0
BASELINE_S = 0.03
"""A question, of the slowest baseline."""
MODEL_START_S = 120.0
"""Of a large model's weights: not measured."""
UNMEASURED = ("sft", "grpo", "pretrain", "trace_judge", "rerender")


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """A job of Snakemake's plan."""

    rule: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    wildcards: Mapping[str, str]

    @property
    def name(self) -> str:
        return " ".join([self.rule, *self.wildcards.values()])


def planned(text: str) -> list[PlannedJob]:
    """The jobs that ``snakemake -n`` prints."""
    jobs = []
    for rule, block in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", text, re.MULTILINE):
        told = dict(re.findall(r"^    (\w+): (.*)$", block, re.MULTILINE))
        inputs, outputs = (tuple(filter(None, told.get(key, "").split(", "))) for key in ("input", "output"))
        wildcards = dict(pair.split("=", 1) for pair in told.get("wildcards", "").split(", ") if pair)
        jobs.append(PlannedJob(rule=rule, inputs=inputs, outputs=outputs, wildcards=wildcards))
    return jobs


def local_rules() -> set[str]:
    """Rules that run where Snakemake does."""
    text = (PROJECT / "rules" / "local.smk").read_text(encoding="utf-8")
    return set(re.findall(r"^    (\w+),$", text, re.MULTILINE))


class Timetable:
    """When the jobs of a study can run, and how long they take."""

    def __init__(self, study: Study, jobs: Iterable[PlannedJob]) -> None:
        self._study, self._local = study, local_rules()
        self.jobs = list(jobs)
        makers = {output: k for k, job in enumerate(self.jobs) for output in job.outputs}
        self.before = [sorted({makers[name] for name in job.inputs if name in makers}) for job in self.jobs]
        self.after: dict[int, list[int]] = defaultdict(list)
        for k, needed in enumerate(self.before):
            for one in needed:
                self.after[one].append(k)

    def is_local(self, job: PlannedJob) -> bool:
        return job.rule in self._local

    def seconds(self, job: PlannedJob) -> float:
        """Of the job, with its submission if it is submitted."""
        return self._work(job) + (0.0 if self.is_local(job) else SUBMITTED_S)

    def _work(self, job: PlannedJob) -> float:
        told = job.wildcards
        if job.rule in UNMEASURED:
            raise SpaceNumError(f"how long rule {job.rule} takes was never measured; ask for targets without it")
        if job.rule == "all":
            return 0.0
        if job.rule == "frames":
            scenes = self._study.plan.in_shard(told["setting"], told["shard"])  # type: ignore[arg-type]
            return SCENE_S[told["setting"]] * len(scenes)
        if job.rule in ("answers", "answers_part") and "model" in told:
            return self._asking(job.rule, told["model"], told["mode"], told["setting"])
        return JOB_S.get(job.rule, OTHER_JOB_S)

    def _asking(self, rule: str, model: str, mode: str, setting: str) -> float:
        answering, config = self._study.answering, self._study.plan.askable[model]
        parts = len(answering.parts(model, mode, setting))
        if rule == "answers" and parts:
            return OTHER_JOB_S  # it merges them
        questions = self._study.plan.questions(model, mode, setting)  # type: ignore[arg-type]
        if not config.is_vlm:
            return OTHER_JOB_S + BASELINE_S * questions
        start = MODEL_START_S if config.gpus else 0.0
        return start + questions * getattr(config.seconds, Mode.of(mode).format) / max(parts, 1)

    @cached_property
    def behind(self) -> list[float]:
        """Seconds of the longest chain that begins with each job."""
        found: dict[int, float] = {}

        def longest(k: int) -> float:
            if k not in found:
                found[k] = self.seconds(self.jobs[k]) + max(map(longest, self.after[k]), default=0.0)
            return found[k]

        return [longest(k) for k in range(len(self.jobs))]

    def chain(self) -> list[int]:
        """The jobs of the longest chain."""
        chain = [max(range(len(self.jobs)), key=lambda k: self.behind[k])]
        while following := self.after[chain[-1]]:
            chain.append(max(following, key=lambda k: self.behind[k]))
        return chain

    def makespan(self, nodes: int) -> float:
        """Seconds until all jobs are done, one job a node, and LOCAL_CORES jobs where Snakemake runs."""
        missing = [len(needed) for needed in self.before]
        free = {False: nodes, True: LOCAL_CORES}
        ready: dict[bool, list[tuple[float, int]]] = {False: [], True: []}
        running: list[tuple[float, int]] = []
        now = 0.0
        for k, count in enumerate(missing):
            if not count:
                heapq.heappush(ready[self.is_local(self.jobs[k])], (-self.behind[k], k))
        while running or any(ready.values()):
            for place, waiting in ready.items():
                while waiting and free[place]:
                    _, k = heapq.heappop(waiting)
                    free[place] -= 1
                    heapq.heappush(running, (now + self.seconds(self.jobs[k]), k))
            now, k = heapq.heappop(running)
            free[self.is_local(self.jobs[k])] += 1
            for other in self.after[k]:
                missing[other] -= 1
                if not missing[other]:
                    heapq.heappush(ready[self.is_local(self.jobs[other])], (-self.behind[other], other))
        return now


def plan_of(config: Path, targets: list[str]) -> str:
    """What ``snakemake -n`` prints of a study that has nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "-n", "--snakefile", str(PROJECT / "Snakefile"), "--cores", "all"]
        command += ["--configfile", str(config.resolve()), "--workflow-profile", "none", "--directory", folder]
        done = subprocess.run([*command, "--", *targets], capture_output=True, text=True)
    if done.returncode:
        raise SpaceNumError(f"{config}: snakemake can't plan it: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout + done.stderr


def summary(table: Timetable, nodes: int) -> dict[str, Any]:
    """What the command prints."""
    chain = table.chain()
    minutes: dict[str, float] = defaultdict(float)
    for k in chain:
        minutes[table.jobs[k].rule] += table.seconds(table.jobs[k]) / 60
    return {
        "jobs": len(table.jobs),
        "submitted": sum(not table.is_local(job) for job in table.jobs),
        "nodes": nodes,
        "longest_chain_min": round(table.behind[chain[0]] / 60, 1),
        "run_min": round(table.makespan(nodes) / 60, 1),
        "chain_min": {rule: round(value, 1) for rule, value in minutes.items()},
        "chain": [table.jobs[k].name for k in chain],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("config", type=Path)
    parser.add_argument("targets", nargs="*", default=["all"])
    parser.add_argument("--nodes", type=int, default=100)
    args = parser.parse_args()
    table = Timetable(load_study([args.config]), planned(plan_of(args.config, args.targets)))
    print(json.dumps(summary(table, args.nodes), indent=1))


if __name__ == "__main__":
    run_script(main)
