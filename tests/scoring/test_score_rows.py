"""Rows: what is scored how, and that nothing missing, doubled or foreign passes."""

import math
import subprocess
import sys

import pytest

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.scoring.rows import NotInOrder, read_rows, score_answers, score_in_order, write_rows
from tests.scoring.fakes import benchmark, family, guesses, reply, rows_of, skilled, unparsed

ROTATION = "transition.space2num.rotate_left_right"
MAP = "layout.space2num.2d.desk"
NEVER = Answer(item=family(ROTATION, 0)[0].id, outcome="missing", reason="never answered")


def test_right_wrong_and_unparsed_answers():
    items = family(ROTATION, 0)
    answers = [reply(items[0], "A"), reply(items[1], "A"), unparsed(items[2]), unparsed(items[3], "truncated")]
    rows = score_answers(items, answers)
    assert [row.outcome for row in rows] == ["right", "wrong", "unparsed", "truncated"]
    assert [row.score for row in rows] == [1, 0, 0, 0]
    # options 10, 20, 30, 40: A is nearest to B (tied with C), so that 70 and 40 are shared
    assert [row.proximity for row in rows] == [100, 55, 0, 0]
    assert {row.proximity_chance for row in rows} == {52.5}


def test_guessing_scores_chance_exactly():
    rows = rows_of(benchmark(), guesses)
    assert all(row.outcome == "expected" and row.score == row.chance for row in rows)
    assert {row.chance for row in rows if row.group == "1d"} == {0.5}
    assert {row.chance for row in rows if row.group != "1d"} == {0.25}
    assert {row.proximity for row in rows if row.setting == "transition"} == {52.5}


def test_distributions_are_normalised_over_the_letters_offered():
    item = family("layout.num2space.1d.room", 0)[0]
    logs = {"A": math.log(0.3), "B": math.log(0.1), "C": math.log(0.6)}
    [row] = score_answers([item], [Answer(item=item.id, outcome="distribution", letter_logprobs=logs)])
    assert row.score == 0.75
    nothing = Answer(item=item.id, outcome="distribution", letter_logprobs={"C": 0.0})
    with pytest.raises(SpaceNumError, match=item.id):
        score_answers([item], [nothing])


def test_layout_rows_tell_what_is_wrong():
    items = family(MAP, 0)
    rows = score_answers(items, [reply(item, "B") for item in items])
    assert [(row.position_ok, row.size_ok) for row in rows] == [
        (True, False),
        (True, True),
        (False, False),
        (False, True),
    ]
    assert [row.guess_both_wrong for row in rows] == [0.25] * 4
    assert rows[0].proximity is None
    [silent] = score_answers(items[:1], [unparsed(items[0])])
    assert silent.position_ok is None and silent.size_ok is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda answers: answers[1:], r"item transition.*\.A has no answer"),
        (lambda answers: [*answers, answers[0]], r"item transition.*\.A has two answers"),
        (lambda answers: [NEVER, NEVER, *answers[1:]], r"item transition.*\.A has two answers"),
        (
            lambda answers: [NEVER, answers[0].model_copy(update={"repeat": 1}), *answers[1:]],
            "is said to have no answer",
        ),
        (lambda answers: [*answers, answers[0].model_copy(update={"item": "elsewhere"})], "item elsewhere"),
        (lambda answers: [*answers, answers[-1].model_copy(update={"repeat": 1})], "lacks some of the 2 answers"),
    ],
)
def test_missing_doubled_and_foreign_answers_are_refused(change, message):
    items = family(ROTATION, 0)
    answers = change([reply(item, "A") for item in items])
    with pytest.raises(SpaceNumError, match=message):
        score_answers(items, answers)
    with pytest.raises(NotInOrder):
        [*score_in_order(items, answers)]


def test_answers_in_the_items_order_are_scored_one_at_a_time():
    items = benchmark(8)
    answers = [a.model_copy(update={"repeat": n}) for i in items for n, a in enumerate([reply(i, "A"), unparsed(i)])]
    assert [*score_in_order(items, iter(answers))] == score_answers(items, answers)
    asked = iter(items)
    next(score_in_order(asked, iter(answers)))
    assert len([*asked]) == len(items) - 1
    with pytest.raises(NotInOrder):
        [*score_in_order(items, answers[::-1])]


def test_letters_that_an_item_does_not_offer_and_repeated_items_are_refused():
    item = family("layout.num2space.1d.desk", 0)[0]
    with pytest.raises(SpaceNumError, match=rf"{item.id}.*offers only A, B"):
        score_answers([item], [reply(item, "C")])
    with pytest.raises(SpaceNumError, match=rf"{item.id} stands twice"):
        score_answers([item, item], [reply(item, "A")])


def test_rows_survive_their_file(tmp_path):
    rows = rows_of(benchmark(8), skilled(0.4, silent=0.2)) + rows_of(family(MAP, 99), guesses)
    path = tmp_path / "scores.csv"
    write_rows(path, rows)
    assert read_rows(path) == rows
    text = path.read_text()
    write_rows(path, read_rows(path))
    assert path.read_text() == text


def test_a_damaged_file_is_refused_by_line(tmp_path):
    path = tmp_path / "scores.csv"
    write_rows(path, rows_of(family(MAP, 0), skilled(1.0)))
    text = path.read_text()
    path.write_text(text.replace(",right,1.0,", ",right,0.0,", 1))
    with pytest.raises(SpaceNumError, match=r"scores\.csv, line 2: .*score 0.0"):
        read_rows(path)
    path.write_text(text[: text.rindex(",")])
    with pytest.raises(SpaceNumError, match=r"line 5: 30 fields"):
        read_rows(path)
    with pytest.raises(SpaceNumError, match="no such file"):
        read_rows(tmp_path / "none.csv")


def test_scoring_needs_no_simulator_and_no_deep_learning():
    code = (
        "import sys, spacenum.scoring.coupling, spacenum.scoring.paired, spacenum.scoring.published, "
        "spacenum.tables.detail;assert not {'bpy', 'torch', 'snakemake', 'sklearn', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
