"""Supervised LoRA on tiny random checkpoints of the real classes, on a CPU;
a hundred times the paper's learning rate."""

from __future__ import annotations

import math
import multiprocessing
import time
from pathlib import Path

import pytest

from bench.tiny import TINY
from spacenum.asking.ask import Asking
from spacenum.asking.chat import Decoding
from spacenum.asking.settings import AnswersParams
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.tuning.settings import Machine, SftParams, SftSettings
from tests.models.tiny import build
from tests.tuning.shades import base, shades

torch = pytest.importorskip("torch")
from peft import PeftModel  # noqa: E402

from spacenum.asking.base import Context  # noqa: E402
from spacenum.models.transformers import load  # noqa: E402
from spacenum.models.transformers.letters import letter_tokens  # noqa: E402
from spacenum.models.transformers.loading import load as load_weights  # noqa: E402
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions  # noqa: E402
from spacenum.tuning.examples import IGNORED, Collator, Examples, LikeLengths  # noqa: E402
from spacenum.tuning.lora import load_base, with_lora  # noqa: E402
from spacenum.tuning.sft import last_checkpoint, tune  # noqa: E402

LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)
FAST = {"learning_rate": 1e-2, "gradient_checkpointing": False}
RARELY = Machine(every=1000)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return build("qwen3_vl", tmp_path_factory.mktemp("tiny"))


def letters(config, items, root):
    """Log-probability of each item's right letter, as the answering backend sees it."""
    model = load(config, Context({}, root, 0))
    asking = Asking.of(AnswersParams(model="t", config=config, mode="letter-logprobs", seed=0), root)
    questions = asking.questions([(item, 0, 0) for item in items])
    replies = model.reply(questions, LOGPROBS)
    return torch.tensor([reply.letter_logprobs[item.answer] for item, reply in zip(items, replies, strict=True)])


@pytest.mark.parametrize("shown", [{}, {"system_prompt": "you are an agent", "images_first": True}], ids=["", "system"])
@pytest.mark.parametrize("family", TINY)
def test_what_is_trained_on_is_what_is_asked(family, shown, tmp_path):
    config = base(build(family, tmp_path / "model"), **shown)
    items = shades(tmp_path, 3)
    items[1] = items[1].model_copy(
        update={"prompt": items[1].prompt[:1] + items[1].prompt}
    )  # longer: others are padded
    loaded = load_base(config)
    examples, collate = Examples(items, loaded, tmp_path, 200, config), Collator(loaded)
    batch = collate([examples[k] for k in range(3)])
    tokenizer = loaded.processor.tokenizer
    end = tokenizer.eos_token
    supervised = [tokenizer.decode(row[row != IGNORED]) for row in batch["labels"]]
    assert supervised == [f"A{end}", f"B{end}", f"C{end}"]
    told = Examples(items, loaded, tmp_path, 400, config, reply="worked")[2]
    lines = tokenizer.decode(told.whole.ids[-told.answer :]).removesuffix(end).split("\n")
    assert [line[-3:] for line in lines] == [": A", ": B", ": C", ": D", ": C", ": C"]
    assert lines[4] == lines[2] and lines[5] == "Answer: C"
    assert examples.lengths == batch["attention_mask"].sum(1).tolist()
    labels = batch.pop("labels")
    with torch.no_grad():
        logs = loaded.model(**batch).logits[:, :-1].log_softmax(-1)
    first = logs[torch.arange(3), (labels[:, 1:] != IGNORED).int().argmax(1)]
    four = torch.stack([first[:, letter_tokens(tokenizer, x)].logsumexp(1) for x in "ABCD"], 1).log_softmax(-1)
    right = four[torch.arange(3), torch.arange(3)]
    assert torch.allclose(right, letters(config, items, tmp_path), atol=2e-5)
    _, tuned = with_lora(loaded, 2, 4)
    adapted = {name.split(".lora_A")[0] for name, p in tuned.named_parameters() if p.requires_grad and "lora_A" in name}
    assert len(adapted) == 2 * 7 and all("language_model" in name for name in adapted)


def test_an_item_that_is_too_long_is_refused(tiny, tmp_path):
    with pytest.raises(SpaceNumError, match=r"item 0-0 has \d+ tokens, more than max_length \(16\)"):
        _ = Examples(shades(tmp_path, 1), load_base(base(tiny)), tmp_path, 16, base(tiny)).lengths


def test_it_memorises_and_generalises_and_merges(tiny, tmp_path):
    seen, unseen = shades(tmp_path, 64), shades(tmp_path, 16, seed=1)
    job = SftParams(
        tuned="t", base=base(tiny), settings=SftSettings(batch_size=16, micro_batch_size=16, epochs=10, **FAST), seed=0
    )
    steps = tune(job, seen, tmp_path, tmp_path / "adapter", tmp_path / "checkpoints", RARELY)
    assert len(steps) == 40 and steps[0].loss > math.log(4)
    assert steps[-1].loss < 0.1
    config = base(tiny, adapter=str(tmp_path / "adapter"))
    before, merged = letters(base(tiny), unseen, tmp_path), letters(config, unseen, tmp_path)
    assert -before.mean() > math.log(4) / 2
    assert -merged.mean() < math.log(4) / 10
    loaded = load_weights(base(tiny), TransformersOptions(), LocalMachine())
    apart = PeftModel.from_pretrained(loaded.model, str(tmp_path / "adapter")).eval()
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    batch = Collator(loaded)([Examples(unseen, loaded, tmp_path, 200, base(tiny))[k] for k in range(4)])
    batch.pop("labels")
    with torch.no_grad():
        unmerged = apart(**batch).logits
        whole = apart.merge_and_unload()(**batch).logits
    assert torch.allclose(unmerged, whole, atol=1e-3) and unmerged.argmax(-1).equal(whole.argmax(-1))


def test_a_killed_run_goes_on_and_ends_the_same(tiny, tmp_path):
    items = shades(tmp_path, 20)
    settings = SftSettings(batch_size=4, micro_batch_size=2, epochs=2, dropout=0.1, **FAST)
    job = SftParams(tuned="t", base=base(tiny), settings=settings, seed=3)

    def train(name: str, every: int):
        return tune(job, items, tmp_path, tmp_path / name, tmp_path / f"{name}-checkpoints", Machine(every=every))

    whole = train("whole", 1000)
    folder = tmp_path / "killed-checkpoints"
    run = multiprocessing.get_context("fork").Process(target=train, args=("killed", 1))
    run.start()
    while not (folder / "checkpoint-6").exists() and run.is_alive():
        time.sleep(0.01)
    run.kill()
    run.join()
    assert not (tmp_path / "killed").exists()
    (folder / "checkpoint-99").mkdir()  # begun, never finished
    left = last_checkpoint(folder)
    assert left and Path(left).name in ("checkpoint-5", "checkpoint-6", "checkpoint-7")
    assert train("killed", 1000) == whole
    assert len({sha256_of(tmp_path / name / "adapter_model.safetensors") for name in ("whole", "killed")}) == 1


def test_an_epoch_has_everything_once_and_like_lengths_together():
    lengths = [10 + k % 7 for k in range(103)]
    order = LikeLengths(lengths, 5, seed=0)
    first = list(order)
    order.set_epoch(1)
    assert sorted(first) == sorted(order) == list(range(103)) and first != list(order)
    spreads = [len({lengths[k] for k in first[start : start + 5]}) for start in range(0, 100, 5)]
    assert max(spreads) <= 2 and lengths[first[0]] == 16
    assert len({lengths[first[start]] for start in range(0, 40, 5)}) > 2  # batches are in no order of length
