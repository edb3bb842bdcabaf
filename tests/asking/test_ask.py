"""Between items and answers: questions in the words of a mode, batches, the store, self-tests."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from spacenum.asking.ask import UNKNOWN_REPLIES, Asking, ask, batches
from spacenum.asking.ask import asked as run_job
from spacenum.asking.base import Context
from spacenum.asking.chat import Question, Reply
from spacenum.asking.modes import MODES, Mode
from spacenum.asking.questions import Questioner, own_letter, rotated, shown_letter
from spacenum.asking.self_test import rounding_step, self_test
from spacenum.asking.settings import AnswersParams, ModelConfig, RecommendedSampling
from spacenum.asking.store import AnswerStore
from spacenum.asking.thoughts import TAGS
from spacenum.core.errors import SpaceNumError
from spacenum.items.numbers import write_magnitude
from spacenum.items.schema import Image, Text
from spacenum.scoring.open_rows import score_open_answers
from spacenum.scoring.rows import score_answers
from tests.asking.toy import Toy

HERE = Path()


def config(**options: Any) -> ModelConfig:
    return ModelConfig(
        kind="vlm",
        backend="toy",
        checkpoint="toy/one",
        reasoning="prompt",
        sampling={key: {"temperature": 0.6, "top_p": 0.95, "top_k": 20} for key in ("letter", "reasoning", "open")},
        batch_families=2,
        options=options,
    )


def job(mode: str, model: ModelConfig, repeats: int = 1) -> AnswersParams:
    return AnswersParams(model="toy", config=model, mode=mode, seed=0, repeats=repeats)


def asked(items, mode: str, store: AnswerStore, model: ModelConfig | None = None, repeats: int = 1):
    """Answers and the toy that gave them."""
    model = model or config()
    toy = Toy(model, HERE)
    return ask(items, toy, Asking.of(job(mode, model, repeats), HERE), store), toy


@pytest.fixture
def store(tmp_path) -> AnswerStore:
    return AnswerStore(tmp_path / "store")


@pytest.fixture(params=["transition", "layout"])
def items(request, in_study):
    return in_study.items(request.param)


def contents(item, parts) -> dict[str, str]:
    """What stands at each letter of a prompt: an image's path, or the text after "Option X:"."""
    if item.task == "num2space":
        images = [part.image for part in parts if isinstance(part, Image)][-len(item.options) :]
        return {option.letter: image for option, image in zip(item.options, images, strict=True)}
    lines = [line for part in parts if isinstance(part, Text) for line in part.text.splitlines()]
    return {line[7]: line[10:] for line in lines if line.startswith("Option ")}


def test_rotations_move_contents_and_leave_letters_and_words(items):
    for item in items:
        before = contents(item, item.prompt)
        for turn in range(len(item.options)):
            after = contents(item, rotated(item, turn))
            assert list(after) == list(before)
            assert {own_letter(item, shown, turn): what for shown, what in after.items()} == before
            assert all(shown_letter(item, own_letter(item, shown, turn), turn) == shown for shown in after)
            images = [part.image for part in item.prompt if isinstance(part, Image)]
            assert sorted(images) == sorted(part.image for part in rotated(item, turn) if isinstance(part, Image))
        assert rotated(item, 0) == item.prompt


def test_a_prompt_of_another_structure_is_refused(items):
    for item in (next(i for i in items if i.task == task) for task in ("num2space", "space2num")):
        with pytest.raises(SpaceNumError, match=item.id):
            rotated(item.model_copy(update={"prompt": [Text(text="Which?")]}), 1)
        with pytest.raises(SpaceNumError, match="asks 0 times"):
            Questioner(Mode.of("reasoning-greedy"), "prompt").parts(item.model_copy(update={"prompt": []}), 0)


def text_of(parts) -> str:
    return "\n".join(part.text.strip() for part in parts if isinstance(part, Text))


def test_each_format_has_its_own_instruction(items):
    for item in items:
        letter, reasoning = (
            text_of(Questioner(Mode.of(mode), "prompt").parts(item, 0))
            for mode in ("letter-greedy", "reasoning-greedy")
        )
        assert letter == text_of(item.prompt)
        assert "without any explanation" not in reasoning and "Think step by step" in reasoning
        assert "Option B" in reasoning
        if item.task == "space2num":
            written = text_of(Questioner(Mode.of("open-greedy"), "none").parts(item, 0))
            assert "Option" not in written and "letter" not in written and "Reply with" in written
            if item.setting == "transition":
                assert write_magnitude(item.truth.magnitude, item.truth.unit) not in written


