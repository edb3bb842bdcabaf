"""Protocols: how published items are worded, asked and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from pydantic import ValidationError

from spacenum.asking.ask import Asking, ask
from spacenum.asking.base import Answer, ModelInfo
from spacenum.asking.self_test import self_test
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.external.base import PROTOCOLS, ExternalQuestion, OfficialPrompt, OptionContent, ProtocolName
from spacenum.external.items import ExternalItems
from spacenum.external.official import read_prompt
from spacenum.external.settings import AskedSet, ExternalConfig
from spacenum.items.schema import ASKED_ITEM, ExternalItem, Image, Text
from spacenum.models.baselines.majority_letter import MajorityLetter
from spacenum.scoring.rows import ScoreRow, read_rows, score_answers, write_rows
from spacenum.scoring.statistics import mcnemar_exact
from spacenum.tables.external import ExternalScores, delta_table, external_table
from tests.asking.toy import Toy
from tests.external.published import picture

SIZES = (2, 4, 2, 3, 2, 4, 2)


def question(number: int, options: int, **changes: object) -> ExternalQuestion:
    said = [OptionContent(text=f"{number} {word}") for word in ("right", "x", "y", "z")[:options]]
    values = {"source": f"row {number}", "cell": "b", "group": "g", "scene": f"s{number // 2}", "answer": 0}
    return ExternalQuestion.model_validate(
        values | {"question": "Where?", "images": [f"{number}.png"], "options": said} | changes
    )


QUESTIONS = [question(number, size) for number, size in enumerate(SIZES)]


def items(
    protocol: ProtocolName, questions: Sequence[ExternalQuestion] = QUESTIONS, seed: int = 0
) -> list[ExternalItem]:
    return ExternalItems(f"b.{protocol}", PROTOCOLS[protocol], seed, official="Go:\n\n").items(questions)


def test_a_seeded_order_balances_the_key_whatever_the_number_of_options():
    many = [question(number, 2 + number % 3) for number in range(36)]
    made = items("shuffled", many)
    for size in (2, 3, 4):
        key = Counter(item.answer for item in made if len(item.options) == size)
        assert len(key) == size and len(set(key.values())) == 1
    for item, asked in zip(made, many, strict=True):
        right = next(option for option in item.options if option.letter == item.answer)
        assert right.text == asked.options[asked.answer].text
        assert {option.text for option in item.options} == {option.text for option in asked.options}
    assert items("shuffled", many) == made != items("shuffled", many, seed=1)
    assert {item.answer for item in items("direct", many)} == {"A"}, "as published"
    assert [ASKED_ITEM.validate_json(item.model_dump_json()) for item in made] == made


def test_words_and_places_of_images():
    two = question(0, 2, images=["a.png", "b.png"], question="Before: <image> after: <image1> Moved?")
    before, first, after, second, rest = items("direct", [two])[0].prompt
    assert [before, after] == [Text(text="Before:"), Text(text="after:")]
    assert [first, second] == [Image(image="a.png"), Image(image="b.png")]
    assert isinstance(rest, Text) and rest.text.splitlines() == [
        "Moved?",
        "Option A: 0 right",
        "Option B: 0 x",
        "Reply with the letter of one option only (A, B), without any explanation.",
    ]
    plain = question(0, 2, images=["a.png", "b.png"])
    assert items("direct", [plain])[0].prompt[:2] == [first, second]
    guided = items("guided", [plain])[0].prompt
    assert isinstance(guided[0], Text) and "step by step" in guided[0].text
    assert isinstance(guided[-1], Text) and '"Answer: X"' in guided[-1].text
    own = ExternalItems("b", PROTOCOLS["guided"], 0, preface="In exactly these words.").items([plain])
    assert own[0].prompt[0] == Text(text="In exactly these words.")
    with pytest.raises(SpaceNumError, match="row 0: its text has 1 marks for images, and it shows 2"):
        items("direct", [plain.model_copy(update={"question": "<image> Moved?"})])


PROMPTS = """
import os
SYSTEM = '''
Look first.
'''
FORM = "End so:\\nAnswer: X"
OTHER = os.sep
"""


def test_the_authors_own_words_are_taken_from_their_file_to_the_letter(tmp_path):
    path = tmp_path / "prompts.py"
    path.write_text(PROMPTS)
    known = OfficialPrompt(
        repo="o/r", commit="c" * 40, file="prompts.py", sha256=sha256_of(path), constants=("SYSTEM", "FORM")
    )
    official = read_prompt(path, known)
    assert official == "\nLook first.\n\nEnd so:\nAnswer: X\n\n"
    made = ExternalItems("b", PROTOCOLS["manual_cot"], 0, official=official).items([question(0, 3, answer=2)])
    assert made[0].prompt == [Image(image="0.png"), Text(text=f"{official}Where?\nA. 0 right\nB. 0 x\nC. 0 y")]
    assert made[0].answer == "C", "options stand as published"
    with pytest.raises(SpaceNumError, match="asked in its authors' words, and none were given"):
        ExternalItems("b", PROTOCOLS["manual_cot"], 0).items(QUESTIONS)
    path.write_text(PROMPTS + "#")
    with pytest.raises(SpaceNumError, match=r"is pinned; take prompts\.py of o/r at commit ccc"):
        read_prompt(path, known)
    with pytest.raises(SpaceNumError, match="is no file"):
        read_prompt(tmp_path / "none.py", known)


def test_the_authors_words_need_their_file():
    entry = {"benchmark": "omnispatial_motion", "path": "a.zip", "protocols": ["manual_cot"]}
    with pytest.raises(ValidationError, match="manual_cot needs prompts"):
        ExternalConfig.model_validate(entry)
    assert ExternalConfig.model_validate(entry | {"prompts": "p.py"}).prompts == "p.py"


def asked(protocol: ProtocolName, tmp_path: Path, **config: object) -> list[Answer]:
    """The toy's answers; its images are its items' numbers."""
    for number in range(len(SIZES)):
        (tmp_path / f"{number}.png").write_bytes(bytes([number]))
    model = ModelConfig.model_validate({"kind": "vlm", "backend": "toy", "batch_families": 3} | config)
    known = PROTOCOLS[protocol]
    job = AnswersParams(model="toy", config=model, mode=known.mode, seed=0, repeats=known.repeats)
    toy = Toy(model, tmp_path)
    answers = ask(items(protocol), toy, Asking.of(job, tmp_path), AnswerStore(tmp_path / "store"))
    assert all(len(batch) <= 3 for batch in toy.batches)
    return answers


def test_every_order_of_items_with_unequal_numbers_of_options_is_asked(tmp_path):
    rows = score_answers(items("circular"), asked("circular", tmp_path))
    assert [len(row.chosen or "") for row in rows] == list(SIZES)
    write_rows(tmp_path / "rows.csv", rows)
    assert read_rows(tmp_path / "rows.csv") == rows


def test_a_model_is_tested_on_items_that_can_show_something(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(picture(ord(name[0])))
    found = {}
    for shown in (["a.png"], ["a.png", "a.png"], ["a.png", "b.png"]):
        made = items("direct", [question(number, 2, images=shown) for number in range(3)])
        config = ModelConfig(kind="vlm", backend="toy", dtype="float32")
        toy, job = Toy(config, tmp_path), AnswersParams(model="toy", config=config, mode="letter-greedy", seed=0)
        record = self_test(made, toy, job, AnswerStore(tmp_path / "store"), tmp_path)
        found[tuple(shown)] = {result.test: result.outcome for result in record.results}["order"]
        assert len(record.items) == 2 and any(len(batch) == 2 for batch in toy.batches), "a batch can be tested"
    assert list(found.values()) == ["untestable", "untestable", "passed"]


def test_the_majority_letter_is_one_that_the_item_offers():
    many = [question(number, 4, answer=3) for number in range(3)] + [question(3, 2, answer=1), question(4, 2)]
    made = items("direct", many)
    rows = score_answers(made, MajorityLetter().answer(made))
    assert [row.letter for row in rows] == ["D", "D", "D", "A", "A"]


def rows_of(protocol: ProtocolName, letters: Mapping[int, str]) -> list[ScoreRow]:
    """Score rows of replies, one string an item: letters, ? for what can't be read."""
    given = []
    for number, item in enumerate(items(protocol)):
        rotated = PROTOCOLS[protocol].mode.endswith("rotations")
        for place, letter in enumerate(letters[number]):
            read = (
                {"letter": letter, "outcome": "parsed"} if letter != "?" else {"outcome": "unparsed", "reason": "none"}
            )
            given.append(Answer.model_validate({"item": item.id, "rotation" if rotated else "repeat": place} | read))
    return score_answers(items(protocol), given)


