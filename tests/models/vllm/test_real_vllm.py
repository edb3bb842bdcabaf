"""vLLM itself, where SPACENUM_TEST_VLLM is its command: tiny random checkpoints, on whatever device it finds.

A server takes half a minute to start on a CPU, so that this stays out of ``make test``.
docs/endpoints.md says how to install one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spacenum.models.vllm_engine.guard import descendants
from tests.models import tiny
from tests.models.vllm.asked import replies
from tests.models.vllm.test_server import all_end

VLLM = os.environ.get("SPACENUM_TEST_VLLM", "")
ROOT = Path(__file__).parents[3]
TOLERANCE = 2e-3
"""Of log-probabilities in float32: measured 7e-6 for Qwen2.5-VL, 3e-4 for those with a norm of queries and keys."""
RESIZED = 1e-2
"""Where images are resized, by torchvision in vLLM and by Pillow here: measured 4e-3, of noise."""

pytestmark = pytest.mark.skipif(not VLLM, reason="SPACENUM_TEST_VLLM doesn't name a command of vLLM")


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setenv("SPACENUM_VLLM", VLLM)
    monkeypatch.setenv("SPACENUM_VLLM_ARGS", "--enforce-eager")
    monkeypatch.setenv("SPACENUM_VLLM_GPU_MEMORY", "0.3")
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A maker of checkpoints by family; each is made once."""
    made = {}

    def make(family):
        if family not in made:
            made[family] = tiny.build(family, tmp_path_factory.mktemp(family))
        return str(made[family])

    return make


def settings(backend, checkpoint, **more):
    options = {"max_model_len": 2048} | more.pop("options", {}) if backend == "vllm" else {}
    return {
        "kind": "vlm",
        "backend": backend,
        "checkpoint": checkpoint,
        "dtype": "float32",
        "reasoning": "template",
        "options": options,
    } | more


def in_process(given, root):
    """The same in a process of vLLM's environment."""
    python = Path(VLLM).with_name("python")
    words = [str(python), "-m", "tests.models.vllm.asked", json.dumps(given), str(root)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check_same(one, other, tolerance=TOLERANCE):
    assert one["lengths"] == other["lengths"]
    assert one["masses"] == pytest.approx(other["masses"], rel=0.01)
    assert (one["turn"], one["told"]) == (other["turn"], other["told"]) == ("<|im_start|>assistant\n<think>\n", True)
    assert all(text.startswith("<think>") for text in one["thoughts"] + other["thoughts"])
    assert one["penalised"] != one["greedy"]
    for a, b in zip(one["letters"], other["letters"], strict=True):
        assert a == pytest.approx(b, abs=tolerance)
    assert one["letters"][0] != pytest.approx(one["letters"][3], abs=10 * TOLERANCE)  # the order of images counts


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl", "internvl"])
def test_a_server_says_what_transformers_says(checkpoint, tmp_path, family):
    """Not Gemma-3: on a CPU, vLLM 0.32 lets an image's tokens see only those before them."""
    folder = checkpoint(family)
    served = replies(settings("vllm", folder), tmp_path)
    stock = replies(settings("transformers", folder), tmp_path)
    check_same(served, stock)
    for drawn in ("greedy", "penalised", "thoughts"):
        same = [a == b for a, b in zip(served[drawn], stock[drawn], strict=True)]
        assert sum(same) >= len(same) - 1, drawn  # of random weights, two tokens may be as good as equally likely


@pytest.mark.parametrize(("family", "budget"), [("qwen3_vl", 64 * 64), ("internvl", 56 * 56), ("internvl", None)])
def test_a_server_shows_images_of_any_shape_as_transformers_does(checkpoint, tmp_path, family, budget):
    folder = checkpoint(family)
    served, stock = (
        replies(settings(backend, folder, pixel_budget=budget), tmp_path, (160, 120))
        for backend in ("vllm", "transformers")
    )
    check_same(served, stock, RESIZED)


def test_in_process_says_what_a_server_says(checkpoint, tmp_path):
    folder = checkpoint("qwen3_vl")
    served = replies(settings("vllm", folder), tmp_path)
    inside = in_process(settings("vllm", folder, options={"serve": False, "engine": {"enforce_eager": True}}), tmp_path)
    check_same(served, inside)
    assert (served["greedy"], served["paper"]) == (inside["greedy"], inside["paper"])


def test_a_thought_is_ended_by_its_budget(tmp_path):
    """Of checkpoints whose tags of thought are single tokens, as published ones' are."""
    transformers = pytest.importorskip("transformers")
    folder = str(tiny.build("qwen3_vl", tmp_path / "thinker", vocab_size=520))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["<think>", "</think>"])
    tokenizer.save_pretrained(folder)
    served = replies(settings("vllm", folder, options={"thinking_budget": 2}), tmp_path)
    free = replies(settings("transformers", folder), tmp_path)
    assert served["greedy"] == free["greedy"]
    assert all("</think>" in text for text in served["thoughts"])
    assert not any("</think>" in text for text in free["thoughts"])


def test_an_adapter(checkpoint, tmp_path):
    peft = pytest.importorskip("peft")
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForImageTextToText

    from spacenum.tuning.lora import TARGETS

    folder, adapter = checkpoint("qwen3_vl"), tmp_path / "adapter"
    with torch.random.fork_rng():
        torch.manual_seed(1)
        plan = peft.LoraConfig(r=4, lora_alpha=16, target_modules=TARGETS, init_lora_weights=False)
        peft.get_peft_model(AutoModelForImageTextToText.from_pretrained(folder), plan).save_pretrained(adapter)
    bare = replies(settings("transformers", folder), tmp_path)
    merged = replies(settings("transformers", folder, adapter=str(adapter)), tmp_path)
    assert bare["letters"][0] != pytest.approx(merged["letters"][0], abs=10 * TOLERANCE)
    check_same(replies(settings("vllm", folder, adapter=str(adapter)), tmp_path), merged)


def test_a_killed_job_leaves_nothing(checkpoint, tmp_path):
    given = json.dumps(settings("vllm", checkpoint("qwen3_vl")))
    job = subprocess.Popen(
        [sys.executable, "-m", "tests.models.vllm.asked", given, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE
    )
    try:
        said = []
        while not said or (said[-1] and b"ready after" not in said[-1]):
            said.append(job.stderr.readline())
        assert said[-1], said
        started = descendants(job.pid)
        assert len(started) > 2  # guard, server, engine
        job.send_signal(signal.SIGKILL)
        assert all_end(started, 40)
    finally:
        job.kill()
        job.wait()
        job.stderr.close()
