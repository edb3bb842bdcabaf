"""The fault drill: a run is killed, interrupted or ended at twenty and two moments of each kind of work, and the same
command ends with the same bytes as a run that was left alone, while jobs of the run that was killed may still be at
work.

Moments are set by progress, not by a clock, so that each is hit. Jobs of the drill's checkout don't end with their run,
as on the nodes of a cluster.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from spacenum.study.paths import RUN
from tests.models.tiny import build
from tests.workflow.conftest import NO_TUNING, Place, jobs_done
from tests.workflow.test_killed import running_in

pytestmark = pytest.mark.slow
HERE, SEED = Path(__file__).parent, 26
KILLS, OF_BLENDER = 20, 5
PATIENCE_S = 300
ITEMS, FRAMES = "data/items/benchmark/base/layout.jsonl", "data/frames/layout/base/benchmark-00{}/frames.jsonl"
HOW = ("kill all", "kill snakemake", "kill job")


@dataclass(frozen=True)
class Work:
    """One kind of work. place: with all that it needs, and nothing of what it makes. progress: steps so far of a place,
    given what Snakemake has printed. made: what a run makes that is left alone; total: its steps."""

    place: Place
    targets: tuple[str, ...]
    progress: Callable[[Place, str], int]
    made: dict[str, bytes]
    total: int


@dataclass(frozen=True)
class Run:
    """Snakemake at work, in a session of its own."""

    process: subprocess.Popen[bytes]
    place: Place
    log: Path

    @classmethod
    def start(cls, work: Work, place: Place, log: Path) -> Run:
        with log.open("w") as terminal:
            process = subprocess.Popen(
                place.command("--", *work.targets),
                cwd=place.project,
                env=place.environment(),
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # else a background one ignores it
            )
        return cls(process, place, log)

    def wait_for(self, progress: Callable[[Place, str], int], moment: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while progress(self.place, self.log.read_text()) < moment:
            assert self.process.poll() is None, f"it ended before step {moment}: {self.log.read_text()}"
            assert time.monotonic() < deadline, f"step {moment} never came: {self.log.read_text()}"
            time.sleep(0.005)

    def strike(self, how: str) -> None:
        """Do to it what ``how`` says, and wait for its end."""
        assert self.process.poll() is None, self.log.read_text()
        if how == "kill job":
            while not (jobs := [pid for pid in running_in(self.place.study) if b"scripts." in command_line(pid)]):
                assert self.process.poll() is None, self.log.read_text()  # else the next job is about to start
            for pid in jobs:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif how == "kill snakemake":
            self.process.kill()
        elif how == "SIGTERM":
            self.process.terminate()
        else:  # as a terminal does
            os.killpg(self.process.pid, signal.SIGINT if how == "SIGINT" else signal.SIGKILL)
        self.process.wait(PATIENCE_S)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_for_orphans(place: Place) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while left := running_in(place.study):
        assert time.monotonic() < deadline, f"processes {left} don't end"
        time.sleep(0.02)


def leftovers(place: Place) -> list[str]:
    """Unfinished files, places of work, locks, and marks of incomplete outputs."""
    study = place.study
    folders = (".spacenum/frames", ".snakemake/locks", ".snakemake/incomplete", "tuning_checkpoints")
    found = [path for folder in folders for path in (study / folder).glob("*")]
    return place.half_written() + [str(path) for path in found]


def made(place: Place) -> dict[str, bytes]:
    return {name: data for name, data in place.made().items() if name != str(RUN)}


def work(place: Place, folder: Path, targets: tuple[str, ...], progress: Callable[[Place, str], int]) -> Work:
    """Measure a run that is left alone."""
    alone = Work(place, targets, progress, {}, 0)
    copy = studied(alone, folder / "alone")
    began = time.monotonic()
    run, most = Run.start(alone, copy, folder / "alone.log"), 0
    while run.process.poll() is None:
        most = max(most, progress(copy, run.log.read_text()))
        time.sleep(0.002)
    assert run.process.returncode == 0, run.log.read_text()
    print(f"{targets[0]}: {most} steps, {time.monotonic() - began:.0f} s")
    return Work(place, targets, progress, made(copy), most)


def studied(of: Work, folder: Path) -> Place:
    """Another study to work in, of the same checkout."""
    shutil.copytree(of.place.study, folder)
    return Place(of.place.project, folder)


# ---- the four kinds of work


def finished_jobs(place: Place, log: str) -> int:
    return jobs_done(log)


def images(place: Place, log: str) -> int:
    return sum(name.endswith(".png") for _, _, files in os.walk(place.study / ".spacenum/frames") for name in files)


def replies(place: Place, log: str) -> int:
    return len(list((place.study / "answer_store/replies").glob("??/*.jsonl")))


def checkpoints(place: Place, log: str) -> int:
    names = [name for _, folders, _ in os.walk(place.study / "tuning_checkpoints") for name in folders]
    return max((int(name.partition("-")[2]) for name in names if name.startswith("checkpoint-")), default=0)


@pytest.fixture(scope="module")
def checkout(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small study, in a checkout that knows the simulator of boxes, a toy of a model, and orphans that live on."""
    place = fresh.copy(tmp_path_factory.mktemp("drill"))
    place.edit("spacenum/core/orphans.py", "    if not run or run not in", "    if run or run not in")
    shutil.copy(HERE.parent / "asking/toy.py", place.project / "spacenum/models/toy.py")
    boxes = place.project / "spacenum/simulators/boxes"
    boxes.mkdir()
    shutil.copy(HERE / "boxes_simulator.py", boxes / "__init__.py")
    (boxes / "settings.py").write_text(
        '"""A double."""\nfrom spacenum.core.blocks import Block\nfrom spacenum.core.resources import Needs\n'
        "from spacenum.simulators.catalogue import SimulatorInfo\n\n\nclass BoxesConfig(Block):\n    pass\n\n\n"
        'SIMULATOR = SimulatorInfo(BoxesConfig, Needs(), {"layout": "layouts"}, shows_packs=True)\n'
    )
    toy = {"kind": "vlm", "backend": "toy", "batch_families": 1, "options": {"seconds": 0.05}}
    tiny = {"kind": "vlm", "backend": "transformers", "dtype": "float32"}
    tiny["checkpoint"] = str(build("qwen3_vl", place.study.parent / "tiny"))
    for name, model in (("toy", toy), ("tiny", tiny)):
        (place.project / f"config/models/{name}.yaml").write_text(yaml.safe_dump(model))
    config = place.config()
    layouts = {**config["scenes"]["layout"], "train": {"desk": 2, "room": 0}}
    place.configure(
        models=["ideal_observer", "toy"],
        simulators={"transition": "blender", "layout": "boxes"},
        controls={"min_changed_share": 0.001},
        scenes={**config["scenes"], "layout": layouts},
        tuning={
            "recipes": {"flat": {"dimensions": ["2d"]}},
            "experiments": NO_TUNING["experiments"] | {"transfer": {"bases": ["tiny"], "recipes": ["flat"]}},
            "sft": {"batch_size": 4, "micro_batch_size": 4, "epochs": 4, "learning_rate": 0.01},
        },
    )
    return place


