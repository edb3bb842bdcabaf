"""What studies of many items cost: CPU time and memory of every stage, on a simulator double.

Run as ``python -m bench.scale 5000 20000 50000 100000``. Each study has that many items, images of 32 x 32 pixels, one
room for every 500 items, baselines and a toy that plays a VLM, and is made by Snakemake on two cores, from nothing to
all of ``snakemake all``. Prints a line of CSV for each study and stage: jobs, CPU seconds, the largest process in MB.
Draws ``bench/scale.png``. The status is 1 if a process was larger than 2 GB, or if further items cost over 20% more in
large studies than between the two smallest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from spacenum.items.schema import CELLS
from tests.workflow.conftest import copy_project
from tests.workflow.doubles import add_boxes, add_toy

SIZES = (5_000, 20_000, 50_000, 100_000)
MOST_MB, MOST_GROWTH = 2000, 1.2
ITEMS_A_ROOM, ITEMS_A_SHARD = 500, 2500
LOST, LOST_LAYOUTS = 1.7, 1.2
"""Families, and layouts, that are planned for each that is needed: in small images, not all pass the controls."""
CONTROLS = {
    "min_footprint_share": 0.1,
    "min_layout_difference": 0.0005,
    "min_changed_share": 0.002,
    "min_order_margin": -1,
}
"""Limits that images of so few pixels would seldom pass."""
ATTEMPTS = 40
EVERY_S = 0.2
SHOWN = 8
FIGURE = Path("bench") / "scale.png"
MODELS = ("chance", "majority_letter", "trained_blind", "ideal_observer", "toy")
TOY = {"kind": "vlm", "backend": "toy", "checkpoint": "toy/one", "seconds": {"letter": 0.6}}


@dataclass(frozen=True)
class Use:
    """What a stage of a study used. seconds: of CPU, all jobs together. peak_mb: the largest process."""

    items: int
    stage: str
    jobs: int
    seconds: float
    peak_mb: float


def study(items: int) -> dict[str, Any]:
    """The config of a study with about so many items, laid over the default study's."""
    each = max(4, items // len(CELLS) // 4 * 4)
    families, shards = each // 4, -(-items // 2 // ITEMS_A_SHARD)
    rooms = max(4, -(-items // ITEMS_A_ROOM // 4) * 4)
    sizes = {"desk": each, "room": each}
    groups = ("move_forward_backward", "move_left_right", "rotate_up_down", "rotate_left_right")
    kinds = ("kitchen", "living_room", "bedroom", "bathroom")
    layouts = int(families * LOST_LAYOUTS) + 6
    return {
        "study": "scale",
        "simulators": {"transition": "boxes", "layout": "boxes"},
        "camera": {
            "transition": {"width": 32, "height": 32, "vertical_fov": 90},
            "layout": {"width": 32, "height": 32, "vertical_fov": 45},
        },
        "scenes": {
            "transition": {
                "shards": shards,
                "start_attempts": ATTEMPTS,
                "families_per_scene": int(families / rooms * LOST) + 1,
                "benchmark": dict.fromkeys(kinds, rooms // 4),
                "train": dict.fromkeys(kinds, 0),
            },
            "layout": {
                "shards": shards,
                "benchmark": {"desk": layouts, "room": layouts},
                "train": {"desk": 0, "room": 0},
            },
        },
        "controls": CONTROLS,
        "items": {
            "uneven_magnitudes": "report",
            "benchmark": {
                "transition": dict.fromkeys(groups, each),
                **{f"layout_{dimension}": sizes for dimension in ("1d", "2d", "3d")},
            },
            "train": {
                "transition": dict.fromkeys(groups, 0),
                **{f"layout_{dimension}": {"desk": 0, "room": 0} for dimension in ("1d", "2d", "3d")},
            },
        },
        "models": [*MODELS],
        "tuning": {"experiments": {name: {"bases": [], "recipes": []} for name in ("transfer", "mixture")}},
    }


def checkout(folder: Path) -> Path:
    """A copy of the project that knows the doubles."""
    copy_project(folder)
    add_boxes(folder)
    add_toy(folder)
    (folder / "config" / "models" / "toy.yaml").write_text(yaml.safe_dump(TOY))
    return folder


def measured(items: int, project: Path, folder: Path, cores: int = 2) -> list[Use]:
    """Make the study of so many items in ``folder`` with the checkout ``project``; what each stage used."""
    config = folder / "scale.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    config.write_text(yaml.safe_dump(study(items)))
    own = ["--cores", str(cores), "--configfile", str(config), "--directory", str(folder), "--quiet", "all"]
    run = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *own, "--", "all"],
        cwd=project,
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPATH": str(project)},
    )
    watched = _Watched(run.pid)
    while run.poll() is None:
        watched.look()
        time.sleep(EVERY_S)
    if run.returncode:
        raise SystemExit(f"the study of {items} items failed; see {folder}/logs")
    return watched.uses(items)


class _Watched:
    """A process and all that it starts, looked at again and again: what each has used so far."""

    def __init__(self, pid: int) -> None:
        self._root = pid
        self._seen: dict[tuple[int, int], tuple[str, float, float]] = {}

    def look(self) -> None:
        """Note the CPU seconds and the peak of every process that runs."""
        running = {process.pid: process for process in _running()}
        for process in running.values():
            above = process
            while above.pid != self._root and above.parent in running:
                above = running[above.parent]
            if above.pid == self._root:
                self._seen[process.pid, process.started] = process.stage, process.seconds, process.peak_mb

    def uses(self, items: int) -> list[Use]:
        """By stage, in the order in which they first ran."""
        found: dict[str, list[tuple[float, float]]] = {}
        for stage, seconds, peak in self._seen.values():
            found.setdefault(stage, []).append((seconds, peak))
        return [
            Use(items, stage, len(used), round(sum(s for s, _ in used), 1), round(max(mb for _, mb in used)))
            for stage, used in found.items()
            if stage
        ]


@dataclass(frozen=True)
class _Process:
    """seconds: of CPU so far. peak_mb: the most memory that it has had so far."""

    pid: int
    parent: int
    started: int
    stage: str
    seconds: float
    peak_mb: float


def _running() -> Iterator[_Process]:
    """What runs on this machine, as far as it may be seen."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):  # it has ended meanwhile
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            peak = (folder / "status").read_text().partition("VmHWM:")[2].split()[0]
            command = (folder / "cmdline").read_text().split("\0")[:-1]
            seconds = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
            yield _Process(int(folder.name), int(stat[1]), int(stat[19]), _stage(command), seconds, int(peak) / 1000)


def _stage(command: Sequence[str]) -> str:
    """The script that a process runs, of answers and scores with the model; empty for shells and the like."""
    words = [word for word in command if word.startswith("scripts.")]
    if not words:
        return "snakemake" if "snakemake" in command else ""
    name = words[-1].removeprefix("scripts.")
    output = Path(command[-1]).parts
    return f"{name} {output[2]}" if output[:2] in (("results", "answers"), ("results", "scores")) else name


def marginal(uses: Sequence[Use]) -> dict[tuple[int, int], float]:
    """CPU seconds that each further item costs, between neighbouring sizes of studies."""
    total: Counter[int] = Counter()
    for use in uses:
        total[use.items] += use.seconds  # type: ignore[assignment]
    return {(small, large): (total[large] - total[small]) / (large - small) for small, large in pairwise(sorted(total))}


def problems(uses: Sequence[Use]) -> Iterator[str]:
    """What is not as it should be: too large a process, further items that cost more and more."""
    for use in uses:
        if use.peak_mb > MOST_MB:
            yield f"{use.items} items, {use.stage}: {use.peak_mb:.0f} MB, more than {MOST_MB}"
    costs = [*marginal(uses).values()]
    if costs and max(costs) > MOST_GROWTH * costs[0]:
        yield f"a further item costs {max(costs):.4f} s, in small studies {costs[0]:.4f} s"


def draw(uses: Sequence[Use], path: Path) -> None:
    """Two panels: seconds for each further item, and the largest process of each stage, by the number of items."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.1, 2.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps = [(f"{a // 1000}k–{b // 1000}k", cost) for (a, b), cost in marginal(uses).items()]
    left.bar([name for name, _ in steps], [1000 * cost for _, cost in steps], color="0.6")
    left.set(ylabel="CPU ms for each further item", xlabel="items")
    peaks = {stage: [use for use in uses if use.stage == stage] for stage in dict.fromkeys(use.stage for use in uses)}
    largest = sorted(peaks, key=lambda stage: -max(use.peak_mb for use in peaks[stage]))[:SHOWN]
    for stage in largest:
        right.plot([u.items for u in peaks[stage]], [u.peak_mb for u in peaks[stage]], marker="o", ms=3, label=stage)
    sizes = sorted({use.items for use in uses})
    right.set_xticks(sizes, [f"{items // 1000}k" for items in sizes])
    right.axhline(MOST_MB, color="0.4", lw=0.8, ls="--")
    right.set(ylabel="MB of the largest process", xlabel="items", ylim=0)
    right.legend(fontsize=5)
    figure.savefig(path, dpi=200, metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> int:
    cli = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cli.add_argument("sizes", type=int, nargs="*", default=SIZES, help="of the studies, in items")
    cli.add_argument("--cores", type=int, default=2)
    cli.add_argument("--folder", type=Path, help="where the studies are kept; as it is, they are removed")
    args = cli.parse_args(arguments)
    uses: list[Use] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        project = checkout(folder / "project")
        print(",".join(Use.__dataclass_fields__))
        for size in args.sizes:
            uses += measured(size, project, folder / str(size), args.cores)
            for use in (use for use in uses if use.items == size):
                print(",".join(map(str, astuple(use))), flush=True)
    draw(uses, FIGURE)
    found = [*problems(uses)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
