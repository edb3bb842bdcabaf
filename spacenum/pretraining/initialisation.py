"""An untrained Qwen3-VL with a tokenizer of its own, as a checkpoint folder that any engine loads."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor

from spacenum.core.provenance import atomic_folder
from spacenum.pretraining.settings import ANSWER_LAYER, MERGE, ModelSize

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
    "<|video_pad|>",
)  # fmt: skip
TEMPLATE = (
    "{%- for m in messages %}<|im_start|>{{ m.role }}\n{% for c in m.content %}{% if c.type == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SHARPNESS = 4.0
"""How large queries of the layer that finds the answer are at first: else near and far numbers get much the same
attention."""
NUMBER = r"-?[0-9]+(\.[0-9]+)?"
PIECES = (
    NUMBER,
    r"(?<![A-Za-z])[A-H](?![A-Za-z])",
    r" ?(?![A-H](?![A-Za-z]))\p{L}+",
    r" ?((?!-[0-9])[^\s\p{L}\p{N}])+ ?",
    r"\s+",
)
"""What no token extends beyond: numbers, options' letters, words, marks, white space. So most numbers are one token,
and a letter is the same token in "Option A:" and as a reply."""


def write_untrained(folder: Path, settings: ModelSize, texts: Iterable[str], seed: int) -> None:
    """Write the checkpoint of a model with random weights; the same for a seed."""
    tokenizer = make_tokenizer(texts, settings.vocabulary)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = hf.Qwen3VLForConditionalGeneration(_config(settings, tokenizer))
        _embed_numbers(model.model.language_model.embed_tokens.weight, tokenizer)
        torch.nn.init.constant_(model.model.language_model.layers[ANSWER_LAYER].self_attn.q_norm.weight, SHARPNESS)
    model.generation_config = hf.GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    images = hf.Qwen2VLImageProcessorPil(
        patch_size=settings.patch,
        merge_size=MERGE,
        temporal_patch_size=2,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        size={"shortest_edge": settings.image**2, "longest_edge": settings.image**2},
    )
    with atomic_folder(folder) as temporary:
        for part in (model, tokenizer, images):
            part.save_pretrained(temporary)
        (temporary / "processor_config.json").write_text(json.dumps({"processor_class": "Qwen3VLProcessor"}))
        (temporary / "chat_template.jinja").write_text(TEMPLATE)


@torch.no_grad()
def _embed_numbers(embeddings: Tensor, tokenizer: Any) -> None:
    """Add random Fourier features of their values to numbers' embeddings [tokens, channels], so that near numbers are
    alike from the start. Whole numbers, which are angles, count a tenth of a unit per two degrees."""
    width = embeddings.shape[1]
    size, scales = math.sqrt(2) * embeddings.std(), torch.logspace(-0.7, 0.7, width)  # of kernels, in units of a map
    frequencies, phases = torch.randn(width) / scales, 2 * math.pi * torch.rand(width)
    for token, index in tokenizer.get_vocab().items():
        if re.fullmatch(NUMBER, token):
            value = float(token) * (1 if "." in token else 0.05)
            embeddings[index] += size * torch.cos(frequencies * value + phases)


def make_tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    """A byte-level BPE tokenizer trained on ``texts``; options' letters and frequent
    numbers are tokens of their own."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("|".join(PIECES)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        padding_side="left",
        model_max_length=8192,
    )


def _config(settings: ModelSize, tokenizer: Any) -> Any:
    width, heads, depth = settings.hidden, settings.heads, settings.tower_layers
    half = width // heads // 2
    side = half * 10 // 32  # Qwen3-VL's shares of time, height and width
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in {
        "image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>",
    }.items()}  # fmt: skip
    return hf.Qwen3VLConfig(
        text_config={
            "hidden_size": width,
            "intermediate_size": settings.mlp_ratio * width,
            "num_hidden_layers": settings.layers,
            "num_attention_heads": heads,
            "num_key_value_heads": heads,
            "head_dim": 2 * half,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 8192,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": None,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 5e6,
                "mrope_section": [half - 2 * side, side, side],
                "mrope_interleaved": True,
            },
        },
        vision_config={
            "hidden_size": width,
            "intermediate_size": 4 * width,
            "num_heads": heads,
            "depth": depth,
            "patch_size": settings.patch,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 2,
            "out_hidden_size": width,
            "num_position_embeddings": (settings.image // settings.patch) ** 2,
            "deepstack_visual_indexes": [],
        },
        tie_word_embeddings=True,
        **ids,
    )