def test_asking_and_self_test_show_the_same_message_with_a_line_break_at_every_image(items, store):
    """One line each, whatever the chat template puts between parts; the item's own texts have no breaks."""
    asking, toy = Asking.of(job("letter-logprobs", config()), HERE), Toy(config(), HERE)
    shown: list[Question] = []
    toy.reply = lambda questions, decoding: [shown.extend(questions), *Toy.reply(toy, questions, decoding)][1:]
    self_test(items, toy, asking.job, store, HERE)
    for item in items:
        parts = asking.questions([(item, 0, 0)])[0].parts
        assert [part for part in item.prompt if isinstance(part, Image)] == [p for p in parts if isinstance(p, Image)]
        lines = "".join(part.text if isinstance(part, Text) else "[image]" for part in parts).split("\n")
        assert lines.count("[image]") == sum(isinstance(part, Image) for part in item.prompt)
        assert text_of(item.prompt).split("\n") == [line for line in lines if line != "[image]"]
    first = asking.questions([(items[0], 0, 0)])[0]
    assert next(question for question in shown if question.item == first.item).parts == first.parts


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_goes_from_items_to_rows(items, store, mode):
    answers, _ = asked(items, mode, store, repeats=2)
    if mode.startswith("open"):
        rows = score_open_answers(items, answers)
        assert {row.item for row in rows} == {item.id for item in items if item.task == "space2num"}
        assert all(row.outcome == "written" for row in rows)
        return
    turns = {item.id: len(item.options) if "rotations" in mode else 1 for item in items}
    repeats = 2 if "paper" in mode or "recommended" in mode else 1
    assert len(answers) == sum(turns.values()) * repeats
    assert all(answer.outcome == "parsed" for answer in answers)
    rows = score_answers(items, answers)
    assert all(row.outcome == "several" for row in rows) == (repeats > 1 or "rotations" in mode)


def test_rotation_0_of_one_mode_is_another_mode_s_reply(items, store):
    plain, _ = asked(items, "letter-greedy", store)
    turned, toy = asked(items, "letter-greedy-rotations", store)
    assert [answer for answer in turned if answer.rotation == 0] == plain
    assert sum(map(len, toy.batches)) == len(turned) - len(plain)


def test_more_repeats_ask_only_for_the_new_ones(items, store):
    first, _ = asked(items, "letter-paper", store, repeats=1)
    second, toy = asked(items, "letter-paper", store, repeats=3)
    assert [answer for answer in second if answer.repeat == 0] == first
    assert sum(map(len, toy.batches)) == 2 * len(items)


def test_replies_are_drawn_as_the_authors_advise_for_this_form_of_answer(items, store):
    advised = {"reasoning": {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "repetition_penalty": 1.05}}
    model = config().model_copy(update={"sampling": RecommendedSampling.model_validate(advised)})
    decoding = Asking.of(job("reasoning-recommended", model), HERE).decoding
    assert dict(decoding) == {
        **advised["reasoning"], "presence_penalty": 0.0, "name": "recommended", "max_new_tokens": 4096,
    }  # fmt: skip
    with pytest.raises(SpaceNumError, match=r"mode letter-recommended: .*key 'sampling\.letter' is missing; give temp"):
        asked(items, "letter-recommended", store, model)
    first, _ = asked(items, "reasoning-recommended", store, model)
    milder = {"reasoning": advised["reasoning"] | {"repetition_penalty": 1.0}}
    other = model.model_copy(update={"sampling": RecommendedSampling.model_validate(milder)})
    _, toy = asked(items, "reasoning-recommended", store, other)
    assert sum(map(len, toy.batches)) == len(first)  # penalties are in the key


@pytest.mark.parametrize("missing", ["temperature", "top_p", "top_k"])
def test_what_is_advised_is_stated_whole(missing):
    stated = {"temperature": 0.6, "top_p": 0.95, "top_k": 20}
    del stated[missing]
    with pytest.raises(ValueError, match=f"lacks {missing}; state temperature"):
        RecommendedSampling.model_validate({"letter": stated})


def test_batches_are_whole_families_of_one_cell_and_stay_when_others_change(items):
    made = list(batches(items, 2))
    assert [item for batch in made for item in batch] == items
    for batch in made:
        assert len({item.cell for item in batch}) == 1 and len({item.family for item in batch}) <= 2
    cell = items[0].cell
    fewer = list(batches([item for item in items if item.cell != cell], 2))
    assert fewer == [batch for batch in made if batch[0].cell != cell]


