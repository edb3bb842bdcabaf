"""Train one LoRA adapter on a recipe's items, under the supervision of their answers."""

from __future__ import annotations

from spacenum.core.errors import run_script
from spacenum.tuning import sft
from spacenum.tuning.runs import train_adapter
from spacenum.tuning.settings import SftParams


def main() -> None:
    train_adapter(__doc__, "sft", SftParams, sft.Step, sft.tune)


if __name__ == "__main__":
    run_script(main)
