"""Rewards, what they are worth unseen, and a policy that learns to earn them."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from spacenum.items.schema import LETTERS, LayoutItem, LayoutOption
from spacenum.tuning.rewards import catalogue
from spacenum.tuning.rewards.base import BlindRewards, reward_of
from spacenum.tuning.rewards.graded import graded
from spacenum.tuning.rewards.strict import strict
from spacenum.tuning.settings import Experiment, GrpoParams, GrpoSettings, Machine
from tests.models.tiny import build
from tests.tuning.shades import base, shades


def test_graded_rewards_of_transitions_and_layouts(tmp_path):
    near = shades(tmp_path, 2)[1]  # the second of 0, 10, 20, 30
    assert graded(near) == pytest.approx({"A": 0.55, "B": 1.0, "C": 0.55, "D": 0.0})
    assert strict(near) == {"A": 0, "B": 1, "C": 0, "D": 0}
    agreements = {"A": (True, False), "B": (False, False), "C": (True, True), "D": (False, True)}
    options = [
        LayoutOption(letter=letter, value=[[0.0, 0.0], [1.0, 1.0]], position_ok=position, size_ok=size)
        for letter, (position, size) in agreements.items()
    ]
    layout = LayoutItem.model_construct(options=options, answer="C")
    assert graded(layout) == {"A": 0.5, "B": 0.0, "C": 1.0, "D": 0.5}
    assert strict(layout) == {"A": 0, "B": 0, "C": 1, "D": 0}
    assert BlindRewards.of([layout], graded) == BlindRewards(0.5, 0.5)


@pytest.mark.parametrize(
    "reply",
    [
        *("A or B", "B or A.", "Either A or B.", "A. Or B.", "A, B, C, D", "The answer is A. The answer is B.", "B A"),
        *("The answer is between A and B.", "The wrong option is B.", "The answer is B, which is wrong.", "Not B."),
        *("The answer is B if it turned left and A if it turned right.", "\\boxed{A} but the final answer is B"),
    ],
)
def test_no_reward_is_paid_for_a_letter_that_is_not_stated(tmp_path, reply):
    item = next(item for item in shades(tmp_path, 8) if item.answer == "B")
    assert reward_of(reply, True, item, strict(item)) == 0
    assert reward_of("B", True, item, strict(item)) == 1


def test_every_reward_is_found_and_an_unknown_method_names_them():
    assert catalogue.names() == ["graded", "strict"]
    assert [catalogue.reward(name) for name in catalogue.names()] == [graded, strict]
    assert Experiment(methods=["sft", "grpo_graded"]).methods == ["sft", "grpo_graded"]
    with pytest.raises(ValidationError, match="no such method; there are sft, grpo_graded, grpo_strict"):
        Experiment(methods=["grpo_mild"])


def test_a_reply_that_says_no_letter_earns_nothing(tmp_path):
    item = shades(tmp_path, 1)[0]
    assert [reward_of(text, True, item, strict(item)) for text in ("A", "Option A.", "B", "A or B", "")] == [
        1,
        1,
        0,
        0,
        0,
    ]


def test_taking_the_middle_earns_more_than_guessing(tmp_path):
    bars = BlindRewards.of(shades(tmp_path, 8), graded)
    assert bars.chance == pytest.approx(0.525)
    assert bars.middle == pytest.approx((0.7 + 1 + 0.55 + 0.4) / 4)
    assert BlindRewards.of(shades(tmp_path, 8), strict) == BlindRewards(0.25, 0.25)


torch = pytest.importorskip("torch")
from spacenum.models.transformers.loading import load  # noqa: E402
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions  # noqa: E402
from spacenum.tuning import grpo  # noqa: E402
from spacenum.tuning.settings import SftParams, SftSettings  # noqa: E402
from spacenum.tuning.sft import tune  # noqa: E402


def test_same_replies_share_a_pass_with_the_gradient_of_each():
    settings = GrpoSettings(kl_coefficient=0.1)
    old, reference = torch.tensor([-1.0, -2.0]), torch.tensor([-1.5, -1.0])
    row = grpo.WeightedReply(None, 0.7, 3, old, reference)
    apart = torch.tensor([-0.9, -2.5], requires_grad=True)
    together = apart.detach().clone().requires_grad_()
    sum(grpo.reply_loss(apart, row, settings) for _ in range(3)).backward()
    (3 * grpo.reply_loss(together, row, settings)).backward()
    assert torch.allclose(apart.grad, together.grad) and together.grad.abs().sum() > 0
    group = grpo.ReplyGroup([None, None], [4, 1], [0.0, 1.0], [False, True])
    assert group.advantages == pytest.approx([-0.2 / 0.2**0.5, 0.8 / 0.2**0.5]), "the variance of n - 1 is a fifth"
    assert grpo.ReplyGroup([None, None], [4, 1], [0.0, 1.0], [False, True], ddof=0).advantages == pytest.approx(
        [-0.5, 2.0]
    )
    assert grpo.ReplyGroup([None], [5], [0.4], [False]).advantages == [0.0]


def test_a_reward_beyond_the_clip_teaches_nothing_more():
    row = grpo.WeightedReply(None, 1.0, 1, torch.tensor([-2.0]), torch.tensor([-2.0]))
    new = torch.tensor([-1.0], requires_grad=True)  # the ratio is e
    grpo.reply_loss(new, row, GrpoSettings(kl_coefficient=0.0)).backward()
    assert new.grad.item() == 0


@pytest.mark.parametrize(
    ("advantage", "ratio", "gain", "slope"),
    [
        (1.0, 1.25, 1.25, True),  # between the two limits
        (1.0, 1.5, 1.3, False),  # beyond the upper one
        (1.0, 0.5, 0.5, True),
        (-1.0, 0.5, -0.8, False),  # beyond the lower one
        (-1.0, 2.5, -2.5, True),
        (-1.0, 4.0, -3.0, False),  # beyond the dual one
    ],
)
def test_the_ratio_is_clipped_at_other_limits_below_above_and_where_the_advantage_is_negative(
    advantage, ratio, gain, slope
):
    """Closed forms: the surrogate's gain and whether it still has a slope."""
    settings = GrpoSettings(kl_coefficient=0.0)
    row = grpo.WeightedReply(None, advantage, 1, torch.tensor([-4.0]), torch.tensor([-4.0]))
    new = (torch.tensor([-4.0]) + np.log(ratio)).requires_grad_()
    loss = grpo.reply_loss(new, row, settings)
    loss.backward()
    assert loss.item() == pytest.approx(-gain, rel=1e-5) and (new.grad.item() != 0) == slope
    if ratio == 4.0:
        unlimited = GrpoSettings(kl_coefficient=0.0, clip_ratio_dual=None)
        assert grpo.reply_loss(new, row, unlimited).item() == pytest.approx(4.0, rel=1e-5)


