"""Tiny random checkpoints of the real architectures, written in seconds with no network; they answer nonsense."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TURN = (
    "{%- for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}{% if c.type == 'image' %}IMAGE"
    "{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if enable_thinking %}<think>\n{% endif %}{% endif %}"
)
QWEN_TEMPLATE = TURN.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
INTERNVL_TEMPLATE = TURN.replace("IMAGE", "<IMG_CONTEXT>\n")
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{% for c in m.content %}"
    "{% if c.type == 'image' %}<start_of_image>{% else %}{{ c.text | trim }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
QWEN_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
               "<|video_pad|>")  # fmt: skip
INTERNVL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>")
GEMMA_TOKENS = ("<pad>", "<end_of_turn>", "<bos>", "<unk>", "<start_of_turn>", "<start_of_image>", "<end_of_image>",
                "<image_soft_token>")  # fmt: skip
# Large weights, so that what a model is shown moves what it answers. Heads of 32 channels: vLLM takes none smaller on a CPU.
LAYERS = {"initializer_range": 0.2, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
          "num_key_value_heads": 1, "max_position_embeddings": 8192}  # fmt: skip
TOWER = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}


@dataclass(frozen=True)
class Parts:
    """What a checkpoint folder is written from."""

    model: Any
    tokenizer: Any
    images: Any
    processor: dict[str, Any]
    template: str


def build(family: str, folder: Path, seed: int = 0, **changes: Any) -> Path:
    """Write a checkpoint of ``family`` (qwen2_5_vl, qwen3_vl, internvl or gemma3) into ``folder``; the same for a seed.

    changes: of the language model's settings.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        parts = BUILDERS[family](changes)
    tokenizer = parts.tokenizer
    parts.model.generation_config = hf.GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    folder.mkdir(parents=True, exist_ok=True)
    for part in (parts.model, tokenizer, parts.images):
        part.save_pretrained(folder)
    if family == "gemma3":
        _name_as_on_the_hub(folder / "model.safetensors")
    (folder / "processor_config.json").write_text(json.dumps(parts.processor))
    (folder / "chat_template.jinja").write_text(parts.template)
    return folder


def _name_as_on_the_hub(weights: Path) -> None:
    """The vision tower's weights by the names that the published Gemma-3 checkpoints have, which vLLM knows alone."""
    kept = load_file(weights)
    named = {name.replace("vision_tower.", "vision_tower.vision_model."): each for name, each in kept.items()}
    save_file(named, weights, metadata={"format": "pt"})


def sentences() -> Iterator[str]:
    rng = random.Random(0)
    words = str.split(
        "you are an agent in indoor scene this is what see before act turn left right rotate move forward backward by "
        "stated amount which image shows option afterwards reply with the letter of one only map table chair"
    )
    for _ in range(500):
        yield " ".join(rng.choices(words, k=12)) + f". Option {rng.choice('ABCD')}: {rng.randrange(100)} degrees"


def tokens(special: tuple[str, ...], end: str, pad: str, **more: Any) -> Any:
    """A byte-level BPE tokenizer of 512 tokens, trained on the spot."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(sentences(), trainer)
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=end, pad_token=pad, padding_side="left", model_max_length=8192, **more
    )


def common(tokenizer: Any, changes: dict[str, Any]) -> dict[str, Any]:
    ids = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    return LAYERS | {"vocab_size": len(tokenizer)} | ids | changes


def qwen(name: str, patch: int, text: dict[str, Any], tower: dict[str, Any], changes: dict[str, Any]) -> Parts:
    tokenizer = tokens(QWEN_TOKENS, "<|im_end|>", "<|endoftext|>")
    ids = {
        f"{key}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
        for key, token in {"image": "image_pad", "video": "video_pad"}.items()
    } | {f"vision_{edge}_token_id": tokenizer.convert_tokens_to_ids(f"<|vision_{edge}|>") for edge in ("start", "end")}
    shared = {"hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "patch_size": patch, "out_hidden_size": 64}
    config = getattr(hf, f"{name}Config")(
        text_config=text | common(tokenizer, changes), vision_config=shared | tower, tie_word_embeddings=True, **ids
    )
    images = hf.Qwen2VLImageProcessorPil(
        patch_size=patch,
        merge_size=2,
        temporal_patch_size=2,
        size={"shortest_edge": (2 * patch) ** 2, "longest_edge": (8 * patch) ** 2},
    )
    model = getattr(hf, f"{name}ForConditionalGeneration")(config)
    return Parts(model, tokenizer, images, {"processor_class": f"{name}Processor"}, QWEN_TEMPLATE)


def qwen3_vl(changes: dict[str, Any]) -> Parts:
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [8, 4, 4], "mrope_interleaved": True}
    tower = {"depth": 3, "num_position_embeddings": 256, "deepstack_visual_indexes": [0, 1]}
    return qwen("Qwen3VL", 16, {"head_dim": 32, "rope_parameters": rope}, tower, changes)


def qwen2_5_vl(changes: dict[str, Any]) -> Parts:
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 6, 6]}
    tower = {"depth": 2, "window_size": 56, "fullatt_block_indexes": [1]}
    return qwen("Qwen2_5_VL", 14, {"rope_parameters": rope}, tower, changes)


def internvl(changes: dict[str, Any]) -> Parts:
    names = {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>"}
    tokenizer = tokens(
        INTERNVL_TOKENS, "<|im_end|>", "<|endoftext|>", extra_special_tokens=names | {"video_token": "<video>"}
    )
    config = hf.InternVLConfig(
        text_config={"model_type": "qwen3", "head_dim": 32} | common(tokenizer, changes),
        vision_config=TOWER | {"image_size": [56, 56], "patch_size": [14, 14]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    images = hf.GotOcr2ImageProcessorPil(size={"height": 56, "width": 56}, crop_to_patches=True)
    settings = {"processor_class": "InternVLProcessor", "image_seq_length": 4}
    return Parts(hf.InternVLForConditionalGeneration(config), tokenizer, images, settings, INTERNVL_TEMPLATE)


def gemma3(changes: dict[str, Any]) -> Parts:
    names = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}
    tokenizer = tokens(GEMMA_TOKENS, "<end_of_turn>", "<pad>", bos_token="<bos>", extra_special_tokens=names)
    tokenizer.add_tokens(["\n" * count for count in (1, 2, 3, 4)])  # as the real one has; vLLM looks for them
    ids = {
        f"{key}_token_index": tokenizer.convert_tokens_to_ids(token)
        for key, token in {"boi": names["boi_token"], "eoi": names["eoi_token"], "image": names["image_token"]}.items()
    }
    # A window shorter than any prompt, and layers of both kinds.
    text = {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 24}
    config = hf.Gemma3Config(
        text_config=text
        | common(tokenizer, {"layer_types": ["sliding_attention", "full_attention"], "bos_token_id": 2} | changes),
        vision_config=TOWER | {"image_size": 56, "patch_size": 14, "vision_use_head": False},
        mm_tokens_per_image=4,
        **ids,
    )
    images = hf.Gemma3ImageProcessorPil(size={"height": 56, "width": 56})
    settings = {"processor_class": "Gemma3Processor", "image_seq_length": 4}
    model = hf.Gemma3ForConditionalGeneration(config)
    # Zero when new: every image would look the same.
    torch.nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight, std=0.2)
    return Parts(model, tokenizer, images, settings, GEMMA_TEMPLATE)


BUILDERS: dict[str, Callable[[dict[str, Any]], Parts]] = {
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
    "internvl": internvl,
    "gemma3": gemma3,
}
