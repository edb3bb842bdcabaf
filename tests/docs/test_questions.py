"""The README's picture: the words as they are asked, and whether the reply is right."""

from __future__ import annotations

from types import SimpleNamespace

from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image as Picture

from scripts.draw_questions import HIDDEN, RIGHT, WRONG, draw
from spacenum.items.schema import LETTERS, Image, Text


def item(folder):
    names = ["start", *LETTERS]
    for name in names:
        Picture.new("RGB", (8, 8), "white").save(folder / f"{name}.png")
    prompt = [Text(text="You see:"), Image(image=str(folder / "start.png")), Text(text="You turn.\nOption A:")]
    prompt += [Image(image=str(folder / f"{letter}.png")) for letter in LETTERS]
    prompt += [Text(text=f"Which image? {HIDDEN}Amount: 20°")]
    options = [SimpleNamespace(letter=letter, image=str(folder / f"{letter}.png")) for letter in LETTERS]
    return SimpleNamespace(setting="transition", task="num2space", prompt=prompt, options=options, answer="C")


def test_words_images_and_verdict(tmp_path):
    asked = item(tmp_path)
    replies = [SimpleNamespace(reply="20°: C\nAnswer: C", letter="C"), SimpleNamespace(reply="Answer: A", letter="A")]
    figure = draw([(asked, reply) for reply in replies], "mine")
    FigureCanvasAgg(figure).draw()
    right, wrong = figure.subfigs
    _, words, reply = [text.get_text() for text in right.texts]
    assert words == "You see:\nYou turn.\nWhich image? Amount: 20°"
    assert reply == "mine: “20°: C / Answer: C” (right)" and right.texts[2].get_color() == RIGHT
    assert wrong.texts[2].get_text().endswith("(wrong, the right answer is C)") and wrong.texts[2].get_color() == WRONG
    assert [axis.texts[0].get_text() for axis in right.axes] == ["before", *LETTERS]
