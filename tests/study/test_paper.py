"""The paper's config as it is merged: every value that the paper fixes, and every difference that is ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from spacenum.asking.modes import PAPER, Mode
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.study.checks import check_remote_code
from spacenum.study.config import Layers, load_model
from spacenum.study.deviations import choices, differences, paper_settings, published_name, values
from spacenum.study.loading import load_study, make_study, merged
from spacenum.study.study import Study
from spacenum.tuning.settings import SftSettings

PAPER_CONFIG = PROJECT / "config/paper.yaml"
MODELS = PROJECT / "config/models"
ACTIONS = ("move_forward_backward", "move_left_right", "rotate_up_down", "rotate_left_right")
DIMENSIONS = ("1d", "2d", "3d")
SMALL_TRAIN = {
    "transition": dict.fromkeys(ACTIONS, 4),
    **{f"layout_{dimension}": {"desk": 4, "room": 0} for dimension in DIMENSIONS},
}
NOTHING_TUNED = {
    "experiments": {name: {"bases": [], "recipes": [], "methods": ["sft"]} for name in ("transfer", "mixture", "grpo")}
}

# What the paper says (arXiv 2605.23898): section 3.3, Table 1, Figure 2, Table 4, appendix.
FIXED: dict[str, Any] = {
    "simulators": {"transition": "ai2thor", "layout": "isaacsim"},
    "controls.min_anchors": 3,
    "items.benchmark.transition": dict.fromkeys(ACTIONS, 100),
    **{f"items.benchmark.layout_{dimension}": {"desk": 100, "room": 400} for dimension in DIMENSIONS},
    "items.train.transition": dict.fromkeys(ACTIONS, 2300) | {"move_forward_backward": 1920},
    **{f"items.train.layout_{dimension}": {"desk": 1962, "room": 8000} for dimension in DIMENSIONS},
    "tuning.grpo.rank": 64,
    "tuning.grpo.alpha": 64,
    "tuning.grpo.learning_rate": 1e-5,
    "tuning.grpo.rollout_batch_size": 128,
    "tuning.grpo.actor_batch_size": 64,
    "tuning.grpo.rollouts": 5,
    "external": ["omnispatial_motion", "sat_action_consequence", "sat_object_movement"],
}
SFT = {
    "reply": "letter",
    "rank": 8,
    "alpha": 16,
    "learning_rate": 1e-4,
    "warmup_ratio": 0.1,
    "epochs": 3,
    "batch_size": 128,
    "max_length": 2048,
}
MIXTURES = {(17640, 0), (17640, 25), (17640, 50), (17640, 75), (17640, 100), (32000, 25), (32000, 50)}
CHECKPOINTS = {
    **{f"Qwen2.5-VL-{size}B": f"Qwen/Qwen2.5-VL-{size}B-Instruct" for size in (3, 7, 32, 72)},
    **{f"Qwen3-VL-{size}B": f"Qwen/Qwen3-VL-{size}B-Instruct" for size in (4, 8, 32)},
    **{f"InternVL3.5-{size}B": f"OpenGVLab/InternVL3_5-{size}B-HF" for size in (4, 8, 14, 38)},
    **{f"Ovis2.5-{size}B": f"AIDC-AI/Ovis2.5-{size}B" for size in (2, 9)},
    **{f"Cosmos-Reason2-{size}B": f"nvidia/Cosmos-Reason2-{size}B" for size in (2, 8)},
    **{f"Gemma-3-{size}B": f"google/gemma-3-{size}b-it" for size in (4, 12, 27)},
}
REASONING = {f"InternVL3.5-{size}B" for size in (4, 8, 14)} | {f"Qwen3-VL-{size}B" for size in (4, 8, 32)}
PARAMETERS_B = {"Qwen2.5-VL-72B": 73.4, "InternVL3.5-38B": 38.4, "Qwen2.5-VL-32B": 33.5, "Qwen3-VL-32B": 33.4}
"""Where they are more than the name says (the checkpoints' own counts)."""


@pytest.fixture(scope="module")
def paper() -> Study:
    return load_study([PAPER_CONFIG])


def study_of(**over: Any) -> Study:
    """The default study with an overlay."""
    default = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    layers = Layers([("config/config.yaml", default), ("mine.yaml", over)])
    return make_study(merged(layers.data), layers)


def transfer_of(*bases: str, **sft: Any) -> Study:
    """A study that tunes some bases on one dimension each."""
    return study_of(tuning={"sft": sft, "experiments": {"transfer": {"bases": [*bases]}}})


@pytest.mark.parametrize(("key", "value"), FIXED.items())
def test_the_merged_config_has_what_the_paper_fixes(paper, key, value):
    assert values(paper.plan)[key] == value


def test_every_base_is_tuned_as_the_paper_says(paper):
    trained = {name: tuned for name, tuned in paper.plan.tuned.items() if tuned.method == "sft"}
    assert {tuned.base for tuned in trained.values()} == {"qwen3_vl_4b", "qwen3_vl_8b"}
    for name in trained:
        assert SFT.items() <= paper.tuning.sft(name).params.settings.model_dump().items(), name
    assert all(config.max_new_tokens.letter == 32 for config in paper.plan.tuned_models.values())


def test_what_is_tuned_is_the_papers(paper):
    experiments, recipes = paper.plan.config.tuning.experiments, paper.plan.config.tuning.recipes
    assert [recipes[name].dimensions for name in experiments.transfer.recipes] == [["1d"], ["2d"], ["3d"]]
    assert {(recipes[n].size, recipes[n].transition_percent) for n in experiments.mixture.recipes} == MIXTURES
    assert (experiments.grpo.bases, experiments.grpo.methods) == (["qwen3_vl_4b"], ["grpo_strict", "grpo_graded"])


def test_the_main_table_is_drawn_as_the_paper_draws_and_no_table_mixes_two_modes(paper):
    assert paper.plan.mode == "letter-paper"
    assert (PAPER.temperature, PAPER.top_p, PAPER.top_k) == (0.7, 0.9, 50)
    tables = {mode for mode, name in paper.tables.of_modes() if name == "main_table"}
    assert tables == {*paper.plan.modes[1:]} >= {"letter-greedy", "letter-logprobs"}
    for mode in paper.plan.modes:
        assert all(f"/{mode}/" in path for _, path in paper.tables.scores(mode))


def test_the_18_checkpoints_are_the_papers_and_pinned(paper):
    vlms = {name: config for name, config in paper.plan.models.items() if config.kind == "vlm"}
    letters = {published_name(c): c.checkpoint for c in vlms.values() if c.reasoning != "checkpoint"}
    assert letters == CHECKPOINTS
    for name, config in vlms.items():
        assert re.fullmatch("[0-9a-f]{40}", config.revision or "") and config.licence, name
        assert config.dtype == "bfloat16", name
        assert config.gated == (config.family in ("Gemma-3", "Cosmos-Reason2")), name


def test_reasoning_is_drawn_once_as_authors_recommend_and_compared_with_the_main_table(paper):
    assert "reasoning-recommended" in paper.plan.modes
    repeats = {
        mode: paper.answering.answers("internvl3_5_8b", mode).params.repeats
        for mode in ("letter-paper", "letter-greedy", "reasoning-recommended")
    }
    assert repeats == {"letter-paper": 3, "letter-greedy": 1, "reasoning-recommended": 1}
    letters, reasoning = paper.tables.pair("reasoning")
    names = {name for name, _ in reasoning}
    assert {name for name, _ in letters} == names >= {"internvl3_5_8b", "qwen3_vl_4b_thinking"}
    assert all("/letter-paper/" in path for _, path in letters)
    assert all("/reasoning-recommended/" in path for _, path in reasoning)
    assert ("qwen3_vl_4b_thinking", "results/scores/qwen3_vl_4b/letter-paper/base/layout.csv") in letters


def test_a_reasoning_model_has_room_for_its_thoughts(paper):
    for name in paper.plan.models_for("layout", "reasoning-recommended"):
        config = paper.plan.models[name]
        if config.is_vlm:
            asked = paper.answering.answers(name, "reasoning-recommended").params.config
            budget = asked.options.get("thinking_budget")
            assert budget < asked.max_new_tokens.reasoning if budget else asked.max_new_tokens.reasoning >= 4096, name
            assert asked.backend == "vllm", name


def test_the_papers_six_models_reason(paper):
    modes = [Mode.of(mode) for mode in paper.plan.modes if mode.startswith("reasoning-")]
    able = {published_name(c) for c in paper.plan.models.values() if c.is_vlm and any(map(c.answers_in, modes))}
    assert able >= REASONING


@pytest.mark.parametrize("gpu_gb", [40, 80, 141])
def test_weights_fit_the_gpus_that_a_job_asks_for(paper, gpu_gb):
    for name, config in paper.plan.models.items():
        if config.kind == "vlm":
            parameters_b = PARAMETERS_B.get(published_name(config), config.parameters_b)
            needs = config.needs(gpu_gb)
            assert needs.gpus in (1, 2, 4, 8), name  # tensor parallelism divides attention heads
            assert 2 * 1.1 * parameters_b < 0.9 * gpu_gb * needs.gpus, name
            assert needs.memory_mb > 2000 * parameters_b, name


def test_a_smaller_gpu_than_any_that_the_file_names_takes_more_of_them():
    config = load_model("qwen2_5_vl_72b", MODELS)
    assert [config.gpu_count(gb) for gb in (20, 24, 40, 79, 80, 141, 180)] == [16, 16, 8, 8, 4, 2, 2]


@pytest.mark.parametrize("gpus", [{}, {80: "two"}, {0: 1}, {80: 65}, 65, -1, "many", None, True])
def test_a_count_of_gpus_that_is_none_is_one_sentence(tmp_path, gpus):
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"kind": "vlm", "backend": "transformers", "gpus": gpus}))
    with pytest.raises(SpaceNumError, match=r"mine.yaml: key 'gpus': should be a number of GPUs from 0 to 64, or such"):
        load_model("mine", tmp_path)


