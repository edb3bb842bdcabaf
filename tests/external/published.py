"""Tiny files in the formats in which other benchmarks are published, with their traps."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def picture(number: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """An image of its own for every number."""
    pixels = np.random.default_rng(number).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, format=kind)
    return buffer.getvalue()


def entry(name: str, options: int, answer: int, task: str = "Dynamic_Reasoning", sub: str = "Motion_Analysis") -> dict:
    said = [f"towards the\n {side}" for side in ("left", "right", "front", "back")[:options]]
    return {"id": name, "question": f"Where does {name} go?", "options": said, "answer": answer,
            "task_type": task, "sub_task_type": sub, "note": "more keys may come"}  # fmt: skip


MOTION = [entry("7_1", 2, 1), entry("7_2_b", 4, 3), entry("12_1", 3, 0), entry("3", 4, 2)]
OTHERS = [
    entry("7_1", 2, 0, sub="Manipulation"),
    entry("7_1", 3, 0, task="Perspective_Taking", sub="Egocentric"),
]


def omnispatial(path: Path, entries: list[Any] = MOTION + OTHERS, text: str | None = None) -> Path:
    """OmniSpatial-test.zip: a folder deep, with macOS' shadow files; pictures of two ids differ between task types."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/OmniSpatial-test/data.json", b"\0shadow")
        archive.writestr("OmniSpatial-test/data.json", text or json.dumps(entries))
        for number, (name, mode) in enumerate({"7": "RGB", "12": "P", "3": "RGBA"}.items()):
            archive.writestr(f"OmniSpatial-test/Dynamic_Reasoning/{name}.png", picture(number, mode=mode))
        archive.writestr("OmniSpatial-test/Perspective_Taking/7.png", picture(99))
    return path


def row(number: int, kind: str = "obj_movement", options: int = 2, images: int = 2, **changes: Any) -> dict:
    """A row of SAT: the right answer stands first."""
    answers = [f"option {k} of {number}" for k in range(options)]
    shown = [picture(100 * number + k, "JPEG") for k in range(images)]
    return {"image_bytes": shown, "question": f"Did object {number} move?", "answers": answers, "question_type": kind,
            "correct_answer": answers[0]} | changes  # fmt: skip


SAT = [row(0, "action_consequence", images=1), row(1), row(2, images=1), row(3, options=3), row(4), row(5)]


def sat(path: Path, rows: list[dict] = SAT, structs: bool = False) -> Path:
    """SAT_test.parquet: nested lists, the images bare or as the hub's structs."""
    import pyarrow
    from pyarrow import parquet

    if structs:
        rows = [r | {"image_bytes": [{"bytes": i, "path": None} for i in r["image_bytes"]]} for r in rows]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path
