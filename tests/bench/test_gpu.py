"""The script for a GPU goes on where it was cut off, and says why a part could not be measured."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("torch")
gpu = pytest.importorskip("bench.gpu")


def part(name, code, **more):
    return gpu.GpuPart(
        name=name, command=["timeit", "-n", "1", "-r", "1", code], packages=("json",), **{"seconds": 20, **more}
    )


PRINTS = part("prints", "print({'loss': 1}); print('{\"items_per_s\": 3}')")
FAILS = part("fails", "raise SystemExit('too little memory')")
HANGS = part("hangs", "print('{\"items_per_s\": 4}', flush=True); __import__('os').system('sleep 60')", seconds=0.5)
LACKS = gpu.GpuPart(name="lacks", command=["timeit"], seconds=20, packages=("json", "no_such_package"))


def test_each_part_says_what_became_of_it():
    found = list(gpu.measured([PRINTS, FAILS, HANGS, LACKS], {"prints before"}, "a GPU", lambda: 100.0))
    assert [(line.part, line.status) for line in found] == [
        ("prints", "done"), ("fails", "failed"), ("hangs", "failed"), ("lacks", "skipped"),
    ]  # fmt: skip
    assert found[0].results == [{"items_per_s": 3}] and found[2].results == [{"items_per_s": 4}]
    assert "too little memory" in found[1].reason and found[2].reason == "not done in 0 s"
    assert found[3].reason == "not installed here: no_such_package"


def test_a_run_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    out = tmp_path / "gpu.jsonl"
    monkeypatch.setattr(gpu, "TINY_PARTS", (PRINTS, FAILS))
    monkeypatch.setattr(sys, "argv", ["gpu", str(out), "--tiny", "--seconds", "10"])
    gpu.main()  # ten seconds: too few to start anything
    assert [json.loads(line)["status"] for line in out.read_text().splitlines()] == ["skipped", "skipped"]
    monkeypatch.setattr(sys, "argv", ["gpu", str(out), "--tiny"])
    gpu.main()
    with out.open("a") as file:
        file.write('{"part": "cut o')
    gpu.main()
    lines = [json.loads(line) for line in out.read_text().splitlines() if line.endswith("}")]
    assert [line["part"] for line in lines] == ["prints", "fails", "prints", "fails", "fails"]


def test_no_two_parts_have_one_name_and_all_fit_into_the_time():
    names = [each.name for each in gpu.PARTS]
    assert len(set(names)) == len(names)
    assert max(each.seconds for each in gpu.PARTS) < gpu.SECONDS <= 480


@pytest.mark.slow
def test_tiny_sizes_run_on_a_cpu(tmp_path, monkeypatch):
    out = tmp_path / "gpu.jsonl"
    monkeypatch.setattr(sys, "argv", ["gpu", str(out), "--tiny", "--seconds", "1200"])
    gpu.main()
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["done"] * len(gpu.TINY_PARTS), lines
    assert all(line["results"] for line in lines)