def test_every_difference_has_a_reason_and_is_printed_and_stands_in_the_docs(paper):
    found = differences(paper.plan)
    assert {one.key for one in found} == set(paper_settings().reasons)
    lines = [f"differs from the paper: {one}" for one in found]
    asked, untrusted = paper.notes[2:], paper.notes[:2]
    assert all("'options.trust_remote_code: true'" in note and "ovis2_5_" in note for note in untrusted)
    assert asked == [*lines, *(f"the paper leaves open: {line}" for line in choices(paper.plan))]
    page = " ".join((PROJECT / "docs/paper.md").read_text(encoding="utf-8").split())
    settings = paper_settings()
    reasons = settings.reasons | settings.choices | settings.model_choices
    for key in (*settings.fixed, *reasons):
        assert f"`{key}`" in page, key
    for why in reasons.values():
        assert why in page


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"tuning": {"sft": {"learning_rate": 1e-3}}},
            "'tuning.sft.learning_rate of qwen3_vl_4b' is 0.001; the paper: 0.0001.",
        ),
        ({"modes": ["letter-greedy"]}, "'modes (first)' is letter-greedy; the paper: letter-paper."),
        ({"variants": ["blind"]}, "'variants' lacks symmetry, anchor_overlay"),
        (
            {"items": {"benchmark": {"layout_1d": {"desk": 8}}}},
            "'items.benchmark.layout_1d.desk' is 8; the paper: 100.",
        ),
        ({"models": ["qwen3_vl_4b"]}, "'models' lacks Qwen2.5-VL-72B, InternVL3.5-38B"),
        ({"external": [], "external_recipes": []}, "'external' lacks omnispatial_motion"),
    ],
)
def test_a_difference_is_found(tmp_path, change, line):
    over = tmp_path / "over.yaml"
    over.write_text(yaml.safe_dump(change))
    assert [note for note in load_study([PAPER_CONFIG, over]).notes if line in note]


