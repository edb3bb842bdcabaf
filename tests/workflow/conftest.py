"""A copy of the project with the tiny study (config/test.yaml) in it, made once; tests change copies of that copy."""

from __future__ import annotations

import atexit
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml

from spacenum.core.provenance import PROJECT
from tests.workflow.warm_python import WarmPython

CONFIG = "config/test.yaml"
ODD = "my 'own' \"stüdy\" $(touch executed)"
"""A folder's name that a shell would take apart, were it not quoted."""
NO_TUNING = yaml.safe_load((PROJECT / CONFIG).read_text())["tuning"]  # takes away what the default study tunes
MADE = ("data", "results")
TABLES = ("cells", "averages", "proximity", "coupling", "comparisons", "shortcuts")
"""Tables of scores that every mode with letters has."""


@cache
def warm_python() -> WarmPython:
    """One for all tests of this process."""
    started = WarmPython()
    atexit.register(started.close)
    return started


def jobs_done(terminal: str) -> int:
    """How many jobs a run has finished, by what it printed so far."""
    return len(re.findall(r"^\[\d+ of \d+, ", terminal, re.MULTILINE))


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what its user saw."""

    status: int
    terminal: str

    @property
    def sentences(self) -> list[str]:
        """What the project itself had to say against going on; each failed job says one, the Snakefile one."""
        own = re.findall(r"^spacenum: (.+)$", self.terminal, re.MULTILINE)
        return own + re.findall(r'^WorkflowError in file ".+/Snakefile", line \d+:\n(.+)$', self.terminal, re.MULTILINE)

    def advice(self) -> list[str]:
        """What the sentence says to add to the snakemake command."""
        (added,) = re.findall(r"add '(--forcerun [^']+)' to the snakemake command", self.sentence())
        return shlex.split(added)

    def sentence(self) -> str:
        """The one sentence of a command that had to fail; jobs that fail side by side each say it once."""
        assert self.status != 0, self.terminal
        assert "Traceback" not in self.terminal, self.terminal
        failed = len(re.findall("^FAILED: ", self.terminal, re.MULTILINE)) or 1
        assert len(self.sentences) == failed and len(set(self.sentences)) == 1, self.terminal
        return self.sentences[0]


@dataclass(frozen=True)
class Place:
    """A checkout of the project, and a study made with it, which lies elsewhere."""

    project: Path
    study: Path

    def command(self, *arguments: str) -> list[str]:
        """Snakemake on this study."""
        own = ["--cores", "2", "--configfile", CONFIG, "--directory", str(self.study)]
        return [sys.executable, "-m", "snakemake", *own, *arguments]

    def snakemake(self, *arguments: str) -> Outcome:
        return self.run(self.command(*arguments))

    def verify(self) -> Outcome:
        """``spacenum verify`` on this study."""
        command = [sys.executable, "-m", "spacenum.cli.main", "verify"]
        return self.run([*command, "--configfile", CONFIG, "--directory", str(self.study)])

    def run(self, command: Sequence[str]) -> Outcome:
        """Run a command in the checkout, on the checkout's code."""
        if list(command[:2]) == [sys.executable, "-m"]:
            return Outcome(*warm_python().run(command[2:], self.project, self.environment()))
        return self.run_anew(command)

    def run_anew(self, command: Sequence[str], folder: Path | None = None) -> Outcome:
        """The same in a process of its own, in the checkout or another folder."""
        done = subprocess.run(
            command,
            cwd=folder or self.project,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        return Outcome(done.returncode, done.stdout)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.project), "COLUMNS": "400"}

    def planned(self, *targets: str) -> set[str]:
        """The jobs that Snakemake would run now, as ``jobs`` writes them."""
        return jobs_in(self.snakemake("--dry-run", "--quiet", "host", "--", *targets))

    def edit(self, file: str, was: str, becomes: str) -> None:
        """Replace a text that stands once in a file of the checkout."""
        path = self.project / file
        text = path.read_text()
        assert text.count(was) == 1, f"{file} has '{was}' {text.count(was)} times"
        path.write_text(text.replace(was, becomes))

    def append(self, file: str, text: str) -> None:
        path = self.project / file
        path.write_text(path.read_text() + text)

    def configure(self, **values: object) -> None:
        """Set keys of the study's config."""
        path = self.project / CONFIG
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **values}))

    def config(self) -> dict:
        return yaml.safe_load((self.project / CONFIG).read_text())

    def made(self) -> dict[str, bytes]:
        """Everything below data/ and results/, by path."""
        paths = [path for folder in MADE for path in sorted((self.study / folder).rglob("*")) if path.is_file()]
        return {str(path.relative_to(self.study)): path.read_bytes() for path in paths}

    def images(self, shard: str, kind: str = "image") -> list[str]:
        """The images of a frames folder, relative to the study: what models see,
        or the ``depth`` or ``ids`` beside it."""
        lines = (self.study / shard / "frames.jsonl").read_text().splitlines()
        return [json.loads(line)[kind] for line in lines]

    def half_written(self) -> list[str]:
        return [str(path) for path in self.study.rglob("*.part*")]

    def copy(self, where: Path) -> Place:
        """The same checkout and study in another folder."""
        other = Place(where / "project", where / "study")
        shutil.copytree(self.project, other.project)
        shutil.copytree(self.study, other.study)
        return other


