"""Adapters that don't fit their checkpoint, and checkpoints that don't fit their class: refused, in every engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.adapter_files import AdapterFiles, check_adapter_for, check_base
from spacenum.models.checkpoints import check_files

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")
pytest.importorskip("spacenum.models.transformers")

from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import AutoModelForImageTextToText  # noqa: E402

from bench.tiny import TINY  # noqa: E402
from spacenum.tuning.lora import TARGETS  # noqa: E402
from tests.models.test_transformers import LOGPROBS, engine, logprobs, questions, root  # noqa: E402
from tests.models.tiny import build  # noqa: E402
from tests.models.tiny_more import build_more  # noqa: E402

__all__ = ["root"]
WEIGHTS, SETTINGS = "adapter_model.safetensors", "adapter_config.json"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fitting")
    return {family: build(family, folder / family) for family in TINY}


def adapter_of(checkpoint: Path, folder: Path, **more) -> Path:
    """An adapter with random weights, as peft writes it."""
    settings = {"r": 4, "target_modules": TARGETS, "init_lora_weights": False} | more
    with torch.random.fork_rng():
        torch.manual_seed(1)
        base = AutoModelForImageTextToText.from_pretrained(checkpoint)
        peft.get_peft_model(base, peft.LoraConfig(**settings)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sound(checkpoints, tmp_path_factory):
    return adapter_of(checkpoints["qwen3_vl"], tmp_path_factory.mktemp("sound") / "adapter")


def renamed(change):
    return lambda tensors: {change(name): tensor for name, tensor in tensors.items()}


def each(change, where=lambda name: True):
    return lambda tensors: {name: change(t.clone()) if where(name) else t for name, t in tensors.items()}


def spoilt(value):
    def put(tensor):
        tensor.view(-1)[0] = value
        return tensor

    return put


def without(part):
    return lambda tensors: {name: tensor for name, tensor in tensors.items() if part not in name}


B = lambda name: "lora_B" in name  # noqa: E731
NOTHING = "change weights by .* at most .*would score as its base"
KEYS = {
    "older names": (renamed(lambda n: n.replace("model.language_model.layers", "model.layers")), "no place|no modules"),
    "doubled prefix": (renamed(lambda n: f"base_model.model.{n}"), "no place|no modules"),
    "no prefix": (renamed(lambda n: n.removeprefix("base_model.model.")), "don't begin with base_model.model."),
    "another wrapper": (renamed(lambda n: n.replace("model.language", "module.language")), "no place|no modules"),
    "another stack": (renamed(lambda n: n.replace("language_model", "text_model")), "no place|no modules"),
    "no layer 1": (without("layers.1."), "lacks"),
    "no q_proj": (without("q_proj"), "lacks"),
    "no lora_B of one": (without("layers.0.self_attn.q_proj.lora_B"), "without the other"),
    "a layer too many": (
        lambda t: t | {n.replace("layers.1", "layers.7"): x.clone() for n, x in t.items() if "layers.1" in n},
        "no place|no modules",
    ),
    "one key too many": (
        lambda t: t | {f"base_model.model.model.visual.blocks.0.attn.qkv.lora_{s}.weight": x for s, x in
                       (("A", torch.ones(4, 64)), ("B", torch.ones(192, 4)))},
        "no place|hold|can't|adapters",
    ),
    "B all but zero": (each(lambda t: t * 1e-8, B), NOTHING),
    "A and B at right angles": (
        lambda t: {n: x * (torch.arange(4) < 2) if B(n) else x * (torch.arange(4) >= 2)[:, None] for n, x in t.items()},
        NOTHING,
    ),
    "whole numbers": (each(lambda t: t.to(torch.int8), B), "are of dtype I8, which no adapter's weights have"),
    "truths": (each(lambda t: t > 0, B), "are of dtype BOOL, which no adapter's weights have"),
    "zero B": (each(torch.zeros_like, B), NOTHING),
    "zero A": (each(torch.zeros_like, lambda n: not B(n)), NOTHING),
    "minus zero": (each(lambda t: torch.zeros_like(t) * -1.0, B), NOTHING),
    "NaN": (each(spoilt(float("nan")), lambda n: "layers.1.mlp.up_proj.lora_A" in n), "NaN or infinite"),
    "inf": (each(spoilt(float("inf")), lambda n: "layers.0.self_attn.v_proj.lora_B" in n), "NaN or infinite"),
    "-inf in bfloat16": (each(lambda t: spoilt(-float("inf"))(t.bfloat16())), "NaN or infinite"),
    "no LoRA": (lambda t: {"base_model.model.lm_head.weight": torch.ones(4, 4)}, "holds no LoRA weights"),
    "nothing": (lambda t: {}, "holds no LoRA weights"),
    "a base's weight": (
        lambda t: t | {next(iter(t)).replace("lora_A", "base_layer"): torch.zeros(4, 4)}, "are no LoRA weights, and"
    ),
}  # fmt: skip
"""What is done to a sound adapter's weights, and what is said of it."""
SAID = {
    "alpha 0": ({"lora_alpha": 0}, "'lora_alpha': 0 scales the adapter to nothing"),
    "alpha all but 0": ({"lora_alpha": 1e-7}, NOTHING),
    "alpha below 0": ({"lora_alpha": -8}, "'lora_alpha': -8 takes away what the adapter learned"),
    "no targets": ({"target_modules": []}, "'target_modules': names none"),
    "fewer targets": ({"target_modules": ["q_proj"]}, "'target_modules': with the other keys it lays no adapters over"),
    "a pattern of fewer": (
        {"target_modules": r".*layers\.\d+\.self_attn\.q_proj"},
        "'target_modules': with the other keys it lays no adapters over",
    ),
    "no pattern": ({"target_modules": "q_proj("}, "'target_modules': 'q_proj\\(' is no pattern"),
    "DoRA without its magnitudes": ({"use_dora": True}, "lacks lora_magnitude_vector of"),
    "another checkpoint": (
        {"base_model_name_or_path": "Qwen/Qwen3-VL-4B-Instruct"}, "'base_model_name_or_path': the adapter was"
    ),
    "alpha NaN": ({"lora_alpha": float("nan")}, "'lora_alpha': nan is no number"),
    "alpha in words": ({"lora_alpha": "16"}, "'lora_alpha': 16 is no number"),
    "another rank": ({"r": 2}, "says rank \\(r\\) 2; give the adapter with its own adapter_config.json"),
    "a list of alphas": ({"alpha_pattern": [1]}, "'alpha_pattern': should give a number by module"),
    "another kind": ({"peft_type": "IA3"}, "'IA3' is not LORA"),
}  # fmt: skip


