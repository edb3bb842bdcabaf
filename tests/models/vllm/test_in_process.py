"""vLLM in the job's process, on a stand-in for the package; test_real_vllm.py has the real one."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import sys
from pathlib import Path

import pytest

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Text
from spacenum.models.vllm import load
from tests.models.vllm.adapters import MODULE, named_checkpoint, write_adapter

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
    assert (replies[0].prompt_tokens, replies[0].reply_tokens) == (len("|one|model|"), 2)


def test_the_checkpoint_s_own_generation_settings_are_left_aside_and_penalties_are_stated(stub, tmp_path):
    model = loaded(tmp_path)
    model.reply([asked("one")], Decoding(name="recommended", repetition_penalty=1.05, presence_penalty=1.5))
    call = stub.CALLS[-1]
    assert call["engine"]["generation_config"] == "vllm"
    [params] = call["sampling"]
    assert (params.repetition_penalty, params.presence_penalty) == (1.05, 1.5)


def test_letter_logprobs(stub, tmp_path):
    (reply,) = loaded(tmp_path).reply([asked("one")], LOGPROBS)
    logits = {"A": math.log(math.exp(-65) + math.exp(-97)), "B": math.log(math.exp(-66) + math.exp(-98)), "D": -68}
    total = math.log(sum(map(math.exp, logits.values())))
    assert reply.letter_logprobs == pytest.approx({letter: value - total for letter, value in logits.items()})
    assert reply.letter_mass == pytest.approx(total_mass := math.exp(total), rel=0.005) and total_mass < 1e-20
    assert reply.text is None
    assert reply.finished


def test_what_the_prompt_opens_begins_the_reply_and_the_template_has_its_variables(stub, tmp_path):
    options = {"template_kwargs": {"style": "short"}, "thinking_budget": 9, "thinking_end": "Enough.</think>"}
    model = loaded(tmp_path, reasoning="template", options=options)
    thinking = asked("one", reasoning=True, system="You help.")
    (thought,), (plain,) = model.reply([thinking], GREEDY), model.reply([asked("one")], GREEDY)
    assert thought.text.startswith("<think>one") and plain.text.startswith("one")
    first, second = stub.CALLS[-2:]
    assert first["template"] == {"style": "short", "enable_thinking": True}
    assert second["template"] == {"style": "short", "enable_thinking": False}
    assert (first["sampling"][0].thinking_token_budget, second["sampling"][0].thinking_token_budget) == (9, None)
    assert first["engine"]["reasoning_config"] == {
        "reasoning_start_str": "<think>", "reasoning_end_str": "Enough.</think>",
    }  # fmt: skip
    closed, opened = (model.rendered(thinking, generation) for generation in (False, True))
    assert (closed, opened) == ("You help.|one", "You help.|one|model|<think>\n")


def test_options_that_came_later_change_no_key_of_files_that_lack_them(stub, tmp_path):
    assert loaded(tmp_path).identity["options"] == json.dumps({
        "engine": {}, "max_model_len": None, "serve": False, "template_flag": "enable_thinking",
        "trust_remote_code": False,
    })  # fmt: skip
    assert "thought" not in loaded(tmp_path).identity
    assert "thinking_budget" in loaded(tmp_path, options={"thinking_budget": 9}).identity["options"]


def test_the_adapter_and_the_template_flag(stub, tmp_path):
    adapter = write_adapter(tmp_path / "lora", 8)
    model = loaded(tmp_path, adapter=str(adapter), reasoning="template")
    model.reply([asked("one", reasoning=True)], GREEDY)
    call = stub.CALLS[-1]
    assert call["lora"].lora_path == str(adapter)
    assert call["template"] == {"enable_thinking": True}
    assert call["engine"]["enable_lora"] is True
    assert (call["engine"]["max_lora_rank"], call["engine"]["revision"]) == (8, COMMIT)
    with pytest.raises(ValueError, match="too many values"):
        model.reply([asked("one", reasoning=True), asked("two")], GREEDY)


def test_an_adapter_that_does_not_fit_is_not_given_to_the_engine(stub, tmp_path):
    calls = len(stub.CALLS)
    doubled = write_adapter(tmp_path / "doubled", 8, module=f"base_model.model.{MODULE}")
    with pytest.raises(SpaceNumError, match=r"doubled/adapter_model\.safetensors: base_model.* are no names of this"):
        loaded(tmp_path, adapter=str(doubled)).reply([asked("one")], GREEDY)
    silent = write_adapter(tmp_path / "silent", 8, value=0)
    with pytest.raises(SpaceNumError, match=r"silent/adapter_model\.safetensors: .* change weights by"):
        loaded(tmp_path, adapter=str(silent)).reply([asked("one")], GREEDY)
    assert len(stub.CALLS) == calls


@pytest.mark.parametrize(
    ("kind", "token"),
    [("qwen3_vl", "<|image_pad|>"), ("qwen3_vl", "<|vision_start|>"), ("internvl_chat", "<image>"),
     ("kimi_vl", "<|media_pad|>"), ("minicpmv", "<image>"), ("molmo2", "<im_patch>"), ("other", "<tok_image>")],
)  # fmt: skip
def test_words_that_the_prompt_takes_for_an_image_are_one_sentence(stub, tmp_path, kind, token):
    folder = named_checkpoint(tmp_path / "checkpoint", kind, token)
    model = loaded(tmp_path, checkpoint=str(folder))
    calls = len(stub.CALLS)
    with pytest.raises(SpaceNumError, match=rf"item before .* after: its text holds '{re.escape(token)}', which this"):
        model.reply([asked("fine"), asked(f"before {token} after")], GREEDY)
    with pytest.raises(SpaceNumError, match="the system prompt of the model's file holds"):
        model.reply([asked("fine", system=token)], GREEDY)
    assert len(stub.CALLS) == calls
    model.reply([asked("an image of <|im_start|> and <picture>")], GREEDY)


@pytest.mark.parametrize("reason", ["abort", "error", "repetition", "network_error"])
@pytest.mark.parametrize("decoding", [PAPER, LOGPROBS])
def test_a_batch_of_which_a_reply_broke_off_is_asked_again_whole(stub, tmp_path, capsys, reason, decoding):
    stub.REASONS[:] = ["stop", reason]
    model, before = loaded(tmp_path), len(stub.CALLS)
    replies = model.reply([asked("one"), asked("two")], decoding)
    assert len(stub.CALLS) - before == 2 and all(reply.finished for reply in replies)
    assert f"broke off its reply to two (finish_reason '{reason}')" in capsys.readouterr().err
    stub.REASONS[:] = [reason] * 6
    with pytest.raises(SpaceNumError, match=rf"reply to one \(finish_reason '{reason}'\) of 'org/model', 3 times"):
        model.reply([asked("one"), asked("two")], decoding)
    assert not stub.REASONS


def test_too_little_memory(stub, tmp_path):
    with pytest.raises(SpaceNumError, match=r"'too/large' doesn't fit.*SPACENUM_VLLM_GPU_MEMORY"):
        loaded(tmp_path, checkpoint="too/large").reply([asked("one")], GREEDY)


@pytest.mark.skipif(INSTALLED, reason="vLLM is installed here")
def test_no_vllm(tmp_path):
    with pytest.raises(SpaceNumError, match="needs vLLM in the job's own environment"):
        loaded(tmp_path)
