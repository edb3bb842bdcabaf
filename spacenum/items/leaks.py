"""What the text of items tells of their answers: a classifier, and the test of whether it finds more than luck.

The classifier reads of an item: the text parts of its prompt, its letters, its cell (which the text tells), its family
(to keep families whole within a fold) and, of the other folds' items only, the answer. Never images or their paths, an
option's hidden value (in Num2Space the prompt doesn't show it), the truth, or the answer of an item of the fold that it
answers.

By design the texts of a Space2Num family are the same while their answers differ, so there it answers alike for the
whole family and scores exactly chance; it can find leaks in Num2Space, and wherever a build breaks that design.

A balanced key makes luck worse than guessing: what the training folds have too much of, the held-out fold has too
little of. So the test draws the orders of options anew (``drawn_orders``), and trains and answers again for each draw.
Kernel ridge regression makes that cheap: its answers are linear in the key.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GroupKFold

from spacenum.core.arrays import Array
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import stable_hash
from spacenum.items.families import drawn_orders
from spacenum.items.schema import LETTERS, Item, Letter, Text

FOLDS = 5
FAMILIES_TOGETHER = 100
"""Families of a cell that are learnt from together: time grows with the cube of their number. A multiple of the number
of options, so that the key of each such block is balanced as that of the cell."""
RIDGE = 0.1
DRAWS = 999
LEAK_P = 0.001
_DIGITS = 9  # sums differ in their last bits between machines; letters must not
_OPTION = re.compile(r"^Option ([A-D]):[ \t]*(.*)$", re.MULTILINE)
_LETTERS_ASKED = re.compile(r"\((?:[A-D], )+[A-D]\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"-?\d+(?:\.\d+)?|\w+")


@dataclass(frozen=True)
class Shown:
    """All that is read of an item. question: its text, options apart. options: what each letter's line says ("" where
    an image follows)."""

    id: str
    cell: str
    family: str
    answer: Letter
    question: str
    options: dict[Letter, str]


def shown(item: Item) -> Shown:
    """What is read of an item: of a large study's, all of which don't fit into memory, little else is kept."""
    text = "\n".join(part.text for part in item.prompt if isinstance(part, Text))
    said = dict(_OPTION.findall(text))
    question = _LETTERS_ASKED.sub("", _OPTION.sub("", text))
    options = {option.letter: said.get(option.letter, "").strip() for option in item.options}
    return Shown(item.id, item.cell, item.family, item.answer, question, options)


def by_cell(items: Iterable[Item]) -> dict[str, list[Shown]]:
    """What is read of items, cell by cell."""
    cells: dict[str, list[Shown]] = defaultdict(list)
    for item in items:
        cells[item.cell].append(shown(item))
    return cells


def blocks(items: Sequence[Shown]) -> list[list[Shown]]:
    """The items of one cell in blocks of so many families, the last of fewer than two such blocks."""
    families: dict[str, list[Shown]] = defaultdict(list)
    for item in items:
        families[item.family].append(item)
    known = [*families.values()]
    ends = [*range(FAMILIES_TOGETHER, len(known) - FAMILIES_TOGETHER + 1, FAMILIES_TOGETHER), len(known)]
    return [
        [item for family in known[start:end] for item in family] for start, end in zip([0, *ends], ends, strict=False)
    ]


def folds(items: Sequence[Shown], seed: int) -> list[NDArray[np.int64]]:
    """Indices of the items of each fold; a family is in one fold. ValueError if there are fewer than two families."""
    families = [item.family for item in items]
    splitter = GroupKFold(min(FOLDS, len(set(families))), shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(np.zeros(len(items)), groups=families)]


class BlindClassifier:
    """Answers the items of a block of one cell, at least two families, from their text: each fold's by what it learnt
    of the others. Letters of equal score go by a hash of seed, family and letter, so that none is favoured,
    and a family whose texts are alike gets one letter."""

    def __init__(self, items: Sequence[Shown], seed: int) -> None:
        self._letters = [list(item.options) for item in items]
        self._owner = np.repeat(np.arange(len(items)), [len(letters) for letters in self._letters])
        self._lots = [
            [stable_hash(f"{seed}/{i.family}/{k}") for k in own] for i, own in zip(items, self._letters, strict=True)
        ]
        kernel = _kernel(items)
        self._smoother = np.zeros_like(kernel)
        for fold in folds(items, seed):
            test = np.isin(self._owner, fold)
            within = kernel[np.ix_(~test, ~test)] + RIDGE * np.eye(int((~test).sum()))
            self._smoother[np.ix_(test, ~test)] = np.linalg.solve(within, kernel[np.ix_(~test, test)]).T

    def answers(self, key: Sequence[Letter]) -> list[Letter]:
        """The letter of each item, if ``key`` were the right ones."""
        (chosen,) = self._chosen(np.array([list(key)]))
        return [own[place] for own, place in zip(self._letters, chosen, strict=True)]

    def right(self, keys: NDArray[np.str_]) -> Array:
        """[draws] share of right answers under each of ``keys`` [draws, items]."""
        places = np.array([[self._letters[k].index(letter) for k, letter in enumerate(key)] for key in keys.tolist()])
        return np.asarray((self._chosen(keys) == places).mean(axis=1))

    def _chosen(self, keys: NDArray[np.str_]) -> NDArray[np.int64]:
        """[draws, items] place of the answer among the item's letters."""
        letters = np.array([letter for own in self._letters for letter in own])
        right = (keys[:, self._owner] == letters).astype(float)
        counts = np.bincount(self._owner)[self._owner]
        scores = np.round(self._smoother @ (right - 1 / counts).T, _DIGITS).T
        chosen = np.zeros(keys.shape, int)
        for item, lots in enumerate(self._lots):
            own = scores[:, self._owner == item][:, np.argsort(lots)]
            chosen[:, item] = np.argsort(lots)[own.argmax(axis=1)]
        return chosen


