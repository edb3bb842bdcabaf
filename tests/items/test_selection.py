"""Choosing families so that magnitudes are covered alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from spacenum.frames.plan import MAGNITUDES, Sweeps
from spacenum.frames.records import SweepEnd, TransitionFamily
from spacenum.geometry.poses import DIRECTIONS, Group
from spacenum.items.build import over_scenes
from spacenum.items.selection import most_rooms, select_even


def family(number: int, group: Group, direction: str, magnitudes: Sequence[float], scene: str = "") -> TransitionFamily:
    ends = [SweepEnd(magnitude=m, frame="", overlap=1, shared_anchors=1, pose_error=0) for m in magnitudes]
    return TransitionFamily(
        id=f"f{number}", scene=scene or f"s{number}", group=group, direction=direction, start="", ends=tuple(ends),
        option_difference=1,
    )  # fmt: skip


def planned(group: Group, scenes: int, per_scene: int) -> list[TransitionFamily]:
    plan = Sweeps(per_scene, 0)
    sweeps = [s for n in range(scenes) for s in plan.of(n) if s.group == group]
    return [family(k, group, sweep.direction, sweep.magnitudes, f"s{k // per_scene}") for k, sweep in enumerate(sweeps)]


def spread(families: Sequence[TransitionFamily], group: Group) -> int:
    """Between the most and the least covered magnitude of a direction; the larger of both directions'."""
    asked = Counter((f.direction, end.magnitude) for f in families for end in f.ends)
    counts = [[asked[d, m] for m in MAGNITUDES[group]] for d in DIRECTIONS[group]]
    return max(max(of_direction) - min(of_direction) for of_direction in counts)


@pytest.mark.parametrize("group", DIRECTIONS)
def test_a_plan_that_was_kept_whole_gives_its_first_families(group):
    families = planned(group, 8, 1)
    assert select_even(families, group, 8) == families
    assert select_even(families, group, 9) == families


@pytest.mark.parametrize("group", DIRECTIONS)
def test_the_papers_cells_are_even_after_losses(group):
    """96 families planned, those with the largest magnitude lost in half of the rooms: 25 even ones are left."""
    rng = np.random.default_rng(1)
    largest = MAGNITUDES[group][-1]
    kept = over_scenes([f for f in planned(group, 16, 6) if f.ends[-1].magnitude < largest or rng.random() < 0.5])
    chosen = select_even(kept, group, 25)
    assert len(chosen) == 25 and spread(chosen, group) <= 1
    assert Counter(Counter(f.scene for f in chosen).values()) == {1: 7, 2: 9}  # all 16 rooms, and evenly
    assert most_rooms(kept, group, 25) == 16
    assert chosen == [f for f in kept if f in chosen]


def test_of_all_choices_it_takes_the_most_even_then_the_most_rooms_then_the_earliest():
    rng = np.random.default_rng(0)
    group: Group = "move_left_right"
    families = [
        family(
            k,
            group,
            DIRECTIONS[group][k % 2],
            sorted(rng.choice(MAGNITUDES[group], 4, replace=False).tolist()),
            f"s{k % 4}",
        )
        for k in range(9)
    ]
    every = list(combinations(range(9), 5))
    alike = [chosen for chosen in every if sum(k % 2 for k in chosen) in (2, 3)]

    def rooms(chosen: Sequence[int]) -> list[int]:
        return sorted(Counter(families[k].scene for k in chosen).values())

    def price(chosen: Sequence[int]) -> tuple[int, int, int, int]:
        crowding = sum(n * (n - 1) // 2 for n in rooms(chosen))
        return spread([families[k] for k in chosen], group), -len(rooms(chosen)), crowding, sum(chosen)

    best = min(alike, key=price)
    assert most_rooms(families, group, 5) == len(rooms(best))
    assert spread([families[k] for k in best], group) > 1  # it can't be even here, and still the best is found
    assert [int(f.id[1:]) for f in select_even(families, group, 5)] == list(best)
