"""What all trainings do before the first step and after the last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import owner
from spacenum.core.provenance import PROJECT, sha256_of, write_jsonl
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Image
from spacenum.tuning.runs import Run, train_adapter
from spacenum.tuning.settings import SftParams, SftSettings
from spacenum.tuning.sft import Step
from tests.fuzz.readers import frame
from tests.tuning.shades import base, shades

STEP = Step(step=1, epoch=1, loss=1.0, learning_rate=0.1)


def record(image: str) -> FrameRecord:
    return frame(image).model_copy(update={"image": image, "sha256": (sha256_of(Path(image)), "", "")})


def test_no_image_is_trained_on_that_changed_since_it_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    items = shades(Path(), 3)
    images = [part.image for item in items for part in item.prompt if isinstance(part, Image)]
    write_jsonl(Path("items.jsonl"), items)
    write_jsonl(Path("frames.jsonl"), map(record, images))
    params, begun = SftParams(tuned="t", base=base(Path("m")), settings=SftSettings(), seed=0), []

    def train() -> str:
        def tune(*given: object) -> list[Step]:
            begun.append(given)
            return [STEP]

        files = (Path("items.jsonl"), [Path("frames.jsonl")], [])
        made = train_adapter(params, tune, Step, *files, Path("training.csv"), Path("adapter"), "code")
        made.finish()
        return made.shown

    assert train() == train() and len(begun) == 2
    Path(images[1]).write_bytes(Path(images[0]).read_bytes())
    with pytest.raises(SpaceNumError, match=f"^{images[1]} is not the image that was made: it has changed since"):
        train()
    assert len(begun) == 2


def test_a_run_goes_on_from_a_copy_of_what_another_host_s_run_wrote_last(tmp_path, monkeypatch):
    """Which may be at work, and then keeps its own."""
    monkeypatch.chdir(tmp_path)
    elsewhere = [Path("c") / ("f" * 6 + owner()[6:] + str(number)) for number in range(2)]
    for number, place in enumerate(elsewhere):
        (place / "checkpoint-1").mkdir(parents=True)
        (place / "checkpoint-1" / "state").write_text(str(number))
        os.utime(place / "checkpoint-1" / "state", (number, number))
    run = Run(Path("c"), owner(), writes=True)
    assert (run.start() / "checkpoint-1" / "state").read_text() == "1"
    (run.start() / "checkpoint-1" / "state").write_text("own")  # as it was, when it starts again
    assert Run(Path("c"), owner(), writes=False).start() == run.start()
    assert (run.start() / "checkpoint-1" / "state").read_text() == "own"
    run.finish()
    assert sorted(Path("c").iterdir()) == elsewhere and (elsewhere[1] / "checkpoint-1" / "state").read_text() == "1"


def test_several_processes_of_one_run_share_its_place(tmp_path):
    """Whichever of them comes first."""
    code = (
        "from spacenum.core.blocks import NoParams; from spacenum.tuning.runs import Run;"
        "from spacenum.tuning.settings import Machine; print(Run.of('t', NoParams(), 'c', [], Machine()).start())"
    )
    ranks = [os.environ | {"WORLD_SIZE": "2", "RANK": rank, "PYTHONPATH": str(PROJECT)} for rank in "10"]
    both = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=e, stdout=subprocess.PIPE) for e in ranks]
    (place,) = {process.communicate()[0].decode().strip() for process in both}
    assert (tmp_path / place).is_dir() and Path(place).name == owner()
