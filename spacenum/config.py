"""The study's configuration, typed: every key, its range and its meaning. ``config/schema`` is generated from here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from spacenum.errors import SpaceNumError
from spacenum.items.schema import Setting
from spacenum.models.base import Kind, ModelInfo
from spacenum.provenance import first_problem

SimulatorName = Literal["blender", "ai2thor", "isaacsim"]
Count = Annotated[int, Field(ge=0, le=100_000)]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CameraConfig(_Block):
    """A square-pixel pinhole camera."""

    width: int = Field(320, ge=32, le=4096, description="image width in pixels")
    height: int = Field(320, ge=32, le=4096, description="image height in pixels")
    vertical_fov: float = Field(90, ge=10, le=150, description="vertical field of view in degrees")


class BlenderConfig(_Block):
    """Cycles' settings; all of them change pixels."""

    samples: int = Field(3, ge=1, le=4096, description="paths a pixel, before denoising")
    bounces: int = Field(2, ge=0, le=32, description="light bounces")
    lighting: Literal["fast", "full"] = Field(
        "fast", description="fast ends paths after one bounce in an ambient term; full traces all bounces"
    )
    device: Literal["cpu", "cuda", "optix"] = Field("cpu", description="what renders")


class RoomScenes(_Block):
    """How many rooms of each kind; their ids are '<split>-<kind>-<number>'."""

    kitchen: Count = 0
    living_room: Count = 0
    bedroom: Count = 0
    bathroom: Count = 0


class LayoutScenes(_Block):
    """How many layouts of each scale; a third each varies position, size and both."""

    desk: Count = 0
    room: Count = 0


class TransitionScenes(_Block):
    """Rooms for transitions. ``seeds`` overrides the seed of single scenes, by id."""

    shards: int = Field(
        4, ge=1, le=500, description="jobs a split is cut into; a scene's shard is a stable hash of its id"
    )
    families_per_scene: int = Field(1, ge=1, le=100, description="sweeps of each of the four groups in each room")
    start_attempts: int = Field(80, ge=1, le=10_000, description="start poses to try for a sweep before giving it up")
    benchmark: RoomScenes = RoomScenes()
    train: RoomScenes = RoomScenes()
    seeds: dict[str, int] = Field({}, description="scene id: seed")


class LayoutSceneConfig(_Block):
    """Layouts. ``seeds`` overrides the seed of single scenes, by id."""

    shards: int = Field(
        4, ge=1, le=500, description="jobs a split is cut into; a scene's shard is a stable hash of its id"
    )
    benchmark: LayoutScenes = LayoutScenes()
    train: LayoutScenes = LayoutScenes()
    seeds: dict[str, int] = Field({}, description="scene id: seed")


class ScenesConfig(_Block):
    transition: TransitionScenes = TransitionScenes()
    layout: LayoutSceneConfig = LayoutSceneConfig()


class ControlsConfig(_Block):
    """What a frame, a transition or a layout must satisfy to be kept; measured and recorded for each."""

    min_overlap: float = Field(
        0.12, ge=0, le=1, description="share of each view that the other also sees, agreeing in depth"
    )
    min_anchors: int = Field(3, ge=0, le=50, description="object instances in every frame (walls, doors … don't count)")
    min_anchor_pixels: int = Field(
        80, ge=1, description="pixels that make an instance count, at 320 x 320; scales with the image"
    )
    min_shared_anchors: int = Field(1, ge=0, le=50, description="object instances visible both before and after")
    max_position_error_m: float = Field(1e-3, gt=0, le=0.1, description="measured against commanded position")
    max_angle_error_deg: float = Field(0.1, gt=0, le=5, description="measured against commanded yaw and pitch")
    min_option_difference: float = Field(
        2 / 255, ge=0, le=1, description="mean absolute difference between candidate images, transitions"
    )
    min_layout_difference: float = Field(
        0.75 / 255, ge=0, le=1, description="mean absolute difference between placements of a layout"
    )
    min_changed_share: float = Field(
        0.01, ge=0, le=1, description="pixels whose id or depth differs between placements, known before any colour"
    )
    min_target_pixels: int = Field(
        300, ge=1, description="visible pixels of a layout's target and anchors, at 320 x 320"
    )
    min_visible_share: float = Field(
        0.45, ge=0, le=1, description="visible share of the outline of the target's box, layouts"
    )
    min_anchor_visible_share: float = Field(0.3, ge=0, le=1, description="the same for the two anchors")
    min_solved_share: float = Field(
        1.0, ge=0, le=1, description="share of a family's items that depth, masks and intrinsics must solve"
    )


class TransitionItems(_Block):
    """Items a cell (num2space and space2num each), by group."""

    move_forward_backward: Count = 0
    move_left_right: Count = 0
    rotate_up_down: Count = 0
    rotate_left_right: Count = 0