def test_kept_replies_are_not_asked_again_and_a_damaged_batch_is_asked_whole(items, store, capsys):
    first, toy = asked(items, "letter-greedy", store)
    again, idle = asked(items, "letter-greedy", store)
    assert again == first and idle.batches == []
    victim = next(store.files())
    victim.write_bytes(victim.read_bytes().replace(b'"finished":true', b'"finished":True', 1))
    mended, third = asked(items, "letter-greedy", store)
    assert mended == first and len(third.batches) == 1 and third.batches[0] in toy.batches
    assert f"{victim} is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["image", "text", "revision", "limit"])
def test_whatever_determines_a_reply_is_in_its_key(items, store, change, spoil_image):
    model = config()
    asked(items, "letter-greedy", store, model)
    if change == "image":
        spoil_image(next(part.image for part in items[0].prompt if isinstance(part, Image)))
    elif change == "text":
        prompt = [Text(text=items[0].prompt[0].text + " Look well."), *items[0].prompt[1:]]
        items[0] = items[0].model_copy(update={"prompt": prompt})
    elif change == "revision":
        model = model.model_copy(update={"revision": "other"})
    else:
        model = model.model_copy(update={"max_new_tokens": model.max_new_tokens.model_copy(update={"letter": 7})})
    _, toy = asked(items, "letter-greedy", store, model)
    assert toy.batches and (change in ("revision", "limit") or len(toy.batches) < len(list(batches(items, 2))))


@pytest.fixture
def spoil_image(in_study):
    kept: dict[Path, bytes] = {}

    def change(image: str) -> None:
        path = Path(image)
        kept[path] = path.read_bytes()
        path.write_bytes(kept[path] + b"\0")

    yield change
    for path, data in kept.items():
        path.write_bytes(data)


def test_other_ids_and_labels_are_not_in_the_key(items, store):
    asked(items, "letter-greedy", store)
    renamed = [item.model_copy(update={"id": f"other-{item.id}"}) for item in items]
    answers, toy = asked(renamed, "letter-greedy", store)
    assert toy.batches == [] and [answer.item for answer in answers] == [item.id for item in renamed]


def test_drawn_replies_follow_what_is_shown_and_not_where_its_images_lie(items, tmp_path):
    moved = []
    for item in items[:2]:
        parts = [part for part in item.prompt if isinstance(part, Image)]
        named = {part.image: str(tmp_path / f"{item.id}-{k}.png") for k, part in enumerate(parts)}
        for was, becomes in named.items():
            shutil.copy(was, becomes)
        prompt = [Image(image=named[p.image]) if isinstance(p, Image) else p for p in item.prompt]
        moved.append(item.model_copy(update={"prompt": prompt}))
    seeds = [
        [
            question.seed
            for question in Asking.of(job("letter-paper", config()), HERE).questions([(i, 0, 0) for i in some])
        ]
        for some in (items[:2], moved)
    ]
    assert seeds[0] == seeds[1] and len(set(seeds[0])) == 2


def test_an_independent_model_is_asked_for_missing_families_only(items, store):
    model = config(capabilities=["generate", "independent"])
    family = items[0].family
    asked([item for item in items if item.family == family], "letter-greedy", store, model)
    _, toy = asked(items, "letter-greedy", store, model)
    members = [item.id for item in items if item.family == family]
    assert not any(member in batch for batch in toy.batches for member in members)
    assert sum(map(len, toy.batches)) == len(items) - len(members)


def test_an_independent_model_s_replies_are_kept_one_by_one(items, store):
    """A call that fails loses nothing that came before it, and what is kept is not asked again."""
    model = config(capabilities=["generate", "independent"])
    toy, paid = Toy(model, HERE), []

    def fails_late(questions, decoding):
        if len(paid) == 3:
            raise SpaceNumError("no more")
        paid.extend(question.item for question in questions)
        return Toy.reply(toy, questions, decoding)

    toy.reply = fails_late
    with pytest.raises(SpaceNumError, match="no more"):
        ask(items, toy, Asking.of(job("letter-greedy", model), HERE), store)
    answers, again = asked(items, "letter-greedy", store, model)
    assert len(paid) == 3 and not any(item in batch for batch in again.batches for item in paid)
    assert [answer.item for answer in answers] == [item.id for item in items]
    toy.reply = lambda questions, decoding: []
    with pytest.raises(SpaceNumError, match="0 replies to one question"):
        ask(items, toy, Asking.of(job("letter-paper", model), HERE), store)


