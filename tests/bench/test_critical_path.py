"""The longest chain and the schedule of small plans are those of a pencil."""

from __future__ import annotations

import pytest

from bench import critical_path
from bench.critical_path import JOB_S, SUBMITTED_S, Timetable, planned
from spacenum.study.loading import load_study

PLAN = """
[Tue Dec  1 01:32:04 2026]
rule items:
    input: data/in
    output: data/items
    jobid: 1
    wildcards: split=benchmark, setting=layout
rule checks:
    input: data/items
    output: data/checks
rule gallery:
    input: data/items, data/checks
    output: results/page, results/index
localrule scores:
    input: data/items
    output: results/scores
"""


@pytest.fixture
def table():
    return Timetable(load_study([]), planned(PLAN))


def test_jobs_are_read_with_what_they_need(table):
    assert [job.name for job in table.jobs] == ["items benchmark layout", "checks", "gallery", "scores"]
    assert table.before == [[], [0], [0, 1], [0]]
    assert [table.is_local(job) for job in table.jobs] == [False, False, False, True]


def test_longest_chain_and_run(table):
    items, checks, gallery = (SUBMITTED_S + JOB_S[rule] for rule in ("items", "checks", "gallery"))
    assert [table.jobs[k].rule for k in table.chain()] == ["items", "checks", "gallery"]
    assert table.behind[0] == pytest.approx(items + checks + gallery)
    assert table.makespan(nodes=1) == table.makespan(nodes=100) == pytest.approx(table.behind[0])


def test_few_nodes_take_turns():
    pages = "".join(f"rule gallery:\n    output: results/page{k}\n" for k in range(5))
    table = Timetable(load_study([]), planned(pages))
    one = SUBMITTED_S + JOB_S["gallery"]
    assert [table.makespan(nodes) for nodes in (1, 2, 5)] == pytest.approx([5 * one, 3 * one, one])


def test_every_rule_is_known():
    known = {*critical_path.JOB_S, *critical_path.UNMEASURED}
    from spacenum.study.paths import RULES

    assert known <= RULES
