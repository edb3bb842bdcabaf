"""The transformers backend on tiny random checkpoints of every family's real classes, in float32."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.parsing import read_letter
from spacenum.asking.questions import message_parts
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models.checkpoints import commit_of
from tests.models.tiny import TINY, build

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("spacenum.models.transformers")
letter_tokens = pytest.importorskip("spacenum.models.transformers.letters").letter_tokens

LETTERS = ("A", "B", "C", "D")
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)
PAPER = Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=50, max_new_tokens=6)
TOLERANCE = 2e-5  # float32, log-probabilities; the images and words that a question shows move them by far more


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    return {family: build(family, folder / family) for family in TINY}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    for k in range(6):
        shape = (96, 128, 3) if k < 5 else (64, 64, 3)
        Picture.fromarray(rng.integers(0, 255, shape, dtype=np.uint8)).save(folder / f"{k}.png")
    return folder


def question(family: str, number: int, images: list[int], words: str) -> Question:
    parts = [Text(text="You are an agent. Before:")]
    for k in images:
        parts += [Text(text=f"Option {k}:"), Image(image=f"{k}.png")]
    return Question(f"{family}.{number}", family, message_parts([*parts, Text(text=words)]), LETTERS, seed=number)


def questions() -> list[Question]:
    """Families as a study has them: one that shares all but the last words, one whose images differ, one of one."""
    return [
        *[question("shared", k, [0, 1, 2, 3], f"Which image? Amount: {7 * k**3} degrees") for k in range(4)],
        *[question("apart", k, [5, k], "Which option shows it? Amount: 3") for k in range(3)],
        *[question("longer", k, [4, 5, 0, 1, 2], f"Which image? Amount: {10 * k} degrees") for k in range(5)],
        question("alone", 0, [5], "Which option?"),
    ]


def engine(checkpoint: Path, root: Path, **more):
    options = {"batch_size": 8} | more.pop("options", {})
    config = ModelConfig(
        **{"kind": "vlm", "backend": "transformers", "dtype": "float32"} | more,
        checkpoint=str(checkpoint),
        options=options,
    )
    return transformers.load(config, Context(frames={}, root=root, seed=0))


def logprobs(model, asked=None) -> np.ndarray:
    replies = model.reply(asked or questions(), LOGPROBS)
    return np.array([[reply.letter_logprobs[letter] for letter in LETTERS] for reply in replies])


def test_a_job_that_has_gpus_never_answers_on_the_cpu_unasked():
    from spacenum.models.transformers.loading import device_of
    from spacenum.models.transformers.settings import LocalMachine

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert device_of(LocalMachine()).type == device_of(LocalMachine(device="cpu", gpus=2)).type == "cpu"
    with pytest.raises(SpaceNumError, match=r"gives this job 2, but PyTorch finds 0 here.*SPACENUM_DEVICE=cpu"):
        device_of(LocalMachine(gpus=2))


def in_stock(checkpoint: Path, root: Path, asked: list[Question]):
    """Model, tokenizer and inputs of transformers' own calls, one question at a time, with none of this backend's
    batches, caches or attention. Only the processor's class is this backend's (it does without a video part).
    """
    from spacenum.models.transformers.families import family_of
    from spacenum.models.transformers.loading import load_processor
    from spacenum.models.transformers.prompts import messages

    model = transformers_library().AutoModelForImageTextToText.from_pretrained(checkpoint, dtype=torch.float32).eval()
    family = family_of(model.config.model_type, "tiny")
    processor = load_processor(str(checkpoint), family, {})
    for each in asked:
        text = processor.apply_chat_template(messages(each), tokenize=False, add_generation_prompt=True)
        images = [Picture.open(root / part.image).convert("RGB") for part in each.parts if isinstance(part, Image)]
        inputs = processor(text=[text], images=[images], return_tensors="pt", add_special_tokens=False)
        yield model, processor.tokenizer, inputs


def stock(checkpoint: Path, root: Path, asked: list[Question]) -> np.ndarray:
    """Log-probabilities of the letters."""
    found = []
    for model, tokenizer, inputs in in_stock(checkpoint, root, asked):
        with torch.inference_mode():
            logits = model(**inputs, logits_to_keep=1).logits[0, -1].log_softmax(-1)
        spelled = [[tokenizer.encode(w, add_special_tokens=False) for w in (k, f" {k}")] for k in LETTERS]
        tokens = [[ids[0] for ids in pair if len(ids) == 1] for pair in spelled]
        found.append(torch.stack([logits[ids].logsumexp(-1) for ids in tokens]).log_softmax(-1).tolist())
    return np.array(found)


def transformers_library():
    import transformers as library

    return library


@pytest.mark.parametrize("family", TINY)
def test_written_replies_are_those_of_stock_transformers(family, checkpoints, root):
    """The words, asked in batches; and the logits behind each token, since tiny Gemma-3 says the same to everything."""
    greedy = Decoding(name="greedy", max_new_tokens=8)
    model = engine(checkpoints[family], root)
    replies = [reply.text for reply in model.reply(questions(), greedy)]
    steps = []
    generate = model._loaded.model.generate

    def overheard(**arguments):
        made = generate(**arguments, return_dict_in_generate=True, output_logits=True)
        steps.append(torch.stack(made.logits)[:, 0])
        return made.sequences

    model._loaded.model.generate = overheard
    expected = []
    for each, (library, tokenizer, inputs) in zip(
        questions(), in_stock(checkpoints[family], root, questions()), strict=True
    ):
        model.reply([each], greedy)
        with torch.inference_mode():
            made = library.generate(
                **inputs, max_new_tokens=8, do_sample=False, return_dict_in_generate=True, output_logits=True
            )
        torch.testing.assert_close(steps[-1], torch.stack(made.logits)[:, 0], atol=1e-3, rtol=0)
        written = made.sequences[0, inputs["input_ids"].shape[1] :]
        expected.append(tokenizer.decode(written, skip_special_tokens=True))
    assert replies == expected
    assert min((steps[0] - other).abs().max() for other in steps[4:5] + steps[-1:]) > 0.01  # questions do move them


@pytest.mark.parametrize("family", TINY)
@pytest.mark.parametrize("share", [True, False], ids=["shared prefixes", "plain"])
def test_letters_are_as_likely_as_in_stock_transformers(family, share, checkpoints, root):
    expected = stock(checkpoints[family], root, questions())
    found = logprobs(engine(checkpoints[family], root, options={"share_prefixes": share}))
    assert np.abs(found - expected).max() < TOLERANCE
    assert np.abs(expected[0] - expected[1]).max() > 50 * TOLERANCE, "words must matter, or this test shows nothing"


def test_letters_of_bfloat16_weights_are_read_in_float32(checkpoints, root):
    """From the hidden state before the head; the head's own logits are rounded to bfloat16, which is far off."""
    model, seen = engine(checkpoints["qwen3_vl"], root, dtype="bfloat16"), []
    library = model._loaded.model
    library.model.language_model.norm.register_forward_hook(lambda norm, given, made: seen.append(made[0, -1]))
    found = logprobs(model, questions()[-1:])[0]
    with torch.inference_mode():
        exact, rounded = library.lm_head.weight.float() @ seen[0].float(), library.lm_head(seen[0]).float()
    tokens = [letter_tokens(model._loaded.processor.tokenizer, letter) for letter in LETTERS]
    expected, coarse = (
        torch.stack([logits[each].logsumexp(-1) for each in tokens]).log_softmax(-1).numpy()
        for logits in (exact, rounded)
    )
    assert np.abs(found - expected).max() < 1e-5 and np.abs(coarse - expected).max() > 1e-3


