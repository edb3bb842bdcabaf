"""Checkpoints of real size with random weights, made on the spot: they cost what real ones cost, and need no hub.

Numbers are those of the public configurations of the named models. Vocabularies are padded to their real size, so that the
last layer costs what it costs; texts are cut into bytes' worth of tokens by a tokenizer trained here, so that prompts are
somewhat longer than real ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
TEMPLATE = (
    "{%- for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}{% if c.type == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True)
class Shape:
    """Numbers of a Qwen3-VL: the language model's and the vision tower's."""

    hidden: int
    inner: int
    layers: int
    heads: int
    key_value_heads: int
    head: int
    vocabulary: int
    tower_hidden: int
    tower_inner: int
    tower_depth: int
    tower_heads: int
    deepstack: tuple[int, ...]


SHAPES = {
    "qwen3_vl_tiny": Shape(64, 128, 2, 4, 2, 16, 600, 64, 128, 3, 4, (0, 1)),
    "qwen3_vl_4b": Shape(2560, 9728, 36, 32, 8, 128, 151936, 1024, 4096, 24, 16, (5, 11, 17)),
    "qwen3_vl_8b": Shape(4096, 12288, 36, 32, 8, 128, 151936, 1152, 4304, 27, 16, (8, 16, 24)),
}


def tokenizer(sentences: Callable[[], Iterator[str]]) -> Any:
    """A byte-level tokenizer of at most 600 tokens, trained on ``sentences``."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        sentences(),
        trainers.BpeTrainer(
            vocab_size=600, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
        ),
    )
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|endoftext|>", padding_side="left"
    )


def config(shape: Shape, tokens: Any) -> Any:
    """The checkpoint's configuration."""
    section = [shape.head // 2 - 2 * (shape.head // 6), shape.head // 6, shape.head // 6]
    ids = {
        name: tokens.convert_tokens_to_ids(f"<|{token}|>")
        for name, token in {
            "image_token_id": "image_pad",
            "video_token_id": "video_pad",
            "vision_start_token_id": "vision_start",
            "vision_end_token_id": "vision_end",
        }.items()
    }
    text = {
        "vocab_size": max(shape.vocabulary, len(tokens)),
        "hidden_size": shape.hidden,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads,
        "head_dim": shape.head,
        "max_position_embeddings": 32768,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5e6,
            "mrope_section": section,
            "mrope_interleaved": True,
        },
        "pad_token_id": tokens.pad_token_id,
        "eos_token_id": tokens.eos_token_id,
        "bos_token_id": None,
    }
    tower = {
        "hidden_size": shape.tower_hidden,
        "intermediate_size": shape.tower_inner,
        "depth": shape.tower_depth,
        "num_heads": shape.tower_heads,
        "out_hidden_size": shape.hidden,
        "patch_size": 16,
        "deepstack_visual_indexes": list(shape.deepstack),
    }
    return hf.Qwen3VLConfig(text_config=text, vision_config=tower, tie_word_embeddings=True, **ids)


def processor_folder(folder: Path, tokens: Any, made: Any) -> Path:
    """Everything but the weights, as a hub repository has it."""
    tokens.save_pretrained(folder)
    hf.Qwen2VLImageProcessorPil(
        patch_size=16, merge_size=2, temporal_patch_size=2, size={"shortest_edge": 65536, "longest_edge": 16777216}
    ).save_pretrained(folder)
    made.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": "Qwen3VLProcessor"}))
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    return folder