def test_a_step_averages_over_tokens_or_over_replies():
    """Replies of one and of three tokens, with gains of 1 and of -1 a token: -0.5 over tokens, 0 over replies."""
    rows = [
        grpo.WeightedReply(None, advantage, 1, torch.zeros(length), torch.zeros(length))
        for advantage, length in ((1.0, 1), (-1.0, 3))
    ]
    for mean, expected in (("token", 0.5), ("reply", 0.0)):
        settings = GrpoSettings(kl_coefficient=0.0, loss_mean=mean)
        whole = sum(grpo.counted(row, settings) for row in rows)
        loss = sum(grpo.reply_loss(row.old, row, settings) for row in rows) / whole
        assert loss.item() == pytest.approx(expected)


def test_what_the_paper_leaves_open_is_as_in_the_example_that_its_settings_are_of():
    known = {"clip_ratio_low": 0.2, "clip_ratio_high": 0.3, "clip_ratio_dual": 3.0, "weight_decay": 0.01}
    known |= {"loss_mean": "token", "deviation": "sample", "kl_coefficient": 0.01, "temperature": 1.0}
    assert known.items() <= GrpoSettings().model_dump().items()


def test_every_round_once_through_all_items():
    settings = GrpoSettings(rollout_batch_size=4, actor_batch_size=2, epochs=2.5)
    rounds = list(grpo.order(6, settings, seed=0))
    assert [len(some) for some in rounds] == [4, 4, 4, 3]
    stream = [k for some in rounds for k in some]
    assert sorted(stream[:6]) == sorted(stream[6:12]) == list(range(6)) and stream[:6] != stream[6:12]


@pytest.fixture(scope="module")
def guessing(tmp_path_factory):
    """A checkpoint that replies with a letter, and knows nothing of which: trained on letters drawn by lot."""
    folder = tmp_path_factory.mktemp("guessing")
    config = base(build("qwen3_vl", folder / "base"))
    rng = np.random.default_rng(0)
    lots = [item.model_copy(update={"answer": LETTERS[rng.integers(4)]}) for item in shades(folder, 32)]
    settings = SftSettings(
        batch_size=16, micro_batch_size=16, epochs=6, learning_rate=1e-2, gradient_checkpointing=False
    )
    tune(
        SftParams(tuned="g", base=config, settings=settings, seed=0),
        lots,
        folder,
        folder / "lora",
        folder / "c",
        RARELY,
    )
    merged = load(config.model_copy(update={"adapter": str(folder / "lora")}), TransformersOptions(), LocalMachine())
    build("qwen3_vl", folder / "merged")
    merged.model.save_pretrained(folder / "merged")
    return folder / "merged"


RARELY = Machine(every=1000)


def test_a_policy_learns_to_earn_and_goes_on_after_a_stop(guessing, tmp_path, monkeypatch):
    """What is to be learnt is which letter earns, for all items the same; five hundred
    times the paper's learning rate."""
    items = [item for item in shades(tmp_path, 32) if item.answer == "C"]
    settings = GrpoSettings(
        learning_rate=5e-3,
        rollout_batch_size=8,
        actor_batch_size=4,
        micro_batch_size=8,
        epochs=6,
        gradient_checkpointing=False,
    )
    config = base(guessing, max_new_tokens={"letter": 3})
    job = GrpoParams(tuned="g", base=config, settings=settings, reward="strict", seed=0)
    rounds = grpo.tune(job, items, tmp_path, tmp_path / "whole", tmp_path / "none", RARELY)
    assert rounds[0].reward < 0.5 and rounds[0].kl == 0
    assert rounds[0].chance == 0.25 and rounds[0].reward == rounds[0].right
    assert np.mean([line.reward for line in rounds[-2:]]) > 0.8 and rounds[-1].kl > 0

    real = grpo._GrpoLoop.round

    def stops(self, number, batch):
        if number == 2:
            raise KeyboardInterrupt
        real(self, number, batch)

    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setattr(grpo._GrpoLoop, "round", stops)
    with pytest.raises(KeyboardInterrupt):
        grpo.tune(job, items, tmp_path, tmp_path / "stopped", folder, Machine(every=1))
    monkeypatch.setattr(grpo._GrpoLoop, "round", real)
    assert grpo.tune(job, items, tmp_path, tmp_path / "stopped", folder, RARELY) == rounds
    weights = [(tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("whole", "stopped")]
    assert weights[0] == weights[1]
