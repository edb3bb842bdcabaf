"""Examples are the prompts that are asked, and what they say of them is true."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest

from spacenum.items.schema import TransitionItem
from tests.pretraining.conftest import SMALL, config_of
from tests.pretraining.rooms import SIDE

torch = pytest.importorskip("torch")
from spacenum.asking.chat import Question  # noqa: E402
from spacenum.asking.modes import Mode  # noqa: E402
from spacenum.asking.questions import Questioner, letters_of  # noqa: E402
from spacenum.asking.settings import CHECKPOINT_FILES  # noqa: E402
from spacenum.asking.worked import number  # noqa: E402
from spacenum.core.provenance import sha256_of  # noqa: E402
from spacenum.models.transformers.images import encode  # noqa: E402
from spacenum.models.transformers.letters import LetterReader, letter_tokens  # noqa: E402
from spacenum.models.transformers.prompts import PromptMaker, image_paths  # noqa: E402
from spacenum.pretraining.batches import BatchBuilder  # noqa: E402
from spacenum.pretraining.examples import MAGNITUDE_SCALES, REPLY, ExampleMaker, corpus  # noqa: E402
from spacenum.pretraining.families import QuestionMaker, Symmetry  # noqa: E402
from spacenum.pretraining.images import Images  # noqa: E402
from spacenum.pretraining.initialisation import write_untrained  # noqa: E402
from spacenum.pretraining.network import Network  # noqa: E402
from spacenum.pretraining.settings import ModelSize, Pretraining  # noqa: E402
from spacenum.pretraining.targets import Scenery  # noqa: E402
from spacenum.tuning.lora import load_base  # noqa: E402

TOKENS = ModelSize(**SMALL).side


def test_an_untrained_model_is_the_same_for_a_seed_and_letters_and_numbers_are_tokens(data, untrained, tmp_path):
    write_untrained(tmp_path / "again", ModelSize(**SMALL), corpus(data.items), seed=0)
    assert all(sha256_of(untrained / name) == sha256_of(tmp_path / "again" / name) for name in CHECKPOINT_FILES)
    tokenizer = load_base(config_of(untrained)).processor.tokenizer
    for letter in "ABCD":
        [token] = letter_tokens(tokenizer, letter)
        assert tokenizer.tokenize(f"Option {letter}: 40°").count(letter) == 1
        assert tokenizer.encode(f"so {letter}", add_special_tokens=False)[-1] == token
    assert {"30", "-2.7", "9.9", "57"} <= {*tokenizer.tokenize("30° and [-2.7, 9.9] and 57°")}


def test_embeddings_of_near_numbers_are_alike(loaded):
    embeddings = loaded.model.model.language_model.embed_tokens.weight.detach()
    index = loaded.processor.tokenizer.get_vocab()
    one, near, far = (embeddings[index[text]] for text in ("1.0", "1.1", "4.0"))
    assert torch.cosine_similarity(one, near, 0) > torch.cosine_similarity(one, far, 0) + 0.2


@pytest.mark.parametrize("image", [SIDE, 48])
def test_patches_are_those_of_the_processor(data, tmp_path, image):
    settings = ModelSize(**SMALL | {"image": image})
    write_untrained(tmp_path / "model", settings, ["a"], seed=0)
    paths = [frame.image for frame in data.frames[:2]]
    asked = PromptMaker(load_base(config_of(tmp_path / "model")), data.root, False).pixels(paths)
    images = Images.read(data.frames[:2], data.root, image)
    shown = images.patches(torch.arange(2), torch.zeros(2, dtype=torch.bool), torch.ones(2, 3), settings.patch)
    assert shown.allclose(torch.cat([asked[path].values for path in paths]), atol=1e-6)


def test_summaries_stand_behind_the_numbers_and_images_that_they_are_about(loaded, families):
    """The numbers, read from the words before a summary; the letters, from the numbers. With all turns of a family."""
    maker, questions, tokenizer = ExampleMaker(loaded, TOKENS), QuestionMaker(), loaded.processor.tokenizer
    read, rng = 0, np.random.default_rng(0)
    for views in families[::2]:
        for _ in range(4):
            turns = questions.turns(views, rng, Symmetry())
            example = maker.example(turns, views, 1, Symmetry())
            count = len(turns[0].options)
            assert len(example.summaries) == count + len(turns)
            assert tokenizer.decode(example.ids[example.letters]) == "ABCD"[:count]
            assert (example.letters < example.summaries[:count]).all()
            for place, numbers in zip(example.summaries.tolist(), example.numbers, strict=True):
                before = tokenizer.decode(example.ids[: place + 1])
                if before.endswith("<|vision_end|>"):
                    assert tokenizer.decode(example.ids[place - 1]) == "<|image_pad|>"
                    continue
                told = said(before.splitlines()[-1], turns[0])
                assert told == pytest.approx(numbers[numbers != 0].tolist(), abs=1e-5)
                summary = example.summaries.tolist().index(place)
                numerals = [tokenizer.decode(example.ids[k]) for k in example.numerals[summary] if k >= 0]
                assert (
                    numerals == re.findall("-?[0-9]+(?:[.][0-9])?", before.splitlines()[-1].rpartition(": ")[2])[::-1]
                )
                read += 1
            for turn, (query, asked) in enumerate(zip(example.queries, example.question_summaries, strict=True)):
                assert asked == example.summaries[count + turn] < query
                letter = "ABCD".index(tokenizer.decode(example.ids[query + 1]))
                assert example.answers[turn] == example.summaries[letter]
                assert example.numbers[letter].equal(example.numbers[count + turn])
    assert read > 100


def said(line: str, item) -> list[float]:
    """The numbers that end a line, but for zeros, as the model is to know them."""
    text = line[line.rindex(": ") + 2 :]
    if isinstance(item, TransitionItem):
        return [float(re.match("[0-9.]+", text)[0]) / MAGNITUDE_SCALES[item.truth.unit]]
    corners = np.ravel(ast.literal_eval(text))
    return [value for value in corners[::-1].tolist() if value]


def test_further_turns_are_what_the_chat_template_makes_of_them(loaded, families):
    """Of Num2Space, whose second turn has the same images: only its number is new."""
    maker, tokenizer = ExampleMaker(loaded, TOKENS), loaded.processor.tokenizer
    for views in families[:: len(families) - 1]:
        first = next(item for item in views.items if item.task == "num2space")
        second = next(item for item in views.items if item.family == first.family and item is not first)
        one, both = (maker.example(turns, views, 0, Symmetry()) for turns in ([first], [first, second]))
        assert both.ids[: len(one.ids)].equal(one.ids) and both.images == one.images
        further = tokenizer.decode(both.ids[len(one.ids) :])
        transition = isinstance(second, TransitionItem)
        asked = f"Amount: {number(second)}" if transition else f'"{second.truth.target}": {number(second)}'
        assert further == (f"\n<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n{second.answer}<|im_end|>")


def test_lookups_have_numbers_for_images_and_are_answered_by_the_nearest(loaded, families):
    maker, questions, rng = ExampleMaker(loaded, TOKENS), QuestionMaker(), np.random.default_rng(0)
    tokenizer, exact, asked = loaded.processor.tokenizer, 0, 0
    for views in families[::2]:
        for item in views.items:
            example = maker.lookup([questions.noisy(item, rng) for _ in range(3)], 1)
            numbers = []
            for place in example.summaries.tolist():
                before = tokenizer.decode(example.ids[: place + 1])
                text = before.removesuffix("<|vision_end|>").rpartition("<|vision_start|>")[2].splitlines()[-1]
                numbers.append([float(one) for one in re.findall("-?[0-9]+(?:[.][0-9])?", text.rpartition(": ")[2])])
            options, turns = numbers[: len(item.options)], numbers[len(item.options) :]
            for turn, query, answer in zip(turns, example.queries, example.answers, strict=True):
                away = np.abs(np.subtract(options, turn)).sum(-1)
                letter = "ABCD".index(tokenizer.decode(example.ids[query + 1]))
                assert away[letter] == pytest.approx(away.min()) and answer == example.summaries[letter]
                exact, asked = exact + (away.min() == 0), asked + 1
            assert not example.images and "<|image_pad|>" not in tokenizer.decode(example.ids)
    assert asked > 100 and exact < asked / 2


def test_an_example_is_what_is_asked_and_the_network_says_what_the_checkpoint_says(data, families, untrained):
    """Token for token, position for position, and so are the logits."""
    loaded = load_base(config_of(untrained))
    stage = {"name": "n", "steps": 1, "transitions": 1, "layouts": 1, "questions": 2}
    settings = Pretraining.model_validate({"recipe": "r", "model": SMALL, "stages": [stage], "precision": "float32"})
    frames = [frame for one in families for frame in one.frames]
    images = Images.read(frames, data.root, SIDE)
    builder = BatchBuilder(families, Scenery.of(families, frames, data.root, TOKENS), images, loaded, settings)
    batch = builder.batch(settings.stages[0], [0, len(families) - 1], [0], np.random.default_rng(0), augment=False)
    questioner, prompts = Questioner(Mode.of("letter-greedy"), "none"), PromptMaker(loaded, data.root, False)
    stock = []
    for chunk in batch.chunks:
        for row, example in enumerate(chunk.examples):
            if example.is_lookup:
                continue
            question = Question("i", "f", questioner.parts(example.items[0], 0), letters_of(example.items[0]))
            asked = prompts.prompt(question, prompts.pixels(image_paths(question)))
            assert tuple(example.ids[:-REPLY].tolist()) == asked.ids and example.images == tuple(asked.images)
            assert example.positions[:-REPLY].T.equal(asked.positions)
            with torch.no_grad():
                seen = encode(loaded, prompts.pixels(asked.images))
                stock.append((chunk, row, len(asked.ids) - 1, LetterReader(loaded).first_logits([asked], seen)[0]))
    assert len(stock) == 4
    network = Network(loaded.model, settings, {0: 1}).eval()
    with torch.no_grad():
        tokens = network.encode(batch.images, images)
        for chunk, row, last, logits in stock:
            assert loaded.model.lm_head(network.states(chunk, tokens).hidden[-1][row, last]).allclose(logits, atol=1e-4)