def jobs(rule: str, **wildcards: str | Iterable[str]) -> set[str]:
    """Jobs of a rule, for every combination of the values of its wildcards: ``frames(setting=layout, shard=…)``."""
    choices = [
        [f"{name}={value}" for value in ([values] if isinstance(values, str) else values)]
        for name, values in sorted(wildcards.items())
    ]
    return {f"{rule}({', '.join(chosen)})" for chosen in product(*choices)}


def jobs_in(dry_run: Outcome) -> set[str]:
    """The jobs that a dry run lists, without the targets that only gather others."""
    assert dry_run.status == 0, dry_run.terminal
    listed, rule = [], ""
    for line in dry_run.terminal.splitlines():
        if head := re.fullmatch(r"(?:local)?rule (\w+):", line):
            rule = head[1]
            listed.append(f"{rule}()")
        elif values := re.fullmatch(r"    wildcards: (.+)", line):
            listed[-1] = f"{rule}({', '.join(sorted(values[1].split(', ')))})"
    total = re.search(r"^total +(\d+)$", dry_run.terminal, re.MULTILINE)
    assert len(listed) == len(set(listed)) == (int(total[1]) if total else 0), dry_run.terminal
    assert listed or "Nothing to be done" in dry_run.terminal, dry_run.terminal
    return set(listed) - {"all()", "paper()", "train_items()"}


EVERYTHING = (
    "all", "paper", "train_items", "release", "site",
    "results/published/main_table.csv", "results/contact_sheets/objects.png",
)  # fmt: skip


def dry_run(place: Place, study: Path, plan: str, *targets: str) -> Outcome:
    """What Snakemake would run for a plan of ``config/`` in another folder than the place's."""
    config = [] if plan == "default" else ["--configfile", f"config/{plan}.yaml"]
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *config, "--directory", str(study)]
    return place.run([*command, "--dry-run", "--quiet", "host", "--", *EVERYTHING, *targets])


def copy_project(where: Path) -> None:
    """The files of the project as they are now: those that git tracks, and new ones that it doesn't ignore."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(listing, cwd=PROJECT, check=True, capture_output=True, encoding="utf-8").stdout
    for name in filter(None, files.split("\0")):
        if (PROJECT / name).is_file():  # tracked, but deleted
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, where / name)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The project without any study. For all tests: change only copies."""
    where = tmp_path_factory.mktemp("fresh")
    (where / "study").mkdir()
    copy_project(where / "project")
    return Place(where / "project", where / "study")


@pytest.fixture(scope="session")
def paper_plan(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A dry run of all that the paper's plan makes."""
    return dry_run(fresh, tmp_path_factory.mktemp("paper"), "paper", "external")


@pytest.fixture(scope="session")
def finished(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The project with its tiny study, made from nothing in a folder of an odd name. For all tests: change only
    copies."""
    place = fresh.copy(tmp_path_factory.mktemp("finished") / ODD)
    run = place.snakemake("all")
    assert run.status == 0, run.terminal
    return place


@pytest.fixture
def place(finished: Place, tmp_path: Path) -> Place:
    """A copy of the finished study and of its project, to change at will."""
    return finished.copy(tmp_path)
