"""Checkpoints with random weights of the real classes, of real or any other size, made on the spot with no hub: they
cost what real ones cost, and answer nonsense.

``python -m bench.checkpoints gemma_3_4b FOLDER`` writes one in bfloat16,
to be named as ``checkpoint`` in a model's file.

Numbers are those of the public configurations of the named models. Vocabularies have their real size, so that the last
layer costs what it costs; texts are cut by a tokenizer of some 500 tokens trained here,
so that prompts are longer than real ones.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from spacenum.core.errors import run_script

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
    "{% if c.type == 'image' %}<start_of_image>{% else %}{{ c.text | trim }}{% endif %}{% endfor %}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
QWEN_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
               "<|video_pad|>")  # fmt: skip
INTERNVL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>")
GEMMA_TOKENS = ("<pad>", "<end_of_turn>", "<bos>", "<unk>", "<start_of_turn>", "<start_of_image>", "<end_of_image>",
                "<image_soft_token>")  # fmt: skip


@dataclass(frozen=True)
class CheckpointConfig:
    """The numbers of a checkpoint, by the names of transformers' configurations.

    family: one of BUILDERS. text, tower: of the language model and the vision tower. whole: of the configuration that
    holds both. pixels: least and most pixels of an image (Qwen), or its width and height (InternVL: of a tile).
    """

    family: str
    text: Mapping[str, Any]
    tower: Mapping[str, Any]
    pixels: tuple[int, int]
    whole: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """What a checkpoint's folder is written from, but for the weights."""

    config: Any
    tokenizer: Any
    images: Any
    processor: dict[str, Any]
    template: str

    def save(self, folder: Path) -> None:
        """Write them as a hub repository has them."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in (self.config, self.tokenizer, self.images):
            part.save_pretrained(folder)
        (folder / "processor_config.json").write_text(json.dumps(self.processor))
        (folder / "chat_template.jinja").write_text(self.template)


def parts_of(shape: CheckpointConfig) -> Parts:
    """Configuration, tokenizer, image processor and template of a checkpoint."""
    return BUILDERS[shape.family](shape)


def random_model(parts: Parts, dtype: str, device: str = "cpu") -> Any:
    """The class that the configuration names, with random weights from PyTorch's global generator."""
    with torch.device(device):
        model: Any = hf.AutoModelForImageTextToText.from_config(parts.config, dtype=getattr(torch, dtype)).eval()
    projector = getattr(model.model, "multi_modal_projector", None)
    if (weight := getattr(projector, "mm_input_projection_weight", None)) is not None:
        torch.nn.init.normal_(
            weight, std=parts.config.text_config.initializer_range
        )  # zero when new: no image would show
    tokenizer = parts.tokenizer
    model.generation_config = hf.GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    return model


def write(shape: CheckpointConfig, folder: Path, dtype: str = "float32", seed: int = 0, device: str = "cpu") -> Path:
    """Write a checkpoint of ``shape`` into ``folder``, which is returned; the same for a seed and a kind of device."""
    return write_parts(parts_of(shape), folder, dtype, seed, device)