@dataclass(frozen=True)
class LeakTest:
    """accuracy: of the classifier, mean over cells, 0..1. luck: the same for keys drawn anew, and its standard
    deviation. p: how often luck does as well (one-sided) in the mean or in the cell that stands out most: ``cell``."""

    accuracy: float
    luck: float
    luck_sd: float
    p: float
    draws: int
    cell: str


def leak_test(items: Iterable[Item], seed: int, draws: int = DRAWS) -> LeakTest | None:
    """Whether the text of items tells their answers better than luck does; None without a cell of two families.

    The statistic is the largest distance from luck, in standard deviations of luck, of the mean over cells and of each
    cell: one p-value (North, Curtis and Sham 2002) for all of them.
    """
    cells = {name: own for name, own in by_cell(items).items() if len({item.family for item in own}) > 1}
    if not cells:
        return None
    right = np.array([_right(own, seed, draws) for own in cells.values()])
    right = np.vstack([right.mean(axis=0), right])
    luck, spread = right[:, 1:].mean(axis=1, keepdims=True), right[:, 1:].std(axis=1, keepdims=True)
    far = np.round((right - luck) / np.where(spread > 0, spread, np.inf), _DIGITS)
    outstanding = far.max(axis=0)
    return LeakTest(
        accuracy=float(right[0, 0]),
        luck=float(luck[0, 0]),
        luck_sd=float(spread[0, 0]),
        p=float((1 + (outstanding[1:] >= outstanding[0]).sum()) / (1 + draws)),
        draws=draws,
        cell=list(cells)[int(far[1:, 0].argmax())],
    )


def _right(items: Sequence[Shown], seed: int, draws: int) -> Array:
    """[1 + draws] share of a cell's items that the classifier has right under the key, and under keys drawn anew."""
    parts = blocks(items)
    of_parts = [BlindClassifier(own, seed).right(_keys(own, seed, draws, k)) for k, own in enumerate(parts)]
    return np.asarray(np.average(of_parts, axis=0, weights=[len(own) for own in parts]))


def refuse_leaks(items: Iterable[Item], seed: int) -> LeakTest | None:
    """``leak_test``; SpaceNumError if the text tells the answers."""
    found = leak_test(items, seed)
    if found and found.p <= LEAK_P:
        right, luck = 100 * found.accuracy, 100 * found.luck
        raise SpaceNumError(
            f"cell {found.cell}: a classifier that reads only the text of items is right in {right:.1f}%, where luck "
            f"is in {luck:.1f}% (p = {found.p:.3g}): prompts, or the order of options, tell the answer"
        )
    return found


