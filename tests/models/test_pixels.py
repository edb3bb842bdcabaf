"""The same question makes the same pixels and tokens in every engine, within the same budget."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Text
from spacenum.models.pixels import OVIS, ImagePlan, image_arguments, processor_name

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("spacenum.models.transformers")

from bench.checkpoints import write  # noqa: E402
from spacenum.models.transformers.families import FAMILIES  # noqa: E402
from spacenum.models.vllm import image_plan  # noqa: E402
from spacenum.models.vllm import load as load_vllm  # noqa: E402
from tests.models.tiny import TINY, build  # noqa: E402
from tests.models.tiny_more import MORE, build_more, known  # noqa: E402

SIZES = ((448, 448), (640, 480), (1280, 720))
BUDGET = 448 * 448
UNTOLD = {"gemma3", "llava_onevision"}
CLASSES = [name for name in (*TINY, *MORE) if known(name)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    for width, height in SIZES:
        rough = Picture.fromarray(rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8))
        rough.resize((width, height)).save(folder / f"{width}.png")
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A maker of checkpoints by model_type; InternVL's tiles are as large as the real ones."""
    folder = tmp_path_factory.mktemp("classes")

    def make(name: str) -> Path:
        if not (folder / name).exists():
            if name == "internvl":
                write(replace(TINY[name], pixels=(448, 448)), folder / name)
            else:
                (build if name in TINY else build_more)(name, folder / name)
        return folder / name

    return make


def asked(width: int) -> Question:
    parts = (Text(text="You see:\n"), Image(image=f"{width}.png"), Text(text="\nWhich option?"))
    return Question(f"item {width}", "family", parts, ("A", "B"))


def config(backend: str, checkpoint: Path, budget: int | None, **options) -> ModelConfig:
    return ModelConfig(
        kind="vlm", backend=backend, checkpoint=str(checkpoint), dtype="float32", pixel_budget=budget, options=options
    )


def in_transformers(path: str, checkpoint: Path, study: Path, budget: int | None) -> list[tuple]:
    """Tokens and pixels of each image's question."""
    model = transformers.load(config("transformers", checkpoint, budget, path=path), Context({}, study, 0))
    found = []
    for width, _ in SIZES:
        if path == "stock":
            made = model._maker.inputs([asked(width)])
            found.append((made["input_ids"][0].tolist(), made["pixel_values"]))
        else:
            pixels = model._maker.pixels([f"{width}.png"])
            found.append((list(model._maker.prompt(asked(width), pixels).ids), pixels[f"{width}.png"].values))
    return found


def in_vllm(checkpoint: Path, study: Path, budget: int | None) -> list[tuple]:
    """What vLLM is given, through the checkpoint's processor as vLLM calls it: text, pictures and flat arguments."""
    given = config("vllm", checkpoint, budget)
    engine = load_vllm(given, Context({}, study, 0))
    stock = transformers.load(config("transformers", checkpoint, None, path="stock"), Context({}, study, 0))
    processor = stock._loaded.processor
    found = []
    for width, _ in SIZES:
        content = engine.messages.of(asked(width))[0]["content"]
        [url] = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
        picture = Picture.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2])))
        chat = [{"role": "user", "content": [{**p, "type": p["type"].removesuffix("_url")} for p in content]}]
        text = processor.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        made = processor(
            text=[text],
            images=[[picture]],
            add_special_tokens=False,
            return_tensors="pt",
            **engine_arguments(engine, given),
        )
        found.append((made["input_ids"][0].tolist(), made["pixel_values"]))
    return found


def engine_arguments(engine, given: ModelConfig) -> dict:
    """As the command line hands them over: JSON."""
    plan = image_plan(given)
    assert plan.shrink is None
    command = engine.serve_command(plan)
    told = command[command.index("--mm-processor-kwargs") + 1] if "--mm-processor-kwargs" in command else "{}"
    assert json.loads(told) == plan.arguments
    return json.loads(told)