@pytest.mark.parametrize("mode", ["letter-greedy", "letter-logprobs", "reasoning-greedy", "open-greedy"])
@pytest.mark.parametrize(
    "capabilities", [["generate", "letter_logprobs"], ["generate", "letter_logprobs", "independent"]]
)
def test_a_refused_question_is_unparsed_with_its_reason_noted_and_counted(items, store, capsys, mode, capabilities):
    model = config(capabilities=capabilities)
    toy, victim = Toy(model, HERE), next(item.id for item in items if item.task == "space2num")

    def refuses(questions, decoding):
        replies = Toy.reply(toy, questions, decoding)
        no = Reply("", True, refused="content_filter: no")
        return [no if q.item == victim else reply for q, reply in zip(questions, replies, strict=True)]

    toy.reply = refuses
    notes, answers = run_job(toy, items, items[:1], job(mode, model), store, HERE)
    [refused] = [answer for answer in answers if answer.refused is not None]
    assert (refused.item, refused.outcome, refused.reply) == (victim, "unparsed", "")
    assert refused.reason == "refused: content_filter: no"
    assert notes["refused"] == {"content_filter: no": 1}
    assert f"1 of {len(answers)} questions were refused, and count as unparsed (1 × " in capsys.readouterr().err
    whole, _ = asked(items, mode, AnswerStore(store.root / "other"), model)
    assert [answer for answer in answers if answer.item != victim] == [a for a in whole if a.item != victim]


def test_a_mode_beyond_the_model_is_refused(items, store):
    with pytest.raises(SpaceNumError, match="letter-logprobs needs a model with the capability 'letter_logprobs'"):
        asked(items, "letter-logprobs", store, config(capabilities=["generate"]))


def run_self_test(items, store, dtype="float32", mode="letter-logprobs", shown=None, **options):
    model = config(**options).model_copy(update={"dtype": dtype} | (shown or {}))
    toy = Toy(model, HERE)
    return self_test(items, toy, job(mode, model), store, HERE), toy


def test_a_sound_model_passes_once(items, store):
    record, toy = run_self_test(items, store)
    assert [(result.test, result.outcome) for result in record.results] == [
        (test, "passed") for test in ("template", "batch", "order", "images", "places")
    ]
    assert toy.batches
    again, idle = run_self_test(items, store)
    assert again == record and idle.batches == []


@pytest.mark.parametrize(
    ("flaw", "test"),
    [
        ({"flaw": "ignores_images"}, "order"),
        ({"flaw": "ignores_order"}, "order"),
        ({"flaw": "drops_last"}, "images"),
        ({"flaw": "images_first"}, "places"),
        ({"flaw": "ignores_images", "inseparable": True}, "images"),
        ({"flaw": "ignores_order", "capabilities": ["generate"]}, "order"),
        ({"flaw": "drops_last", "capabilities": ["generate"]}, "images"),
        ({"flaw": "images_first", "capabilities": ["generate"]}, "places"),
        ({"flaw": "depends_on_batch"}, "batch"),
        ({"turn": ""}, "template"),
        ({"turn": "\nassistant: <think>\n"}, "template"),
        ({"flaw": "no_system", "shown": {"system_prompt": "You are an agent."}}, "template"),
        ({"mode": "reasoning-greedy", "shown": {"reasoning": "template"}}, "template"),
    ],
)
def test_a_flawed_engine_is_found_and_nothing_is_kept(items, store, flaw, test):
    with pytest.raises(SpaceNumError, match=f"failed its self-test '{test}'"):
        run_self_test(items, store, **flaw)
    assert not list(store.root.glob("self_tests/*"))


@pytest.mark.parametrize("opens", TAGS)
def test_a_thought_that_is_opened_unasked_is_refused_with_what_would_be_right(items, store, opens):
    """And taken where the model's file says so, where it may think, and where the template closes it again."""
    with pytest.raises(SpaceNumError) as refused:
        run_self_test(items, store, turn=f"\nassistant: {opens}\n")
    assert f"opens a thought ({opens})" in str(refused.value) and "`reasoning: checkpoint`" in str(refused.value)
    run_self_test(items, store, turn=f"\nassistant: {opens}\n", shown={"reasoning": "checkpoint"})
    closed = f"\nassistant: {opens}\n\n{TAGS[opens]}\n\n"
    run_self_test(items, store, turn=closed, shown={"revision": "closed"})
    switched = {"reasoning": "template", "revision": "switched"}
    run_self_test(items, store, mode="reasoning-greedy", turn=closed, thinking_turn="\nassistant: ", shown=switched)


