"""Which of the 20 cells a published row belongs to: by what its other keys say, else by rules on its words.

A cell is put together of what is known of it: setting, task, group of directions or number of dimensions, and scale.
What isn't known, or is said in two ways, leaves the row without one of the 20 cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.core.reading import parse_yaml, read_text
from spacenum.external.shapes import MARK, Row
from spacenum.items.schema import CELLS, Cell

OWN = "other"
"""What cells are called that are none of the 20; then what is known of them."""

_LABELS: dict[str, dict[str, str]] = {
    "setting": {"transition": r"transitions?|actions?", "layout": r"layouts?|cognitive map"},
    "task": {
        "num2space": r"num(?:ber)?s?(?: to | ?2 ?)space|n2s",
        "space2num": r"space(?: to | ?2 ?)num(?:ber)?s?|s2n",
    },
    "group": {
        "move_forward_backward": r"(?:move )?(?:forwards?|backwards?|ahead)(?: backwards?)?",
        "move_left_right": r"(?:move|strafe|translate|pan) (?:left|right)(?: right)?",
        "rotate_up_down": r"(?:rotate|look|tilt|turn) (?:up|down)(?: down)?|pitch",
        "rotate_left_right": r"(?:rotate|look|turn) (?:left|right)(?: right)?|yaw",
    },
    "dimension": {"1d": r"1 ?d(?:im)?", "2d": r"2 ?d(?:im)?", "3d": r"3 ?d(?:im)?"},
    "scale": {"desk": r"desk|desktop|tabletop", "room": r"rooms?|roomscale"},
}
"""How labels call each, in lower case with a space for all that is neither letter nor digit."""

_MOVE, _TURN = r"\b(?:move|moved|moving|walk|walked|step|stepped|strafe|strafed)\b", r"\b(?:rotate|turn|look|tilt)\w*\b"
_TO = r"(?: (?:to|your|the|camera|head|view|straight|towards?)){0,3} "
_WORDS: dict[str, dict[str, str]] = {
    "setting": {"layout": r"cognitive map|coordinates?\b", "transition": rf"(?:{_MOVE}|{_TURN}){_TO}(?:{{side}})\b"},
    "group": {
        "move_forward_backward": rf"{_MOVE}{_TO}(?:forwards?|backwards?|ahead|back)\b",
        "move_left_right": rf"{_MOVE}{_TO}(?:left|right)\b",
        "rotate_up_down": rf"{_TURN}{_TO}(?:up|down|upwards?|downwards?)\b",
        "rotate_left_right": rf"{_TURN}{_TO}(?:left|right)\b",
    },
    "dimension": {
        f"{n}d": rf"\b{n}-?d\b|\b{word}[- ]dimensional" for n, word in ((1, "one"), (2, "two"), (3, "three"))
    },
    "scale": {"desk": r"\b(?:on|of) (?:the|a|this) (?:desk|tabletop)\b|desk[- ]scale", "room": r"room[- ]scale"},
}
"""What words of a question tell."""
_SIDES = "forwards?|backwards?|ahead|back|left|right|up|down|upwards?|downwards?"
_SHOWS = re.compile(r"\b(?:image|picture|view|photo|frame)\b", re.IGNORECASE)
_TUPLE = re.compile(r"\(\s*-?\d+(?:\.\d+)?((?:\s*,\s*-?\d+(?:\.\d+)?){1,2})\s*\)")


class CellNames(Block):
    """What a set calls cells. keys: of a row, a dot for a key within a key; cells: their values, joined by '/', by the
    cell that they mean."""

    keys: list[str] = Field(min_length=1)
    cells: dict[str, str] = Field(min_length=1)


def read_cell_names(path: Path) -> CellNames:
    """SpaceNumError names the file, the key and what is wrong with it."""
    try:
        names = CellNames.model_validate(parse_yaml(read_text(path), path) or {})
        for cell in names.cells.values():
            Cell.of(cell)
    except ValidationError as error:
        raise SpaceNumError(f"{path}: {first_problem(error)}") from None
    except SpaceNumError as error:
        raise SpaceNumError(f"{path}: {error}" if not str(error).startswith(str(path)) else str(error)) from None
    return names


def named_cell(row: Row, names: CellNames) -> str:
    """The cell by a file of names; SpaceNumError for a value that it doesn't have."""
    missing = [key for key in names.keys if key not in row.about]
    if missing:
        raise SpaceNumError(f"{row.place}: has no key '{missing[0]}', by which its cell is to be found")
    said = "/".join(row.about[key] for key in names.keys)
    if said not in names.cells:
        raise SpaceNumError(f"{row.place}: '{said[:80]}' stands for no cell in the file of cells")
    return names.cells[said]


