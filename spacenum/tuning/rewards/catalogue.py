"""The rewards that there are: one module each. Imported to plan, so nothing that only
training needs is imported here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spacenum.core.catalogue import constant_of, modules_with
from spacenum.items.schema import AnyItem, Letter

Reward = Callable[[AnyItem], dict[Letter, float]]
"""What each letter earns as the reply to an item, 0..1."""
FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of all rewards."""
    return [path.stem for path in modules_with(FOLDER, "REWARD")]


def reward_file(name: str) -> Path:
    """The module of a reward."""
    return FOLDER / f"{name}.py"


def reward(name: str) -> Reward:
    """The reward of that name, which must be one of ``names()``."""
    found: Reward = constant_of(f"spacenum.tuning.rewards.{name}", "REWARD")
    return found
