"""Tiny random checkpoints of further classes that transformers has, beside those of ``tiny.py``: the stock way's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers as hf

from bench.checkpoints import (
    GEMMA_TEMPLATE,
    TURN,
    CheckpointConfig,
    Parts,
    language_model,
    qwen_parts,
    tokens,
    write_parts,
)
from bench.tiny import LAYERS, QWEN_TOWER, ROPE, TOWER

MROPE = ROPE | {"mrope_section": [8, 4, 4]}
SIGLIP = {"model_type": "siglip_vision_model", **TOWER, "image_size": 56, "patch_size": 14, "vision_use_head": False}
END, PAD = "<|im_end|>", "<|endoftext|>"
CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def qwen2_vl() -> Parts:
    tower = {"embed_dim": 64, "num_heads": 4, "depth": 2, "mlp_ratio": 2, "hidden_size": 64}
    text = LAYERS | {"rope_parameters": ROPE | {"mrope_section": [4, 6, 6]}}
    return qwen_parts("Qwen2VL", 14, CheckpointConfig("", text, tower, (28**2, 112**2)))


def qwen3_vl_moe() -> Parts:
    tower = QWEN_TOWER | {"depth": 3, "num_position_embeddings": 256, "deepstack_visual_indexes": [0, 1]}
    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
    text = LAYERS | experts | {"head_dim": 32, "rope_parameters": MROPE | {"mrope_interleaved": True}}
    return qwen_parts("Qwen3VLMoe", 16, CheckpointConfig("", text, tower, (32**2, 128**2)), "Qwen3VLProcessor")


def qwen3_5() -> Parts:
    """Linear attention in the first layer, whose state is no cache of keys and values."""
    tower = QWEN_TOWER | {"depth": 2, "num_position_embeddings": 256}
    linear = {"linear_key_head_dim": 16, "linear_value_head_dim": 16, "linear_num_key_heads": 2,
              "linear_num_value_heads": 4, "layer_types": ["linear_attention", "full_attention"]}  # fmt: skip
    rope = MROPE | {"mrope_interleaved": True, "partial_rotary_factor": 1.0}
    text = LAYERS | linear | {"head_dim": 32, "rope_parameters": rope}
    return qwen_parts("Qwen3_5", 16, CheckpointConfig("", text, tower, (32**2, 128**2)), "Qwen3VLProcessor")


def glm4v() -> Parts:
    special = ("<|endoftext|>", "<|user|>", "<|assistant|>", "<|begin_of_image|>", "<|end_of_image|>", "<|image|>",
               "<|begin_of_video|>", "<|end_of_video|>", "<|video|>")  # fmt: skip
    names = {"image_token": "<|image|>", "video_token": "<|video|>"}
    tokenizer = tokens(special, "<|user|>", "<|endoftext|>", extra_special_tokens=names)
    number = tokenizer.convert_tokens_to_ids
    config = hf.Glm4vConfig(
        text_config=language_model(tokenizer, LAYERS | {"rope_parameters": ROPE | {"mrope_section": [4, 6, 6]}}),
        vision_config={**QWEN_TOWER, "depth": 2, "patch_size": 14, "image_size": 56, "out_hidden_size": 64},
        image_token_id=number("<|image|>"), video_token_id=number("<|video|>"),
        image_start_token_id=number("<|begin_of_image|>"), image_end_token_id=number("<|end_of_image|>"),
        video_start_token_id=number("<|begin_of_video|>"), video_end_token_id=number("<|end_of_video|>"),
    )  # fmt: skip
    images = hf.Glm4vImageProcessorPil(size={"shortest_edge": 2 * 28**2, "longest_edge": 2 * 112**2})
    template = (
        "{%- for m in messages %}<|user|>\n{% for c in m.content %}{% if c.type == 'image' %}<|begin_of_image|>"
        "<|image|><|end_of_image|>{% else %}{{ c.text }}{% endif %}{% endfor %}{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
    )
    return Parts(config, tokenizer, images, {"processor_class": "Glm4vProcessor"}, template)


def gemma4() -> Parts:
    special = ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "<|image>", "<image|>",
               "<|image|>", "<|audio>", "<audio|>", "<|audio|>", "<|video|>")  # fmt: skip
    names = {"image_token": "<|image|>", "boi_token": "<|image>", "eoi_token": "<image|>",
             "audio_token": "<|audio|>", "boa_token": "<|audio>", "eoa_token": "<audio|>"}  # fmt: skip
    tokenizer = tokens(special, "<end_of_turn>", "<pad>", bos_token="<bos>", extra_special_tokens=names)
    number = tokenizer.convert_tokens_to_ids
    text = LAYERS | {"head_dim": 32, "sliding_window": 24, "layer_types": ["sliding_attention", "full_attention"],
                     "hidden_size_per_layer_input": 0, "global_head_dim": 32}  # fmt: skip
    config = hf.Gemma4Config(
        text_config=language_model(tokenizer, text, bos_token_id=tokenizer.bos_token_id),
        vision_config={**TOWER, "num_key_value_heads": 4, "head_dim": 16, "patch_size": 8, "pooling_kernel_size": 2,
                       "position_embedding_size": 256, "initializer_range": 0.2},
        audio_config=None,
        **{f"{key}_token_id": number(names[f"{key}_token"]) for key in ("image", "boi", "eoi", "audio", "boa")},
        eoa_token_index=number("<audio|>"), video_token_id=number("<|video|>"),
    )  # fmt: skip
    images = hf.Gemma4ImageProcessorPil(patch_size=8, pooling_kernel_size=2, max_soft_tokens=70)
    settings = {"processor_class": "Gemma4Processor", "image_seq_length": 70}
    return Parts(config, tokenizer, images, settings, GEMMA_TEMPLATE.replace("<start_of_image>", "<|image|>"))


def llava_onevision() -> Parts:
    tokenizer = tokens((*CHAT, "<image>", "<video>"), END, PAD, extra_special_tokens={"image_token": "<image>"})
    config = hf.LlavaOnevisionConfig(
        text_config={"model_type": "qwen2", **language_model(tokenizer, LAYERS)},
        vision_config=SIGLIP,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=[[56, 56], [56, 112], [112, 56], [112, 112]],
    )
    images = hf.LlavaOnevisionImageProcessorPil(
        size={"height": 56, "width": 56}, image_grid_pinpoints=config.image_grid_pinpoints
    )
    settings = {"processor_class": "LlavaOnevisionProcessor", "num_image_tokens": 16,
                "vision_feature_select_strategy": "full"}  # fmt: skip
    return Parts(config, tokenizer, images, settings, TURN.replace("IMAGE", "<image>"))


def _idefics(name: str) -> Parts:
    special = (*CHAT, "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>")
    names = {"image_token": "<image>", "fake_image_token": "<fake_token_around_image>",
             "global_image_token": "<global-img>", "end_of_utterance_token": "<end_of_utterance>"}  # fmt: skip
    tokenizer = tokens(special, "<end_of_utterance>", PAD, extra_special_tokens=names)
    config = getattr(hf, f"{name}Config")(
        text_config={"model_type": "llama", **language_model(tokenizer, LAYERS)},
        vision_config={**TOWER, "image_size": 56, "patch_size": 14, "initializer_range": 0.2},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"), scale_factor=2,
    )  # fmt: skip
    images = getattr(hf, f"{name}ImageProcessorPil")(
        size={"longest_edge": 112}, max_image_size={"longest_edge": 56}, do_image_splitting=True
    )
    settings = {"processor_class": f"{name}Processor", "image_seq_len": 4}
    return Parts(config, tokenizer, images, settings, TURN.replace("IMAGE", "<image>"))


def smolvlm() -> Parts:
    return _idefics("SmolVLM")


def idefics3() -> Parts:
    return _idefics("Idefics3")


def mistral3() -> Parts:
    special = ("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "<pad>", "[IMG]", "[IMG_BREAK]", "[IMG_END]")
    tokenizer = tokens(special, "</s>", "<pad>", bos_token="<s>", unk_token="<unk>")
    config = hf.Mistral3Config(
        text_config={"model_type": "mistral", **language_model(tokenizer, LAYERS | {"head_dim": 32}),
                     "bos_token_id": tokenizer.bos_token_id},
        vision_config={"model_type": "pixtral", **TOWER, "image_size": 112, "patch_size": 14, "head_dim": 16,
                       "initializer_range": 0.2, "rope_parameters": dict(ROPE)},
        image_token_index=tokenizer.convert_tokens_to_ids("[IMG]"), spatial_merge_size=2, vision_feature_layer=-1,
    )  # fmt: skip
    images = hf.PixtralImageProcessorPil(size={"longest_edge": 112}, patch_size={"height": 14, "width": 14})
    settings = {"processor_class": "PixtralProcessor", "patch_size": 14, "spatial_merge_size": 2}
    template = (
        "{{ bos_token }}{%- for m in messages %}[INST]{% for c in m.content %}{% if c.type == 'image' %}[IMG]"
        "{% else %}{{ c.text }}{% endif %}{% endfor %}{% endfor %}{% if add_generation_prompt %}[/INST]{% endif %}"
    )
    return Parts(config, tokenizer, images, settings, template)


MORE: dict[str, Callable[[], Parts]] = {
    "qwen2_vl": qwen2_vl,
    "qwen3_vl_moe": qwen3_vl_moe,
    "qwen3_5": qwen3_5,
    "glm4v": glm4v,
    "gemma4": gemma4,
    "llava_onevision": llava_onevision,
    "smolvlm": smolvlm,
    "idefics3": idefics3,
    "mistral3": mistral3,
}
"""By model_type."""


def build_more(model_type: str, folder: Path, seed: int = 0) -> Path:
    """Write a checkpoint of one of MORE into ``folder``; the same for a seed."""
    return write_parts(MORE[model_type](), folder, seed=seed)


def known(model_type: str) -> bool:
    """Whether the installed transformers has the class."""
    mapping: Any = hf.models.auto.modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    return model_type in mapping
