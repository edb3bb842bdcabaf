"""Ovis2.5 by its own code, against a stand-in that has the calls of its model card, no more:
docs/engines.md says what ran for real."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models import ovis

torch = pytest.importorskip("torch")
END = 7


class StandIn:
    """Records its calls; writes three random tokens, or, greedy, the number of images and END."""

    device, dtype = torch.device("cpu"), torch.bfloat16
    text_tokenizer = SimpleNamespace(
        eos_token_id=END,
        pad_token_id=0,
        added_tokens_decoder={1: "<|vision_start|>", 2: "<|im_start|>"},
        decode=lambda ids, skip_special_tokens: " ".join(str(k) for k in ids if k != END),
    )

    def __init__(self) -> None:
        self.calls: list[dict] = []
        self.llm = SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=[END], repetition_penalty=9.0))

    def preprocess_inputs(
        self, messages, min_pixels=448 * 448, max_pixels=1792 * 1792, add_generation_prompt=True, enable_thinking=False
    ):
        *system, user = messages
        pictures = [part["image"] for part in user["content"] if part["type"] == "image"]
        assert add_generation_prompt and all(isinstance(picture, Picture.Image) for picture in pictures)
        self.calls.append({"max_pixels": max_pixels, "templated": enable_thinking, "system": system})
        return torch.tensor([[1, 2, 3]]), torch.ones(len(pictures), 4), torch.ones(len(pictures), 3)

    def generate(self, inputs, pixel_values, grid_thws, max_new_tokens, do_sample, **more):
        assert pixel_values.dtype == torch.bfloat16
        self.calls[-1] |= more | {"own": self.llm.generation_config}
        return torch.randint(100, 1000, (1, 3)) if do_sample else torch.tensor([[len(grid_thws), END]])


def templated(messages, tokenize, add_generation_prompt, enable_thinking):
    """As Qwen3's template, which is Ovis2.5's: a thought that may not be is opened and closed."""
    assert not tokenize
    words = [part if isinstance(part, str) else part.get("text", "<image>") for m in messages for part in m["content"]]
    turn = "|model|" + ("" if enable_thinking else "<think>\n\n</think>\n\n")
    return "".join(words) + turn * add_generation_prompt


def model(tmp_path, **options):
    Picture.new("RGB", (8, 8)).save(tmp_path / "a.png")
    config = ModelConfig(
        kind="vlm",
        backend="ovis",
        checkpoint="AIDC-AI/Ovis2.5-2B",
        pixel_budget=200704,
        options={"trust_remote_code": True} | options,
    )
    made = ovis.load(config, Context(frames={}, root=tmp_path, seed=0))
    made.__dict__["_model"] = StandIn()
    return made


def question(seed=0, reasoning=False):
    parts = (Text(text="Before:"), Image(image="a.png"), Image(image="a.png"), Text(text="Which?"))
    return Question("item", "family", parts, ("A", "B"), reasoning, seed)


@pytest.fixture(autouse=True)
def transformers(monkeypatch):
    """Pretends a release under which the checkpoint's code runs; returns a function that pretends another."""

    def pretend(release):
        monkeypatch.setattr(ovis, "version", lambda name: release)

    pretend("4.57.6")
    return pretend


def test_a_release_that_it_does_not_run_under(tmp_path, transformers):
    transformers("5.24.0")
    with pytest.raises(SpaceNumError, match=r"under transformers 5\.24\.0: say `backend: vllm`"):
        model(tmp_path)


def test_remote_code_needs_a_yes():
    config = ModelConfig(kind="vlm", backend="ovis", checkpoint="AIDC-AI/Ovis2.5-2B")
    with pytest.raises(SpaceNumError, match=r"options\.trust_remote_code: true"):
        ovis.load(config, Context(frames={}, root=None, seed=0))


def test_images_budget_and_thinking_reach_the_checkpoint(tmp_path):
    asked = model(tmp_path, thinking_budget=100)
    [plain] = asked.reply([question()], Decoding(name="greedy", max_new_tokens=16))
    assert (plain.text, plain.finished, plain.prompt_tokens, plain.reply_tokens) == ("2", True, 3, 2)
    asked.reply([question(reasoning=True)], Decoding(name="greedy", max_new_tokens=200))
    first, second = asked._model.calls
    assert first["max_pixels"] == 200704 and not first["templated"] and not first["enable_thinking"]
    assert second["templated"] and second["enable_thinking_budget"] and second["thinking_budget"] == 100
    with pytest.raises(SpaceNumError, match="no room for an answer"):
        asked.reply([question(reasoning=True)], Decoding(name="greedy", max_new_tokens=110))


@pytest.mark.parametrize("token", ["<image>", "<|vision_start|>"])
def test_words_that_stand_for_an_image_are_one_sentence(tmp_path, token):
    asked, wrong = model(tmp_path), replace(question(), parts=(Text(text=f"What is {token}?"), *question().parts))
    with pytest.raises(SpaceNumError, match=rf"its text holds '{re.escape(token)}'"):
        asked.reply([question(), wrong], Decoding(name="greedy", max_new_tokens=16))
    assert asked._model.calls == []


def test_the_system_prompt_reaches_the_checkpoint(tmp_path):
    asked = model(tmp_path)
    asked.reply([replace(question(), system="You help.")], Decoding(name="greedy", max_new_tokens=16))
    assert asked._model.calls[0]["system"] == [{"role": "system", "content": "You help."}]
    asked._model.text_tokenizer.apply_chat_template = templated
    thinking = replace(question(reasoning=True), system="You help.")
    closed, opened = (asked.rendered(thinking, generation) for generation in (False, True))
    assert (closed, opened) == ("You help.Before:<image><image>Which?", f"{closed}|model|")
    assert asked.rendered(question(), True).endswith("</think>\n\n")


def test_drawn_replies_follow_their_seed_and_may_be_cut(tmp_path):
    asked, paper = model(tmp_path), Decoding(name="paper", temperature=0.7, top_k=50, max_new_tokens=3)
    first, other, again = asked.reply([question(1), question(2), question(1)], paper)
    assert first == again != other
    assert not first.finished


def test_the_checkpoint_s_own_generation_settings_are_left_aside_and_penalties_see_the_prompt(tmp_path):
    asked = model(tmp_path)
    asked.reply([question()], Decoding(name="greedy", max_new_tokens=3))
    asked.reply([question()], Decoding(name="recommended", repetition_penalty=1.25, max_new_tokens=3))
    plain, penalised = asked._model.calls
    assert (plain["own"].eos_token_id, plain["own"].repetition_penalty) == ([END], None)
    assert "logits_processor" not in plain and asked._model.llm.generation_config.repetition_penalty == 9.0
    [step] = penalised["logits_processor"]
    lowered = step(torch.empty(1, 0, dtype=torch.long), torch.tensor([[5.0, 5.0, -5.0, 5.0, 5.0]]))
    assert lowered.tolist() == [[5.0, 4.0, -6.25, 4.0, 5.0]]  # the stand-in's prompt is 1, 2, 3


def test_letter_logprobs_are_refused(tmp_path):
    with pytest.raises(SpaceNumError, match="no letter log-probabilities"):
        model(tmp_path).reply([question()], Decoding(name="letter_logprobs"))