def scores(name: str, protocol: ProtocolName, letters: Mapping[int, str]) -> ExternalScores:
    known = AskedSet(variant=f"b.{protocol}", benchmark="b", protocol=protocol)
    return ExternalScores(ModelInfo(name=name, kind="vlm"), known, rows_of(protocol, letters))


def test_sats_mean_over_orders_and_mmbenchs_all_orders_are_two_protocols():
    """Right in the first order alone of every item: half or less of each by one count, none by the other."""
    right = [item.answer for item in items("circular")]
    first = {k: right[k] + "?" * (size - 1) for k, size in enumerate(SIZES)}
    every = {k: right[k] * size for k, size in enumerate(SIZES)}
    rows = {}
    for protocol in ("circular_mean", "circular"):
        table = external_table([scores("base", protocol, first), scores("m", protocol, every)], {"m": "base"})
        rows[protocol] = table.set_index("model")
    mean = sum(1 / size for size in SIZES) / len(SIZES)
    assert rows["circular_mean"].loc["base", "accuracy"] == pytest.approx(100 * mean, abs=0.01)
    assert rows["circular"].loc["base", "accuracy"] == 0
    assert rows["circular_mean"].loc["base", "chance"] == pytest.approx(100 * mean, abs=0.01)
    tuned = {protocol: table.loc["m"] for protocol, table in rows.items()}
    assert tuned["circular"]["difference"] == 100 and tuned["circular_mean"]["difference"] == pytest.approx(
        100 * (1 - mean), abs=0.01
    )
    assert {p: row["exact_test"] for p, row in tuned.items()} == {"circular_mean": "sign_flip", "circular": "mcnemar"}
    assert all(row["exact_p"] == pytest.approx(2 / 2**7, rel=1e-3) and row["gained"] == 7 for row in tuned.values())


