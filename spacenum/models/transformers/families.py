"""What differs between families of checkpoints, as data: one entry per architecture,
everything else is one code path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spacenum.core.errors import SpaceNumError


@dataclass(frozen=True)
class Architecture:
    """One architecture of transformers.

    processor: name of its processor class. types_key: the argument that says which tokens are images, if
    it asks. mrope: whether positions are three-dimensional. packed_vision: whether the vision tower takes all images as
    one sequence and then loops over them (``vision.speed_up`` makes that one call). causal_images: whether the language
    model lets a token of an image see only what comes before it.
    """

    processor: str
    types_key: Literal["mm_token_type_ids", "token_type_ids"] | None
    mrope: bool = False
    packed_vision: bool = False
    causal_images: bool = True


def _qwen(processor: str) -> Architecture:
    return Architecture(processor, "mm_token_type_ids", mrope=True, packed_vision=True)


FAMILIES: Mapping[str, Architecture] = {
    "qwen2_vl": _qwen("Qwen2VLProcessor"),
    "qwen2_5_vl": _qwen("Qwen2_5_VLProcessor"),
    "qwen3_vl": _qwen("Qwen3VLProcessor"),
    "qwen3_vl_moe": _qwen("Qwen3VLProcessor"),
    "qwen3_5": _qwen("Qwen3VLProcessor"),
    "glm4v": _qwen("Glm4vProcessor"),
    "internvl": Architecture("InternVLProcessor", None),
    "gemma3": Architecture("Gemma3Processor", "token_type_ids", causal_images=False),
}
"""The fast way's, by ``model_type`` of the checkpoint's config.json; all others go the stock way (``stock.py``).
Cosmos-Reason2 is a qwen3_vl."""


def family_of(model_type: str, checkpoint: str) -> Architecture:
    """The family of a checkpoint. SpaceNumError if the fast way doesn't know it."""
    if model_type not in FAMILIES:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}' has model_type '{model_type}' in its config.json; training, and answering with "
            f"options.path: fast, know {', '.join(FAMILIES)} alone (without that key, the stock way answers for any)"
        )
    return FAMILIES[model_type]
