"""What an external benchmark is, and the protocols under which its items are asked.

A benchmark is an entry of ``BENCHMARKS`` in a module of this package, and an entry in the config's list ``external``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spacenum.asking.modes import ModeName
from spacenum.core.blocks import Block
from spacenum.items.schema import Letter

ProtocolName = Literal["direct", "paper", "shuffled", "circular", "circular_mean", "guided", "manual_cot"]


class OptionContent(Block):
    """What an option says or shows; an image by its path relative to the study's folder."""

    text: str | None = None
    image: str | None = None


class ExternalQuestion(Block):
    """One published item, before it is worded.

    source: what its benchmark calls it, unique there. group: its category. cell: what it is summed up under. answer:
    the place of the right option, from 0. scene: the hash of its first image,
    so that items of one picture count as alike. worded: whether ``question`` is all that is asked, its options and how
    to reply too, and is shown to the letter.
    """

    source: str
    cell: str
    group: str
    scene: str
    question: str
    images: list[str]
    options: list[OptionContent]
    answer: int
    worded: bool = False


@dataclass(frozen=True)
class Published:
    """An item as a reader finds it. images: encoded as published, in the order in which they are shown. place: where it
    stands in the file, for messages."""

    source: str
    place: str
    group: str
    question: str
    options: list[str]
    answer: int
    images: list[bytes]


@dataclass(frozen=True, kw_only=True)
class OfficialPrompt:
    """Where a benchmark's authors keep what they say before a question: constants of a Python file of a repository on
    GitHub, pinned by its hash."""

    repo: str
    commit: str
    file: str
    sha256: str
    constants: tuple[str, ...]


@dataclass(frozen=True)
class Benchmark:
    """repo, file: where the hub has it. expected: how many items it had when this was
    written; others are said, not refused.

    read: the items of a published file. protocols: those that are common for it. prompt: of its authors' own script,
    if it can be followed (protocol manual_cot).
    """

    title: str
    repo: str
    file: str
    licence: str
    expected: int
    protocols: tuple[ProtocolName, ...]
    read: Callable[[Path], Iterator[Published]]
    prompt: OfficialPrompt | None = None


@dataclass(frozen=True)
class Protocol:
    """How items are worded, asked and counted.

    order: of the options, as published or drawn from the study's seed with a balanced key. guided: a preface says how
    to go about it, and replies may be as long as reasoning. official: that preface, and the form of the options, are
    the benchmark's own. repeats: replies to an item. every_order: of an item that is asked in every rotation of its
    options, all replies must be right (as MMBench's CircularEval, arXiv 2307.06281); else their mean counts.
    unparsed_as: the letter that the benchmark's own script takes for a reply that it can't parse.
    """

    mode: ModeName
    order: Literal["published", "seeded"] = "published"
    guided: bool = False
    official: bool = False
    repeats: int = 1
    every_order: bool = False
    unparsed_as: Letter | None = None


PROTOCOLS: Mapping[ProtocolName, Protocol] = {
    "direct": Protocol("letter-greedy"),
    "paper": Protocol("letter-paper"),
    "shuffled": Protocol("letter-greedy", order="seeded"),
    "circular": Protocol("letter-greedy-rotations", order="seeded", every_order=True),
    "circular_mean": Protocol("letter-greedy-rotations", order="seeded"),
    "guided": Protocol("letter-paper", guided=True, repeats=5),
    "manual_cot": Protocol("letter-paper", guided=True, official=True, repeats=5, unparsed_as="A"),
}
