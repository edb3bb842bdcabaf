"""What all trainings do before the first step and after the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of, write_jsonl
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Image
from spacenum.tuning.runs import train_adapter
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
