"""A classifier trained on text alone, cross-validated over families: above chance, it has found a leak in the key.

Reads of an item: the text parts of its prompt, its letters, its cell (which the text tells), its family (to keep
families whole within a fold) and, of the other folds' items only, the answer. Never images or their paths, an option's
hidden value (in Num2Space the prompt doesn't show it), the truth, or the answer of an item of the fold that it answers.

By design the texts of a Space2Num family are the same while their answers differ, so there this classifier answers
alike for the whole family and scores exactly chance; it can detect leaks in Num2Space,
and wherever a build breaks that design.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.arrays import Array
from spacenum.core.provenance import stable_hash
from spacenum.items.schema import CELLS, LETTERS, Item, Letter, Text

FOLDS = 5
_OPTION = re.compile(r"^Option ([A-D]):[ \t]*(.*)$", re.MULTILINE)
_LETTERS_ASKED = re.compile(r"\((?:[A-D], )+[A-D]\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"-?\d+(?:\.\d+)?|\w+")


@dataclass(frozen=True)
class Shown:
    """What an item's text shows: its question, and what each letter's line says ("" where an image follows)."""

    question: str
    options: dict[Letter, str]


def shown(item: Item) -> Shown:
    """The text of an item's prompt, options apart."""
    text = "\n".join(part.text for part in item.prompt if isinstance(part, Text))
    said = dict(_OPTION.findall(text))
    question = _LETTERS_ASKED.sub("", _OPTION.sub("", text))
    return Shown(question, {option.letter: said.get(option.letter, "").strip() for option in item.options})


def folds(items: Sequence[Item], seed: int) -> list[NDArray[np.int64]]:
    """Indices of the items of each fold; a family is in one fold. ValueError if there are fewer than two families."""
    families = [item.family for item in items]
    splitter = GroupKFold(min(FOLDS, len(set(families))), shuffle=True, random_state=seed)
    return [test for _, test in splitter.split(np.zeros(len(items)), groups=families)]


def scores(items: Sequence[Item], seed: int) -> list[dict[Letter, float]]:
    """For each item, how probable each letter looks to classifiers that were trained on the other folds."""
    texts = [shown(item) for item in items]
    words = [option for text in texts for option in _words(text)]
    cells = [CELLS.index(item.cell) for item in items]
    numbers = np.array([[c, *o] for c, text in zip(cells, texts, strict=True) for o in _numbers(text)], float)
    right = np.array(
        [letter == item.answer for item, text in zip(items, texts, strict=True) for letter in text.options]
    )
    owner = np.repeat(np.arange(len(items)), [len(text.options) for text in texts])
    found = np.zeros(len(owner))
    for fold in folds(items, seed):
        test = np.isin(owner, fold)
        found[test] = _trained(words, numbers, right, ~test, test, seed)
    each = iter(found.tolist())
    return [{letter: next(each) for letter in text.options} for text in texts]


def _trained(
    words: Sequence[list[str]],
    numbers: Array,
    right: NDArray[np.bool_],
    train: NDArray[np.bool_],
    test: NDArray[np.bool_],
    seed: int,
) -> Array:
    """Mean probability, from words (linear) and from numbers (boosted trees), that each ``test`` option is right."""
    counts = CountVectorizer(analyzer=_as_is, min_df=2)
    numbers = numbers[:, ~np.isnan(numbers[train]).all(axis=0)]
    seen = counts.fit_transform([words[k] for k in np.flatnonzero(train)])
    linear = LogisticRegression(C=0.3, max_iter=500, solver="liblinear", random_state=seed).fit(seen, right[train])
    trees = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False, random_state=seed
    ).fit(numbers[train], right[train])
    by_words = linear.predict_proba(counts.transform([words[k] for k in np.flatnonzero(test)]))[:, 1]
    return (by_words + trees.predict_proba(numbers[test])[:, 1]) / 2


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


class TrainedBlind:
    """Ties between letters go by a hash of seed, item and letter, so that no letter is favoured."""

    def __init__(self, context: Context) -> None:
        self._seed = context.seed

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        if len({item.family for item in items}) < 2:
            for item in items:
                yield Answer(item=item.id, outcome="unparsed", reason="fewer than two families to train and test on")
            return
        for item, score in zip(items, scores(items, self._seed), strict=True):
            letter = max((k for k in LETTERS if k in score), key=lambda k: (round(score[k], 9), self._lot(item, k)))
            yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")

    def _lot(self, item: Item, letter: Letter) -> int:
        return stable_hash(f"{self._seed}/{item.id}/{letter}")


def load(config: ModelConfig, context: Context) -> Model:
    return TrainedBlind(context)
