"""The stock way, on tiny random checkpoints of every class that the installed transformers has of them, in float32."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from spacenum.asking.chat import Decoding
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image

torch = pytest.importorskip("torch")
stock = pytest.importorskip("spacenum.models.transformers.stock")

from bench.tiny import TINY  # noqa: E402
from spacenum.models.transformers.families import FAMILIES  # noqa: E402
from spacenum.models.transformers.prompts import image_paths, messages  # noqa: E402
from spacenum.models.transformers.sharing import keeps_keys_alone  # noqa: E402
from tests.models.test_transformers import (  # noqa: E402
    LETTERS,
    LOGPROBS,
    PAPER,
    TOLERANCE,
    engine,
    logprobs,
    question,
    questions,
    root,
)
from tests.models.tiny import build  # noqa: E402
from tests.models.tiny_more import MORE, build_more, known  # noqa: E402

__all__ = ["root"]
CLASSES = [name for name in (*TINY, *MORE) if known(name)]
FAST = [name for name in CLASSES if name in FAMILIES]
GREEDY = Decoding(name="greedy", max_new_tokens=4)
STOCK = {"path": "stock"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A maker of checkpoints by model_type; each is made once."""
    folder = tmp_path_factory.mktemp("classes")

    def make(name: str) -> Path:
        if not (folder / name).exists():
            (build if name in TINY else build_more)(name, folder / name)
        return folder / name

    return make


def in_transformers(model, root: Path, asked) -> tuple[dict, np.ndarray]:
    """A question alone through transformers' own calls, as its documentation has them: inputs, and letters."""
    loaded = model._loaded
    chat, pictures = messages(asked), iter(image_paths(asked))
    for part in chat[0]["content"]:
        if part["type"] == "image":
            part["image"] = Picture.open(root / next(pictures)).convert("RGB")
    inputs = loaded.processor.apply_chat_template(
        chat, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )
    with torch.inference_mode():
        logits = loaded.model(**inputs).logits[0, -1].log_softmax(-1)
    encode = loaded.processor.tokenizer.encode
    spelled = [[encode(word, add_special_tokens=False) for word in (letter, f" {letter}")] for letter in LETTERS]
    tokens = [[ids[0] for ids in pair if len(ids) == 1] for pair in spelled]
    return dict(inputs), torch.stack([logits[ids].logsumexp(-1) for ids in tokens]).log_softmax(-1).numpy()


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_answers_letters_and_text_as_in_transformers_whatever_the_batch(name, checkpoint, root):
    model, asked = engine(checkpoint(name), root, options=STOCK), questions()
    found = logprobs(model, asked)
    for each, letters in zip(asked, found, strict=True):
        inputs, expected = in_transformers(model, root, each)
        ours = model._maker.inputs([each])
        assert set(ours) == set(inputs)
        assert all(torch.equal(ours[key], inputs[key]) for key in inputs if torch.is_tensor(inputs[key]))
        assert np.abs(letters - expected).max() < TOLERANCE
    assert np.abs(found[0] - found[1]).max() > 50 * TOLERANCE, "words must matter, or this test shows nothing"
    for decoding in (GREEDY, PAPER):
        together = model.reply(asked[3:9], decoding)  # of one, two and four images
        assert together == [model.reply([each], decoding)[0] for each in asked[3:9]]
        assert {reply.prompt_tokens for reply in together} != {0}
    assert model.rendered(asked[0], True).startswith(model.rendered(asked[0], False))
    assert [len(logits) for logits in model.first_logits(asked[:2])] == [model._loaded.model.lm_head.out_features] * 2


@pytest.mark.parametrize("name", CLASSES)
def test_every_image_matters_in_its_place(name, checkpoint, root):
    model = engine(checkpoint(name), root, options=STOCK)
    straight, swapped, other = (question("f", 0, shown, "Which image?") for shown in ([0, 1, 2], [1, 0, 2], [0, 1, 5]))
    parts = [part if isinstance(part, Image) else straight.parts[k] for k, part in enumerate(swapped.parts)]
    found = logprobs(model, [straight, replace(swapped, parts=tuple(parts)), other])
    assert np.abs(found[0] - found[1]).max() > 50 * TOLERANCE
    assert np.abs(found[0] - found[2]).max() > 50 * TOLERANCE


@pytest.mark.parametrize("name", FAST)
def test_the_fast_way_says_what_the_stock_way_says(name, checkpoint, root):
    slow, fast, plain = (
        engine(checkpoint(name), root, options=options) for options in (STOCK, {}, {"share_prefixes": False})
    )
    assert [model.identity["engine"] for model in (slow, fast, plain)] == ["transformers, stock 1"] + 2 * [
        "transformers 3"
    ]
    expected = logprobs(slow)
    assert np.abs(logprobs(fast) - expected).max() < TOLERANCE
    assert np.abs(logprobs(plain) - expected).max() < TOLERANCE
    assert fast.reply(questions(), GREEDY) == slow.reply(questions(), GREEDY)


