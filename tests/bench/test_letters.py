"""The speed measurement runs end to end, and its ways agree; what it says of speed is not tested."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

pytest.importorskip("torch")
letters = pytest.importorskip("bench.letters")

TINY = ["--device", "cpu", "--families", "2", "--pixels", "64", "--batch", "4", "--matmul", "64"]
FAMILIES = ("qwen2_5_vl", "qwen3_vl", "internvl", "gemma3")


COMPILED = pytest.param("qwen3_vl", True, marks=[
    pytest.mark.slow, pytest.mark.skipif(shutil.which("c++") is None, reason="PyTorch compiles with a C++ compiler"),
])  # fmt: skip


@pytest.mark.parametrize(("family", "compiles"), [*((family, False) for family in FAMILIES), COMPILED])
def test_all_ways_agree(family, compiles, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["letters", "--model", f"tiny_{family}", *(["--compile"] if compiles else []), *TINY]
    )
    letters.main()
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["way"] for result in results] == ["naive", "plain", "shared", *(["compiled"] if compiles else [])]
    assert all(result["items"] == 8 and result["seconds"] > 0 for result in results)
    assert results[0]["largest_difference"] == 0.0 and all(r["largest_difference"] < 1e-4 for r in results)


def test_ways_that_disagree_end_with_status_1(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["letters", "--model", "tiny_qwen3_vl", *TINY])
    monkeypatch.setattr(letters, "largest_difference", lambda one, other: 0.5)
    with pytest.raises(SystemExit, match="the ways disagree"):
        letters.main()