@pytest.mark.parametrize("family", TINY)
def test_every_image_matters_in_its_place(family, checkpoints, root):
    model = engine(checkpoints[family], root)
    straight, swapped, other = (
        question("f", 0, images, "Which image?") for images in ([0, 1, 2], [1, 0, 2], [0, 1, 5])
    )
    relabelled = replace(swapped, parts=tuple(
        part if isinstance(part, Image) else straight.parts[k] for k, part in enumerate(swapped.parts)
    ))  # fmt: skip
    found = logprobs(model, [straight, relabelled, other])
    assert np.abs(found[0] - found[1]).max() > 50 * TOLERANCE
    assert np.abs(found[0] - found[2]).max() > 50 * TOLERANCE


@pytest.mark.parametrize("family", TINY)
def test_texts_and_images_stand_on_lines_of_their_own(family, checkpoints, root):
    model, asked = engine(checkpoints[family], root), questions()[0]
    maker, processor = model._maker, model._loaded.processor
    ids = maker.prompt(asked, maker.pixels([part.image for part in asked.parts if isinstance(part, Image)])).ids
    text = re.sub("<.+?>", "", processor.tokenizer.decode(ids))
    own = [line for part in asked.parts if isinstance(part, Text) for line in part.text.strip().split("\n")]
    assert [line for line in text.splitlines() if line in own] == own


