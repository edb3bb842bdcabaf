"""Train one LoRA adapter on a recipe's items, by the rewards of its own replies."""

from __future__ import annotations

from spacenum.core.errors import run_script
from spacenum.tuning import grpo
from spacenum.tuning.runs import train_adapter
from spacenum.tuning.settings import GrpoParams


def main() -> None:
    train_adapter(__doc__, "grpo", GrpoParams, grpo.Round, grpo.tune)


if __name__ == "__main__":
    run_script(main)
