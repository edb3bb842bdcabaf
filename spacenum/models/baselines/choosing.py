"""What references and shortcuts that choose by rule share: from the number of an option to an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from spacenum.asking.base import Answer
from spacenum.items.schema import Item

IMAGES_KEPT = 256
"""Images that a baseline keeps while it answers, so that its memory doesn't grow with the study."""


class NotAsked(Exception):
    """An item that says nothing to whoever is asked; it gets no score, so that its cell stays empty. The reason."""


def answers(items: Sequence[Item], choose: Callable[[Item], int]) -> Iterator[Answer]:
    """One answer per item, in order. choose: the number of an option; ValueError says why the images don't tell
    (unparsed), NotAsked why the item is no question for it (missing)."""
    for item in items:
        try:
            letter = item.options[choose(item)].letter
        except NotAsked as reason:
            yield Answer(item=item.id, outcome="missing", reason=str(reason))
        except ValueError as error:
            yield Answer(item=item.id, outcome="unparsed", reason=str(error))
        else:
            yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")
