"""Between items and answers: questions in the words of a mode, batches, the store."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from spacenum.asking.ask import UNKNOWN_REPLIES, Asking, ask, batches
from spacenum.asking.ask import asked as run_job
from spacenum.asking.chat import Question, Reply
from spacenum.asking.modes import MODES, Mode
from spacenum.asking.questions import Questioner, own_letter, rotated, shown_letter
from spacenum.asking.self_test import self_test
from spacenum.asking.settings import RecommendedSampling
from spacenum.asking.store import AnswerStore
from spacenum.core.errors import SpaceNumError
from spacenum.items.numbers import write_magnitude
from spacenum.items.schema import Image, Text
from spacenum.scoring.open_rows import score_open_answers
from spacenum.scoring.rows import score_answers
from tests.asking.jobs import HERE, asked, config, job
from tests.asking.toy import Toy
from tests.items.passing import Passing


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


def test_of_many_items_a_batch_is_held_at_once(items, store):
    """All of a large study's take gigabytes."""
    passing = Passing(items)
    assert [answer.item for answer in asked(passing, "letter-greedy", store)[0]] == [item.id for item in items]
    assert len(items) > 30 and passing.most < 20


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
