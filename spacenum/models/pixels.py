"""How an image processor is told what an image may cost: one place for all engines, so that a question costs the same
pixels, and shows the same ones, in each.

Engines hand over files as they are, and these arguments: in vLLM too, a checkpoint's processor is transformers' own
(but for Ovis2.5). A budget is in pixels. By the class of the image processor, since many architectures share one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spacenum.core.errors import SpaceNumError

Arguments = dict[str, Any]
Settings = Mapping[str, Any]
"""What a checkpoint's preprocessor_config.json says."""
SOFT_TOKENS = (70, 140, 280, 560, 1120)
"""What Gemma-4 can spend on an image."""


@dataclass(frozen=True)
class ImagePlan:
    """How an engine's images are kept within a budget. arguments: of the image processor. shrink: where that can't be
    told, pixels to which larger images are made smaller before they are handed over."""

    arguments: Arguments = field(default_factory=dict)
    shrink: int | None = None


def image_arguments(settings: Settings, budget: int | None) -> Arguments:
    """Arguments of the image processor that keep an image within ``budget`` pixels; None leaves the checkpoint's own.

    settings: with image_processor_type. SpaceNumError if this processor can't be told, or always spends more.
    """
    if budget is None:
        return {}
    name = processor_name(settings)
    if name not in RULES:
        raise SpaceNumError(
            f"key 'pixel_budget': the image processor of this checkpoint ({name or 'of no known name'}) can't be told "
            "what an image may cost; leave the key out"
        )
    return RULES[name](settings, budget)


def processor_name(settings: Settings) -> str:
    """The class of the image processor, by its common name: without what says how it computes."""
    return str(settings.get("image_processor_type") or "").removesuffix("Fast").removesuffix("Pil")


def _total(settings: Settings, budget: int, usual: int = 56 * 56) -> Arguments:
    """Qwen-VL: least and most pixels."""
    least = (settings.get("size") or {}).get("shortest_edge") or settings.get("min_pixels") or usual
    return {"size": {"shortest_edge": min(least, budget), "longest_edge": budget}}


def _frames(settings: Settings, budget: int) -> Arguments:
    """GLM-V: the same, of an image as a video of so many frames."""
    return _total(settings, budget * int(settings.get("temporal_patch_size") or 2), 112 * 112)


def _tiles(settings: Settings, budget: int) -> Arguments:
    """InternVL: tiles; if there are several, it adds a thumbnail."""
    size = settings.get("size") or {}
    most = max(1, budget // (int(size.get("height") or 448) * int(size.get("width") or 448)))
    return {"crop_to_patches": most > 1, "min_patches": 1, "max_patches": most}


def _side(settings: Settings, budget: int) -> Arguments:
    """Pixtral: the longest side, in whole patches, to which sides are rounded up (Mistral-3 takes two by two)."""
    patch = settings.get("patch_size") or 16
    step = 2 * int(patch["height"] if isinstance(patch, Mapping) else patch)
    if budget < step**2:
        raise _too_small(budget, step**2, "two by two patches")
    return {"size": {"longest_edge": math.isqrt(budget) // step * step}}


def _grid(settings: Settings, budget: int) -> Arguments:
    """Idefics3, SmolVLM: the longest side, a whole number of tiles, and the whole image again if it takes several."""
    tile = int((settings.get("max_image_size") or {}).get("longest_edge") or 364)
    afforded = budget // tile**2
    if not afforded:
        raise _too_small(budget, tile**2, "a single tile")
    return {"size": {"longest_edge": tile * max(1, math.isqrt(afforded - 1))}}


def _soft_tokens(settings: Settings, budget: int) -> Arguments:
    """Gemma-4: one of a few numbers of tokens."""
    patch, pool = int(settings.get("patch_size") or 16), int(settings.get("pooling_kernel_size") or 3)
    afforded = [count for count in SOFT_TOKENS if count * (patch * pool) ** 2 <= budget]
    if not afforded:
        raise _too_small(budget, SOFT_TOKENS[0] * (patch * pool) ** 2, "the fewest tokens")
    return {"max_soft_tokens": afforded[-1]}


def _ovis(settings: Settings, budget: int) -> Arguments:
    """Ovis2.5: least and most pixels, which its own code takes as arguments of its own; vLLM's lets nobody say them."""
    return {"max_pixels": budget, "min_pixels": min(budget, 448 * 448)}


def _fixed(settings: Settings, budget: int) -> Arguments:
    raise SpaceNumError(
        "key 'pixel_budget': this family turns every image into the same number of tokens; leave the key out"
    )


def _too_small(budget: int, least: int, what: str) -> SpaceNumError:
    return SpaceNumError(
        f"key 'pixel_budget': {budget} is less than what this checkpoint's processor spends at least on an image, "
        f"{what} of {least} pixels; give that, or leave the key out"
    )


OVIS = "Ovis2_5"
"""No class of transformers: its code is the checkpoint's own."""
RULES: Mapping[str, Callable[[Settings, int], Arguments]] = {
    "Qwen2VLImageProcessor": _total,
    "Glm4vImageProcessor": _frames,
    "Glm46VImageProcessor": _frames,
    "GotOcr2ImageProcessor": _tiles,
    "PixtralImageProcessor": _side,
    "Idefics3ImageProcessor": _grid,
    "SmolVLMImageProcessor": _grid,
    "Gemma4ImageProcessor": _soft_tokens,
    "Gemma3ImageProcessor": _fixed,
    OVIS: _ovis,
}
