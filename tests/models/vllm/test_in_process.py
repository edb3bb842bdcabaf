"""vLLM in the job's process, on a stand-in for the package; and, where vLLM is installed, its API against what is used."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import math
import sys
from pathlib import Path

import pytest

from spacenum.errors import SpaceNumError
from spacenum.items.schema import Text
from spacenum.models.base import Context
from spacenum.models.chat import Decoding, Question
from spacenum.models.settings import ModelConfig
from spacenum.models.vllm import load
from spacenum.models.vllm_engine.in_process import sampling
from spacenum.models.vllm_engine.settings import VllmMachine, VllmOptions, as_flags, engine_arguments

COMMIT = "abcd" * 10
GREEDY = Decoding(name="greedy")
PAPER = Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=50)
LOGPROBS = Decoding(name="letter_logprobs")
INSTALLED = importlib.util.find_spec("vllm") is not None


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).with_name("stub")))
    for name in [name for name in sys.modules if name.partition(".")[0] == "vllm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "")  # so that what is set is undone
    monkeypatch.delenv("VLLM_ENABLE_V1_MULTIPROCESSING")
    import vllm

    yield vllm
    for name in [name for name in sys.modules if name.partition(".")[0] == "vllm"]:
        del sys.modules[name]


def config(options=None, **more):
    options = {"serve": False} | (options or {})
    return ModelConfig(
        **{"kind": "vlm", "backend": "vllm", "checkpoint": "org/model", "revision": COMMIT, "options": options} | more
    )


def loaded(root, **more):
    return load(config(**more), Context(frames={}, root=root, seed=0))


def asked(text, **more):
    return Question(item=text, family="f", parts=(Text(text=text),), letters=("A", "B", "D"), seed=len(text), **more)


def test_texts(stub, tmp_path):
    replies = loaded(tmp_path).reply([asked("one"), asked("a long one")], PAPER)
    assert [reply.text for reply in replies] == ["one T=0.7 k=50 seed=3", "a long one T=0.7 k=50 seed=10"]
    assert [reply.finished for reply in replies] == [True, False]
    assert (replies[0].prompt_tokens, replies[0].reply_tokens) == (7, 2)


def test_letter_logprobs(stub, tmp_path):
    (reply,) = loaded(tmp_path).reply([asked("one")], LOGPROBS)
    logits = {"A": math.log(math.exp(-65) + math.exp(-97)), "B": math.log(math.exp(-66) + math.exp(-98)), "D": -68}
    total = math.log(sum(map(math.exp, logits.values())))
    assert reply.letter_logprobs == pytest.approx({letter: value - total for letter, value in logits.items()})
    assert reply.text is None
    assert reply.finished


def test_the_adapter_and_the_template_flag(stub, tmp_path):
    adapter = tmp_path / "lora"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 8}')
    model = loaded(tmp_path, adapter=str(adapter), reasoning="template")
    model.reply([asked("one", reasoning=True)], GREEDY)
    call = stub.CALLS[-1]
    assert call["lora"].lora_path == str(adapter)
    assert call["template"] == {"enable_thinking": True}
    assert call["engine"]["enable_lora"] is True
    assert (call["engine"]["max_lora_rank"], call["engine"]["revision"]) == (8, COMMIT)
    with pytest.raises(ValueError, match="too many values"):
        model.reply([asked("one", reasoning=True), asked("two")], GREEDY)


def test_too_little_memory(stub, tmp_path):
    with pytest.raises(SpaceNumError, match=r"'too/large' doesn't fit.*SPACENUM_VLLM_GPU_MEMORY"):
        loaded(tmp_path, checkpoint="too/large").reply([asked("one")], GREEDY)


@pytest.mark.skipif(INSTALLED, reason="vLLM is installed here")
def test_no_vllm(tmp_path):
    with pytest.raises(SpaceNumError, match="needs vLLM in the job's own environment"):
        loaded(tmp_path)


@pytest.mark.skipif(not INSTALLED, reason="vLLM is not installed here (it lives in an environment of its own)")
def test_the_real_package_takes_what_it_is_given(tmp_path, monkeypatch):
    """Names and command line alone; no GPU is needed, though the parser wants to know of one."""
    from vllm import LLM, SamplingParams
    from vllm.engine.arg_utils import EngineArgs
    from vllm.entrypoints.openai.cli_args import make_arg_parser
    from vllm.lora.request import LoRARequest
    from vllm.platforms import current_platform
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    monkeypatch.setattr(current_platform, "device_type", "cuda")
    adapter = tmp_path / "lora"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 8}')
    settings = config({"max_model_len": 99, "engine": {"mm_processor_kwargs": {"a": 1}}})
    arguments = engine_arguments(settings, VllmOptions(**settings.options), VllmMachine(), 2, adapter)
    assert arguments.keys() <= {field.name for field in dataclasses.fields(EngineArgs)}
    chat = {"messages", "sampling_params", "use_tqdm", "lora_request", "chat_template_kwargs"}
    assert chat <= inspect.signature(LLM.chat).parameters.keys()
    assert SamplingParams(**sampling(asked("one"), PAPER, {})).top_k == 50
    tokens = {"A": [1], "B": [2], "D": [3]}
    assert SamplingParams(**sampling(asked("one"), LOGPROBS, tokens)).num_logprobs == 3
    assert LoRARequest("adapter", 1, "/x").path == "/x"
    served = {**arguments, "logprobs_mode": "processed_logprobs", "max_logprobs": 20, "served_model_name": "org/model"}
    words = ["org/model", *as_flags(served | {"lora_modules": "adapter=/x"}), "--host", "127.0.0.1", "--port", "8000"]
    parsed = make_arg_parser(FlexibleArgumentParser()).parse_args(words)
    assert (parsed.revision, parsed.max_lora_rank, parsed.generation_config) == (COMMIT, 8, "vllm")
    assert parsed.lora_modules[0].path == "/x"
    assert parsed.mm_processor_kwargs == {"a": 1}
