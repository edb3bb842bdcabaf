"""What a job reads is what its maker wrote, or the job says so before it reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from spacenum.core import inputs
from spacenum.core.errors import SpaceNumError
from spacenum.core.inputs import checked_inputs
from spacenum.core.jobs import JobFile
from spacenum.core.provenance import hashes_of, meta_path, sha256_of, write_meta

FILES = ("steps.csv", "model.safetensors", "adapter_model.safetensors", "items.jsonl")


@pytest.fixture(autouse=True)
def made(tmp_path, monkeypatch) -> None:
    """Files of one maker, and one of a user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(inputs, "WAITS_S", (0.0,))
    for name in (*FILES, "sheet.csv"):
        Path(name).write_text(f"{name} " * 40)
    write_meta("rule", {}, "c", {}, map(Path, FILES))


def job(*read: str) -> JobFile:
    return JobFile(
        rule="r", params={}, code="c", sources=[], names={}, inputs={"all": [*read]}, outputs={},
        makers=dict.fromkeys(FILES, FILES[0]),
    )  # fmt: skip


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def swap(path: Path) -> None:
    path.write_bytes(Path("steps.csv" if path.name != "steps.csv" else "items.jsonl").read_bytes())


def test_inputs_are_hashed_as_they_are():
    assert checked_inputs(job(*FILES, "sheet.csv")) == hashes_of(map(Path, sorted([*FILES, "sheet.csv"])))


@pytest.mark.parametrize("damage", [flip, cut, swap])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_input_is_noticed(name, damage):
    damage(Path(name))
    with pytest.raises(SpaceNumError, match=f"^{name} isn't the file that was made: .* add '--forcerun {name}'"):
        checked_inputs(job(*FILES))


def test_what_no_job_made_may_change():
    flip(Path("sheet.csv"))
    assert checked_inputs(job("sheet.csv")) == {"sheet.csv": sha256_of(Path("sheet.csv"))}


def test_a_damaged_meta_file_is_one_sentence_and_a_lost_one_leaves_nothing_to_compare():
    meta = meta_path(Path(FILES[0]))
    for data in (b"\xff", b"[]", b"[" * 100_000, b"", meta.read_bytes().replace(b"rule", b"rulf", 1)):
        meta.write_bytes(data)
        with pytest.raises(SpaceNumError, match=f"^{meta} is damaged; add '--forcerun {FILES[0]}'"):
            checked_inputs(job(*FILES))
    meta.unlink()
    flip(Path(FILES[1]))
    assert checked_inputs(job(*FILES))
