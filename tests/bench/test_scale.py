"""A study of 20,000 items is made in bounded memory, in a time that grows as their number."""

from __future__ import annotations

import pytest

from bench.scale import Use, checkout, marginal, measured, problems


def use(items: int, stage: str, seconds: float, peak_mb: float = 100) -> Use:
    return Use(items=items, stage=stage, jobs=1, seconds=seconds, peak_mb=peak_mb)


def test_growth_and_large_processes_are_found():
    """Twice 10 s for 1,000 further items, then 15 s: what every study costs anyway doesn't count."""
    uses = [use(1000, "a", 30), use(1000, "b", 10), use(2000, "a", 50), use(3000, "a", 60)]
    assert marginal(uses) == {(1000, 2000): 0.01, (2000, 3000): 0.01} and [*problems(uses)] == []
    dear = [*uses, use(4000, "a", 75), use(1000, "a", 0, peak_mb=2001)]
    assert [line.split(":")[0] for line in problems(dear)] == [
        "1000 items, a",
        "a further item costs 0.0150 s, in small studies 0.0100 s",
    ]


@pytest.mark.slow  # a quarter of an hour on two cores
def test_a_study_of_20_000_items(tmp_path):
    project = checkout(tmp_path / "project")
    uses = [use for size in (2_500, 10_000, 20_000) for use in measured(size, project, tmp_path / str(size))]
    assert [*problems(uses)] == []
    stages = {one.stage for one in uses if one.items == 20_000}
    assert {"render_frames", "build_items", "check_items", "answer_items toy", "build_gallery", "make_table"} <= stages
    parts = tmp_path / "20000/results/answers/toy/letter-greedy/base/layout.parts"
    assert len([*parts.glob("*.jsonl")]) == 2
    assert len((parts.parent / "layout.jsonl").read_text().splitlines()) == 12_000
