"""Items that are asked several times: rows, position bias and consistency; and open answers."""

from __future__ import annotations

from itertools import product

import pytest

from spacenum.asking.base import Answer, ModelInfo
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import LETTERS
from spacenum.scoring.coupling import coupling
from spacenum.scoring.open_rows import read_open_rows, score_open_answers, write_open_rows
from spacenum.scoring.paired import against_chance
from spacenum.scoring.rows import read_rows, score_answers, write_rows
from spacenum.tables.base import ModelScores
from spacenum.tables.detail import cells_table
from spacenum.tables.main_table import main_table
from spacenum.tables.modes import open_table, positions_table
from tests.scoring.fakes import benchmark, family

ROTATION = "transition.space2num.rotate_left_right"
MAP = "layout.space2num.2d.desk"
INFO = ModelInfo(name="one", kind="vlm")


def said(item, rotation: int, letter: str | None, repeat: int = 0) -> Answer:
    """An answer whose ``letter`` is the item's own; None is a reply that can't be read."""
    if letter is None:
        return Answer(item=item.id, reply="?", outcome="unparsed", reason="no", rotation=rotation, repeat=repeat)
    return Answer(item=item.id, reply="!", letter=letter, outcome="parsed", rotation=rotation, repeat=repeat)


def always_first(items) -> list[Answer]:
    """Whatever is shown under A."""
    turns = [(item, turn) for item in items for turn in range(len(item.options))]
    return [said(item, turn, LETTERS[turn]) for item, turn in turns]


def positions(rows):
    return positions_table([ModelScores(INFO, rows)]).set_index("scope")


def test_one_letter_for_all_is_all_bias_and_no_consistency():
    items = benchmark(8)
    rows = score_answers(items, always_first(items))
    assert {row.shown for row in rows} == {"AAAA", "AA"} and {row.chosen for row in rows} == {"ABCD", "AB"}
    assert all(row.score == row.chance for row in rows)
    table = positions(rows)
    assert dict(table.loc["four_options", ["share_A", "share_B", "bias", "consistency"]]) == {
        "share_A": 100, "share_B": 0, "bias": 75, "consistency": 0,
    }  # fmt: skip
    assert table.loc["layout.num2space.1d.desk", "bias"] == 50
    assert table.loc["four_options", "consistency_chance"] == pytest.approx(100 / 64, abs=0.01)


def test_the_same_option_in_every_order_is_all_consistency_and_no_bias():
    items = benchmark(8)
    rows = score_answers(items, [said(i, turn, i.answer) for i in items for turn in range(len(i.options))])
    table = positions(rows)
    assert (table["consistency"] == 100).all() and (table["bias"] == 0).all() and (table["accuracy"] == 100).all()


def test_replies_are_counted_and_averaged():
    items = family(MAP, 0)
    answers = [said(i, 0, letter, repeat) for i in items for repeat, letter in enumerate([i.answer, "A", None])]
    rows = score_answers(items, answers)
    assert [row.chosen for row in rows] == ["AA?", "BA?", "CA?", "DA?"]
    assert [row.score for row in rows] == [pytest.approx(2 / 3), *[pytest.approx(1 / 3)] * 3]
    assert [row.errors for row in rows] == ["rr-", "rs-", "rp-", "rb-"]
    [cell] = cells_table([ModelScores(INFO, rows)]).to_dict("records")
    assert (cell["n"], cell["right"], cell["wrong"], cell["unparsed"]) == (4, 5, 3, 4)
    assert main_table([ModelScores(INFO, rows)])["n_unparsed"].item() == 4
    assert [error.n_wrong for error in coupling(rows)] == [3, 3, 3]
    assert against_chance(rows).exact_p is None


def test_rows_of_several_replies_survive_their_file(tmp_path):
    items = benchmark(8)
    rows = score_answers(items, always_first(items))
    write_rows(tmp_path / "scores.csv", rows)
    assert read_rows(tmp_path / "scores.csv") == rows


@pytest.mark.parametrize("missing", [0, 5, -1])
def test_a_missing_rotation_or_repeat_is_refused(missing):
    items = family(ROTATION, 0)
    rotations = always_first(items)
    repeats = [said(item, 0, "A", repeat) for item, repeat in product(items, range(2))]
    for answers in (rotations, repeats):
        left = [answer for place, answer in enumerate(answers) if place != missing % len(answers)]
        with pytest.raises(SpaceNumError, match="lacks some of the"):
            score_answers(items, left)


def test_old_lines_are_read_and_defaults_are_not_written():
    old = '{"item":"i","reply":"A","letter":"A","outcome":"parsed","reason":null,"letter_logprobs":null,'
    old += '"prompt_tokens":null,"reply_tokens":null}'
    assert Answer.model_validate_json(old).model_dump_json() == old
    zero = Answer(item="i", outcome="parsed", value=0.0)
    assert Answer.model_validate_json(zero.model_dump_json()) == zero


def test_open_answers_from_items_to_table(tmp_path):
    items = [
        *family(ROTATION, 0),
        *family("layout.space2num.1d.desk", 0),
        *family("transition.num2space.rotate_up_down", 0),
    ]
    values = [10.0, 30.0, None, 40.0]
    answers = [
        Answer(item=i.id, outcome="parsed", value=v) if v else Answer(item=i.id, outcome="truncated", reason="cut")
        for i, v in zip(items[:4], values, strict=True)
    ]
    answers += [Answer(item=i.id, outcome="parsed", value=[0.0, 1.5]) for i in items[4:6]]
    rows = score_open_answers(items, answers)
    write_open_rows(tmp_path / "open.csv", rows)
    assert read_open_rows(tmp_path / "open.csv") == rows
    table = open_table({INFO: rows}).set_index("cell")
    turn = table.loc[ROTATION]
    assert (turn["n"], turn["written"], turn["truncated"], turn["unit"]) == (4, 3, 1, "deg")
    assert turn["signed_error"] == pytest.approx(10 / 3, abs=1e-5) and turn["within_one_step"] == 75
    assert turn["mean_relative_accuracy"] == 50  # exact twice; half off and unparsed score nothing
    flat = table.loc["layout.space2num.1d.desk"]
    assert flat["unit"] == "map" and flat["absolute_error"] == 0.5 and flat.isna()["mean_relative_accuracy"]


def test_letters_are_no_open_answers():
    [item, *_] = family(ROTATION, 0)
    with pytest.raises(SpaceNumError, match="was answered by letter"):
        score_open_answers([item], [said(item, 0, "A")])