def _keys(items: Sequence[Shown], seed: int, draws: int, block: int = 0) -> NDArray[np.str_]:
    """[1 + draws, items] the key, then keys with the orders of options drawn anew, balanced as a build does. block: the
    number of the items' block in their cell."""
    families: dict[str, list[int]] = defaultdict(list)
    for k, item in enumerate(items):
        families[item.family].append(k)
    rng = np.random.default_rng([seed, stable_hash(items[0].cell), block])
    orders = drawn_orders(rng, draws, len(families), len(items[0].options))
    letter_of = np.array(LETTERS)[np.argsort(orders, axis=-1)]  # [draws, families, options]
    keys = np.array([[item.answer for item in items]] * (1 + draws))
    for number, members in enumerate(families.values()):
        keys[1:, members] = letter_of[:, number, : len(members)]
    return keys


def _kernel(texts: Sequence[Shown]) -> Array:
    """[options, options] how alike two options' words and numbers are: each half at most 1."""
    counts = CountVectorizer(analyzer=_as_is, binary=True, dtype=float).fit_transform(
        [own for text in texts for own in _words(text)]
    )
    words = (counts @ counts.T).toarray()
    numbers = np.array([own for text in texts for own in _numbers(text)], float)
    known = ~np.isnan(numbers)
    middle = np.where(known, numbers, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = np.sqrt(np.where(known, (numbers - middle) ** 2, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    scaled = np.where(known, (numbers - middle) / np.where(spread > 0, spread, 1), 0)
    return np.asarray(words / words.diagonal().max() + rbf_kernel(scaled, gamma=1 / max(1, int((spread > 0).sum()))))


def _as_is(tokens: list[str]) -> list[str]:
    return tokens


def _words(text: Shown) -> list[list[str]]:
    """For each option: its letter, the question's words and pairs of words joined with the letter, its own words."""
    asked = _WORD.findall(text.question.lower())
    asked += [f"{a} {b}" for a, b in pairwise(asked)]
    return [
        [letter, *(f"{letter}|{word}" for word in asked), *(f"own|{word}" for word in _WORD.findall(said.lower()))]
        for letter, said in text.options.items()
    ]


def _numbers(text: Shown) -> list[list[float]]:
    """For each option: its letter's place; the question's numbers; its own numbers, raw,
    among the options, against these.

    What an option doesn't show is NaN.
    """
    stated = [float(n) for n in _NUMBER.findall(text.question)]
    own = {letter: [float(n) for n in _NUMBER.findall(said)] for letter, said in text.options.items()}
    summaries = {letter: _summary(numbers) for letter, numbers in own.items()}
    everyone = np.array(list(summaries.values()))
    rows = []
    for place, (letter, said) in enumerate(text.options.items()):
        mine = np.array(summaries[letter])
        ranks = np.where(np.isnan(mine), np.nan, (everyone < mine).sum(axis=0) + (everyone == mine).sum(axis=0) / 2)
        twins = sum(said == other for other in text.options.values())
        halves = [_shared(own, letter, half) for half in (0, 1)]
        gaps = [abs(a - b) for a in own[letter] for b in stated]
        rows.append(
            [place, len(text.options), len(stated), *_summary(stated), *mine, *ranks, *(mine - _summary(stated))]
            + [min(gaps, default=np.nan), max(gaps, default=np.nan), twins, *halves, len(said)]
            + [len(re.findall(rf"\b{letter}\b", text.question)), text.question.count(said) if said else 0]
        )  # fmt: skip
    return rows


def _summary(numbers: Sequence[float]) -> list[float]:
    """First, last, mean, largest and smallest."""
    if not numbers:
        return [np.nan] * 5
    return [numbers[0], numbers[-1], float(np.mean(numbers)), max(numbers), min(numbers)]


def _shared(own: dict[Letter, list[float]], letter: Letter, half: int) -> int:
    """How many options have the same first (0) or second (1) half of numbers: corners, in layouts."""

    def part(numbers: list[float]) -> list[float]:
        middle = len(numbers) // 2
        return numbers[middle:] if half else numbers[:middle]

    return sum(part(other) == part(own[letter]) for other in own.values())