def test_a_test_of_letters_is_none_of_thoughts(items, store):
    flat = {"shown": {"reasoning": "template"}}
    run_self_test(items, store, **flat)
    with pytest.raises(SpaceNumError, match=r"no flag that lets the model think.*`reasoning: prompt`"):
        run_self_test(items, store, mode="reasoning-greedy", **flat)


def test_letters_that_the_model_would_not_write_are_told_and_kept(items, store, capsys):
    answers, _ = asked(items, "letter-logprobs", store, config(mass=2e-6))
    assert {answer.letter_mass for answer in answers} == {2e-6}
    assert (
        f"in {len(items)} of {len(items)} replies the letters together hold less than half" in capsys.readouterr().err
    )
    rows = score_answers(items, [answer.model_validate_json(answer.model_dump_json()) for answer in answers])
    assert {row.letter_mass for row in rows} == {2e-6}
    again, toy = asked(items, "letter-logprobs", store, config(mass=0.9))
    assert again == answers and toy.batches == []  # kept with the reply
    assert "warning" in capsys.readouterr().err
    turned, _ = asked(items, "letter-logprobs-rotations", AnswerStore(store.root / "other"), config(mass=0.9))
    assert {row.letter_mass for row in score_answers(items, turned)} == {0.9}
    assert "warning" not in capsys.readouterr().err


def test_kept_replies_of_before_have_no_mass_and_stay_readable(items, store):
    answers, _ = asked(items, "letter-logprobs", store)
    for path in store.files():
        header, _, body = path.read_bytes().partition(b"\n")
        assert b'"letter_mass":null' in body
        old = body.replace(b',"letter_mass":null', b"")
        path.write_bytes(
            header.replace(sha256(body).hexdigest().encode(), sha256(old).hexdigest().encode()) + b"\n" + old
        )
    again, toy = asked(items, "letter-logprobs", store)
    assert again == answers and toy.batches == []


def test_a_system_prompt_and_the_place_of_images_are_shown_and_in_the_key(items, store):
    """Models whose files say nothing of them keep their keys: tests/workflow/contract/store_keys.yaml."""
    said = {"system_prompt": "You help.", "reasoning_system_prompt": "Think between <think> and </think>."}
    model = config().model_copy(update=said | {"images_first": True})
    for mode, system in (
        ("letter-greedy", said["system_prompt"]),
        ("reasoning-greedy", said["reasoning_system_prompt"]),
    ):
        plain, shown = (
            Asking.of(job(mode, each), HERE).questions([(item, 0, 0) for item in items]) for each in (config(), model)
        )
        for before, after in zip(plain, shown, strict=True):
            images = [part for part in before.parts if isinstance(part, Image)]
            assert list(after.parts[: len(images)]) == images and isinstance(after.parts[-1], Text)
            assert len(after.parts) == len(images) + 1
            assert text_of(after.parts).split() == text_of(before.parts).split()  # "Option A:" too
            assert (before.system, after.system) == (None, system)
    assert model.model_copy(update={"reasoning": "checkpoint"}).system_for(False) == said["reasoning_system_prompt"]
    asked(items, "letter-greedy", store)
    for change in ({"system_prompt": "You help."}, {"images_first": True}):
        _, toy = asked(items, "letter-greedy", store, config().model_copy(update=change))
        assert sum(map(len, toy.batches)) == len(items)


OUTCOMES = {"template": "passed", "batch": "untestable", "order": "passed", "images": "passed", "places": "passed"}


@pytest.mark.parametrize("options", [{"capabilities": ["generate"]}, {"inseparable": True}])
def test_a_model_without_probabilities_is_probed_and_what_it_cannot_show_is_recorded(items, store, options):
    record, toy = run_self_test(items, store, **options)
    assert {result.test: result.outcome for result in record.results} == OUTCOMES
    if "inseparable" in options:
        assert record.notes()["self_test"]["batch"].startswith(f"untestable: item {toy.batches[0][0]}")


