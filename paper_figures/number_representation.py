"""Figure 6a: numbers in words, and as integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import differences, published_differences

if TYPE_CHECKING:
    import pandas as pd

WORDS, CENTIMETRES, INTEGERS = "Transition: in words", "Transition: whole cm", "Layout: whole units"


def _ours(tables: Tables) -> pd.DataFrame:
    places = {
        WORDS: ("numbers_words", "transition"),
        CENTIMETRES: ("numbers_integer", "transition"),
        INTEGERS: ("numbers_integer", "layout"),
    }
    return tidy(differences(tables, places))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "natural_language_transition_delta": WORDS,
        "integer_transition_delta": CENTIMETRES,
        "integer_layout_delta": INTEGERS,
    }
    return tidy(published_differences(table, columns))


FIGURE = PaperFigure(
    number="Figure 6a",
    title="Numbers written otherwise: change in accuracy",
    sees="Whether the way in which a number is written matters, the images and the truth being the same. Means "
    "are over items; that the paper's are is inferred from its Figure 4a.",
    plot=Dots(label="change in accuracy (points)", reference="no change", across=3),
    tables=("numbers_words", "numbers_integer"),
    ours=_ours,
    published="fig6a_number_representation",
    from_published=_from_published,
)
