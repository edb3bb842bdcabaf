"""Shapes of real size have as many weights as the published checkpoints."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
checkpoints = pytest.importorskip("bench.checkpoints")

PUBLISHED = {
    "qwen3_vl_2b": 2_127_532_032,
    "qwen3_vl_4b": 4_437_815_808,
    "qwen3_vl_8b": 8_767_123_696,
    "qwen2_5_vl_3b": 3_754_622_976,
    "qwen2_5_vl_7b": 8_292_166_656,
    "internvl3_5_8b": 8_528_318_464,
    "gemma_3_4b": 4_300_079_472,
    "gemma_3_12b": 12_187_325_040,
}
"""Parameters as the hub counts them in the safetensors files. InternVL3.5-4B is left out:
its report only says 4.7 B."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_as_many_weights_as_the_published_checkpoint(name):
    model = checkpoints.random_model(checkpoints.parts_of(checkpoints.SHAPES[name]), "bfloat16", "meta")
    assert sum(weights.numel() for weights in model.parameters()) == PUBLISHED[name]
