"""The configuration: what it refuses and what it says then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from spacenum.asking.base import Context
from spacenum.asking.modes import MODES, Mode
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.models.loading import backend_of
from spacenum.study.checks import check
from spacenum.study.config import Layers, load_model, parse_study
from spacenum.study.loading import load_study, merged
from spacenum.study.plan import Plan
from spacenum.study.study import Study
from spacenum.study.tuned import all_tuned

CONFIG = PROJECT / "config"
MODELS = CONFIG / "models"


def default(*over: str) -> dict[str, Any]:
    return merged([yaml.safe_load((CONFIG / name).read_text()) for name in ("config.yaml", *over)])


def changed(key: str, value: Any) -> dict[str, Any]:
    """The default study with ``key`` (dots for blocks) set to ``value``; None removes it."""
    data = default()
    *blocks, last = key.split(".")
    here = data
    for block in blocks:
        here = here.setdefault(block, {})
    if value is None:
        del here[last]
    else:
        here[last] = value
    return data


def refusal(data: dict[str, Any]) -> str:
    with pytest.raises(SpaceNumError) as raised:
        parse_study(data, "study.yaml")
    assert str(raised.value).startswith("study.yaml: ")
    return str(raised.value)


@pytest.mark.parametrize(
    "over", [[], ["test.yaml"], ["paper.yaml"], ["demonstration.yaml"], ["demonstration_check.yaml"]]
)
def test_every_shipped_study_is_valid_and_names_models_that_exist(over):
    study = parse_study(default(*over), "config")
    for name in study.models:
        load_model(name, MODELS)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_model_is_valid(path):
    model = load_model(path.stem, MODELS)
    assert (model.checkpoint is not None) == model.is_vlm
    assert model.info(path.stem).name == path.stem


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_options_of_every_shipped_model_are_those_of_its_backend(path, monkeypatch, tmp_path):
    """Nothing is read or asked when a model is loaded, so that this takes neither weights nor keys."""
    model = load_model(path.stem, MODELS)
    if model.backend == "smollm2_text":
        pytest.skip("its weights are a package of their own")
    pytest.importorskip("torch")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    if key := model.options.get("key_env"):
        monkeypatch.setenv(key, "a key")
    pinned = model.model_copy(update={"revision": "a" * 40}) if model.backend in ("transformers", "vllm") else model
    backend_of(path.stem, model).load(pinned, Context(frames={}, root=tmp_path, seed=0))


def test_a_model_has_what_its_file_lacks_from_its_base(tmp_path):
    (tmp_path / "one.yaml").write_text("kind: vlm\nbackend: transformers\ncheckpoint: a/b\nparameters_b: 4\n")
    (tmp_path / "two.yaml").write_text("base: one\nadapter: lora\n")
    (tmp_path / "three.yaml").write_text("base: two\nbackend: vllm\n")
    three = load_model("three", tmp_path)
    assert (three.base, three.backend, three.adapter, three.checkpoint) == ("two", "vllm", "lora", "a/b")
    assert three.asked() == three.model_copy(update={"base": None, "parameters_b": None})
    (tmp_path / "one.yaml").write_text("base: three\n")
    with pytest.raises(SpaceNumError, match=r"key 'base': 'three' is its own base, by way of three, two, one"):
        load_model("three", tmp_path)
    (tmp_path / "one.yaml").write_text("base: four\n")
    with pytest.raises(SpaceNumError, match=r"one\.yaml, key 'base', names 'four', but there is no"):
        load_model("three", tmp_path)


def test_the_paper_study_has_the_papers_counts():
    items = parse_study(default("paper.yaml"), "config").items.benchmark.model_dump()
    per_task = sum(count for block in items.values() for count in block.values())
    assert per_task == 400 + 3 * (100 + 400)  # 3,800 over both tasks


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("controls.min_overlpa", 0.2, "did you mean 'min_overlap'?"),
        ("camera.layout.widht", 320, "did you mean 'width'?"),
        ("scenes.transition.benchmark.kichen", 2, "did you mean 'kitchen'?"),
        ("items.train.layout_1d.dsk", 2, "did you mean 'desk'?"),
        ("sead", 1, "did you mean 'seed'?"),
        ("blender.zzz", 1, "known keys here: samples, bounces, lighting, device"),
    ],
)
def test_a_misspelt_key_is_named_with_the_nearest(key, value, told):
    message = refusal(changed(key, value))
    assert f"unknown key '{key}'" in message and told in message


def test_a_misspelt_key_that_must_be_there_is_named_too():
    data = changed("scenes", None)
    data["scenses"] = {}
    message = refusal(data)
    assert "unknown key 'scenses'; did you mean 'scenes'?" in message


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("camera.transition.width", 8, "32"),
        ("camera.layout.vertical_fov", 180, "150"),
        ("blender.samples", 0, "1"),
        ("blender.device", "tpu", "'cpu', 'cuda' or 'optix'"),
        ("simulators.layout", "unity", "'blender', 'ai2thor' or 'isaacsim'"),
        ("controls.min_overlap", 1.5, "1"),
        ("scenes.layout.shards", 0, "1"),
        ("items.benchmark.layout_3d.desk", -4, "0"),
        ("seed", "many", "integer"),
        ("models", [], "at least 1"),
    ],
)
def test_a_value_out_of_range_is_named_with_the_range(key, value, told):
    message = refusal(changed(key, value))
    assert message.startswith(f"study.yaml: key '{key}': ")
    assert told in message and str(value) in message.split("(got ")[1]


def test_twins_and_missing_settings_are_named():
    assert "named twice: chance" in refusal(changed("models", ["chance", "ideal_observer", "chance"]))
    assert "key 'camera' lacks layout" in refusal(changed("camera.layout", None))
    assert "key 'study' is missing" in refusal(changed("study", None))


def test_an_unknown_model_names_those_that_there_are():
    with pytest.raises(SpaceNumError, match=r"'chanse'.*there are: chance, classical_geometry"):
        load_model("chanse", MODELS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: baseline\nbackend: x\ngpu: 1", "unknown key 'gpu'; did you mean 'gpus'?"),
        ("kind: baseline", "key 'backend' is missing"),
        ("kind: [", "not valid YAML"),
        ("- kind", "dictionary"),
    ],
)
def test_a_bad_model_file_is_named(tmp_path: Path, text, told):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(SpaceNumError) as raised:
        load_model("mine", tmp_path)
    assert "mine.yaml" in str(raised.value) and told in str(raised.value)


def vlm(**values: Any) -> ModelConfig:
    return ModelConfig(kind="vlm", backend="x", **values)


@pytest.mark.parametrize(
    ("config", "formats"),
    [
        (vlm(), {"letter", "open"}),
        (vlm(reasoning="prompt"), {"letter", "reasoning", "open"}),
        (vlm(reasoning="template"), {"letter", "reasoning", "open"}),
        (vlm(reasoning="checkpoint"), {"reasoning"}),
        (ModelConfig(kind="baseline", backend="x"), {"letter", "reasoning"}),
    ],
)
def test_a_model_answers_in_the_modes_that_it_has_a_way_for(config, formats):
    modes = [mode for mode in map(Mode.of, MODES) if config.answers_in(mode)]
    assert {mode.format for mode in modes} == formats
    assert any(mode.rotations for mode in modes) == (config.kind == "vlm")


def test_what_does_not_change_answers_is_no_part_of_their_job():
    assert vlm(gpus=4, memory_gb=9, hours=3, parameters_b=7, settings=["layout"]).asked() == vlm().asked()
    assert vlm(revision="abc").asked() != vlm().asked()
    assert vlm(adapter="a").asked() != vlm().asked()


def test_a_mode_that_draws_as_authors_advise_needs_models_that_say_how(tmp_path):
    shutil.copytree(MODELS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "silent.yaml").write_text("kind: vlm\nbackend: transformers\ncheckpoint: a/b\n")
    advice = "sampling: {letter: {temperature: 0.7, top_p: 0.8, top_k: 20}}\n"
    (tmp_path / "telling.yaml").write_text(f"base: silent\n{advice}")

    def checked(model: str, mode: str) -> None:
        data = changed("models", [model, "chance"]) | {"modes": ["letter-greedy", mode]}
        check(Plan(parse_study(data, "study.yaml"), tmp_path))

    checked("telling", "letter-recommended")
    checked("silent", "reasoning-recommended")  # it has no way to reason, so it isn't asked
    with pytest.raises(ConfigError) as refused:
        checked("silent", "letter-recommended")
    assert str(refused.value) == (
        "config key 'modes' names 'letter-recommended': config/models/silent.yaml: key 'sampling.letter' is missing; "
        "give temperature, top_p, top_k and repetition_penalty as the checkpoint's authors do, or take the mode out of "
        "'modes'"
    )


REASONING = (
    "kind: vlm\nbackend: transformers\ncheckpoint: a/b\nreasoning: prompt\nreasoning_backend: {backend}\n"
    "reasoning_options: {{{options}}}\noptions: {{batch_size: 8}}\ngpus: 2\n"
)


BASE = (
    "kind: vlm\nbackend: transformers\ncheckpoint: a/b\nrevision: abc\nlicence: L\ngated: true\n"
    "max_new_tokens: {letter: 64, reasoning: 9000}\noptions: {batch_size: 8, attention: eager}\n"
)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("max_new_tokens: {letter: 256}", {"limits": (256, 9000)}),
        ("options: {batch_size: 2}", {"options": {"batch_size": 2, "attention": "eager"}}),
        ("backend: vllm", {"options": {}}),
        ("checkpoint: c/d", {"revision": None, "licence": None, "gated": False}),
        ("checkpoint: a/b", {"revision": "abc", "licence": "L", "gated": True}),
    ],
)
def test_a_file_lies_over_its_base_block_by_block(tmp_path, own, expected):
    (tmp_path / "below.yaml").write_text(BASE)
    (tmp_path / "m.yaml").write_text(f"base: below\n{own}\n")
    config = load_model("m", tmp_path)
    limits = {"limits": (config.max_new_tokens.letter, config.max_new_tokens.reasoning)}
    assert ({**config.model_dump(), **limits}).items() >= expected.items()


def planned(folder: Path, name: str, text: str) -> Study:
    shutil.copytree(MODELS, folder, dirs_exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    data = changed("models", [name, "chance"]) | {"modes": ["letter-greedy", "reasoning-greedy"]}
    return Study(parse_study(data, "study.yaml"), folder)


def test_reasoning_modes_go_through_the_backend_of_reasoning(tmp_path):
    answering = planned(tmp_path, "m", REASONING.format(backend="vllm", options="max_model_len: 9000")).answering
    letter, reasoning = (answering.answers("m", mode) for mode in ("letter-greedy", "reasoning-greedy"))
    for job, backend, options in (
        (letter, "transformers", {"batch_size": 8}),
        (reasoning, "vllm", {"max_model_len": 9000}),
    ):
        config = job.params.config
        assert (config.backend, config.options, config.reasoning_backend) == (backend, options, None)
        assert any(f"spacenum/models/{backend}" in name for name in job.code.sources)
    assert (answering.environment("m", "letter-greedy"), answering.environment("m", "reasoning-greedy")) == (
        "transformers", "vllm",
    )  # fmt: skip
    assert answering.resources("m").gpus == 2


def test_what_letters_are_asked_by_does_not_change_with_what_reasoning_is(tmp_path):
    text = REASONING.format(backend="vllm", options="max_model_len: 9000")
    advice = "sampling: {reasoning: {temperature: 1, top_p: 1, top_k: 0}}\n"
    fingerprints = [
        [
            planned(tmp_path, "m", each).answering.answers("m", mode).fingerprint
            for mode in ("letter-greedy", "reasoning-greedy")
        ]
        for each in (text, text.replace("9000", "9999"), text + advice)
    ]
    letters, thoughts = zip(*fingerprints, strict=True)
    assert len(set(letters)) == 1 and thoughts[0] != thoughts[1] and thoughts[0] == thoughts[2]


@pytest.mark.parametrize(
    ("backend", "options", "told"),
    [
        ("person", "", r"config/models/m\.yaml, key 'reasoning_backend': 'person' runs no checkpoint"),
        ("vlm", "", r"config/models/m\.yaml, key 'reasoning_backend': there is no 'vlm'; there are .*vllm"),
        (
            "vllm",
            "max_len: 3",
            r"config/models/m\.yaml, key 'reasoning_options': .*no such key: 'max_len'.*max_model_len",
        ),
        (
            "vllm",
            "max_model_len: 4096",
            r"'reasoning_options': max_model_len is 4096 .* replies have 4096; raise the one",
        ),
        ("vllm", "thinking_budget: 4096", r"'reasoning_options': thinking_budget 4096 leaves no room"),
        ("ovis", "budget: 3", r"'reasoning_options': .*budget"),
        ("openai", "base: 3", r"'reasoning_options': .*no such key: 'base'"),
    ],
)
def test_a_backend_of_reasoning_that_cannot_be_is_told_before_anything_is_made(tmp_path, backend, options, told):
    with pytest.raises(SpaceNumError, match=told):
        planned(tmp_path, "m", REASONING.format(backend=backend, options=options))


def test_options_of_every_backend_are_read_before_anything_is_made(tmp_path):
    with pytest.raises(SpaceNumError, match=r"config/models/m\.yaml, key 'options': .*batch"):
        planned(tmp_path, "m", "kind: vlm\nbackend: transformers\ncheckpoint: a/b\noptions: {batch: 8}\n")


def test_a_key_that_is_gone_is_told_with_what_holds_in_its_place(tmp_path):
    with pytest.raises(SpaceNumError, match=r"m\.yaml: key 'opens_think' is gone: .* say options\.opens_think"):
        planned(tmp_path, "m", "kind: vlm\nbackend: transformers\ncheckpoint: a/b\nopens_think: true\n")


def test_modes_that_there_are_not_are_refused():
    assert "key 'modes.0'" in refusal(changed("modes", ["letter-beam"]))
    assert "has no letters for the main table" in refusal(changed("modes", ["open-greedy", "letter-greedy"]))


def test_what_is_a_module_is_refused_by_naming_those_that_there_are():
    tables = (
        "agreement, averages, cells, comparisons, coupling, number_line, open, positions, proximity, psychometric, "
        "resolution, shortcuts, told"
    )
    told = f"there is no such table of scores; there are {tables} (got 'cellls')"
    assert refusal(changed("tables", ["cells", "cellls"])) == f"study.yaml: key 'tables.1': {told}"
    told = "there is no such asset pack; there are procedural, blenderkit, sweethome3d (got 'ikea')"
    assert refusal(changed("pack", "ikea")) == f"study.yaml: key 'pack': {told}"
    told = "there is no such method; there are sft, grpo_graded, grpo_strict (got 'grpo_mild')"
    methods = {"experiments": {"grpo": {"methods": ["grpo_mild"]}}}
    assert refusal(changed("tuning", methods)) == f"study.yaml: key 'tuning.experiments.grpo.methods.0': {told}"


def test_a_plan_needs_no_library_that_only_jobs_use():
    """Every run of snakemake, each job of a cluster too, starts with these imports."""
    code = (
        "import sys, paper_figures.catalogue, paper_figures.notes, spacenum.study.study, spacenum.tables.captions;"
        "assert not {'scipy', 'trimesh', 'pandas', 'matplotlib', 'cv2', 'torch', 'bpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["a b", "a&b", "-dash", "x$(touch y)", "über", "a/b", ""])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("study", lambda name: name),
        ("models.0", lambda name: [name]),
        ("imported.0", lambda name: [name]),
        ("traces.judge", lambda name: name),
        ("tuning.experiments.transfer.bases.0", lambda name: [name]),
        ("tuning.experiments.transfer.recipes.0", lambda name: [name]),
        ("tuning.recipes.{name}", lambda name: {name: {}}),
        ("pretraining.{name}", lambda name: {name: {}}),
    ],
)
def test_names_are_parts_of_paths_and_of_one_pattern(key, value, name):
    changed_key = re.sub(r"\.(0|\{name\})$", "", key)
    assert refusal(changed(changed_key, value(name))) == (
        f"study.yaml: key '{key.format(name=name)}': '{name}' is no name; "
        "a name has letters, digits, _ and -, starts with a letter or a digit, and is at most 100 long"
    )


ACROSS_KEYS = {
    "modes": (
        ["open-greedy"],
        "starts with 'open-greedy', which has no letters for the main table; put a letter mode first",
    ),
    "simulators.layout": ("ai2thor", "is 'ai2thor'; it can be blender or isaacsim"),
    "camera": ({"layout": {}}, "lacks transition"),
    "camera.layout": (
        {"width": 320, "height": 240},
        "is 320 x 240, but distances are fitted to its vertical field of view; make it square",
    ),
    "traces.mode": ("reasoning-greedy", "is 'reasoning-greedy', which is no reasoning mode of 'modes'; there: none"),
}


@pytest.mark.parametrize("key", ACROSS_KEYS)
def test_what_does_not_fit_another_key_is_one_sentence_too(key):
    value, told = ACROSS_KEYS[key]
    data = changed(key, value)
    layers = Layers([("config/config.yaml", default()), ("mine.yaml", {"seed": 1}), ("--config", nested(key, value))])
    with pytest.raises(SpaceNumError) as raised:
        parse_study(data, layers)
    assert str(raised.value) == f"--config: key '{key}' {told}"
    assert refusal(data) == f"study.yaml: key '{key}' {told}"


def nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def test_an_error_names_the_file_that_says_so(tmp_path):
    for name, text in (("a.yaml", "blender: {samples: 0}\n"), ("b.yaml", "blender: {bounces: 1}\n")):
        (tmp_path / name).write_text(text)
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    with pytest.raises(SpaceNumError) as raised:
        load_study(files)
    assert str(raised.value) == (
        f"{files[0]}: key 'blender.samples': Input should be greater than or equal to 1 (got '0')"
    )
    (tmp_path / "a.yaml").write_text("items: {benchmark: {layout_2d: {desk: 3}}}\n")
    with pytest.raises(SpaceNumError) as raised:
        load_study(files)
    assert str(raised.value) == (
        f"{files[0]}: config key 'items.benchmark.layout_2d.desk' is 3, no multiple of the 4 items of a family, which "
        "would unbalance the answer key; 0 or 4 would do"
    )


def test_two_tuned_models_of_one_name_are_refused():
    experiment = {"bases": ["a", "a-b"], "recipes": ["b-c", "c"]}
    recipes = {name: {"size": 4} for name in experiment["recipes"]}
    study = parse_study(changed("tuning", {"recipes": recipes, "experiments": {"transfer": experiment}}), "s")
    told = "on 'a-b' has the name of 'b-c' on 'a', a-b-c; rename a recipe or a base"
    with pytest.raises(ConfigError, match=told):
        all_tuned(study)
    apart = {"transfer": {"bases": ["a-b"], "recipes": ["c"]}, "mixture": {"bases": ["a"], "recipes": []}}
    told = "on 'a' has the name of 'c' on 'a-b', a-b-c; rename"  # a rule could read it either way
    with pytest.raises(ConfigError, match=told):
        all_tuned(parse_study(changed("tuning", {"recipes": recipes, "experiments": apart}), "s"))


def test_the_default_study_has_a_seed_that_steered_nothing():
    """The demonstration model's training was steered by the benchmark of its own study, and asked about one other."""
    studies = ("config", "paper", "demonstration", "demonstration_check")
    seeds = {name: load_study([CONFIG / f"{name}.yaml"]).plan.config.seed for name in studies}
    assert seeds["demonstration"] == 2 and seeds["demonstration_check"] == 1
    assert {seeds["config"], seeds["paper"]}.isdisjoint({0, 1, 2})