def changed(sound: Path, folder: Path, weights=None, settings=None) -> Path:
    shutil.copytree(sound, folder)
    if weights:
        save_file(weights(load_file(sound / WEIGHTS)), folder / WEIGHTS)
    if settings:
        kept = json.loads((sound / SETTINGS).read_text())
        (folder / SETTINGS).write_text(json.dumps(kept | settings))
    return folder


def in_transformers(checkpoint: Path, adapter: Path, root: Path, **more) -> np.ndarray:
    return logprobs(engine(checkpoint, root, adapter=str(adapter), **more), questions()[:2])


def for_vllm(checkpoint: Path | str, adapter: Path) -> None:
    check_adapter_for(ModelConfig(kind="vlm", backend="vllm", checkpoint=str(checkpoint), adapter=str(adapter)))


@pytest.mark.parametrize("case", KEYS)
def test_weights_that_do_not_fit_are_refused_by_every_engine(case, checkpoints, sound, root, tmp_path):
    change, said = KEYS[case]
    adapter = changed(sound, tmp_path / "adapter", change)
    with pytest.raises(SpaceNumError, match=said) as refused:
        in_transformers(checkpoints["qwen3_vl"], adapter, root)
    assert str(adapter) in str(refused.value)
    if case != "one key too many":  # a module that the base has, and vLLM would take
        with pytest.raises(SpaceNumError, match=said) as refused:
            for_vllm(checkpoints["qwen3_vl"], adapter)
        assert str(adapter) in str(refused.value)


def test_an_adapter_in_the_checkpoints_folder_is_not_loaded_unseen(checkpoints, sound, root, tmp_path):
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints["qwen3_vl"], folder)
    shutil.copy(sound / SETTINGS, folder)
    with pytest.raises(SpaceNumError, match=r"holds adapter_config.json, an adapter that would be loaded unseen"):
        logprobs(engine(folder, root), questions()[:1])


@pytest.mark.parametrize("case", SAID)
def test_settings_that_make_nothing_of_an_adapter_are_refused_by_every_engine(case, checkpoints, sound, root, tmp_path):
    change, said = SAID[case]
    adapter = changed(sound, tmp_path / "adapter", settings=change)
    for ask in (lambda: in_transformers(checkpoints["qwen3_vl"], adapter, root),
                lambda: for_vllm(checkpoints["qwen3_vl"], adapter)):  # fmt: skip
        with pytest.raises(SpaceNumError, match=said):
            ask()