def test_tuned_models_of_a_named_recipe_are_asked_other_benchmarks_beside_their_bases(paper):
    tuned = {f"{base}-transition_25_of_32000-sft": base for base in ("qwen3_vl_4b", "qwen3_vl_8b")}
    table = paper.external.table()
    assert tuned.items() <= table.params.compared_with.items()
    scores = [path for _, path in table.named["scores"]]
    for variant in paper.external.asked:
        assert {*tuned, *tuned.values()} <= set(paper.external.models(variant))
        assert all(any(f"/{name}/" in path and variant in path for path in scores) for name in tuned)


def test_a_recipe_on_which_nothing_is_tuned_is_refused():
    with pytest.raises(SpaceNumError, match=r"mine.yaml: config key 'external_recipes' names 'gone', on which nothing"):
        study_of(external_recipes=["gone"])


def test_tuned_models_are_asked_other_benchmarks_only_if_there_are_any():
    with pytest.raises(SpaceNumError, match=r"config key 'external_recipes' needs items to ask: name a benchmark"):
        study_of(external_recipes=["dimension_1d"])


def test_a_guided_reply_has_room_but_no_endless_one(paper):
    room = {
        name: paper.external.answers(name, "omnispatial_motion.guided").params.config.max_new_tokens.letter
        for name in ("gemma_3_4b", "internvl3_5_8b")
    }
    assert room == {"gemma_3_4b": 4096, "internvl3_5_8b": 4096}


def test_a_base_answers_in_the_mode_in_which_tuned_models_are_asked():
    with pytest.raises(SpaceNumError, match=r"names 'demonstration', which doesn't answer in reasoning-greedy, the f"):
        study_of(modes=["reasoning-greedy"])