def test_nothing_is_shared_where_layers_keep_more_than_keys(checkpoint, root):
    """A linear attention layer's state has no rows of keys: prompts that shared one stopped the job."""
    shared = {}
    for name in ("qwen3_5", "qwen3_vl"):
        model = engine(checkpoint(name), root)
        shared[name] = any(group.shared for batch in model._plan(next(model._windows(questions()))) for group in batch)
    assert shared == {"qwen3_5": False, "qwen3_vl": True}
    assert keeps_keys_alone(model._loaded.model.config)


def test_the_way_follows_from_the_checkpoint_and_is_part_of_its_identity(checkpoint, root, monkeypatch):
    assert "stock" in engine(checkpoint("idefics3"), root).identity["engine"]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    kept = engine(Path("owner/name"), root, revision="a" * 40)
    assert kept.identity["engine"] == "transformers 3", "kept replies of a pinned one can be read without the hub"
    with pytest.raises(SpaceNumError, match="not in the local cache"):
        kept.reply(questions()[:1], LOGPROBS)


def test_what_the_stock_way_can_not_do_is_told_in_a_sentence(checkpoint, root, tmp_path):
    bare = shutil.copytree(checkpoint("idefics3"), tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(SpaceNumError, match=r"bare' has no chat template.*tuned to follow instructions"):
        engine(bare, root).reply(questions()[:1], LOGPROBS)
    nameless = shutil.copytree(checkpoint("idefics3"), tmp_path / "nameless")
    (nameless / "processor_config.json").write_text(json.dumps({"processor_class": "TelepathyProcessor"}))
    with pytest.raises(SpaceNumError, match=r"has no class 'TelepathyProcessor', its processor; use backend vllm"):
        engine(nameless, root).reply(questions()[:1], LOGPROBS)
    with pytest.raises(SpaceNumError, match=r"'pixel_budget': the image processor.*LlavaOnevision.*leave the key out"):
        engine(checkpoint("llava_onevision"), root, pixel_budget=448**2).reply(questions()[:1], LOGPROBS)
    with pytest.raises(SpaceNumError, match=r"'pixel_budget': 3000 is less than .* a single tile of 3136 pixels"):
        engine(checkpoint("smolvlm"), root, pixel_budget=3000).reply(questions()[:1], LOGPROBS)
    dumb = shutil.copytree(checkpoint("idefics3"), tmp_path / "dumb")
    (dumb / "chat_template.jinja").write_text("{% for m in messages %}{{ m.role }}{% endfor %}")
    with pytest.raises(SpaceNumError, match=r"shared\.0 and 0 more: the checkpoint's processor \(Idefics3Processor\)"):
        engine(dumb, root).reply(questions()[:1], LOGPROBS)


@pytest.mark.parametrize("name", CLASSES)
def test_words_that_a_prompt_takes_for_an_image_are_one_sentence(name, checkpoint, root):
    """In every class and both ways, whatever the token is called; chat tokens and other classes' tokens are words."""
    for options in [STOCK, {}] if name in FAST else [STOCK]:
        model = engine(checkpoint(name), root, options=options)
        processor = model._loaded.processor
        for token in {processor.image_token, getattr(processor, "boi_token", processor.image_token)}:
            wrong = question("f", 0, [0, 1], f"What does {token} mean?")
            for ask, given in ((model.reply, ([wrong], LOGPROBS)), (model.reply, ([wrong], GREEDY)),
                               (model.rendered, (wrong, True)), (model.first_logits, ([wrong],))):  # fmt: skip
                with pytest.raises(SpaceNumError) as refused:
                    ask(*given)
                assert f"item f.0: its text holds '{token}'" in str(refused.value)
        model.reply([question("f", 0, [0], "Is <picture> or [image] an image? <|im_starts|>")], LOGPROBS)


def test_thoughts_system_prompts_and_the_letters_mass_are_those_of_the_fast_way(checkpoint, root):
    asked = [replace(question, system="You help.") for question in questions()[:3]]
    thinking = [replace(question, reasoning=True) for question in asked]
    ways = [engine(checkpoint("qwen2_vl"), root, reasoning="template", options=way) for way in (STOCK, {})]
    thoughts, letters = (
        [model.reply(some, how) for model in ways] for some, how in ((thinking, GREEDY), (asked, LOGPROBS))
    )
    assert thoughts[0] == thoughts[1] and all(reply.text.startswith("<think>") for reply in thoughts[0])
    masses = np.array([[reply.letter_mass for reply in replies] for replies in letters])
    assert np.abs(masses[0] - masses[1]).max() < TOLERANCE and (masses > 0).all() and (masses < 1).all()