@pytest.mark.parametrize("start", ["pissa_niter_4", "olora"])
def test_an_adapter_to_other_weights_than_the_checkpoints_is_for_peft_alone(start, checkpoints, sound, root, tmp_path):
    adapter = changed(sound, tmp_path / "adapter", settings={"init_lora_weights": start})
    in_transformers(checkpoints["qwen3_vl"], adapter, root)
    with pytest.raises(SpaceNumError, match=rf"'init_lora_weights': '{start}' takes a part out of the checkpoint's"):
        for_vllm(checkpoints["qwen3_vl"], adapter)


@pytest.mark.parametrize("family", TINY)
def test_a_sound_adapter_of_every_family_is_taken_and_changes_letters(family, checkpoints, root, tmp_path):
    adapter = adapter_of(checkpoints[family], tmp_path / "adapter")
    for_vllm(checkpoints[family], adapter)
    base = logprobs(engine(checkpoints[family], root), questions()[:2])
    assert np.abs(in_transformers(checkpoints[family], adapter, root) - base).max() > 1e-4


@pytest.mark.parametrize(
    "more",
    [
        {"target_modules": ["q_proj", "v_proj"]},
        {"target_modules": "all-linear"},
        {"target_modules": r"^(?!.*visual).*\.(q_proj|gate_proj)$"},
        {"target_modules": r"model\.language_model\.layers\.\d+\.mlp\..*_proj"},
        {"use_dora": True, "target_modules": ["down_proj"]},
        {"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": "layers"},
        {"target_modules": ["o_proj"], "modules_to_save": ["lm_head"]},
        {"use_rslora": True},
    ],
)
def test_other_sound_adapters_are_taken(more, checkpoints, root, tmp_path):
    adapter = adapter_of(checkpoints["qwen3_vl"], tmp_path / "adapter", **more)
    in_transformers(checkpoints["qwen3_vl"], adapter, root)
    for_vllm(checkpoints["qwen3_vl"], adapter)


@pytest.mark.parametrize("targets", [["q_proj"], ["q_proj", "embed_tokens"]])
def test_embeddings_that_peft_saved_beside_an_adapter_are_taken(targets, checkpoints, root, tmp_path):
    adapter = tmp_path / "adapter"
    base = AutoModelForImageTextToText.from_pretrained(checkpoints["qwen3_vl"])
    tuned = peft.get_peft_model(base, peft.LoraConfig(r=4, target_modules=targets, init_lora_weights=False))
    tuned.save_pretrained(adapter, save_embedding_layers=True)
    assert any("embed_tokens" in name and "lora" not in name for name in AdapterFiles.read(adapter).tensors)
    in_transformers(checkpoints["qwen3_vl"], adapter, root)
    for_vllm(checkpoints["qwen3_vl"], adapter)


def test_two_adapters_in_one_folder_are_refused(checkpoints, sound, root, tmp_path):
    adapter = changed(sound, tmp_path / "adapter")
    (adapter / "adapter_model.bin").write_bytes(b"PK")
    for ask in (lambda: in_transformers(checkpoints["qwen3_vl"], adapter, root),
                lambda: for_vllm(checkpoints["qwen3_vl"], adapter)):  # fmt: skip
        with pytest.raises(SpaceNumError, match=r"holds two adapters, .*safetensors and adapter_model\.bin"):
            ask()


@pytest.mark.parametrize(
    ("trained_on", "checkpoint", "same"),
    [
        ("Qwen/Qwen3-VL-4B-Instruct", "qwen/qwen3-vl-4b-instruct", True),
        ("Qwen/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-8B-Instruct", False),
        ("Qwen/Qwen3-VL-4B-Instruct", "unsloth/Qwen3-VL-4B-Instruct", False),
        ("/disk/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-4B-Instruct", True),
        ("Qwen/Qwen3-VL-4B-Instruct", "./models/Qwen3-VL-4B-Instruct/", True),
        ("~/hub/models--Qwen--Qwen3-VL-4B-Instruct/snapshots/0a1b", "Qwen/Qwen3-VL-4B-Instruct", True),
        ("/disk/checkpoint-900", "Qwen/Qwen3-VL-4B-Instruct", False),
        (None, "Qwen/Qwen3-VL-4B-Instruct", True),
    ],
)
def test_the_checkpoint_that_an_adapter_says_it_was_trained_on(trained_on, checkpoint, same, sound, tmp_path):
    adapter = AdapterFiles.read(changed(sound, tmp_path / "a", settings={"base_model_name_or_path": trained_on}))
    config = ModelConfig(kind="vlm", backend="vllm", checkpoint=checkpoint, adapter=str(adapter.folder))
    if same:
        check_base(adapter, config)
        return
    with pytest.raises(SpaceNumError, match=rf"'{trained_on}', .* over '{checkpoint}'; give that checkpoint, or, if"):
        check_base(adapter, config)