BLIND = ("B", "red, blue, green, yellow", "green, red, yellow, blue",
         "I cannot see any images.", "0.4 m", "The images are colored.", "?", "I'm sorry, I can't help with that.",
         "red", "blue, green, yellow", "red, blue, green", "yellow, green, blue, red", "purple, black, white, grey",
         "[image] [image] [image] [image]",
         "<think>Green, red, yellow, blue, green?</think>I see nothing.")  # fmt: skip


@pytest.mark.parametrize("says", BLIND)
def test_a_reply_that_names_no_or_wrong_colours_fails(store, in_study, says):
    with pytest.raises(SpaceNumError) as refused:
        run_self_test(in_study.items("transition"), store, capabilities=["generate"], says=says)
    assert re.search(r"failed its self-test '(images|order)' \(asked for the colours of 5 plain", str(refused.value))
    assert f"it said {says[-80:]!r}" in str(refused.value)
    assert not list(store.root.glob("self_tests/*"))


def probed(items, store, *replies, shown=None):
    """The record of a model that gives these replies to the probes: replies, or texts and whether they are finished."""
    model = config(capabilities=["generate"]).model_copy(update=shown or {})
    toy, given = Toy(model, HERE), iter(replies)
    toy.reply = lambda questions, decoding: [
        each if isinstance(each, Reply) else Reply(*each) for each in [next(given)]
    ]
    return self_test(items, toy, job("letter-greedy", model), store, HERE)


SEES = ("Green, red, yellow, blue, green.", True)


@pytest.mark.parametrize(
    "says",
    [
        "green, red, yellow, blue, green",
        "Image 1: Green\nImage 2: **Red**\nImage 3: Yellow\nImage 4: Blue\nImage 5: Green",
        "绿色、红色、黄色、蓝色、绿色", "1. lime 2. crimson 3. gold 4. navy 5. green",
        "They are coloured: green, red, yellow, blue and green.",
        "<think>Yellow first?</think>green, red, yellow, blue, green",
        "First green, then red, yellow, blue, last green. So: green, red, yellow, blue, green.",
    ],
)  # fmt: skip
def test_a_reply_that_names_the_colours_in_whatever_words_passes(store, in_study, says):
    record = probed(in_study.items("transition"), store, (says, True), ("green", True), ("Blue.", True))
    assert {result.test: result.outcome for result in record.results} == OUTCOMES


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (("", True), "its reply was empty"),
        ((None, True), "its reply was empty"),
        (("  \n", True), "its reply was empty"),
        (("<think>Four images.</think>", True), "its reply was empty"),
        (Reply("", True, refused="content_filter"), "the question was refused (content_filter)"),
        (("", False), "it was cut before it answered"),
        (("<think>First I see green", False), "it was cut before it answered"),
        (("The first is green, the second", False), "it said 'The first is green, the second'"),
    ],
)
def test_a_reply_that_says_nothing_shows_nothing(store, in_study, reply, why):
    record = probed(in_study.items("transition"), store, reply, ("", True), ("", True))
    found = {result.test: result for result in record.results}
    assert {found[test].outcome for test in ("order", "images", "places")} == {"untestable"}
    assert why in found["order"].detail and why in record.notes()["self_test"]["images"]


@pytest.mark.parametrize(
    ("before", "behind"),
    [("blue", "blue"), ("red, blue, green, yellow", "red, blue, green, yellow"), ("B", "B"), ("green", "green."),
     ("green", "I can't tell"), ("none", "blue"), ("red, blue, green or yellow", "green"), ("blue", "green")],
)  # fmt: skip
def test_an_engine_that_puts_images_before_texts_is_found_by_words(store, in_study, before, behind):
    items = in_study.items("transition")
    with pytest.raises(
        SpaceNumError, match=r"'places' \(asked which colour follows the word RIVER .*`images_first: tru"
    ):
        probed(items, store, SEES, (before, True), (behind, True))
    assert {
        result.outcome
        for result in probed(items, store, SEES, shown={"images_first": True}).results
        if result.test == "places"
    } == {"untestable"}


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (
            "APPLE: red, blue. RIVER: green, yellow. So it is green.",
            "APPLE: red. RIVER: blue, green, yellow. So: blue.",
        ),
        ("Green. After it comes yellow.", "Blue, then green and yellow."),
    ],
)
def test_an_engine_that_counts_all_up_before_or_after_it_answers_passes(store, in_study, before, behind):
    record = probed(in_study.items("transition"), store, SEES, (before, True), (behind, True))
    assert {result.test: result.outcome for result in record.results} == OUTCOMES