def test_five_replies_to_an_item_are_tested_too():
    base, tuned = scores("base", "guided", dict.fromkeys(range(7), "AABBB")), dict.fromkeys(range(7), "AAAAB")
    row = external_table([base, scores("m", "guided", tuned)], {"m": "base"}).set_index("model").loc["m"]
    assert (row["difference"], row["gained"], row["lost"], row["exact_test"]) == (40, 7, 0, "sign_flip")
    assert row["exact_p"] == pytest.approx(2 / 2**7, rel=1e-3)


def test_the_table_counts_pairs_and_what_published_scripts_would_say():
    base = scores("base", "direct", {k: "A" if k in (0, 1) else "B" for k in range(7)} | {6: "?"})
    tuned = scores("tuned", "direct", {k: "A" if k != 1 else "B" for k in range(7)})
    table = external_table([base, tuned], {"tuned": "base"}).set_index("model")
    assert table["correct"].tolist() == [2, 6] and table["unread"].tolist() == [1, 0]
    assert table["accuracy"].tolist() == [28.57, 85.71]
    assert table["chance"].tolist() == pytest.approx([100 * sum(1 / size for size in SIZES) / 7] * 2, abs=0.01)
    pair = table.loc["tuned"]
    assert (pair["base"], pair["base_correct"], pair["gained"], pair["lost"]) == ("base", 2, 5, 1)
    assert pair["difference"] == 57.14 and pair["difference_low"] < 57.14 < pair["difference_high"]
    assert pair["clusters"] == 4, "two items share an image"
    assert pair["exact_p"] == pytest.approx(mcnemar_exact([0] * 5 + [1, 1], [1] * 5 + [1, 0]), rel=1e-3)
    assert delta_table(external_table([base, tuned], {"tuned": "base"})).values.tolist() == [["b", "direct", 57.14]]


def test_right_in_every_order_or_not_at_all():
    every = {k: item.answer * size for k, (item, size) in enumerate(zip(items("circular"), SIZES, strict=True))}
    once = every | {1: every[1][:-1] + "?", 2: "AB"}
    row = external_table([scores("m", "circular", once)], {}).iloc[0]
    assert (row["n"], row["replies"], row["unread"], row["correct"]) == (7, sum(SIZES), 1, 5)
    assert row["replies_right"] == pytest.approx(100 * (sum(SIZES) - 2) / sum(SIZES), abs=0.01)
    assert row["chance"] == pytest.approx(100 * sum(size**-size for size in SIZES) / 7, abs=0.01)


def test_unparsed_replies_are_wrong_here_and_an_a_in_the_published_script():
    replies = {k: "AAAA?" for k in range(7)}
    row = external_table([scores("m", "manual_cot", replies)], {}).iloc[0]
    assert (row["correct"], row["accuracy"], row["as_published"], row["unread"]) == (5.6, 80, 100, 7)