def test_the_revision_that_an_adapter_was_trained_on(sound, tmp_path):
    settings = {"base_model_name_or_path": "Qwen/Q", "revision": "a" * 40}
    adapter = AdapterFiles.read(changed(sound, tmp_path / "a", settings=settings))
    config = ModelConfig(kind="vlm", backend="vllm", checkpoint="Qwen/Q", adapter="a", revision="a" * 40)
    check_base(adapter, config)
    check_base(adapter, config.model_copy(update={"revision": "main"}))
    with pytest.raises(SpaceNumError, match=r"key 'revision': the adapter was trained on revision 'aaa"):
        check_base(adapter, config.model_copy(update={"revision": "b" * 40}))


def test_modules_that_stay_as_they_are_are_told_of(checkpoints, sound, root, tmp_path, capsys):
    """Such as experts that training never reached."""
    adapter = changed(sound, tmp_path / "adapter", each(torch.zeros_like, lambda n: B(n) and "layers.1" in n))
    in_transformers(checkpoints["qwen3_vl"], adapter, root)
    for_vllm(checkpoints["qwen3_vl"], adapter)
    assert "changes nothing in 7 of 14 modules" in capsys.readouterr().err


def test_changes_that_a_dtype_can_not_hold_are_none(checkpoints, sound, root, tmp_path):
    adapter = changed(sound, tmp_path / "adapter", each(lambda t: t * 3e-6, B))
    with pytest.raises(SpaceNumError, match="all weights are those of the base"):
        in_transformers(checkpoints["qwen3_vl"], adapter, root, dtype="bfloat16")


def test_an_adapter_of_another_size_or_a_broken_one_is_one_sentence(checkpoints, sound, root, tmp_path):
    wide = build("qwen3_vl", tmp_path / "wide/qwen3_vl", hidden_size=128)
    for ask, said in ((lambda a: in_transformers(checkpoints["qwen3_vl"], a, root), "size mismatch"),
                      (lambda a: for_vllm(checkpoints["qwen3_vl"], a), "hidden size is 64")):  # fmt: skip
        with pytest.raises(SpaceNumError, match=said):
            ask(adapter_of(wide, tmp_path / f"of-wide-{said[:4]}"))
    deep = adapter_of(build("qwen3_vl", tmp_path / "deep/qwen3_vl", num_hidden_layers=3), tmp_path / "of-deep")
    for ask in (lambda: in_transformers(checkpoints["qwen3_vl"], deep, root),
                lambda: for_vllm(checkpoints["qwen3_vl"], deep)):  # fmt: skip
        with pytest.raises(SpaceNumError, match=r"no place|no modules"):
            ask()
    whole = (sound / WEIGHTS).read_bytes()
    for name, data in {"cut": whole[:-9], "empty": b"", "page": b"<!DOCTYPE html>" * 99}.items():
        broken = changed(sound, tmp_path / name)
        (broken / WEIGHTS).write_bytes(data)
        with pytest.raises(SpaceNumError, match="not a whole safetensors file"):
            AdapterFiles.read(broken)
    (broken / WEIGHTS).unlink()
    with pytest.raises(SpaceNumError, match=r"safetensors: no such file"):
        AdapterFiles.read(broken)
    (broken / SETTINGS).write_text("[]")
    with pytest.raises(SpaceNumError, match="not the description of a LoRA adapter"):
        AdapterFiles.read(broken)


def named(folder: Path, names: list[str], **settings) -> Path:
    """A checkpoint of which only its config and the names of its weights are there."""
    folder.mkdir(parents=True)
    text = {"num_hidden_layers": 2, "hidden_size": 64}
    (folder / "config.json").write_text(json.dumps({"vision_config": {}, "text_config": text} | settings))
    if names:
        index = {"weight_map": dict.fromkeys(names, "model-00001-of-00002.safetensors")}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


PROJECTIONS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
               "mlp.up_proj", "mlp.down_proj")  # fmt: skip
ENDS = [name.rpartition(".")[2] for name in PROJECTIONS]


