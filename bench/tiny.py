"""Shapes of the real architectures with few random weights: made in seconds, answering nonsense."""

from __future__ import annotations

from bench.checkpoints import CheckpointConfig

# Large weights, so that what a model is shown moves what it answers.
# Heads of 32 channels: vLLM takes none smaller on a CPU.
LAYERS = {"initializer_range": 0.2, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 8192}  # fmt: skip
TOWER = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
QWEN_TOWER = {"hidden_size": 64, "intermediate_size": 128, "num_heads": 4}
ROPE = {"rope_type": "default", "rope_theta": 1e4}
TINY = {
    "qwen2_5_vl": CheckpointConfig(
        "qwen2_5_vl",
        LAYERS | {"rope_parameters": ROPE | {"mrope_section": [4, 6, 6]}},
        QWEN_TOWER | {"depth": 2, "window_size": 56, "fullatt_block_indexes": [1]},
        (28**2, 112**2),
    ),
    "qwen3_vl": CheckpointConfig(
        "qwen3_vl",
        LAYERS
        | {"head_dim": 32, "rope_parameters": ROPE | {"mrope_section": [8, 4, 4], "mrope_interleaved": True}},
        QWEN_TOWER | {"depth": 3, "num_position_embeddings": 256, "deepstack_visual_indexes": [0, 1]},
        (32**2, 128**2),
    ),
    "internvl": CheckpointConfig("internvl", LAYERS | {"head_dim": 32}, TOWER, (56, 56)),
    "gemma3": CheckpointConfig(
        "gemma3",
        # A window shorter than any prompt, and layers of both kinds.
        LAYERS
        | {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 24,
           "layer_types": ["sliding_attention", "full_attention"]},
        TOWER,
        (56, 56),
        {"mm_tokens_per_image": 4},
    ),
}  # fmt: skip
