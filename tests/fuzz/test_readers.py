"""Whatever a reader is given, it reads or says in a sentence why it can't, and soon."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from spacenum.core.errors import LONGEST, SpaceNumError, plain_os_errors
from tests.fuzz.mutations import mutated
from tests.fuzz.readers import Reader, readers

SLOW = ("config", "import")
NAMES = (
    "reply", "open answer", "items", "frames", "answers", "sheet", "scores", "model", "store", "meta", "mapping",
    "archive", "archive's list", "image", "adapter", "adapter's settings", "checkpoint", "endpoint", "replies",
    "packed log", *SLOW,
)  # fmt: skip
FEW = {name: 200 if name in SLOW else 9_600 // 20 + 1 for name in NAMES}
MANY = {name: 10 * count for name, count in FEW.items()}
LONGEST_S = 1.0


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return readers(tmp_path_factory.mktemp("samples"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_reader_has_a_name(known):
    assert sorted(known) == sorted(NAMES) and sum(FEW.values()) >= 10_000


@pytest.mark.parametrize("name", NAMES)
def test_valid_inputs_are_read(known, folder, name):
    reader = known[name]
    for sample in reader.samples:
        assert said(reader, folder, sample) is None or name in ("meta", "endpoint", "checkpoint")


@pytest.mark.parametrize("name", NAMES)
def test_mutated_inputs_are_read_or_refused(known, folder, name):
    check(known[name], folder, FEW[name], f"{name} of each run")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_many_mutated_inputs_are_read_or_refused(known, folder, name):
    check(known[name], folder, MANY[name], f"{name} of long runs")


def check(reader: Reader, folder: Path, count: int, seed: str) -> None:
    rng = random.Random(seed)
    refused = 0
    for number in range(count):
        data = mutated(reader.samples, rng)
        began = time.perf_counter()
        try:
            refused += said(reader, folder, data) is not None
        except Exception as error:
            pytest.fail(f"input {number}, {data[:2000]!r}: {type(error).__name__}: {error}")
        if time.perf_counter() - began > LONGEST_S:  # others use this machine too: once more, by its own time
            began, busy = time.perf_counter(), time.process_time()
            said(reader, folder, data)
            took = (time.process_time() - busy, (time.perf_counter() - began) / 10)
            assert max(took) < LONGEST_S, f"input {number}, {len(data)} bytes: {data[:2000]!r}"


def said(reader: Reader, folder: Path, data: bytes) -> str | None:
    """Why an input is refused; None if it is read."""
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    (folder / "given").write_bytes(data)
    try:
        with plain_os_errors():
            reader.read(Path("given"))
    except SpaceNumError as error:
        assert str(error).isprintable() and len(str(error)) < LONGEST + 3, str(error)[:500]
        return str(error)
    except reader.errors as error:
        return str(error)
    return None
