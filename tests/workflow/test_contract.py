"""What other people's files and scripts rely on: which rule makes which files, their columns and keys, and the keys of
kept replies. A change here breaks studies that were made before, so it must be meant, and stand in CHANGELOG.md."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from spacenum.asking.ask import Asking, ask
from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.modes import MODES
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Image
from spacenum.models.loading import backends
from tests.workflow.conftest import MADE, Outcome, Place, dry_run

CONTRACT = PROJECT / "tests/workflow/contract"
KEYED_BY_DATA = {"inputs", "outputs", "versions", "packages", "cells", "letters"}
"""Keys of JSON files below which keys are file names, packages, cells or letters."""


def recorded(name: str) -> dict:
    return yaml.safe_load((CONTRACT / name).read_text(encoding="utf-8"))


def outputs_of(dry_run: Outcome) -> dict[str, list[str]]:
    """Rule -> the files that its jobs make, sorted, meta files apart; none for rules that only gather others."""
    assert dry_run.status == 0, dry_run.terminal
    outputs: dict[str, list[str]] = defaultdict(list)
    rule = ""
    for line in dry_run.terminal.splitlines():
        if head := re.fullmatch(r"(?:local)?rule (\w+):", line):
            rule = head[1]
            outputs[rule] += []
        elif files := re.fullmatch(r"    output: (.+)", line):
            outputs[rule] += [file for file in files[1].split(", ") if not file.endswith(".meta.json")]
    return {rule: sorted(outputs[rule]) for rule in sorted(outputs)}


def summary(files: list[str]) -> dict:
    """A long list in short: how many, a hash of all, one at each end."""
    digest = hashlib.sha256("\n".join(files).encode()).hexdigest()
    return {"count": len(files), "sha256": digest, "ends": sorted({*files[:1], *files[-1:]})}


def test_outputs_of_the_default_study(fresh: Place, tmp_path):
    assert outputs_of(dry_run(fresh, tmp_path, "default")) == recorded("default.yaml")


def test_outputs_of_the_paper_s_study(paper_plan: Outcome):
    made = outputs_of(paper_plan)
    assert {rule: summary(files) for rule, files in made.items()} == recorded("paper.yaml")


@pytest.mark.slow
def test_outputs_of_the_demonstration(fresh: Place, tmp_path):
    made = outputs_of(dry_run(fresh, tmp_path, "demonstration", "results/pretraining/demonstration/training.csv"))
    assert {rule: summary(files) for rule, files in made.items()} == recorded("demonstration.yaml")


def kind_of(path: str, models: list[str]) -> str:
    """A path without what is different for each model and shard; all meta files are of one kind."""
    if path.endswith(".meta.json"):
        return "*.meta.json"
    path = re.sub(rf"/({'|'.join(models)})/", "/*/", path)
    return re.sub(r"(benchmark|train)-\d{3}", r"\1-*", path)


def keys_of(data: object, at: str = "") -> set[str]:
    """Dotted paths of all keys; ``[]`` for the entries of a list."""
    if isinstance(data, list):
        return set().union(*(keys_of(entry, f"{at}[]") for entry in data))
    if not isinstance(data, dict):
        return {at}
    below = at.rpartition(".")[2] in KEYED_BY_DATA
    return set().union(*(keys_of(value, f"{at}.{'*' if below else key}".lstrip(".")) for key, value in data.items()))


def columns_and_keys(study: Path, models: list[str]) -> dict[str, dict[str, list[str]]]:
    """Kind of file -> its columns in their order, or all keys that occur in such files (of meta
    files, not the parameters)."""
    columns: dict[str, list[str]] = {}
    keys: dict[str, set[str]] = defaultdict(set)
    for path in sorted(path for folder in MADE for path in (study / folder).rglob("*")):
        kind = kind_of(str(path.relative_to(study)), models)
        text = path.read_text(encoding="utf-8") if path.suffix in {".csv", ".json", ".jsonl"} else ""
        if path.suffix == ".csv":
            header = next(csv.reader([text.splitlines()[0]]))
            assert columns.setdefault(kind, header) == header, f"{path} has other columns than files of its kind"
        for document in text.splitlines() if path.suffix == ".jsonl" else [text] if path.suffix == ".json" else []:
            data = json.loads(document)
            keys[kind] |= keys_of({**data, "params": None} if path.name.endswith(".meta.json") else data)
    return {"columns": columns, "keys": {kind: sorted(found) for kind, found in keys.items()}}


def test_columns_and_keys(finished: Place):
    assert columns_and_keys(finished.study, finished.config()["models"]) == recorded("columns_and_keys.yaml")


class Silent:
    """A model that replies the same to all questions."""

    identity: ClassVar = {"checkpoint": "one", "revision": "two"}
    capabilities = frozenset({"generate", "letter_logprobs"})

    def reply(self, questions: list[Question], decoding: Decoding) -> list[Reply]:
        logs = {"A": 0.0} if decoding.name == "letter_logprobs" else None
        return [Reply(text="A", finished=True, letter_logprobs=logs) for _ in questions]

    def close(self) -> None:
        pass


def stored(folder: Path) -> dict[str, list[str]]:
    """Mode -> names of the files in which replies to the recorded items are kept."""
    items = [item for setting in SETTINGS for item in read_jsonl(CONTRACT / f"{setting}.jsonl", ITEM)]
    for path in {part.image for item in items for part in item.prompt if isinstance(part, Image)}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    advised = {key: {"temperature": 0.6, "top_p": 0.95, "top_k": 20} for key in ("letter", "reasoning", "open")}
    config = ModelConfig(kind="vlm", backend="toy", checkpoint="one", sampling=advised)
    names = {}
    for mode in MODES:
        job = AnswersParams(model="toy", config=config, mode=mode, seed=1, repeats=2)
        store = AnswerStore(folder / "stores" / mode)
        ask(items, Silent(), Asking.of(job, folder), store)
        names[mode] = [path.stem for path in store.files()]
    return names


def test_kept_replies_stay_valid(tmp_path, monkeypatch):
    monkeypatch.setenv("SPACENUM_UNREAD_SHARE", "1")  # it has no answer in open modes
    assert stored(tmp_path) == recorded("store_keys.yaml")


def test_backends_keep_their_names():
    assert {
        "baselines.chance", "baselines.classical_geometry", "baselines.ideal_observer", "baselines.majority_letter",
        "baselines.trained_blind", "openai", "ovis", "person", "smollm2_text", "transformers", "vllm",
    } <= set(backends())  # fmt: skip
