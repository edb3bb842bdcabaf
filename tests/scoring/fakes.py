"""Invented items in the benchmark's proportions, and models that answer them, for tests and for looking at figures."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable
from dataclasses import astuple
from itertools import product

import numpy as np

from spacenum.asking.base import Answer, ModelInfo
from spacenum.items.schema import (
    CELLS,
    LETTERS,
    Anchors,
    AnyItem,
    Cell,
    Frame,
    LayoutItem,
    LayoutOption,
    LayoutQuality,
    LayoutTruth,
    MapEntry,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)
from spacenum.scoring.rows import ScoreRow, score_answers
from spacenum.tables.base import ModelScores

ENTRY = MapEntry(name="bed", corners=[0.0, 1.0])
FRAME = Frame(origin=(0, 0, 0), x_axis=(1, 0, 0), unit_m=1.0)


def family(cell: str, number: int, variation: str = "both") -> list[AnyItem]:
    """One family: as many items as options, each letter right once. Scene ``number`` serves all cells of its kind."""
    setting, task, group, scale = astuple(Cell.of(cell))
    name = f"{cell}.{number:03d}"
    common = {"split": "benchmark", "variant": "base", "task": task, "cell": cell, "simulator": "fake"}
    common |= {"prompt": [Text(text="?")], "family": name, "scene": f"scene-{number:03d}", "group": group}
    if setting == "transition":
        options = [
            TransitionOption(letter=letter, value=10.0 * (i + 1), unit="deg") for i, letter in enumerate(LETTERS)
        ]
        quality = TransitionQuality(overlap=0.5, shared_anchors=3, pose_error=0, option_difference=0.1)
        return [
            TransitionItem(
                **common,
                id=f"{name}.{option.letter}",
                options=options,
                answer=option.letter,
                truth=TransitionTruth(direction="left", magnitude=option.value, unit="deg"),
                quality=quality,
            )
            for option in options
        ]
    return [_layout(common, name, scale, truth, variation) for truth in range(2 if group == "1d" else 4)]


def _layout(common: dict, name: str, scale: str, truth: int, variation: str) -> LayoutItem:
    """1D: two positions of one size. 2D and 3D: two positions by two sizes."""
    places = [(0, 0), (1, 0)] if common["group"] == "1d" else list(product((0, 1), (0, 1)))
    right = places[truth]
    options = [
        LayoutOption(
            letter=letter,
            value=[float(place), place + 1.0 + size],
            position_ok=place == right[0],
            size_ok=size == right[1],
        )
        for letter, (place, size) in zip(LETTERS, places, strict=False)
    ]
    return LayoutItem(
        **common,
        id=f"{name}.{LETTERS[truth]}",
        scale=scale,
        options=options,
        answer=LETTERS[truth],
        truth=LayoutTruth(
            variation="position" if common["group"] == "1d" else variation,
            corners=options[truth].value,
            target="chair",
            anchors=Anchors(origin=ENTRY, direction=ENTRY),
            frame=FRAME,
        ),
        quality=LayoutQuality(target_pixels=500, visible_objects=4, option_difference=0.1),
    )


def benchmark(items_per_cell: int = 16, cells: Iterable[str] = CELLS) -> list[AnyItem]:
    """As many items in each cell; fewer families where they have more options."""
    return [
        item
        for cell in cells
        for number in range(items_per_cell // (2 if ".1d." in cell else 4))
        for item in family(cell, number)
    ]


def reply(item: AnyItem, letter: str) -> Answer:
    return Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")


def unparsed(item: AnyItem, outcome: str = "unparsed") -> Answer:
    return Answer(item=item.id, reply="hm", outcome=outcome, reason="no letter")


def guesses(item: AnyItem) -> Answer:
    """The chance reference: the same probability for every letter."""
    k = len(item.options)
    return Answer(
        item=item.id, outcome="distribution", letter_logprobs={o.letter: math.log(1 / k) for o in item.options}
    )


def skilled(skill: float, seed: int = 0, silent: float = 0.0) -> Callable[[AnyItem], Answer]:
    """Knows the answer with probability ``skill``, else guesses; a share ``silent`` of replies can't be read."""

    def answer(item: AnyItem) -> Answer:
        rng = np.random.default_rng([seed, zlib.crc32(item.id.encode())])
        if rng.random() < silent:
            return unparsed(item)
        letters = [option.letter for option in item.options]
        return reply(item, item.answer if rng.random() < skill else letters[rng.integers(len(letters))])

    return answer


def rows_of(items: Iterable[AnyItem], model: Callable[[AnyItem], Answer]) -> list[ScoreRow]:
    items = list(items)
    return score_answers(items, [model(item) for item in items])


def scores_of(
    name: str,
    items: Iterable[AnyItem],
    model: Callable[[AnyItem], Answer],
    kind: str = "vlm",
    size: float | None = None,
) -> ModelScores:
    return ModelScores(ModelInfo(name=name, kind=kind, parameters_b=size), rows_of(items, model))