@pytest.mark.parametrize("family", TINY)
def test_replies_do_not_depend_on_the_batch(family, checkpoints, root):
    model, asked = engine(checkpoints[family], root), questions()
    for decoding in (Decoding(name="greedy", max_new_tokens=4), PAPER):
        together = model.reply(asked, decoding)
        assert together == [model.reply([each], decoding)[0] for each in asked]
    assert {reply.reply_tokens for reply in together} != {0}


def test_draws_follow_the_seed_and_the_distribution():
    from spacenum.models.transformers.writing import SeededDraw

    scores = torch.tensor([[2.0, 1.0, 0.0, -9.0]]).expand(4000, -1)
    cut = Decoding(name="paper", temperature=0.5, top_k=2)
    first, again = (SeededDraw(cut, range(4000))(torch.zeros(4000, 1), scores).argmax(1) for _ in range(2))
    assert torch.equal(first, again)
    share = (first == 0).double().mean().item()
    assert abs(share - 1 / (1 + np.exp(-2.0))) < 0.02
    assert set(first.tolist()) == {0, 1}


def test_penalties_are_those_of_stock_transformers_and_see_no_padding():
    """transformers' own lowers the padding token too, which may be one that ends replies."""
    from spacenum.models.transformers.writing import Penalties

    stock = transformers_library().RepetitionPenaltyLogitsProcessor(1.3)
    scores = torch.randn(2, 9, generator=torch.Generator().manual_seed(0))
    steps = Penalties(Decoding(name="recommended", repetition_penalty=1.3, presence_penalty=0.5), [[4, 5], [1, 2, 3]])
    padded = torch.tensor([[0, 4, 5], [1, 2, 3]])
    first = steps(padded, scores)
    assert torch.equal(first[1], stock(padded[1:], scores[1:])[0])
    assert torch.equal(first[0], stock(padded[:1, 1:], scores[:1])[0])
    assert first[0, 0] == scores[0, 0]
    more = torch.cat([padded, torch.tensor([[4], [8]])], 1)
    second = steps(more, scores)
    expected = stock(more[1:], scores[1:])[0]
    expected[8] -= 0.5
    assert torch.equal(second[1], expected)


def test_penalised_replies_do_not_depend_on_the_batch(checkpoints, root):
    model, asked = engine(checkpoints["qwen3_vl"], root), questions()
    plain, penalised = (
        Decoding(name="recommended", repetition_penalty=penalty, max_new_tokens=12) for penalty in (1.0, 3.0)
    )
    together = model.reply(asked, penalised)
    assert together == [model.reply([each], penalised)[0] for each in asked]
    assert together != model.reply(asked, plain)