def write_parts(parts: Parts, folder: Path, dtype: str = "float32", seed: int = 0, device: str = "cpu") -> Path:
    """Write a checkpoint with random weights that consists of ``parts``."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = random_model(parts, dtype, device)
    parts.save(folder)
    model.save_pretrained(folder)
    return folder


def sentences() -> Iterator[str]:
    """Text for the tokenizers."""
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
        tokenizer_object=made, eos_token=end, pad_token=pad, padding_side="left", model_max_length=32768, **more
    )


def language_model(tokenizer: Any, text: Mapping[str, Any], **ids: int) -> dict[str, Any]:
    """The language model's settings; its vocabulary is the tokenizer's unless ``text`` has one."""
    own = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    return {"vocab_size": len(tokenizer), **own, **ids, **text}


def qwen_parts(name: str, patch: int, shape: CheckpointConfig, processor: str | None = None) -> Parts:
    """Of a class that is built like the Qwen-VL ones. name: of its configuration, before "Config". processor: the name
    of its processor, if that is another."""
    tokenizer = tokens(QWEN_TOKENS, "<|im_end|>", "<|endoftext|>")
    ids = {
        f"{key}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
        for key, token in {"image": "image_pad", "video": "video_pad"}.items()
    } | {f"vision_{edge}_token_id": tokenizer.convert_tokens_to_ids(f"<|vision_{edge}|>") for edge in ("start", "end")}
    config = getattr(hf, f"{name}Config")(
        text_config=language_model(tokenizer, shape.text),
        vision_config={"out_hidden_size": shape.text["hidden_size"], **shape.tower, "patch_size": patch},
        **{"tie_word_embeddings": True, **shape.whole},
        **ids,
    )
    size = dict(zip(("shortest_edge", "longest_edge"), shape.pixels, strict=True))
    images = hf.Qwen2VLImageProcessorPil(patch_size=patch, merge_size=2, temporal_patch_size=2, size=size)
    return Parts(config, tokenizer, images, {"processor_class": processor or f"{name}Processor"}, QWEN_TEMPLATE)


def _qwen3_vl(shape: CheckpointConfig) -> Parts:
    return qwen_parts("Qwen3VL", 16, shape)


def _qwen2_5_vl(shape: CheckpointConfig) -> Parts:
    return qwen_parts("Qwen2_5_VL", 14, shape)


def _internvl(shape: CheckpointConfig) -> Parts:
    names = {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>"}
    tokenizer = tokens(
        INTERNVL_TOKENS, "<|im_end|>", "<|endoftext|>", extra_special_tokens=names | {"video_token": "<video>"}
    )
    width, height = shape.pixels
    length = (width // 28) * (height // 28)
    config = hf.InternVLConfig(
        text_config={"model_type": "qwen3", **language_model(tokenizer, shape.text)},
        vision_config={**shape.tower, "image_size": [height, width], "patch_size": [14, 14]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=length,
        **shape.whole,
    )
    images = hf.GotOcr2ImageProcessorPil(size={"height": height, "width": width}, crop_to_patches=True)
    settings = {"processor_class": "InternVLProcessor", "image_seq_length": length}
    return Parts(config, tokenizer, images, settings, INTERNVL_TEMPLATE)


def _gemma3(shape: CheckpointConfig) -> Parts:
    names = {"image_token": "<image_soft_token>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>"}
    tokenizer = tokens(GEMMA_TOKENS, "<end_of_turn>", "<pad>", bos_token="<bos>", extra_special_tokens=names)
    tokenizer.add_tokens(["\n" * count for count in (1, 2, 3, 4)])  # as the real one has; vLLM looks for them
    ids = {
        f"{key}_token_index": tokenizer.convert_tokens_to_ids(token)
        for key, token in {"boi": names["boi_token"], "eoi": names["eoi_token"], "image": names["image_token"]}.items()
    }
    width, height = shape.pixels
    config = hf.Gemma3Config(
        text_config=language_model(tokenizer, shape.text, bos_token_id=tokenizer.bos_token_id),
        vision_config={**shape.tower, "image_size": width, "patch_size": 14, "vision_use_head": False},
        **shape.whole,
        **ids,
    )
    images = hf.Gemma3ImageProcessorPil(size={"height": height, "width": width})
    settings = {"processor_class": "Gemma3Processor", "image_seq_length": config.mm_tokens_per_image}
    return Parts(config, tokenizer, images, settings, GEMMA_TEMPLATE)


BUILDERS: dict[str, Callable[[CheckpointConfig], Parts]] = {
    "qwen2_5_vl": _qwen2_5_vl,
    "qwen3_vl": _qwen3_vl,
    "internvl": _internvl,
    "gemma3": _gemma3,
}


def _text(
    hidden: int, inner: int, layers: int, heads: int, kv_heads: int, vocabulary: int, **more: Any
) -> dict[str, Any]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": vocabulary,
        "max_position_embeddings": 32768,
        **more,
    }


def _qwen3_vl_shape(
    hidden: int, inner: int, layers: int, heads: int, tower: tuple[int, int, int], tied: bool
) -> CheckpointConfig:
    width, inside, depth = tower
    rope = {
        "rope_type": "default",
        "rope_theta": 5e6,
        "mrope_section": [24, 20, 20],
        "mrope_interleaved": True,
    }
    deepstack = [5, 11, 17] if depth == 24 else [8, 16, 24]
    return CheckpointConfig(
        "qwen3_vl",
        _text(hidden, inner, layers, heads, 8, 151936, head_dim=128, rope_parameters=rope),
        {"hidden_size": width, "intermediate_size": inside, "depth": depth, "num_heads": 16,
         "num_position_embeddings": 2304, "deepstack_visual_indexes": deepstack},
        (65536, 16777216),
        {"tie_word_embeddings": tied},
    )  # fmt: skip


def _qwen2_5_vl_shape(
    hidden: int, inner: int, layers: int, heads: int, kv_heads: int, vocabulary: int, tied: bool
) -> CheckpointConfig:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
    return CheckpointConfig(
        "qwen2_5_vl",
        _text(hidden, inner, layers, heads, kv_heads, vocabulary, rope_parameters=rope),
        {"hidden_size": 1280, "intermediate_size": 3420, "depth": 32, "num_heads": 16, "window_size": 112,
         "fullatt_block_indexes": [7, 15, 23, 31]},
        (3136, 12845056),
        {"tie_word_embeddings": tied},
    )  # fmt: skip


def _internvl_shape(hidden: int, inner: int, layers: int, heads: int, tied: bool) -> CheckpointConfig:
    return CheckpointConfig(
        "internvl",
        _text(hidden, inner, layers, heads, 8, 151936, head_dim=128, tie_word_embeddings=tied,
              rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
        {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
         "attention_bias": True, "layer_norm_eps": 1e-6},
        (448, 448),
        {"tie_word_embeddings": tied},
    )  # fmt: skip


def _gemma_shape(hidden: int, inner: int, layers: int, heads: int, kv_heads: int) -> CheckpointConfig:
    return CheckpointConfig(
        "gemma3",
        _text(
            hidden, inner, layers, heads, kv_heads, 262208, head_dim=256, query_pre_attn_scalar=256, sliding_window=1024
        ),
        {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
        (896, 896),
        {"mm_tokens_per_image": 256},
    )


SHAPES = {
    "qwen3_vl_2b": _qwen3_vl_shape(2048, 6144, 28, 16, (1024, 4096, 24), tied=True),  # also Cosmos-Reason2 2B
    "qwen3_vl_4b": _qwen3_vl_shape(2560, 9728, 36, 32, (1024, 4096, 24), tied=True),
    "qwen3_vl_8b": _qwen3_vl_shape(4096, 12288, 36, 32, (1152, 4304, 27), tied=False),  # also Cosmos-Reason2 8B
    "qwen2_5_vl_3b": _qwen2_5_vl_shape(2048, 11008, 36, 16, 2, 151936, tied=True),
    "qwen2_5_vl_7b": _qwen2_5_vl_shape(3584, 18944, 28, 28, 4, 152064, tied=False),
    "internvl3_5_4b": _internvl_shape(2560, 9728, 36, 32, tied=False),
    "internvl3_5_8b": _internvl_shape(4096, 12288, 36, 32, tied=False),
    "gemma_3_4b": _gemma_shape(2560, 10240, 34, 8, 4),
    "gemma_3_12b": _gemma_shape(3840, 15360, 48, 16, 8),
}
"""The two smallest of each family in the paper that transformers knows."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a checkpoint with random weights of a real model's size.")
    parser.add_argument("model", choices=sorted(SHAPES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    args = parser.parse_args()
    write(SHAPES[args.model], args.folder, args.dtype)


if __name__ == "__main__":
    run_script(main)