@pytest.mark.parametrize("stack", ["model.layers", "language_model.model.layers", "model.language_model.layers"])
def test_names_of_an_older_checkpoint_are_those_of_transformers_too(stack, sound, tmp_path):
    """vLLM maps both to its own; but older names fit no checkpoint that never had them."""
    own = [f"{stack}.{k}.{name}.weight" for k in range(2) for name in PROJECTIONS]
    base = named(tmp_path / "qwen3_vl", [*own, "lm_head.weight", "visual.blocks.0.attn.qkv.weight"])
    for_vllm(base, sound)
    older = changed(sound, tmp_path / "older", renamed(lambda n: n.replace("model.language_model.layers", stack)))
    for_vllm(base, older)
    other = changed(sound, tmp_path / "other", renamed(lambda n: n.replace("model.language_model.layers", "layers")))
    with pytest.raises(SpaceNumError, match=r"has no modules layers\.0"):
        for_vllm(base, other)
    half = changed(sound, tmp_path / "half", without("layers.0."))
    with pytest.raises(SpaceNumError, match=r"lacks model\.language_model\.layers\.0\..* and 4 more"):
        for_vllm(base, half)


def test_without_a_list_of_weights_the_form_of_names_is_checked(sound, tmp_path):
    base = named(tmp_path / "qwen3_vl", [])
    for_vllm(base, sound)
    for place, change in enumerate((KEYS["older names"][0], KEYS["doubled prefix"][0])):
        with pytest.raises(SpaceNumError, match="no names of this checkpoint's modules"):
            for_vllm(base, changed(sound, tmp_path / str(place), change))
    half = changed(sound, tmp_path / "half", without("layers.0."), {"target_modules": ENDS})
    with pytest.raises(SpaceNumError, match="lacks layers 0 of"):
        for_vllm(base, half)


