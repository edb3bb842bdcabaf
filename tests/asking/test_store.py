"""The answer store as files: damage, several jobs at once, kills."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.store import AnswerStore, Contents, Keys, Label, read_file
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.items.schema import LETTERS, Image, Text

GREEDY = Decoding(name="greedy")
IDENTITY = {"checkpoint": "one"}


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "a.png").write_bytes(b"an image")
    return tmp_path


def unit_of(root: Path, words: str = "?", count: int = 3):
    parts = (Text(text=words), Image(image="a.png"))
    questions = [Question(f"item-{n}", "family", (*parts, Text(text=str(n))), LETTERS) for n in range(count)]
    return Keys(IDENTITY, GREEDY, Contents(root)).unit(questions)


def replies_of(text: str, count: int = 3) -> list[Reply]:
    return [Reply(text=f"{text} {n} \u2028 é", finished=True, letter_logprobs={"A": -0.1 * n}) for n in range(count)]


def put(store: AnswerStore, unit, replies, model: str = "toy") -> list[Reply]:
    return store.put(unit, replies, Label(model, "letter-greedy"), IDENTITY, GREEDY)


def test_what_is_put_is_got(root):
    store, unit = AnswerStore(root / "store"), unit_of(root)
    assert store.get(unit) is None
    assert put(store, unit, replies_of("B")) == replies_of("B") == store.get(unit)
    assert [path.name for path in store.files()] == [f"{unit.key}.jsonl"] and store.leftovers() == []


def test_letters_without_probability_are_left_out(root):
    store, unit = AnswerStore(root / "store"), unit_of(root, count=1)
    [kept] = put(store, unit, [Reply(None, True, {"A": 0.0, "B": float("-inf")})])
    assert kept.letter_logprobs == {"A": 0.0}


def test_a_file_cut_or_changed_at_any_byte_is_asked_again(root, capsys):
    store, unit = AnswerStore(root / "store"), unit_of(root)
    put(store, unit, replies_of("B"))
    path = store.path(unit.key)
    whole = path.read_bytes()
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        assert store.get(unit) is None
    body = whole.index(b"\n") + 1
    for place in range(body, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert store.get(unit) is None
    assert "is damaged" in capsys.readouterr().err
    assert put(store, unit, replies_of("C")) == replies_of("C") == store.get(unit)


def test_the_first_of_two_jobs_wins_and_both_go_on_with_its_replies(root):
    store, unit = AnswerStore(root / "store"), unit_of(root)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda n: put(store, unit, replies_of(f"job {n}")), range(40)))
    assert all(replies == store.get(unit) for replies in kept) and store.leftovers() == []


def test_without_hard_links_files_appear_all_the_same(root, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refused)
    store, unit = AnswerStore(root / "store"), unit_of(root)
    put(store, unit, replies_of("B"))
    assert put(store, unit, replies_of("C")) == replies_of("B")


def test_a_file_tells_people_what_it_holds(root):
    store, unit = AnswerStore(root / "store"), unit_of(root)
    put(store, unit, replies_of("B"))
    header, lines = read_file(store.path(unit.key))
    assert (header.model, header.mode, header.replies, header.decoding) == ("toy", "letter-greedy", 3, GREEDY)
    assert [line.key for line in lines] == list(unit.keys)


def test_a_file_under_another_s_name_is_asked_again(root):
    store = AnswerStore(root / "store")
    one, other = unit_of(root, "one?"), unit_of(root, "other?")
    put(store, one, replies_of("B"))
    put(store, other, replies_of("C"))
    store.path(one.key).write_bytes(store.path(other.key).read_bytes())
    assert store.get(one) is None and store.get(other) == replies_of("C")


def test_an_image_that_is_not_the_recorded_one_has_no_key(root):
    image, named = root / "a.png", f"{sha256_of(root / 'a.png')}.png"
    (root / named).write_bytes(image.read_bytes())
    assert Contents(root, {"a.png": sha256_of(image)}).image("a.png") == Contents(root).image(named)
    (root / named).write_bytes(b"another")
    for shown, recorded in (("a.png", {"a.png": "0" * 64}), (named, {})):
        with pytest.raises(SpaceNumError, match="is not the image that was made: it has changed"):
            Contents(root, recorded).image(shown)
