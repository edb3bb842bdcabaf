"""The jobs of traces, one after the other, on answers that are on disk."""

from __future__ import annotations

import csv
import json
import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest

from spacenum.asking.base import Answer, ModelInfo
from spacenum.asking.settings import ModelConfig
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.gallery.settings import TraceGalleryParams
from spacenum.traces.labels import FAILURES, TraceLabels
from spacenum.traces.settings import (
    TraceJudgeParams,
    TracePeopleParams,
    TraceRulesParams,
    TraceSampleParams,
    TraceTableParams,
)
from tests.models.endpoint.fake_endpoint import completion, running
from tests.models.test_trained_blind import item_of
from tests.stages import prepare

TURNS = [10.0, 20.0, 30.0, 40.0]
ITEMS = [item_of("space2num", f"f{n}", TURNS, asked) for n in range(3) for asked in TURNS]
LARGE = (
    "<think>The scene has changed a lot between the images, so that the turn must be the "
    "largest one of the four.</think>D"
)
SOUND = (
    "<think>The lamp moved by 11% of the width, and 20° would move it by 22%, "
    "so that 10° is what it must be, I think.</think>A"
)
SAMPLE = {"sample": 5, "seed": 3}
GALLERY = {"page": "gallery/index.html", "index": "gallery/items.js", "data": "gallery/items"}


def run(name, params, inputs, **outputs):
    """A script, in this process."""
    words = [f"scripts.{name}", prepare(Path(), name, params, inputs, **outputs)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        runpy.run_module(f"scripts.{name}", run_name="__main__")


def test_from_answers_to_tables_and_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "items.jsonl", ITEMS)
    replies = [(SOUND, "A"), (LARGE, "D")]
    answers = [
        Answer(item=item.id, reply=replies[n % 2][0], letter=replies[n % 2][1], outcome="parsed", repeat=repeat)
        for n, item in enumerate(ITEMS)
        for repeat in range(2)
    ]
    write_jsonl(tmp_path / "a.jsonl", answers)
    one = {"items_file": "items.jsonl", "answers": "a.jsonl"}
    several = {"items_file": "items.jsonl", "answers": {"m": "a.jsonl"}}

    run("label_traces", TraceRulesParams(model="m"), one, labels="rules.jsonl")
    rules = read_jsonl(tmp_path / "rules.jsonl", TraceLabels)
    assert [label.failures for label in rules] == [(), ("no_counterfactual",)] * 6  # the first reply of two
    assert [label.answer for label in rules] == [
        "right" if item.answer == replies[n % 2][1] else "wrong" for n, item in enumerate(ITEMS)
    ]

    with running() as endpoint:
        endpoint.says(completion(json.dumps(dict.fromkeys((*FAILURES, "unclear"), False) | {"quotes": {}})))
        config = ModelConfig(kind="vlm", backend="openai", checkpoint="org/j", options={"base_url": endpoint.url})
        params = TraceJudgeParams(model="m", judge="wise", config=config, tokens=100, **SAMPLE)
        for _ in range(2):
            run("judge_traces", params, one, labels="judge.jsonl")
        assert len(endpoint.bodies) == 2  # the same words to the same question are asked once
    judged = [label.item for label in read_jsonl(tmp_path / "judge.jsonl", TraceLabels)]

    run("export_trace_sheet", TraceSampleParams(**SAMPLE), several, sheet="sheet.csv")
    with (tmp_path / "sheet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["item"] for row in rows] == judged  # people and judge see the same
    for row in rows:
        row.update(dict.fromkeys(FAILURES, "no"), no_counterfactual="yes" if "changed" in row["trace"] else "no")
    pd.DataFrame(rows).to_csv(tmp_path / "anna.csv", index=False)
    run("import_trace_sheet", TracePeopleParams(person="anna"), several | {"sheet": "anna.csv"}, labels="anna.jsonl")

    labels = {"labels": ["rules.jsonl", "judge.jsonl", "anna.jsonl"]}
    for table in ("traces", "trace_agreement"):
        run("make_trace_table", TraceTableParams(table=table), labels, table=f"{table}.csv")
    shares = pd.read_csv(tmp_path / "traces.csv").query("answers == 'all' and failure == 'no_counterfactual'")
    assert shares.set_index("source")["n"].to_dict() == {"rules": 12, "judge": 5, "anna": 5}
    agreement = pd.read_csv(tmp_path / "trace_agreement.csv").query("model == 'all' and failure == 'no_counterfactual'")
    kappas = agreement.set_index(["first", "second"])["kappa"]
    assert kappas["rules", "anna"] == 1 and kappas["rules", "judge"] == 0

    info = ModelInfo(name="m", kind="vlm")
    params = TraceGalleryParams(variants={}, models=[info], study="s", simulators={"transition": "blender"}, **SAMPLE)
    run("build_trace_gallery", params, several | labels, **GALLERY)
    shown = (tmp_path / "gallery/items/0000.js").read_text().splitlines()[1:-1]
    records = [json.loads(line.rstrip(",")) for line in shown]
    assert [record["id"] for record in records] == judged
    assert [label["source"] for label in records[0]["answers"][0]["labels"]] == ["rules", "judge", "anna"]