def test_other_benchmarks_images_have_a_budget_of_their_own(paper):
    ours = paper.answering.answers("qwen3_vl_4b", "letter-greedy").params.config
    theirs = paper.external.answers("qwen3_vl_4b", "sat_object_movement.shuffled").params.config
    assert (ours.pixel_budget, theirs.pixel_budget) == (448 * 448, None)
    config = load_model("qwen3_vl_4b", MODELS)
    larger = config.model_copy(update={"external_pixel_budget": 10**6})
    assert larger.for_external().asked().pixel_budget == 10**6 and larger.asked() == config.asked()


def test_what_one_base_needs_stays_with_it():
    study = transfer_of("demonstration", "qwen3_vl_4b")
    own, other = (
        study.tuning.sft(f"{base}-dimension_1d-sft").params.settings for base in ("demonstration", "qwen3_vl_4b")
    )
    assert (own.learning_rate, own.reply, own.batch_size) == (1e-3, "worked", 16)
    assert SFT.items() <= other.model_dump().items()


def test_a_wrong_key_of_one_base_names_its_file():
    base = load_model("qwen3_vl_4b", MODELS).model_copy(update={"sft": {"learning_rat": 1}})
    with pytest.raises(SpaceNumError, match=r"config/models/mine.yaml, key 'sft': learning_rat: Extra inputs"):
        SftSettings().for_base("mine", base)


def test_a_tuned_models_limit_fits_the_replies_that_it_is_taught():
    study = transfer_of("qwen3_vl_4b", reply="worked")
    assert study.plan.bases["qwen3_vl_4b"].max_new_tokens.letter == 32
    assert study.plan.tuned_models["qwen3_vl_4b-dimension_1d-sft"].max_new_tokens.letter == 256


def test_a_small_study_is_not_refused_for_recipes_that_it_inherits():
    small = study_of(items={"train": SMALL_TRAIN})
    (note,) = small.notes
    assert note.startswith("'tuning.experiments.mixture' is the default study's, and is left out: config key 'tuning.")
    assert small.tuning.tables() == ["transfer"]


def test_a_small_study_is_refused_for_a_recipe_of_its_own():
    tuning = {
        "recipes": {"own": {"size": 128, "transition_percent": 50}},
        "experiments": {"mixture": {"recipes": ["own"]}},
    }
    with pytest.raises(SpaceNumError, match=r"mine.yaml: config key 'tuning.recipes.own' asks for 64 items"):
        study_of(items={"train": SMALL_TRAIN}, tuning=tuning)


def test_code_of_a_checkpoint_runs_only_if_its_file_agrees(paper):
    with pytest.raises(SpaceNumError, match=r"ovis2_5_2b\.yaml: .* then set 'options.trust_remote_code: true'"):
        check_remote_code(paper.plan, ["chance", "ovis2_5_2b"])
    check_remote_code(paper.plan, set(paper.plan.models) - {"ovis2_5_2b", "ovis2_5_9b"})


def test_models_without_a_commit_are_named_when_a_study_is_planned(tmp_path):
    (tmp_path / "loose.yaml").write_text("base: pinned\nrevision: main\n")
    (tmp_path / "pinned.yaml").write_text((MODELS / "qwen3_vl_4b.yaml").read_text())
    config = study_of(tuning=NOTHING_TUNED).plan.config.model_copy(update={"models": ["loose", "pinned"]})
    (note,) = Study(config, tmp_path).notes
    assert "config/models/loose.yaml, key 'revision'" in note and "pinned.yaml" not in note


def test_models_that_may_think_unseen_are_named_when_a_study_is_planned(tmp_path):
    """Their thoughts would take the 32 tokens of a letter."""
    endpoint = "kind: vlm\nbackend: openai\ncheckpoint: m\noptions: {base_url: 'http://h/v1'%s}\n%s"
    (tmp_path / "unseen.yaml").write_text(endpoint % ("", ""))
    (tmp_path / "switched.yaml").write_text(endpoint % (", direct_body: {think: false}", ""))
    (tmp_path / "roomy.yaml").write_text(endpoint % ("", "max_new_tokens: {letter: 4096}\n"))
    names = ["unseen", "switched", "roomy"]
    config = study_of(tuning=NOTHING_TUNED).plan.config.model_copy(update={"models": names})
    (note,) = Study(config, tmp_path).notes
    assert "config/models/unseen.yaml (32): " in note and "'options.direct_body'" in note
    assert "switched" not in note and "roomy" not in note
