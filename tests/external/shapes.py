"""One small set, as it could be published in any of the usual shapes. All of it is made up."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.external.published import picture

SPACE2NUM = """You see this room: <image>
You rotate to the right. Now you see: <image>
By how many degrees?
{options}
Answer with the option's letter from the given choices directly."""
NUM2SPACE = """Before: <image>
You will move forward by 0.8 m. Which view do you get?
{options}
Answer with one letter."""
LAYOUT = """Coordinates of the map are (x, y). Here is a tabletop: <image>
{options}
"""
ROWS: list[dict[str, Any]] = [
    {"text": SPACE2NUM, "options": ["10°", "20°", "30°", "40°"], "images": [0, 1], "answer": "C", "kind": "yaw"},
    {"text": NUM2SPACE, "options": ["<image>"] * 4, "images": [2, 3, 4, 5, 6], "answer": "B", "kind": "forward"},
    {
        "text": LAYOUT,
        "options": ["cup: [(0.0, 1.2), (0.4, 1.6)]", "cup: [(0.3, 1.2), (0.7, 1.6)]"],
        "images": [7],
        "answer": "A",
        "kind": "2D-desk",
    },
]
CELLS = ["transition.space2num.rotate_left_right", "transition.num2space.move_forward_backward",
         "layout.space2num.2d.desk"]  # fmt: skip
MARKS = {"dot": "{}. ", "round": "({}) ", "half": "{}) ", "option": "Option {}: ", "bold": "**{}.** ", "list": "- {}: "}


def asked(row: dict[str, Any], mark: str = "dot") -> str:
    lines = [MARKS[mark].format(chr(65 + k)) + option for k, option in enumerate(row["options"])]
    return row["text"].format(options="\n".join(lines))


def conversation(row: dict[str, Any], images: list[Any], mark: str) -> dict[str, Any]:
    turns = [{"from": "human", "value": asked(row, mark)}, {"from": "gpt", "value": row["answer"]}]
    return {"conversations": turns, "images": images, "type": row["kind"]}


def llava(row: dict[str, Any], images: list[Any], mark: str) -> dict[str, Any]:
    made = conversation(row, images, mark)
    shown = made.pop("images")
    return {"id": "same", "image": shown if len(shown) > 1 else shown[0], **made}


def messages(row: dict[str, Any], images: list[Any], mark: str) -> dict[str, Any]:
    """Each image among the words, as a data URL, or as the path or the bytes that it is."""
    pieces = asked(row, mark).split("<image>")
    content: list[dict[str, Any]] = []
    for place, piece in enumerate(pieces):
        content += [{"type": "text", "text": piece}] if piece.strip() else []
        if place < len(images):
            image = images[place]
            url = {"type": "image_url", "image_url": {"url": image}}
            content.append(url if isinstance(image, str) else {"type": "image", "image": image})
    reply = [{"type": "text", "text": f"The answer is {row['answer']}."}]
    turns = [{"role": "user", "content": content}, {"role": "assistant", "content": reply}]
    return {"messages": turns, "metadata": {"category": row["kind"]}}


def marked_messages(row: dict[str, Any], images: list[Any], mark: str) -> dict[str, Any]:
    turns = [{"role": "system", "content": "You are an agent."}, {"role": "user", "content": asked(row, mark)}]
    return {"messages": [*turns, {"role": "assistant", "content": row["answer"]}], "images": images,
            "type": row["kind"]}  # fmt: skip


def easyr1(row: dict[str, Any], images: list[Any], mark: str) -> dict[str, Any]:
    return {"images": images, "problem": asked(row, mark), "answer": row["answer"], "type": row["kind"]}


Shape = Callable[[dict[str, Any], list[Any], str], dict[str, Any]]
SHAPES: dict[str, Shape] = {
    "ShareGPT": conversation,
    "LLaVA": llava,
    "OpenAI": messages,
    "OpenAI, marks": marked_messages,
    "EasyR1": easyr1,
}


def rows(shape: str, image: Callable[[int], Any], mark: str = "dot") -> list[dict[str, Any]]:
    return [SHAPES[shape](row, [image(number) for number in row["images"]], mark) for row in ROWS]


def as_paths(folder: Path, shape: str, mark: str = "dot", above: str = "images/") -> Path:
    """items.json beside a folder of images. above: what stands before their names in the rows."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(8):
        (folder / f"images/{number}.png").write_bytes(picture(number))
    (folder / "items.json").write_text(json.dumps(rows(shape, lambda number: f"{above}{number}.png", mark)))
    return folder / "items.json"


def as_lines(folder: Path, shape: str) -> Path:
    """items.jsonl, with its images as data URLs."""
    folder.mkdir(parents=True, exist_ok=True)
    made = rows(shape, lambda n: "data:image/png;base64," + base64.b64encode(picture(n)).decode())
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    return folder


def as_parquet(folder: Path, shape: str) -> Path:
    """Two files of parquet, in the order of their names, with the hub's structs for images."""
    import pyarrow
    from pyarrow import parquet

    (folder / "data").mkdir(parents=True, exist_ok=True)
    made = rows(shape, lambda n: {"bytes": picture(n), "path": f"{n}.png"})
    if shape == "LLaVA":  # a column has one type
        made = [row | {"image": row["image"] if isinstance(row["image"], list) else [row["image"]]} for row in made]
    for number, part in enumerate((made[:2], made[2:])):
        parquet.write_table(pyarrow.Table.from_pylist(part), folder / f"data/train-0000{number}-of-00002.parquet")
    return folder


def as_zip(folder: Path, shape: str) -> Path:
    """Rows and images in one archive, a folder deep, with macOS' shadow files."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        archive.writestr("__MACOSX/set/._items.json", b"\0")
        archive.writestr("set/items.json", json.dumps(rows(shape, lambda number: f"images/{number}.png")))
        for number in range(8):
            archive.writestr(f"set/images/{number}.png", picture(number))
    return folder / "set.zip"


def beside_zip(folder: Path, shape: str) -> Path:
    """Rows in a file, images in an archive beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "items.json").write_text(
        json.dumps({"version": 1, "data": rows(shape, lambda number: f"images/{number}.png")})
    )
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for number in range(8):
            archive.writestr(f"{number}.png", picture(number))
    return folder


PACKED: dict[str, Callable[[Path, str], Path]] = {
    "paths": as_paths,
    "data URLs": as_lines,
    "parquet": as_parquet,
    "zip": as_zip,
    "a zip beside": beside_zip,
}
