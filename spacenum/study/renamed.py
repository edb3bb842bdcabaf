"""Config keys that were renamed, so that an old config is refused with the new name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RENAMED: Mapping[str, str] = {
    "tuning.transfer": "tuning.experiments.transfer",
    "tuning.mixture": "tuning.experiments.mixture",
    "tuning.grpo.bases": "tuning.experiments.grpo.bases",
    "tuning.grpo.recipes": "tuning.experiments.grpo.recipes",
    "tuning.grpo.methods": "tuning.experiments.grpo.methods",
    "tuning.policy": "tuning.grpo",
    "tuning.sft.batch": "tuning.sft.batch_size",
    "tuning.sft.micro_batch": "tuning.sft.micro_batch_size",
    "tuning.sft.warmup": "tuning.sft.warmup_ratio",
    "tuning.grpo.rollout_batch": "tuning.grpo.rollout_batch_size",
    "tuning.grpo.actor_batch": "tuning.grpo.actor_batch_size",
    "tuning.grpo.micro_batch": "tuning.grpo.micro_batch_size",
    "tuning.grpo.clip": "tuning.grpo.clip_ratio_low",
    "tuning.grpo.clip_ratio": "tuning.grpo.clip_ratio_low",
    "tuning.grpo.kl": "tuning.grpo.kl_coefficient",
}
"""Old key: new key. ``tuning.grpo`` was the experiment before it was GRPO's settings;
so the experiment's keys come first."""


GONE_FROM_MODELS: Mapping[str, str] = {
    "opens_think": "what a prompt opens is now read from the prompt; where an endpoint's server leaves that tag out of "
    "replies, say options.opens_think",
}
"""Old key of a model's file: what holds in its place."""


def find_renamed(data: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first old key in a config, and what it was renamed to."""
    return next(((old, new) for old, new in RENAMED.items() if _has(data, old)), None)


def _has(data: Any, key: str) -> bool:
    first, _, rest = key.partition(".")
    if not isinstance(data, Mapping) or first not in data:
        return False
    return _has(data[first], rest) if rest else True