def with_weights(checkpoint: Path, folder: Path, change) -> Path:
    shutil.copytree(checkpoint, folder)
    save_file(change(load_file(folder / "model.safetensors")), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def with_config(checkpoint: Path, folder: Path, **text) -> Path:
    shutil.copytree(checkpoint, folder)
    settings = json.loads((folder / "config.json").read_text())
    settings["text_config"] |= text
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


CHECKPOINTS = {
    "a layer is missing": (without("language_model.layers.1."), "lack weights"),
    "one weight is missing": (without("layers.0.self_attn.q_proj"), "lack weights"),
    "no vision tower": (without("visual."), "lack weights"),
    "no embeddings": (without("embed_tokens"), "lack weights"),
    "other names": (renamed(lambda n: f"module.{n}"), "lack weights"),
    "one too many": (lambda t: t | {"model.language_model.layers.9.gate.weight": torch.ones(2, 2)}, "has no place for"),
    "an adapter's": (lambda t: t | {"model.language_model.layers.0.self_attn.q_proj.lora_A.weight": torch.ones(2, 2)},
                     "has no place for"),
    "NaN": (each(spoilt(float("nan")), lambda n: "layers.1.mlp.up_proj" in n), "NaN or infinite"),
    "inf": (each(spoilt(float("inf")), lambda n: "embed_tokens" in n), "NaN or infinite"),
    "too large": (each(lambda t: t * 1e30, lambda n: "layers.1.mlp.up_proj" in n), "as large as .* no training gives"),
    "a layer of zeros": (each(torch.zeros_like, lambda n: "layers.1.self_attn.q_proj" in n), "is zero throughout"),
    "whole numbers": (
        each(lambda t: (t * 99).to(torch.int8), lambda n: "layers.1.mlp.up_proj" in n), "is of whole numbers, and"
    ),
    "another shape": (each(lambda t: t[:, :-1].contiguous(), lambda n: "layers.1.mlp.up_proj" in n), "other shapes"),
    "nothing": (lambda t: {}, "lack weights"),
}  # fmt: skip


@pytest.mark.parametrize("way", ["fast", "stock"])
@pytest.mark.parametrize("case", CHECKPOINTS)
def test_a_checkpoint_whose_weights_are_not_its_model_s_is_refused(case, way, checkpoints, root, tmp_path):
    change, said = CHECKPOINTS[case]
    broken = with_weights(checkpoints["qwen3_vl"], tmp_path / "broken", change)
    with pytest.raises(SpaceNumError, match=rf"checkpoint '.*broken': .*{said}"):
        engine(broken, root, options={"path": way}).reply(questions()[:1], LOGPROBS)


@pytest.mark.parametrize("name", ["model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"])
def test_two_sets_of_weights_in_a_folder_are_refused_by_every_engine(name, checkpoints, root, tmp_path):
    folder = shutil.copytree(checkpoints["qwen3_vl"], tmp_path / "two")
    (folder / name).write_text("{}")
    with pytest.raises(SpaceNumError, match=rf"two': its folder holds 2 sets of weights \(model.safetensors, {name}\)"):
        engine(folder, root).reply(questions()[:1], LOGPROBS)
    with pytest.raises(SpaceNumError, match="2 sets of weights"):
        check_files(ModelConfig(kind="vlm", backend="vllm", checkpoint=str(folder)))


def test_files_of_weights_that_are_broken_or_missing_are_one_sentence(checkpoints, root, tmp_path):
    whole = (checkpoints["qwen3_vl"] / "model.safetensors").read_bytes()
    names = sorted(load_file(checkpoints["qwen3_vl"] / "model.safetensors"))
    index = json.dumps({"metadata": {}, "weight_map": dict.fromkeys(names, "model-00001-of-00001.safetensors")})
    for name, files, said in (
        ("cut", {"model.safetensors": whole[:-5000]}, "cut short"),
        ("page", {"model.safetensors": b"<!DOCTYPE html>"}, "not a safetensors file"),
        ("none", {}, "can't be read"),
        ("no shard", {"model.safetensors.index.json": index.encode()}, "can't be read"),
    ):
        folder = shutil.copytree(checkpoints["qwen3_vl"], tmp_path / name)
        (folder / "model.safetensors").unlink()
        for file, data in files.items():
            (folder / file).write_bytes(data)
        with pytest.raises(SpaceNumError, match=rf"{name}.*{said}"):
            engine(folder, root).reply(questions()[:1], LOGPROBS)


def test_a_config_that_does_not_belong_to_the_weights_is_refused(checkpoints, root, tmp_path):
    for name, text, said in (
        ("more", {"num_hidden_layers": 3, "layer_types": ["full_attention"] * 3}, "lack weights"),
        (
            "fewer",
            {"num_hidden_layers": 1, "layer_types": ["full_attention"]},
            r"has no place for \(11: .*options\.unread_weights",
        ),
        ("wider", {"intermediate_size": 256}, "other shapes"),
    ):
        broken = with_config(checkpoints["internvl"], tmp_path / name, **text)
        with pytest.raises(SpaceNumError, match=said):
            engine(broken, root).reply(questions()[:1], LOGPROBS)


def test_weights_that_no_reply_needs_may_be_there_and_others_if_the_file_says_so(checkpoints, root, tmp_path):
    told = with_weights(
        checkpoints["qwen3_vl"],
        tmp_path / "told",
        lambda t: t | {"mtp.layers.0.weight": torch.ones(2), "model.language_model.rotary_emb.inv_freq": torch.ones(2)},
    )
    expected = logprobs(engine(checkpoints["qwen3_vl"], root), questions()[:2])
    assert (logprobs(engine(told, root), questions()[:2]) == expected).all()
    draft = with_weights(checkpoints["qwen3_vl"], tmp_path / "draft", lambda t: t | {"draft.weight": torch.ones(2)})
    with pytest.raises(SpaceNumError, match=r"1: draft\.weight\)"):
        engine(draft, root).reply(questions()[:1], LOGPROBS)
    agreed = engine(draft, root, options={"unread_weights": [r"^draft\."]})
    assert (logprobs(agreed, questions()[:2]) == expected).all()
    assert "unread" not in str(agreed.identity)
    with pytest.raises(SpaceNumError, match="no regular expression"):
        engine(draft, root, options={"unread_weights": ["("]})


def test_tied_weights_are_not_missing(root, tmp_path):
    folder = build("qwen3_vl", tmp_path / "tied")
    assert "lm_head.weight" not in load_file(folder / "model.safetensors")
    engine(folder, root).reply(questions()[:1], LOGPROBS)
    settings = json.loads((folder / "config.json").read_text())
    apart = {"tie_word_embeddings": False, "text_config": settings["text_config"] | {"tie_word_embeddings": False}}
    (folder / "config.json").write_text(json.dumps(settings | apart))
    with pytest.raises(SpaceNumError, match=r"lack weights.*\(1: lm_head\.weight\)"):
        engine(folder, root).reply(questions()[:1], LOGPROBS)
    engine(build_more("gemma4", tmp_path / "gemma4"), root).reply(questions()[:1], LOGPROBS)
