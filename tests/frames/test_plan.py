"""The plan of sweeps: balanced, stable, and not associated with anything."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from spacenum.frames.plan import MAGNITUDES, Sweep, Sweeps
from spacenum.geometry.poses import DIRECTIONS

seeds = st.integers(0, 2**31 - 1)


def plan(scenes: int, families: int, seed: int) -> list[list[Sweep]]:
    sweeps = Sweeps(families, seed)
    return [sweeps.of(number) for number in range(scenes)]


@given(scenes=st.integers(1, 30), families=st.integers(1, 5), seed=seeds)
def test_every_magnitude_of_every_direction_is_covered_alike(scenes, families, seed):
    counts: dict[tuple[str, str], Counter[float]] = defaultdict(Counter)
    directions: dict[str, Counter[str]] = defaultdict(Counter)
    for sweep in (sweep for sweeps in plan(scenes, families, seed) for sweep in sweeps):
        assert len(set(sweep.magnitudes)) == 4 and list(sweep.magnitudes) == sorted(sweep.magnitudes)
        counts[sweep.group, sweep.direction].update(sweep.magnitudes)
        directions[sweep.group][sweep.direction] += 1
    for (group, _), taken in counts.items():
        spread = [taken[magnitude] for magnitude in MAGNITUDES[group]]
        assert max(spread) - min(spread) <= 1
        assert set(taken) <= set(MAGNITUDES[group])
    for group, both in DIRECTIONS.items():
        assert sum(directions[group].values()) == scenes * families
        assert abs(directions[group][both[0]] - directions[group][both[1]]) <= 1


@given(number=st.integers(0, 12), families=st.integers(1, 4), seed=seeds)
def test_each_scene_gets_its_families_of_each_group(number, families, seed):
    groups = Counter(sweep.group for sweep in Sweeps(families, seed).of(number))
    assert groups == dict.fromkeys(DIRECTIONS, families)
    asked_before = Sweeps(families, seed)
    asked_before.of(number + 3)
    assert asked_before.of(number) == Sweeps(families, seed).of(number)


@settings(max_examples=20)
@given(families=st.integers(1, 5), seed=seeds)
def test_no_kind_of_room_goes_with_a_direction(families, seed):
    """A scene's kind is its number modulo 4."""
    for group, both in DIRECTIONS.items():
        by_kind: dict[int, Counter[str]] = defaultdict(Counter)
        for number, sweeps in enumerate(plan(16, families, seed)):
            by_kind[number % 4].update(sweep.direction for sweep in sweeps if sweep.group == group)
        for counts in by_kind.values():
            assert abs(counts[both[0]] - counts[both[1]]) <= 1, (group, by_kind)


def test_groups_do_not_share_their_direction_pattern_or_their_magnitudes():
    sweeps = plan(8, 1, 0)
    lefts = [[sweep.direction == both[0] for scene in sweeps for sweep in scene if sweep.group == group]
             for group, both in DIRECTIONS.items()]  # fmt: skip
    assert len({tuple(pattern) for pattern in lefts}) > 1
    assert plan(8, 1, 0) != plan(8, 1, 1)


def test_magnitudes_are_the_papers():
    assert MAGNITUDES["move_forward_backward"] == (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4)
    assert MAGNITUDES["move_left_right"] == (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
    assert MAGNITUDES["rotate_up_down"] == MAGNITUDES["rotate_left_right"] == (10, 20, 30, 40, 50, 60, 70)
