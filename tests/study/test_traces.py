"""What a config says of traces: what follows, and what is refused."""

from __future__ import annotations

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.study.config import parse_study
from spacenum.study.study import MODELS, Study

SHEET_AND_PAGE = ["results/traces/sheet.csv", "results/traces/gallery/index.html"]


def study(models=("chance", "qwen3_vl_4b_thinking"), modes=("letter-greedy", "reasoning-greedy"), **traces):
    config = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    data = config | {"models": list(models), "modes": list(modes), "traces": traces}
    return Study(parse_study(data, "study.yaml"), MODELS)


def test_tables_follow_from_who_reasons_and_who_labels():
    assert study().traces.targets() == ["results/tables/traces.csv", *SHEET_AND_PAGE]
    with_judge = study(judge="qwen3_vl_4b").traces
    assert with_judge.targets()[:2] == ["results/tables/traces.csv", "results/tables/trace_agreement.csv"]
    assert study(models=["chance"]).traces.targets() == study(modes=["letter-greedy"]).traces.targets() == []
    assert len(list(with_judge.outputs())) == 2 + 2 + 2 + len(SHEET_AND_PAGE)  # rules, judge, tables


@pytest.mark.parametrize(
    ("traces", "sentence"),
    [
        ({"judge": "chance"}, "config key 'traces.judge' names 'chance', which is a reference"),
        ({"judge": "wise"}, "config key 'traces.judge' names 'wise', but there is no config/models/wise.yaml"),
        ({"mode": "reasoning-paper"}, "key 'traces.mode' is 'reasoning-paper', which is no reasoning mode of 'modes'"),
        ({"sheets": ["a/anna.csv", "b/anna.csv"]}, "2 sheets are called anna.csv"),
        ({"sheets": ["rules.csv"]}, "'rules.csv' can't be a person's"),
    ],
)
def test_what_is_refused(traces, sentence):
    with pytest.raises(SpaceNumError) as raised:
        study(**traces)
    assert sentence in str(raised.value)