class ScaleItems(_Block):
    """Items a cell, by dimension."""

    desk: Count = 0
    room: Count = 0


class SplitItems(_Block):
    transition: TransitionItems = TransitionItems()
    layout_1d: ScaleItems = ScaleItems()
    layout_2d: ScaleItems = ScaleItems()
    layout_3d: ScaleItems = ScaleItems()


class ItemsConfig(_Block):
    """Size of each cell, for each split; a split with fewer families than it needs fails its build."""

    benchmark: SplitItems = SplitItems()
    train: SplitItems = SplitItems()


class StudyConfig(_Block):
    """A study: one config, one working directory, one set of results."""

    study: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="the study's name")
    seed: int = Field(0, ge=0, lt=2**31, description="the seed that everything else is drawn from")
    simulators: dict[Setting, SimulatorName] = Field(description="the engine of each setting")
    pack: str = Field("procedural", description="asset pack of the blender simulator: procedural or sweethome3d")
    camera: dict[Setting, CameraConfig]
    blender: BlenderConfig = BlenderConfig()
    scenes: ScenesConfig
    controls: ControlsConfig = ControlsConfig()
    items: ItemsConfig
    models: list[str] = Field(min_length=1, description="names of files in config/models, in the tables' order")
    modes: list[str] = Field(min_length=1, description="answer format and decoding, e.g. letter-greedy")

    @field_validator("models", "modes")
    @classmethod
    def _no_twins(cls, names: list[str]) -> list[str]:
        twins = {name for name in names if names.count(name) > 1}
        if twins:
            raise ValueError(f"named twice: {', '.join(sorted(twins))}")
        return names

    @model_validator(mode="after")
    def _both_settings(self) -> StudyConfig:
        for key in ("simulators", "camera"):
            missing = {"transition", "layout"} - set(getattr(self, key))
            if missing:
                raise ValueError(f"{key} lacks {', '.join(sorted(missing))}")
        return self


class ModelConfig(_Block):
    """A file in ``config/models``: what answers. ``options`` belong to the backend, which checks them."""

    kind: Kind
    backend: str = Field(description="a module of spacenum.models: baselines.<name>, transformers, vllm, openai, ovis")
    parameters_b: float | None = Field(None, ge=0, description="size in billions of parameters, for the tables")
    settings: list[Setting] = Field(
        ["transition", "layout"], min_length=1, description="what it can answer; other cells stay empty"
    )
    family: str | None = Field(None, description="the family that tables group by")
    checkpoint: str | None = Field(None, description="hub repository or folder")
    revision: str | None = Field(None, description="pinned commit of the checkpoint")
    gated: bool = Field(False, description="the hub asks for an accepted licence")
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    pixel_budget: int | None = Field(None, ge=1, description="pixels an image may cost")
    gpus: int = Field(0, ge=0, le=64, description="GPUs that a job needs")
    options: dict[str, Any] = {}

    def info(self, name: str) -> ModelInfo:
        """What tables say about it."""
        return ModelInfo(name=name, kind=self.kind, parameters_b=self.parameters_b)


def parse_study(data: Mapping[str, Any], source: str) -> StudyConfig:
    """Check a study's configuration; SpaceNumError names ``source``, the key, what is wrong and what would be right."""
    try:
        return StudyConfig.model_validate(dict(data))
    except ValidationError as error:
        raise SpaceNumError(f"{source}: {_explain(error, StudyConfig)}") from None


def load_model(name: str, folder: Path) -> ModelConfig:
    """Read ``<folder>/<name>.yaml``; SpaceNumError names the file and the key, or the models that there are."""
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise SpaceNumError(f"config key 'models' names '{name}', but there is no {_short(path)}; there are: {known}")
    try:
        return ModelConfig.model_validate(yaml.safe_load(path.read_text()) or {})
    except yaml.YAMLError as error:
        raise SpaceNumError(f"{_short(path)}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SpaceNumError(f"{_short(path)}: {_explain(error, ModelConfig)}") from None


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem in words, with near spellings for an unknown key."""
    import difflib

    problem = error.errors()[0]
    where = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, where[:-1])
        near = difflib.get_close_matches(where[-1], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known keys here: {', '.join(known)}"
        return f"unknown key '{'.'.join(where)}'; {hint}"
    if problem["type"] == "missing":
        return f"key '{'.'.join(where)}' is missing"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"key '{'.'.join(where)}': {message} (got {str(problem['input'])[:80]!r})" if where else first_problem(error)


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """Names of the keys of the block at ``path``."""
    here: type[BaseModel] | None = model
    for key in path:
        field = here.model_fields.get(key) if here else None
        if field is None:
            continue  # a key of a mapping
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        here = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
    return list(here.model_fields) if here else []
