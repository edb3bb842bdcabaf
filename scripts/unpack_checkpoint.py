"""Lay a trained model that comes with the project into a study's folder, if its files are what their checksums say."""

from __future__ import annotations

from spacenum.core.stage import Outputs, run_stage
from spacenum.models.shipped import ShippedParams, lay_out


def unpack_checkpoint(params: ShippedParams, *, checkpoint: Outputs) -> None:
    lay_out(params, checkpoint[0].parent)


if __name__ == "__main__":
    run_stage(unpack_checkpoint)