def test_a_checkpoint_s_own_generation_settings_are_left_aside(checkpoints, root, tmp_path):
    """Each of them changes what stock ``generate`` writes, or how; eos_token_id alone is kept, for it ends replies."""
    shutil.copytree(checkpoints["qwen3_vl"], tmp_path / "own")
    plain, greedy = engine(checkpoints["qwen3_vl"], root), Decoding(name="greedy", max_new_tokens=8)
    replies = plain.reply(questions(), greedy)
    tokens = {token for reply in replies for token in plain._loaded.processor.tokenizer(reply.text)["input_ids"]}
    own = {
        "do_sample": True, "temperature": 9.0, "top_k": 3, "top_p": 0.5, "min_p": 0.4, "typical_p": 0.4,
        "repetition_penalty": 5.0, "no_repeat_ngram_size": 1, "encoder_repetition_penalty": 3.0,
        "bad_words_ids": [[token] for token in sorted(tokens)], "suppress_tokens": sorted(tokens),
        "begin_suppress_tokens": sorted(tokens), "forced_bos_token_id": 5, "forced_eos_token_id": 5,
        "min_length": 4000, "min_new_tokens": 7, "num_beams": 3, "sequence_bias": [[[5], 99.0]],
        "exponential_decay_length_penalty": [1, 9.0], "max_length": 3, "max_time": 0.001, "stop_strings": ["a", "e"],
        "renormalize_logits": True, "num_return_sequences": 2,
    }  # fmt: skip
    path = tmp_path / "own" / "generation_config.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(kept | own))
    loud = engine(tmp_path / "own", root)
    assert loud._loaded.model.generation_config.repetition_penalty == 5.0, "nothing to leave aside"
    assert loud.reply(questions(), greedy) == replies
    assert loud.reply(questions(), PAPER) == plain.reply(questions(), PAPER)


def test_draws_are_made_among_the_top_k_alone_whatever_else_the_vocabulary_holds():
    """In a vocabulary a thousand times as large, and where ties are in the way, each seed draws the same token."""
    from spacenum.models.transformers.writing import SeededDraw

    top = torch.randn(64, 6, generator=torch.Generator().manual_seed(0))
    top[:, 4] = top[:, 5] = top[:, 3]
    wide = torch.cat([torch.full((64, 6000), -20.0), top], 1)
    narrow, among = (
        SeededDraw(Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=5), range(64))(torch.zeros(64, 1), each)
        for each in (top, wide)
    )
    assert torch.equal(narrow.argmax(1), among.argmax(1) - 6000)
    assert len(set(narrow.argmax(1).tolist())) > 3


def test_cut_replies_are_unfinished_and_thinking_is_asked_by_the_template(checkpoints, root):
    model = engine(checkpoints["qwen3_vl"], root, reasoning="template")
    plain, thinking = questions()[-1], replace(questions()[-1], reasoning=True)
    [reply] = model.reply([plain], Decoding(name="greedy", max_new_tokens=3))
    assert reply.finished or reply.reply_tokens == 3
    assert model.rendered(thinking, True) == model.rendered(plain, True) + "<think>\n"
    assert model.rendered(plain, True) == model.rendered(plain, False) + "<|im_start|>assistant\n"
    [thought] = model.reply([thinking], Decoding(name="greedy", max_new_tokens=3))
    assert thought.text.startswith("<think>") and not reply.text.startswith("<think>")
    assert read_letter(thought.text, LETTERS, finished=False).reason == "the last <think> was never closed"


@pytest.mark.parametrize("family", TINY)
def test_the_letters_share_of_the_next_token_is_that_of_stock_transformers(family, checkpoints, root):
    """Whether they are asked alone or share what a family begins with."""
    masses = []
    for model, tokenizer, inputs in in_stock(checkpoints[family], root, questions()):
        with torch.inference_mode():
            shares = model(**inputs, logits_to_keep=1).logits[0, -1].softmax(-1)
        masses.append(shares[[token for letter in LETTERS for token in letter_tokens(tokenizer, letter)]].sum().item())
    for share in (True, False):
        model = engine(checkpoints[family], root, options={"share_prefixes": share})
        found = [reply.letter_mass for reply in model.reply(questions(), LOGPROBS)]
        assert found == pytest.approx(masses, rel=0.01) and len(set(found)) > 3


@pytest.mark.parametrize("family", TINY)
def test_a_system_prompt_stands_before_the_user_s_message(family, checkpoints, root):
    model, asked = engine(checkpoints[family], root), questions()[:2]
    told = [replace(each, system="You are an agent.") for each in asked]
    text = model.rendered(told[0], True)
    assert text.index("system\nYou are an agent.") < text.index("Before:")
    assert model.rendered(asked[0], True).startswith(text[: text.index("system")]) and "system" not in model.rendered(
        asked[0], True
    )
    assert np.abs(logprobs(model, told) - logprobs(model, asked)).max() > 50 * TOLERANCE


