"""Which questions of a batch share what: the plan of the fast way, free of any tensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from spacenum.models.transformers.prompts import Prompt


@dataclass(frozen=True)
class Group:
    """Prompts (by their index) whose first ``shared`` tokens, images included, are the same; what follows has no image."""

    members: tuple[int, ...]
    shared: int


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


def groups(prompts: Sequence[Prompt], families: Sequence[str]) -> list[Group]:
    """Every prompt in one group, in order of first members; alone, with nothing shared, where sharing does not pay."""
    same: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for index, (prompt, family) in enumerate(zip(prompts, families, strict=True)):
        same.setdefault((family, prompt.images), []).append(index)
    found: list[Group] = []
    for members in same.values():
        shared = shared_tokens([prompts[k] for k in members])
        if shared and len(members) > 1:
            found.append(Group(tuple(members), shared))
        else:
            found += [Group((k,), 0) for k in members]
    return sorted(found, key=lambda group: group.members)


def shared_tokens(prompts: Sequence[Prompt]) -> int:
    """How many tokens all prompts (of the same images) begin with, short of any prompt's last token.

    0 if that leaves an image to what follows: its tokens may attend to each other both ways, so none may be cut off.
    """
    longest = min(len(prompt.ids) for prompt in prompts) - 1
    first = prompts[0].ids
    shared = next((k for k in range(longest) if any(p.ids[k] != first[k] for p in prompts)), longest)
    return 0 if any(any(prompt.types[shared:]) for prompt in prompts) else shared


def batches(found: Sequence[Group], lengths: Sequence[int], size: int) -> list[list[Group]]:
    """Groups of like length together, at most ``size`` prompts in a batch (a larger group is cut), sharing apart from not.

    lengths: tokens of each prompt.
    """
    cut = [
        Group(group.members[k : k + size], group.shared) for group in found for k in range(0, len(group.members), size)
    ]
    cut.sort(key=lambda group: (group.shared > 0, group.shared or lengths[group.members[0]], group.members))
    full: list[list[Group]] = []
    room = 0
    for group in cut:
        if not full or len(group.members) > room or (full[-1][0].shared > 0) != (group.shared > 0):
            full.append([])
            room = size
        full[-1].append(group)
        room -= len(group.members)
    return full
