"""An item as a row of a release, and a row as the item that it was made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from spacenum.asking.questions import letters_of, message_parts
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.items.schema import ITEM, Image, Item, LayoutOption, Text, TransitionOption

PLACE = "<image>"
MAP_UNIT = "map"
SAME = ("id", "cell", "setting", "task", "group", "scale", "split", "variant", "family", "scene", "simulator")
"""Columns that are an item's fields as they stand."""
_PER_CORNER = {"1d": 1, "2d": 2, "3d": 3}


def row_of(item: Item, image: Callable[[str], tuple[str, bytes]], answers: bool) -> dict[str, Any]:
    """A row. image: the name and the bytes of an image by its path. answers: whether it has what tells the right one.

    The prompt is as models are asked it, ``message_parts`` of the item's. SpaceNumError if an option's image isn't
    among those that the prompt shows.
    """
    parts = message_parts(item.prompt)
    shown = [part.image for part in parts if isinstance(part, Image)]
    if any(PLACE in part.text for part in parts if isinstance(part, Text)):
        raise SpaceNumError(f"item {item.id}: its text has '{PLACE}', which a release keeps for its images")
    letters = letters_of(item)
    row = {name: getattr(item, name) for name in SAME}
    return row | {
        "images": [dict(zip(("path", "bytes"), image(path), strict=True)) for path in shown],
        "prompt": _prompt(parts),
        "question": "".join(PLACE if isinstance(part, Image) else part.text for part in parts),
        "letters": list(letters),
        "options": [_option(item, option, shown, answers) for option in item.options],
        "answer": item.answer if answers else None,
        "chance": 1 / len(letters),
        "truth": item.truth.model_dump_json() if answers else None,
        "quality": item.quality.model_dump_json(),
    }


def _prompt(parts: Sequence[Text | Image]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    place = 0
    for part in parts:
        if isinstance(part, Image):
            rows.append({"type": "image", "text": None, "image": place})
            place += 1
        else:
            rows.append({"type": "text", "text": part.text, "image": None})
    return rows


def _option(item: Item, option: TransitionOption | LayoutOption, shown: Sequence[str], answers: bool) -> dict[str, Any]:
    """Withheld with the answers: the values behind images, one of which is what the question names, and in what an
    option is right."""
    if option.image is not None and option.image not in shown:
        raise SpaceNumError(f"item {item.id}: option {option.letter} has an image that its prompt doesn't show")
    told = answers or option.image is None
    layout = option if isinstance(option, LayoutOption) and answers else None
    return {
        "letter": option.letter,
        "values": _flat(option.value) if told else None,
        "unit": option.unit if isinstance(option, TransitionOption) else MAP_UNIT,
        "image": None if option.image is None else shown.index(option.image),
        "position_ok": layout and layout.position_ok,
        "size_ok": layout and layout.size_ok,
        "reading": layout and layout.reading,
    }


def _flat(value: Any) -> list[float]:
    """A number, or two corners, as a list of numbers."""
    if not isinstance(value, list):
        return [value]
    return [number for one in value for number in _flat(one)]


def item_of(row: Mapping[str, Any], image: Callable[[Mapping[str, Any]], str], place: str) -> Item:
    """The item of a row. image: writes an image of the row, and gives its path.

    SpaceNumError names the ``place`` of the row, and what of it is wrong or withheld.
    """
    if row.get("answer") is None or row.get("truth") is None:
        raise SpaceNumError(f"{place}: has no answer; this release withholds them, so nothing can be scored on it")
    try:
        images = [image(one) for one in row["images"]]
        prompt = [
            {"text": part["text"].strip()} if part["image"] is None else {"image": images[part["image"]]}
            for part in row["prompt"]
        ]
        data = {name: row[name] for name in SAME} | {
            "prompt": prompt,
            "answer": row["answer"],
            "options": [_option_of(row, option, images) for option in row["options"]],
            "truth": json.loads(row["truth"]),
            "quality": json.loads(row["quality"]),
        }
        return ITEM.validate_python(data)
    except ValidationError as error:
        raise SpaceNumError(f"{place}: {first_problem(error)}; download the release again") from None
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise SpaceNumError(f"{place}: is no row of a release ({error!r}); download it again") from None


def _option_of(row: Mapping[str, Any], option: Mapping[str, Any], images: Sequence[str]) -> dict[str, Any]:
    values, shown = option["values"], option["image"]
    found = {"letter": option["letter"], "image": None if shown is None else images[shown]}
    if row["setting"] == "transition":
        (value,) = values
        return found | {"value": value, "unit": option["unit"]}
    each = _PER_CORNER[row["group"]]
    corners = values if each == 1 else [values[:each], values[each:]]
    return found | {"value": corners} | {name: option[name] for name in ("position_ok", "size_ok", "reading")}
