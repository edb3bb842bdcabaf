"""What differs between families of checkpoints, as data: one entry per architecture,
everything else is one code path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from spacenum.core.errors import SpaceNumError

Budget = Literal["total_pixels", "tiles", "fixed"]
TILE_PIXELS = 448 * 448


@dataclass(frozen=True)
class Architecture:
    """One architecture of transformers.

    processor: name of its processor class. types_key: the argument that says which tokens are images, if
    it asks. budget: how the cost of an image is set (pixels in total; tiles of 448 x 448; not at all). mrope: whether
    positions are three-dimensional. packed_vision: whether the vision tower takes all images as one sequence and then
    loops over them (``vision.speed_up`` makes that one call). causal_images: whether the language model lets a token of
    an image see only what comes before it.
    """

    processor: str
    types_key: Literal["mm_token_type_ids", "token_type_ids"] | None
    budget: Budget
    mrope: bool = False
    packed_vision: bool = False
    causal_images: bool = True


FAMILIES: Mapping[str, Architecture] = {
    "qwen2_5_vl": Architecture(
        "Qwen2_5_VLProcessor", "mm_token_type_ids", "total_pixels", mrope=True, packed_vision=True
    ),
    "qwen3_vl": Architecture("Qwen3VLProcessor", "mm_token_type_ids", "total_pixels", mrope=True, packed_vision=True),
    "internvl": Architecture("InternVLProcessor", None, "tiles"),
    "gemma3": Architecture("Gemma3Processor", "token_type_ids", "fixed", causal_images=False),
}
"""By ``model_type`` of the checkpoint's config.json. Cosmos-Reason2 is a qwen3_vl."""


def family_of(model_type: str, checkpoint: str) -> Architecture:
    """The family of a checkpoint. SpaceNumError if this backend doesn't know it."""
    if model_type not in FAMILIES:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}' has model_type '{model_type}' in its config.json; the transformers backend "
            f"knows {', '.join(FAMILIES)} (use backend vllm, or add the family to "
            "spacenum/models/transformers/families.py)"
        )
    return FAMILIES[model_type]


def image_arguments(family: Architecture, budget: int | None, default_size: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the image processor that keep an image within ``budget`` pixels; None leaves the checkpoint's own.

    default_size: the image processor's ``size``. SpaceNumError if the family has no such choice.
    """
    if family.budget == "tiles":
        tiles = 12 if budget is None else max(1, budget // TILE_PIXELS)
        return {"crop_to_patches": tiles > 1, "min_patches": 1, "max_patches": tiles}
    if budget is None:
        return {}
    if family.budget == "fixed":
        raise SpaceNumError(
            "key 'pixel_budget': this family turns every image into the same number of tokens; leave the key out"
        )
    return {"size": {"shortest_edge": min(default_size["shortest_edge"], budget), "longest_edge": budget}}
