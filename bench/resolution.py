"""How often the 95% interval of a threshold holds the threshold of a simulated observer.

Run as ``python -m bench.resolution``. Prints a line of CSV for each size of study and each spread of observers over
scenes, and draws ``bench/resolution.png``: the thresholds found. The status is 1 unless intervals hold the truth in 93
to 97% of all simulations together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import combinations, product
from pathlib import Path

import numpy as np

from spacenum.core.arrays import Array
from spacenum.frames.plan import MAGNITUDES, OPTIONS
from spacenum.scoring.resolution import REACHED, psychometric

SIZES = {"default": (4, 4), "paper": (8, 8)}
"""Families of a task and group, and scenes that they are of."""
SPREADS = (0.0, 0.3)
FIGURE = Path("bench") / "resolution.png"
Questions = tuple[Array, list[str]]
"""Separations, one for each question, and scenes."""


@dataclass(frozen=True)
class Observer:
    """threshold: separation at which it is right in 75%, in the middle scene. width: exponent of its Weibull function.
    lapse: share of errors that stay. spread: standard deviation over scenes of the threshold's logarithm."""

    threshold: float
    width: float
    lapse: float
    spread: float

    def share(self, separations: Array, shift: float) -> Array:
        """Share of right answers at separations, in a scene that shifts the logarithm of the threshold."""
        reached = (REACHED - 0.5) / (0.5 - self.lapse)
        scale = (separations / (self.threshold * np.exp(shift))) ** self.width
        return np.asarray(0.5 + (0.5 - self.lapse) * (1 - (1 - reached) ** scale))


def asked(rng: np.random.Generator, families: int, scenes: int) -> Questions:
    """The two-choice questions of families of four turns, in degrees, spread over scenes."""
    turns = np.array(MAGNITUDES["rotate_left_right"])
    separations, names = [], []
    for family in range(families):
        for a, b in combinations(sorted(rng.choice(turns, OPTIONS, replace=False)), 2):
            separations += [b - a] * 2  # each of the two is right once
            names += [str(family % scenes)] * 2
    return np.array(separations), names


def simulate(
    rng: np.random.Generator, observer: Observer, questions: Questions
) -> tuple[list[float], list[float], list[str]]:
    """Separations, answers (1 right, 0 wrong) and scenes, as ``psychometric`` takes them."""
    separations, scenes = questions
    shifts = {scene: rng.normal(0, observer.spread) for scene in dict.fromkeys(scenes)}
    shares = np.array([observer.share(x, shifts[scene]) for x, scene in zip(separations, scenes, strict=True)])
    return separations.tolist(), (rng.random(len(shares)) < shares).astype(float).tolist(), scenes


@dataclass(frozen=True)
class Held:
    """held: percent of intervals that hold the threshold. above, below: percent that lie above or below it. middle:
    median of the thresholds found, as a share of the true one."""

    size: str
    spread: float
    simulations: int
    held: float
    above: float
    below: float
    middle: float


def found(size: str, spread: float, simulations: int, seed: int | Sequence[int]) -> Array:
    """[simulations, 3] low, threshold and high, each over the observer's true threshold, which is drawn from those that
    the questions reach."""
    rng = np.random.default_rng(seed)
    ends = []
    for _ in range(simulations):
        observer = Observer(threshold=float(rng.uniform(15, 40)), width=2.0, lapse=0.02, spread=spread)
        curve = psychometric(*simulate(rng, observer, asked(rng, *SIZES[size])))
        ends.append(np.array([curve.low, curve.threshold, curve.high]) / observer.threshold)
    return np.array(ends)


def coverage(size: str, spread: float, simulations: int, seed: int) -> Held:
    """Coverage of the interval at that size."""
    return _coverage(size, spread, found(size, spread, simulations, seed))


def _coverage(size: str, spread: float, ends: Array) -> Held:
    low, middle, high = ends.T
    above, below = 100 * float((low > 1).mean()), 100 * float((high < 1).mean())
    return Held(
        size=size, spread=spread, simulations=len(ends), held=round(100 - above - below, 1), above=round(above, 1),
        below=round(below, 1), middle=round(float(np.median(middle)), 3),
    )  # fmt: skip


def _draw(results: dict[tuple[str, float], Array], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.1, 2.6), layout="constrained")
    for axes, ((size, spread), ends) in zip(
        figure.subplots(1, len(results), sharey=True), results.items(), strict=True
    ):
        order = ends[np.argsort(ends[:, 1])]
        missed = (order[:, 0] > 1) | (order[:, 2] < 1)
        for flag, colour in ((False, "0.7"), (True, "#d55e00")):
            kept = np.flatnonzero(missed == flag)
            axes.vlines(kept, order[kept, 0], np.minimum(order[kept, 2], 8), color=colour, lw=0.5)
        axes.plot(np.arange(len(order)), order[:, 1], color="black", lw=0.8)
        axes.axhline(1, color="#0072b2", lw=0.8)
        axes.set(yscale="log", ylim=(0.2, 8), title=f"{size}, spread {spread:g}", xticks=[])
        axes.title.set_fontsize(7)
    figure.axes[0].set_ylabel("found / true threshold", fontsize=7)
    figure.savefig(path, dpi=200, metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> int:
    cli = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cli.add_argument("--simulations", type=int, default=125, help="of each size and spread")
    cli.add_argument("--seed", type=int, default=0)
    args = cli.parse_args(arguments)
    results = {case: found(*case, args.simulations, [args.seed, k]) for k, case in enumerate(product(SIZES, SPREADS))}
    print(",".join(Held.__dataclass_fields__))
    for (size, spread), ends in results.items():
        print(",".join(map(str, astuple(_coverage(size, spread, ends)))))
    together = np.concatenate(list(results.values()))
    held = _coverage("all", 0, together).held
    print(f"all,,{len(together)},{held},,,")
    _draw(results, FIGURE)
    return 0 if 93 <= held <= 97 else 1


if __name__ == "__main__":
    sys.exit(main())
