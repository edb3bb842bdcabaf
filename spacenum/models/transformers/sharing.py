"""Which questions of a batch share what: the plan of the fast way, free of any tensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from spacenum.models.transformers.prompts import Prompt

KEYS = frozenset({"full_attention", "sliding_attention", "chunked_attention"})
"""Layers that remember keys and values of each token, which rows of a batch can go on from."""


def keeps_keys_alone(config: Any) -> bool:
    """Whether every layer of a model does; the state of a linear attention layer can't be shared so.

    config: transformers', of the whole model.
    """
    return set(getattr(config.get_text_config(), "layer_types", None) or KEYS) <= KEYS


@dataclass(frozen=True)
class PrefixGroup:
    """Prompts (by their index) whose first ``shared`` tokens are the same,
    with the ``images`` images that these show."""

    members: tuple[int, ...]
    shared: int
    images: int = 0


def windows(families: Sequence[str], size: int) -> Iterator[range]:
    """Indices of consecutive questions, cut between families, at least ``size`` in a window (fewer in the last)."""
    start = end = 0
    for _, family in groupby(families):
        end += sum(1 for _ in family)
        if end - start >= size:
            yield range(start, end)
            start = end
    if end > start:
        yield range(start, end)


def groups(prompts: Sequence[Prompt], families: Sequence[str], causal: bool) -> list[PrefixGroup]:
    """Every prompt in one group, in order of first members; alone, with nothing shared, where sharing does not pay.

    causal: whether tokens of an image see only those before them. If not, prompts that share show the same images, all
    of them in what is shared: what follows would have to see an image's later tokens.
    """
    same: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for index, (prompt, family) in enumerate(zip(prompts, families, strict=True)):
        same.setdefault((family, () if causal else prompt.images), []).append(index)
    found: list[PrefixGroup] = []
    for members in same.values():
        some = [prompts[k] for k in members]
        shared, images = shared_tokens(some)
        if not causal and images < len(some[0].images):
            shared = 0
        if shared and len(members) > 1:
            found.append(PrefixGroup(tuple(members), shared, images))
        else:
            found += [PrefixGroup((k,), 0) for k in members]
    return sorted(found, key=lambda group: group.members)


def shared_tokens(prompts: Sequence[Prompt]) -> tuple[int, int]:
    """How many tokens all prompts begin with, short of any prompt's last token, and how many whole images these show.

    No image is cut in two. 0 tokens if it can't be told which tokens are of which image.
    """
    longest = min(len(prompt.ids) for prompt in prompts) - 1
    shown = [told for prompt in prompts if (told := _shown(prompt))]
    if len(shown) < len(prompts):
        return 0, 0
    first, others = shown[0], shown[1:]
    shared = next((k for k in range(longest) if any(other[k] != first[k] for other in others)), longest)
    while shared and first[shared - 1][1] is not None and first[shared - 1][1:] == first[shared][1:]:
        shared -= 1
    return shared, len({place for _, place, _ in first[:shared] if place is not None})


def _shown(prompt: Prompt) -> list[tuple[int, int | None, str | None]] | None:
    """Each token with the place and the path of the image that it is a part of; None if that can't be told."""
    starts = {k for k, kind in enumerate(prompt.types) if kind and not (k and prompt.types[k - 1])}
    if starts and len(starts) != len(prompt.images):
        return None
    found: list[tuple[int, int | None, str | None]] = []
    place = -1
    for k, (token, kind) in enumerate(zip(prompt.ids, prompt.types, strict=True)):
        place += k in starts
        found.append((token, place, prompt.images[place]) if kind else (token, None, None))
    return found


def batches(found: Sequence[PrefixGroup], lengths: Sequence[int], size: int) -> list[list[PrefixGroup]]:
    """Groups of like length together, at most ``size`` prompts in a batch (a larger group
    is cut), sharing apart from not.

    lengths: tokens of each prompt.
    """
    cut = [
        PrefixGroup(group.members[k : k + size], group.shared, group.images)
        for group in found
        for k in range(0, len(group.members), size)
    ]
    cut.sort(key=lambda group: (group.shared > 0, group.shared or lengths[group.members[0]], group.members))
    full: list[list[PrefixGroup]] = []
    room = 0
    for group in cut:
        if not full or len(group.members) > room or (full[-1][0].shared > 0) != (group.shared > 0):
            full.append([])
            room = size
        full[-1].append(group)
        room -= len(group.members)
    return full
