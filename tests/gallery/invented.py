"""Items and answers that nobody made or gave, with images of noise: what the gallery is tested on."""

from __future__ import annotations

import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spacenum.asking.base import Answer, ModelInfo
from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.schema import ITEM, LETTERS, Cell

LEVEL = ModelInfo(name="Chance", kind="reference")
BASELINE = ModelInfo(name="Pixel difference", kind="baseline")
VLM = ModelInfo(name="Vision & <b>Language</b>-7B", kind="vlm", parameters_b=7)
NASTY = "</script><script>document.title = 'hacked'</script><img src=x onerror=\"document.title = 'hacked'\">"

Given = list[tuple[ModelInfo, list[Answer]]]


def write_frame(path: Path, seed: int) -> None:
    """A wall, a floor and three boxes."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((240, 320, 3)) + rng.uniform(150, 235, 3)
    pixels[140:] = rng.uniform(80, 170, 3)
    pixels *= np.linspace(0.8, 1, 320)[None, :, None]
    for _ in range(3):
        x, y, w, h = rng.integers([10, 90, 30, 40], [250, 170, 70, 90])
        pixels[y : y + h, x : x + w] = rng.uniform(30, 230, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


def frames_of(folder: str) -> dict[str, str]:
    return {name: f"data/frames/{folder}/{name}.png" for name in ("start", *LETTERS)}


def prompt_of(task: str, text: str, frames: dict[str, str], right: str, choices: list[str]) -> list[dict[str, str]]:
    if task == "num2space":
        options = [part for k in LETTERS for part in ({"text": f"Option {k}:"}, {"image": frames[k]})]
        return [
            {"text": f"{text}\n\nImage 1:"},
            {"image": frames["start"]},
            *options,
            {"text": "Reply with one letter."},
        ]
    listed = "\n".join(f"{k}. {choice}" for k, choice in zip(LETTERS, choices, strict=True))
    return [
        {"text": f"{text}\n\nImage 1:"},
        {"image": frames["start"]},
        {"text": "Image 2:"},
        {"image": frames[right]},
        {"text": f"{listed}\n\nReply with one letter."},
    ]


def item_of(cell: str, number: int) -> Any:
    """A synthetic item; the family is shared by both tasks, as its frames are."""
    setting, task, group, scale = astuple(Cell.of(cell))
    folder = ".".join(filter(None, (setting, group, scale))) + f" #{number}"
    frames = frames_of(folder)
    right = LETTERS[number % 4]
    common = {
        "id": f"{cell}.{number}",
        "split": "benchmark",
        "variant": "default",
        "setting": setting,
        "task": task,
        "cell": cell,
        "group": group,
        "family": folder,
        "scene": f"{scale or 'kitchen'}-{number}",
        "simulator": "blender",
        "answer": right,
    }
    own = transition_of(group, number) if setting == "transition" else layout_of(int(group[0]), right, scale)
    texts = [str(option["value"]) for option in own["options"]]
    prompt = prompt_of(task, own.pop("text"), frames, right, texts)
    for option in own["options"]:
        option["image"] = frames[option["letter"]] if task == "num2space" else None
    return ITEM.validate_python(common | {"prompt": prompt} | own)


def transition_of(group: str, number: int) -> dict[str, Any]:
    unit = "m" if group.startswith("move") else "deg"
    values = [0.25, 0.5, 1.0, 1.5] if unit == "m" else [15, 30, 60, 90]
    direction = DIRECTIONS[group][number % 2]  # type: ignore[index]
    return {
        "text": f"You stand in a room and see Image 1. You {group.split('_')[0]} {direction}. What do you see?",
        "options": [{"letter": k, "value": value, "unit": unit} for k, value in zip(LETTERS, values, strict=True)],
        "truth": {"direction": direction, "magnitude": values[number % 4], "unit": unit},
        "quality": {"overlap": 0.61, "shared_anchors": 5, "pose_error": 0.02, "option_difference": 0.083},
    }


def layout_of(dimensions: int, right: str, scale: str) -> dict[str, Any]:
    def box(low: float) -> Any:
        return [[low] * dimensions, [low + 1.5] * dimensions] if dimensions > 1 else [low, low + 1.5]

    mug, lamp = {"name": "red mug", "corners": box(0)}, {"name": "lamp", "corners": box(4)}
    return {
        "text": f"On the map, the red mug is at {box(0)}, the lamp at {box(4)}.\nWhere is the storage box?",
        "scale": scale,
        "options": [
            {"letter": k, "value": box(low), "position_ok": k == right, "size_ok": True}
            for low, k in enumerate(LETTERS)
        ],
        "truth": {
            "variation": "position",
            "corners": box(LETTERS.index(right)),  # type: ignore[arg-type]
            "target": "storage box",
            "anchors": {"origin": mug, "direction": lamp},
            "frame": {"origin": [-1.2, 0.4, 0], "x_axis": [1, 0, 0], "unit_m": 0.1},
        },
        "quality": {"target_pixels": 5120, "visible_objects": 7, "option_difference": 0.06},
    }


def said(item: Any, index: int) -> Answer:
    """Every fifth answer of the VLM is cut off, the next unreadable, the next wrong, two are right."""
    match index % 5:
        case 0:
            return Answer(item=item.id, reply="I look at the two images, " * 40, outcome="truncated", reason="cut off")
        case 1:
            return Answer(item=item.id, reply=NASTY, outcome="unparsed", reason="no letter in the reply")
        case 2:
            wrong = LETTERS[(LETTERS.index(item.answer) + 1) % 4]
            return Answer(item=item.id, reply=f"It must be {wrong}.", letter=wrong, outcome="parsed")
    return Answer(item=item.id, reply=item.answer, letter=item.answer, outcome="parsed")


def answers_of(items: list[Any]) -> Given:
    """A reference without replies, a baseline that only answers transitions, and a VLM."""
    chance = {k: math.log(0.25) for k in LETTERS}
    return [
        (LEVEL, [Answer(item=item.id, outcome="distribution", letter_logprobs=chance) for item in items]),
        (BASELINE, [said(item, 3) for item in items if item.setting == "transition"]),
        (VLM, [said(item, index) for index, item in enumerate(items)]),
    ]