def cell_of(row: Row, options: Sequence[str]) -> tuple[str | None, str]:
    """(cell, null), or (nothing, what is known of it, or what contradicts)."""
    labels = _labelled(row.about)
    if isinstance(labels, str):
        return None, labels
    words = _worded(row.text, options)
    if labels.get("task", words.get("task")) != words.get("task", labels.get("task")):
        return None, f"keys say {labels['task']}, options {words['task']}"
    known = words | labels
    for name in _names(known):
        if name in CELLS:
            return name, ""
    return None, ".".join(known[key] for key in ("setting", "task", "group", "dimension", "scale") if key in known)


def _names(known: Mapping[str, str]) -> list[str]:
    """The cell that these make up; without a setting, the one that a group or a dimension belongs to."""
    group, dimension = known.get("group"), known.get("dimension")
    setting = known.get("setting") or ("transition" if group and not dimension else "")
    setting = setting or ("layout" if dimension and not group else "")
    last = [group] if setting == "transition" else [dimension, known.get("scale")]
    parts = [setting, known.get("task"), *last]
    return [".".join(part for part in parts if part)] if all(parts) else []


def _labelled(about: Mapping[str, str]) -> dict[str, str] | str:
    """What the row's other keys say; a text if they say two things."""
    exact = {value for value in about.values() if value in CELLS}
    if len(exact) == 1:
        cell = Cell.of(exact.pop())
        place = "group" if cell.setting == "transition" else "dimension"
        return {"setting": cell.setting, "task": cell.task, place: cell.group} | (
            {"scale": cell.scale} if cell.scale else {}
        )
    found: dict[str, set[str]] = {}
    for key, value in about.items():
        if len(value) > 200:  # prose, not a label
            continue
        label = _plain(f"{key.split('.')[-1]} {value}" if value.isdigit() else value)
        for facet, kinds in _LABELS.items():
            for kind, pattern in kinds.items():
                if re.search(rf"(?:^| )(?:{pattern})(?: |$)", label):
                    found.setdefault(facet, set()).add(kind)
    return _single(found, "keys")


def _plain(label: str) -> str:
    """Words of a label: 'numToSpace_2D-desk' is 'num to space 2d desk'."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    return " ".join(re.findall(r"[a-z0-9]+", apart.lower()))


def _worded(text: str, options: Sequence[str]) -> dict[str, str]:
    """What words and options say; what they say in two ways is not known."""
    plain = " ".join(text.lower().replace(MARK, " ").split())
    found: dict[str, set[str]] = {}
    for facet, kinds in _WORDS.items():
        for kind, pattern in kinds.items():
            if re.search(pattern.replace("{side}", _SIDES), plain):
                found.setdefault(facet, set()).add(kind)
    axes = {f"{1 + match[1].count(',')}d" for match in _TUPLE.finditer(text)}
    if axes and "dimension" not in found:
        found["dimension"] = axes
    if all(option == MARK for option in options):
        found["task"] = {"num2space"}
    elif all(re.search(r"\d", option) and not _SHOWS.search(option) for option in options):
        found["task"] = {"space2num"}
    return {facet: kinds.pop() for facet, kinds in found.items() if len(kinds) == 1}


def _single(found: Mapping[str, set[str]], where: str) -> dict[str, str] | str:
    for facet, kinds in found.items():
        if len(kinds) > 1:
            return f"{where} say {' and '.join(sorted(kinds))} of its {facet}"
    return {facet: next(iter(kinds)) for facet, kinds in found.items()}
