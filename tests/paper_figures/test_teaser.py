"""The teaser's map: each placement has the letter and colour of its picture, and no word leaves its box."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from paper_figures import teaser
from paper_figures.style import COLOURS, STYLE
from spacenum.items.schema import LETTERS

pytestmark = pytest.mark.filterwarnings("error")


def entry(name, *corners):
    return SimpleNamespace(name=name, corners=corners)


def layout(folder):
    """A narrow anchor with a long name at the left edge, and two pairs of placements about one centre."""
    values = [((2, 0), (2.6, 0.6)), ((1.8, -0.2), (2.8, 0.8)), ((3, 1), (3.6, 1.6)), ((2.8, 0.8), (3.8, 1.8))]
    anchors = SimpleNamespace(
        origin=entry("filing cabinet on wheels", (0, 0), (0.2, 0.2)), direction=entry("bed", (1, -1), (1.5, 0))
    )
    for letter in LETTERS:
        Image.new("RGB", (8, 8), "white").save(folder / f"{letter}.png")
    options = [
        SimpleNamespace(letter=letter, value=value, image=f"{letter}.png")
        for letter, value in zip(LETTERS, values, strict=True)
    ]
    return SimpleNamespace(truth=SimpleNamespace(anchors=anchors, target="chair"), options=options)


def test_boxes_have_the_letters_and_colours_of_their_pictures(tmp_path):
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.4, 1.4))
        axis = figure.subplots()
        item = layout(tmp_path)
        teaser._map(axis, item)
        FigureCanvasAgg(figure).draw()
    boxes = [to_hex(patch.get_edgecolor()) for patch in axis.patches]
    letters = {text.get_text(): text for text in axis.texts}
    assert boxes[2:] == [*COLOURS[:4]] == [letters[letter].get_color() for letter in LETTERS]
    places = {tuple(letters[letter].get_window_extent().get_points().round().flatten()) for letter in LETTERS}
    assert len(places) == 4
    within = axis.get_window_extent()
    for name in ("filing cabinet on wheels", "bed"):
        box = letters[name].get_window_extent()
        assert within.x0 <= box.x0 and box.x1 <= within.x1, name