def reached(checkout: Place, folder: Path, *targets: str) -> Place:
    """The study in which some targets are made already."""
    shutil.copytree(checkout.study, folder)
    place = Place(checkout.project, folder)
    run = place.snakemake(*targets)
    assert run.status == 0, run.terminal
    return place


@pytest.fixture(scope="module")
def snakemake(checkout: Place, tmp_path_factory: pytest.TempPathFactory) -> Work:
    targets = ("results/scores/ideal_observer/letter-greedy/base/layout.csv",)
    return work(checkout, tmp_path_factory.mktemp("snakemake"), targets, finished_jobs)


@pytest.fixture(scope="module")
def renderer(checkout: Place, tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("renderer")
    place = reached(checkout, folder / "study", "data/scenes/layout/benchmark-000.jsonl")
    return work(place, folder, (FRAMES.format(0),), images)


@pytest.fixture(scope="module")
def blender(checkout: Place, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The same frames by the real renderer, in a checkout whose config says so."""
    folder = tmp_path_factory.mktemp("blender")
    shutil.copytree(checkout.project, folder / "project")
    place = Place(folder / "project", checkout.study)
    place.configure(simulators={"transition": "blender", "layout": "blender"})
    place = reached(place, folder / "study", "data/scenes/layout/benchmark-000.jsonl")
    return work(place, folder, (FRAMES.format(0),), images)


@pytest.fixture(scope="module")
def answers(checkout: Place, tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("answers")
    place = reached(checkout, folder / "study", ITEMS.replace(".jsonl", ".checks.json"))
    return work(place, folder, ("results/answers/toy/letter-greedy/base/layout.jsonl",), replies)


@pytest.fixture(scope="module")
def training(checkout: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("training")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPACENUM_TUNING_EVERY", "1")
        place = reached(checkout, folder / "study", "data/recipes/flat.jsonl")
        yield work(place, folder, ("results/tuning/tiny-flat-sft/training.csv",), checkpoints)


# ---- the drill


def strikes() -> list[tuple[str, int, str]]:
    """(kind of work, number, what is done to it)."""
    kinds = {"snakemake": KILLS, "renderer": KILLS - OF_BLENDER, "blender": OF_BLENDER, "answers": KILLS}
    kills = [(kind, n, HOW[n % len(HOW)]) for kind, count in {**kinds, "training": KILLS}.items() for n in range(count)]
    signals = [(kind, n, ("SIGINT", "SIGTERM")[n]) for kind in [*kinds, "training"] for n in range(2)]
    return sorted(kills + signals)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Path]:
    """A folder for a study, in which nothing runs any more when the test is over."""
    yield tmp_path / "study"
    for pid in running_in(tmp_path / "study"):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(("kind", "number", "how"), strikes())
def test_the_same_command_ends_with_the_same_bytes(kind, number, how, request, study, tmp_path):
    of: Work = request.getfixturevalue(kind)
    moment = random.Random(f"{SEED} {kind} {number} {how}").randrange(1, of.total)
    place = studied(of, study)
    run = Run.start(of, place, tmp_path / "killed.log")
    run.wait_for(of.progress, moment)
    run.strike(how)
    if how in ("kill all", "kill job"):
        assert made(place) != of.made
    if how in ("kill all", "kill snakemake"):
        unlocked = place.snakemake("--unlock")
        assert unlocked.status == 0, unlocked.terminal
    again = place.snakemake("--", *of.targets)
    assert again.status == 0, again.terminal
    wait_for_orphans(place)
    assert made(place) == of.made
    assert leftovers(place) == []
