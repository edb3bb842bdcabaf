"""What a model's file lacks here is said before anything is rendered."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from spacenum.core import devices
from spacenum.study.config import parse_study
from spacenum.study.plan import Plan
from spacenum.study.readiness import lacking, told
from tests.study.test_config import default

FILES = {
    "fine": "{kind: reference, backend: baselines.chance}",
    "here": "{kind: vlm, backend: transformers, checkpoint: ./nowhere}",
    "far": "{kind: vlm, backend: openai, checkpoint: some, options: {base_url_env: THERE, key_env: KEY}}",
    "large": "{kind: vlm, backend: transformers, checkpoint: owner/name, parameters_b: 70, gpus: 4}",
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    none = {"transfer": {"bases": [], "recipes": []}, "mixture": {"bases": [], "recipes": []}}
    data = default() | {"models": [*FILES], "tuning": {"experiments": none}}
    return Plan(parse_study(data, "test"), tmp_path)


def test_each_lack_is_named(plan: Plan, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("THERE", "http://localhost/v1")
    monkeypatch.delenv("KEY", raising=False)
    monkeypatch.setattr(devices, "installed", list)
    found = lacking(plan, {"large": 4})
    assert {*found} == {"here", "far", "large"}
    assert "folder './nowhere' has no config.json" in found["here"]
    assert found["far"] == "the environment variable KEY, which options.key_env names, isn't set"
    assert found["large"] == "takes 4 GPUs, none seen here (slowly without: SPACENUM_DEVICE=cpu)"


def test_a_missing_package_is_named_with_its_command(plan: Plan, monkeypatch: pytest.MonkeyPatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    assert "needs torch, not installed here; run: pip install -e '.[transformers]'" in lacking(plan, {})["large"]


def test_models_that_lack_the_same_share_its_words():
    assert told({}) is None
    assert told({"a": "x", "b": "x", "c": "y"}) == "can't be asked on this machine as it is: a, b (x); c (y)"
