"""Transition items: which image follows an action of this magnitude, and which magnitude lies between two images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spacenum.frames.records import FrameRecord, TransitionFamily
from spacenum.geometry.poses import Action
from spacenum.items.families import OptionOrders, letters_for
from spacenum.items.numbers import DECIMAL, Notation
from spacenum.items.prompts import Prompts
from spacenum.items.schema import (
    TASKS,
    Image,
    Task,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)
from spacenum.scenes.spec import Split

FACING = ", still facing the same way"
WORDS = {
    ("move_forward_backward", "forward"): ("move straight forward", ""),
    ("move_forward_backward", "backward"): ("move straight backward", FACING),
    ("move_left_right", "left"): ("step sideways to the left", FACING),
    ("move_left_right", "right"): ("step sideways to the right", FACING),
    ("rotate_up_down", "up"): ("tilt your camera up", ""),
    ("rotate_up_down", "down"): ("tilt your camera down", ""),
    ("rotate_left_right", "left"): ("turn left on the spot", ""),
    ("rotate_left_right", "right"): ("turn right on the spot", ""),
}
"""What the agent does, and how: '… by 0.8 m' goes between the two."""


def transition_items(
    family: TransitionFamily, frames: Mapping[str, FrameRecord], split: Split, orders: OptionOrders, prompts: Prompts
) -> dict[Task, list[TransitionItem]]:
    """The items of one sweep: for each task, one per magnitude, all with the same options in the same order."""
    items: dict[Task, list[TransitionItem]] = {}
    for task in TASKS:
        order = orders.next(f"transition.{task}.{family.group}", len(family.ends))
        items[task] = [_item(family, frames, split, order, prompts, task, k) for k in range(len(order))]
    return items


def _item(
    family: TransitionFamily,
    frames: Mapping[str, FrameRecord],
    split: Split,
    order: Sequence[int],
    prompts: Prompts,
    task: Task,
    asked: int,
) -> TransitionItem:
    name = f"{family.id}.{task}"
    letters = letters_for(len(order))
    unit = Action(family.group, family.direction, 1.0).unit
    options = [
        TransitionOption(
            letter=letter,
            value=family.ends[k].magnitude,
            unit=unit,
            image=frames[family.ends[k].frame].image if task == "num2space" else None,
        )
        for letter, k in zip(letters, order, strict=True)
    ]
    end = family.ends[asked]
    item = TransitionItem(
        id=name, split=split, variant="base", task=task, cell=f"transition.{task}.{family.group}", family=name,
        scene=family.scene, simulator=frames[family.start].simulator, prompt=[], answer=letters[order.index(asked)],
        group=family.group, options=options,
        truth=TransitionTruth(direction=family.direction, magnitude=end.magnitude, unit=unit),
        quality=TransitionQuality(
            overlap=end.overlap, shared_anchors=end.shared_anchors, pose_error=end.pose_error,
            option_difference=family.option_difference,
        ),
    )  # fmt: skip
    prompt = transition_prompt(item, frames[family.start].image, frames[end.frame].image, prompts)
    return item.model_copy(update={"prompt": prompt})


def transition_prompt(
    item: TransitionItem, before: str, after: str, prompts: Prompts, notation: Notation = DECIMAL, preface: str = ""
) -> list[Text | Image]:
    """An item's prompt from its other fields and the images before and after its action,
    with numbers in ``notation``. preface: a sentence before the question."""
    verb, manner = WORDS[item.group, item.truth.direction]
    images = {"before": before, "after": after}
    images |= {option.letter: option.image for option in item.options if option.image}
    options = [
        {"letter": option.letter, "text": notation.magnitude(option.value, option.unit)} for option in item.options
    ]
    return prompts.prompt(
        "transition", item.task, images,
        preface=preface, verb=verb, manner=manner, letters=[option.letter for option in item.options], options=options,
        amount=notation.magnitude(item.truth.magnitude, item.truth.unit),
    )  # fmt: skip