def test_a_template_that_refuses_system_prompts_is_told_in_a_sentence(checkpoints, root, tmp_path):
    shutil.copytree(checkpoints["qwen3_vl"], tmp_path / "own")
    path = tmp_path / "own" / "chat_template.jinja"
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    path.write_text(refusing + path.read_text())
    model = engine(tmp_path / "own", root)
    with pytest.raises(SpaceNumError, match=r"item alone.0: .*System role not supported.*leave 'system_prompt' out"):
        model.reply([replace(questions()[-1], system="You are an agent.")], LOGPROBS)


def test_a_thinking_checkpoint_gives_no_letter_logprobs(checkpoints, root):
    assert engine(checkpoints["qwen3_vl"], root, reasoning="checkpoint").capabilities == {"generate"}


def test_pixel_budget_makes_prompts_shorter(checkpoints, root):
    def length(family, **more):
        return engine(checkpoints[family], root, **more).reply(questions()[:1], LOGPROBS)[0].prompt_tokens

    assert length("qwen3_vl", pixel_budget=64 * 64) < length("qwen3_vl")
    assert length("internvl", pixel_budget=56 * 56) < length("internvl")
    with pytest.raises(SpaceNumError, match="pixel_budget"):
        engine(checkpoints["gemma3"], root, pixel_budget=1000).reply(questions()[-1:], LOGPROBS)


def test_an_adapter_changes_answers_and_identity(checkpoints, root, tmp_path):
    peft = pytest.importorskip("peft")
    base = transformers_library().AutoModelForImageTextToText.from_pretrained(checkpoints["qwen3_vl"])
    targets = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
    lora = peft.get_peft_model(base, peft.LoraConfig(r=4, target_modules=targets, init_lora_weights=False))
    lora.save_pretrained(tmp_path / "adapter")
    plain = engine(checkpoints["qwen3_vl"], root)
    tuned = engine(checkpoints["qwen3_vl"], root, adapter=str(tmp_path / "adapter"))
    assert np.abs(logprobs(plain) - logprobs(tuned)).max() > 0.01
    assert set(tuned.identity) - set(plain.identity) == {"adapter"}
    assert str(tmp_path) not in str(tuned.identity)
    before, weights = tuned.identity, tmp_path / "adapter/adapter_model.safetensors"
    (tmp_path / "adapter/README.md").write_text("Notes change no reply.")
    tuned = engine(checkpoints["qwen3_vl"], root, adapter=str(tmp_path / "adapter"))
    assert tuned.identity == before
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    assert engine(checkpoints["qwen3_vl"], root, adapter=str(tmp_path / "adapter")).identity != before


