"""What a study planned to collect, by magnitude and variation: the denominators of the coverage table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from spacenum.frames.plan import Sweeps
from spacenum.scenes.requests import layout_requests, room_requests
from spacenum.tables.settings import CoverageParams, PlannedCandidates


def planned_candidates(params: CoverageParams) -> list[PlannedCandidates]:
    """For each magnitude, how many families it is planned for; for each scale and variation, how many layouts."""
    return [*_transitions(params), *_layouts(params)]


def _transitions(params: CoverageParams) -> Iterator[PlannedCandidates]:
    sweeps = Sweeps(params.families_per_scene, params.seed)
    planned = Counter(
        (sweep.group, sweep.direction, magnitude)
        for scene in room_requests(params.split, params.rooms, params.seed, {})
        for sweep in sweeps.of(scene.number)
        for magnitude in sweep.magnitudes
    )
    for (group, direction, magnitude), count in sorted(planned.items()):
        yield PlannedCandidates(
            setting="transition", group=group, direction=direction, magnitude=magnitude, planned=count
        )


def _layouts(params: CoverageParams) -> Iterator[PlannedCandidates]:
    scenes = layout_requests(params.split, params.layouts, params.seed, {})
    for (scale, variation), count in sorted(Counter((scene.kind, str(scene.variation)) for scene in scenes).items()):
        yield PlannedCandidates(setting="layout", group=scale, direction=variation, magnitude=None, planned=count)