def test_images_that_the_file_puts_first_have_no_place_to_test(items, store):
    record, _ = run_self_test(items, store, flaw="images_first", shown={"images_first": True})
    assert record.results[-1].outcome == "untestable"
    assert record.results[-1].detail == "the model's file puts all images before the texts"


def test_a_text_model_is_not_tested_for_images(items, store):
    record, _ = run_self_test(
        items, store, flaw="ignores_images", capabilities=["generate", "letter_logprobs", "blind"]
    )
    assert [result.test for result in record.results] == ["template", "batch"]


def test_a_batch_may_move_letters_by_two_steps_of_the_dtype_and_no_more(items, store):
    assert [rounding_step(value, "bfloat16") for value in (1.0, 20.0, -31.0, 32.0)] == [2**-7, 2**-3, 2**-3, 2**-2]
    for dtype, much in (("bfloat16", 0.5), ("float32", 0.005)):
        with pytest.raises(SpaceNumError, match="failed its self-test 'batch'"):
            run_self_test(items, store, dtype, rounding=much)
    run_self_test(items, store, "bfloat16", rounding=0.2)


@pytest.fixture(scope="module")
def thinking(tmp_path_factory) -> ModelConfig:
    """A tiny checkpoint whose template always opens a thought: its first words are no letter."""
    pytest.importorskip("torch")
    from tests.models.tiny import build

    folder = build("qwen3_vl", tmp_path_factory.mktemp("thinking") / "qwen3_vl")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("{% if enable_thinking %}", "{% if true %}"))
    return ModelConfig(
        kind="vlm", backend="transformers", checkpoint=str(folder), dtype="float32", reasoning="checkpoint"
    )


@pytest.mark.parametrize("blind", [False, True])
def test_a_model_that_thinks_first_is_tested_by_its_first_word(items, store, thinking, blind):
    """The same engine in a wrapper that shows it one image in the place of all fails."""
    from spacenum.models.transformers import load

    model = load(thinking, Context(frames={}, root=HERE, seed=0))
    assert "letter_logprobs" not in model.capabilities
    show = model.first_logits
    one = next(part for part in items[0].prompt if isinstance(part, Image))

    def shown_one(questions):
        return show([
            replace(each, parts=tuple(one if isinstance(part, Image) else part for part in each.parts))
            for each in questions
        ])  # fmt: skip

    if blind:
        model.first_logits = shown_one
        with pytest.raises(SpaceNumError, match="failed its self-test 'order'"):
            self_test(items, model, job("reasoning-greedy", thinking), store, HERE)
        return
    record = self_test(items, model, job("reasoning-greedy", thinking), store, HERE)
    assert {result.outcome for result in record.results} == {"passed"}


def test_replies_of_other_versions_are_asked_again_and_those_of_unknown_ones_are_told_of(in_study, store, capsys):
    items, model = in_study.items("layout")[:8], config()

    def run(**versions: str) -> tuple[int, dict[str, Any]]:
        toy = Toy(model, HERE)
        if versions:
            toy.versions = versions  # type: ignore[attr-defined]
        capsys.readouterr()
        notes, _ = run_job(toy, items, items[:4], job("letter-greedy", model), store, HERE)
        return len(toy.batches), notes

    before, notes = run()
    assert before and "versions" not in notes
    assert run(torch="1")[0] == 0  # kept before versions were: used, and told of
    assert "8 replies were kept (8 of them by unknown versions), 0 were asked" in capsys.readouterr().err
    for path in store.files():
        path.unlink()
    asked_by_one, notes = run(torch="1")
    assert asked_by_one and notes["versions"] == {"torch": "1"} and UNKNOWN_REPLIES not in notes
    assert run(torch="1")[0] == 0
    assert run(torch="2")[0] > 0
    assert run(torch="1") == (0, notes)  # both are kept


def test_an_image_that_changed_is_noticed_before_anything_is_asked(in_study, store):
    items, model = in_study.items("layout")[:8], config()
    toy, recorded = Toy(model, HERE), {part.image: "0" * 64 for part in items[-1].prompt if isinstance(part, Image)}
    with pytest.raises(SpaceNumError, match=r"\.png is not the image that was made: it has changed since"):
        run_job(toy, items, items[:4], job("letter-greedy", model), store, HERE, recorded)