def test_an_unpinned_checkpoint_is_kept_under_its_commit_and_loaded_as_it(checkpoints, root, tmp_path, monkeypatch):
    """Offline, from a cache as the hub's client keeps it, in which ``main`` moves on after the first question."""
    import shutil

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    commits = {"internvl": "a" * 40, "gemma3": "b" * 40}
    kept = tmp_path / "models--owner--name"
    for family, commit in commits.items():
        shutil.copytree(checkpoints[family], kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs/main").write_text(commits["internvl"])
    first = engine(Path("owner/name"), root)
    assert first.identity["revision"] == commits["internvl"]
    (kept / "refs/main").write_text(commits["gemma3"])
    assert first._loaded.model.config.model_type == "internvl"  # not what main is by now
    commit_of.cache_clear()
    assert engine(Path("owner/name"), root).identity["revision"] == commits["gemma3"]
    commit_of.cache_clear()


def test_identity_needs_no_weights_and_follows_them(checkpoints, root, tmp_path):
    import shutil

    copy = shutil.copytree(checkpoints["internvl"], tmp_path / "internvl")
    same, model = engine(checkpoints["internvl"], root).identity, engine(copy, root)
    assert model.identity == same and "_loaded" not in vars(model)
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert engine(copy, root).identity != same


def broken(folder: Path, **changes) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(changes))
    return folder


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"checkpoint": None}, "key 'checkpoint': missing"),
        ({"checkpoint": "./nowhere"}, "'./nowhere' has no config.json"),
        ({"options": {"batch": 3}}, "key 'options': batch"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(more, told, root):
    config = ModelConfig(**{"kind": "vlm", "backend": "transformers", "checkpoint": "owner/name"} | more)
    with pytest.raises(SpaceNumError, match=told.replace(".", r"\.")):
        transformers.load(config, Context(frames={}, root=root, seed=0)).reply(questions()[:1], LOGPROBS)


def test_unknown_architectures_missing_images_and_the_lack_of_a_network_are_told(
    checkpoints, root, tmp_path, monkeypatch
):
    with pytest.raises(SpaceNumError, match=r"model_type 'llama'.*not an image-text-to-text model of transformers"):
        engine(broken(tmp_path / "llama", model_type="llama"), root).reply(questions()[:1], LOGPROBS)
    with pytest.raises(SpaceNumError, match=r"model_type 'llama'.*options\.path: fast, know qwen2_vl"):
        engine(tmp_path / "llama", root, options={"path": "fast"}).reply(questions()[:1], LOGPROBS)
    with pytest.raises(SpaceNumError, match=r"9\.png: no such image"):
        engine(checkpoints["internvl"], root).reply([question("f", 0, [9], "Which?")], LOGPROBS)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SpaceNumError, match=r"not in the local cache.*hf download owner/name"):
        engine(Path("owner/name"), root).reply(questions()[:1], LOGPROBS)


def test_running_out_of_memory_says_what_to_lower(checkpoints, root, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("spacenum.models.transformers.engine.encode", full)
    with pytest.raises(SpaceNumError, match=r"lower options\.batch_size \(now 8\)"):
        engine(checkpoints["internvl"], root).reply(questions()[:1], LOGPROBS)


@pytest.mark.parametrize("family", TINY)
def test_images_before_those_that_differ_are_shared_where_the_model_is_causal(family, checkpoints, root):
    """No image is cut in two, and none is shared that another question doesn't show."""
    model = engine(checkpoints[family], root)
    window = next(model._windows(questions()))
    apart = [k for k, each in enumerate(window.questions) if each.family == "apart"]
    found = {k: group for batch in model._plan(window) for group in batch for k in group.members}
    assert apart
    for k in apart:
        prompt, group = window.prompts[k], found[k]
        assert group.images == (0 if family == "gemma3" else 1) and (group.shared > 0) == bool(group.images)
        starts = [j for j, kind in enumerate(prompt.types) if kind and not prompt.types[j - 1]]
        assert len(starts) == 2 and sum(prompt.types[: group.shared]) in (0, sum(prompt.types[: starts[1]]))


@pytest.mark.skipif(shutil.which("c++") is None, reason="PyTorch compiles with a C++ compiler")
@pytest.mark.parametrize("family", ["qwen3_vl", pytest.param("gemma3", marks=pytest.mark.slow)])
def test_compiled_parts_say_the_same_from_a_few_graphs(family, checkpoints, root):
    """Whatever batches and caches there are: a graph too many would compile for minutes, or give up unseen."""
    counted = pytest.importorskip("torch._dynamo.utils").counters["stats"]
    plain, compiled = (engine(checkpoints[family], root, options={"compile": on}) for on in (False, True))
    before = counted["unique_graphs"]
    assert logprobs(compiled) == pytest.approx(logprobs(plain), abs=TOLERANCE)
    few = Decoding(name="greedy", max_new_tokens=4)
    assert [r.text for r in compiled.reply(questions(), few)] == [r.text for r in plain.reply(questions(), few)]
    assert 0 < counted["unique_graphs"] - before <= 8


def test_a_model_on_several_gpus_is_not_compiled(checkpoints, root, monkeypatch):
    monkeypatch.setenv("SPACENUM_GPUS", "2")
    with pytest.raises(SpaceNumError, match=r"'options\.compile': .*spread over GPUs \(here 2\)"):
        engine(checkpoints["gemma3"], root, options={"compile": True}).reply([question("f", 0, [0], "Which?")], PAPER)