@pytest.mark.parametrize("budget", [None, BUDGET], ids=["no budget", "448 x 448"])
@pytest.mark.parametrize("name", CLASSES)
def test_all_engines_show_a_model_the_same(name, budget, checkpoint, study):
    if budget and name in UNTOLD:
        for path in ("fast", "stock") if name in FAMILIES else ("stock",):
            with pytest.raises(SpaceNumError, match="pixel_budget"):
                in_transformers(path, checkpoint(name), study, budget)
        with pytest.raises(SpaceNumError, match="pixel_budget"):
            in_vllm(checkpoint(name), study, budget)
        return
    ways = [in_transformers("stock", checkpoint(name), study, budget), in_vllm(checkpoint(name), study, budget)]
    if name in FAMILIES:
        ways.append(in_transformers("fast", checkpoint(name), study, budget))
    for stock, *others in zip(*ways, strict=True):
        for other in others:
            assert stock[0] == other[0]
            assert torch.equal(stock[1].reshape(-1), other[1].reshape(-1))
    if budget:
        frames = 2 if "temporal_patch_size" in (checkpoint(name) / "preprocessor_config.json").read_text() else 1
        assert all(pixels.numel() / 3 / frames <= budget for _, pixels in ways[0])


def test_internvl_sees_one_tile_within_the_frames_budget_and_several_without(checkpoint, study):
    """vLLM was sent a smaller picture, and cut it into 12 tiles and a thumbnail."""
    for budget, tiles in ((BUDGET, [1, 1, 1]), (None, [1, 13, 9]), (5 * BUDGET, [1, 1, 3])):
        found = in_vllm(checkpoint("internvl"), study, budget)
        assert [len(pixels) for _, pixels in found] == tiles, budget


def test_the_file_of_a_model_may_say_more_to_vllms_processor(checkpoint, study):
    given = config("vllm", checkpoint("qwen3_vl"), 64**2, engine={"mm_processor_kwargs": {"do_convert_rgb": True}})
    command = load_vllm(given, Context({}, study, 0)).serve_command(image_plan(given))
    told = json.loads(command[command.index("--mm-processor-kwargs") + 1])
    assert told == {"size": {"shortest_edge": 32**2, "longest_edge": 64**2}, "do_convert_rgb": True}


def test_ovis_is_told_by_its_own_code_alone(tmp_path):
    """vLLM 0.32 ignores such arguments, or stops at them: it is sent smaller images."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "ovis2_5"}))
    assert image_arguments({"image_processor_type": OVIS}, 1000) == {"max_pixels": 1000, "min_pixels": 1000}
    assert image_arguments({"image_processor_type": OVIS}, None) == {}
    assert image_plan(config("vllm", tmp_path, 1000)) == ImagePlan(shrink=1000)
    assert image_plan(config("vllm", tmp_path, None)) == ImagePlan()


@pytest.mark.parametrize(
    ("settings", "budget", "told"),
    [
        ({"image_processor_type": "Qwen2VLImageProcessorFast", "min_pixels": 3136}, 9000, {"shortest_edge": 3136}),
        ({"image_processor_type": "Qwen2VLImageProcessor"}, 2000, {"shortest_edge": 2000}),
        ({"image_processor_type": "Glm4vImageProcessor"}, 9000, {"shortest_edge": 112**2, "longest_edge": 18000}),
        ({"image_processor_type": "PixtralImageProcessor", "patch_size": 14}, BUDGET, {"longest_edge": 448}),
        ({"image_processor_type": "PixtralImageProcessor"}, BUDGET - 1, {"longest_edge": 416}),
    ],
)
def test_what_a_checkpoints_file_says_is_kept(settings, budget, told):
    assert image_arguments(settings, budget)["size"].items() >= told.items()


def test_processors_are_known_by_their_common_names():
    for ending in ("", "Fast", "Pil"):
        assert processor_name({"image_processor_type": f"Gemma3ImageProcessor{ending}"}) == "Gemma3ImageProcessor"
    with pytest.raises(SpaceNumError, match="of no known name"):
        image_arguments({}, 1)
