"""How many rooms the transition families of a study come from, if captures fail at random.

Run as ``python -m bench.rooms``. Prints a line of CSV for each group of actions and share of sweeps that fail: the
rooms of ``config/paper.yaml`` that its benchmark's families come from, of how many, the most families of one room, and
by how much the most and the least asked magnitude of a direction differ.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter

import numpy as np

from spacenum.core.provenance import PROJECT
from spacenum.frames.plan import MAGNITUDES, OPTIONS, Sweeps
from spacenum.frames.records import SweepEnd, TransitionFamily
from spacenum.geometry.poses import DIRECTIONS, Group
from spacenum.items.build import over_scenes
from spacenum.items.schema import Cell
from spacenum.items.selection import select_even
from spacenum.items.settings import cell_size
from spacenum.study.loading import load_study

LOST = (0.0, 0.2, 0.4)


def families(plan: Sweeps, group: Group, rooms: int, lost: float, rng: np.random.Generator) -> list[TransitionFamily]:
    """The families of a group that are left of a plan."""
    found: list[TransitionFamily] = []
    for room in range(rooms):
        for sweep in (sweep for sweep in plan.of(room) if sweep.group == group):
            ends = [
                SweepEnd(magnitude=m, frame="", overlap=1, shared_anchors=1, pose_error=0) for m in sweep.magnitudes
            ]
            family = TransitionFamily(
                id=f"{room}/{len(found)}", scene=f"room-{room:03d}", group=group, direction=sweep.direction, start="",
                ends=tuple(ends), option_difference=1,
            )  # fmt: skip
            found += [family] if rng.random() >= lost else []
    return found


def main() -> None:
    config = load_study([PROJECT / "config" / "paper.yaml"]).plan.config
    scenes = config.scenes.transition
    rooms = sum(scenes.benchmark.model_dump().values())
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["group", "lost", "families", "rooms", "of", "most_of_a_room", "uneven"])
    for group in DIRECTIONS:
        size = cell_size(Cell("transition", "num2space", group).name, config.items.benchmark)
        for lost in LOST:
            plan, rng = Sweeps(scenes.families_per_scene, config.seed), np.random.default_rng(0)
            left = over_scenes(families(plan, group, rooms, lost, rng))
            kept = [family for family in left if isinstance(family, TransitionFamily)]
            chosen = select_even(kept, group, -(-size // OPTIONS))
            of_room = Counter(family.scene for family in chosen)
            asked = Counter((family.direction, end.magnitude) for family in chosen for end in family.ends)
            counts = [[asked[d, m] for m in MAGNITUDES[group]] for d in DIRECTIONS[group]]
            uneven = max(max(each) - min(each) for each in counts)
            out.writerow([group, lost, len(chosen), len(of_room), rooms, max(of_room.values()), uneven])


if __name__ == "__main__":
    main()
