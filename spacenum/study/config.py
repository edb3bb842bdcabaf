"""The study's configuration, typed: every key, its range and its meaning. ``config/schema`` is generated from here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError, create_model, field_validator, model_validator
from pydantic_core import PydanticCustomError

from spacenum.asking.modes import ModeName
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import NAME_PATTERN, NAME_RULE, Block, Name
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.core.reading import parse_yaml, read_text
from spacenum.external.settings import ExternalConfig
from spacenum.frames.settings import ControlsConfig
from spacenum.items.schema import SETTINGS, Setting
from spacenum.items.settings import ItemsConfig
from spacenum.pretraining.settings import Pretraining
from spacenum.release.settings import ReleaseConfig
from spacenum.scenes.assets.manifest import packs
from spacenum.scenes.settings import LayoutScenes, RoomScenes
from spacenum.simulators.catalogue import names, showing, simulator
from spacenum.simulators.settings import CameraConfig, SimulatorName
from spacenum.study.renamed import GONE_FROM_MODELS, find_renamed
from spacenum.tables.scores import catalogue as score_tables
from spacenum.traces.settings import TracesConfig
from spacenum.tuning.settings import TuningConfig

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class TransitionScenes(Block):
    """Rooms for transitions. ``seeds`` overrides the seed of single scenes, by id."""

    shards: int = Field(
        4, ge=1, le=1000, description="jobs a split is cut into; a scene's shard is a stable hash of its id"
    )
    families_per_scene: int = Field(1, ge=1, le=100, description="sweeps of each of the four groups in each room")
    start_attempts: int = Field(80, ge=1, le=10_000, description="start poses to try for a sweep before giving it up")
    benchmark: RoomScenes = RoomScenes()
    train: RoomScenes = RoomScenes()
    seeds: dict[str, Seed] = Field({}, description="scene id: seed")


class LayoutSceneConfig(Block):
    """Layouts. ``seeds`` overrides the seed of single scenes, by id."""

    shards: int = Field(
        4, ge=1, le=1000, description="jobs a split is cut into; a scene's shard is a stable hash of its id"
    )
    benchmark: LayoutScenes = LayoutScenes()
    train: LayoutScenes = LayoutScenes()
    seeds: dict[str, Seed] = Field({}, description="scene id: seed")


class ScenesConfig(Block):
    """How many scenes there are, and how they are cut into jobs."""

    transition: TransitionScenes = TransitionScenes()
    layout: LayoutSceneConfig = LayoutSceneConfig()


def _is_pack(name: str) -> str:
    if name not in packs():
        raise ValueError(f"there is no such asset pack; there are {', '.join(packs())}")
    return name


def _is_table(name: str) -> str:
    if name not in score_tables.names():
        raise ValueError(f"there is no such table of scores; there are {', '.join(score_tables.names())}")
    return name


class _Rendered(Block):
    """What is shown, and by what."""

    study: Name = Field(description="the study's name")
    seed: int = Field(0, ge=0, lt=2**31, description="the seed that everything else is drawn from")
    simulators: dict[Setting, SimulatorName] = Field(
        description="the engine of each setting: "
        + ", ".join(f"{setting} by {' or '.join(showing(setting))}" for setting in SETTINGS)
    )
    pack: Annotated[str, AfterValidator(_is_pack)] = Field(
        "procedural", description="asset pack of layouts, and of rooms that blender renders: docs/assets.md"
    )
    camera: dict[Setting, CameraConfig] = Field(description="a square-pixel pinhole camera for each setting")


if TYPE_CHECKING:
    _Simulated = _Rendered
else:  # each simulator's block, by its name
    _blocks = {name: (simulator(name).settings, simulator(name).settings()) for name in names()}
    _Simulated = create_model("_Simulated", __base__=_Rendered, **_blocks)


class StudyConfig(_Simulated):
    """A study: one config, one working directory, one set of results."""

    scenes: ScenesConfig
    controls: ControlsConfig = ControlsConfig()
    items: ItemsConfig
    models: list[Name] = Field(min_length=1, description="names of files in config/models, in the tables' order")
    modes: list[ModeName] = Field(
        min_length=1, description="answer format and decoding (docs/models.md); the main table shows the first"
    )
    tables: list[Annotated[str, AfterValidator(_is_table)]] = Field(
        [
            "cells",
            "averages",
            "proximity",
            "coupling",
            "comparisons",
            "shortcuts",
            "resolution",
            "psychometric",
            "positions",
            "open",
            "number_line",
            "told",
            "agreement",
        ],
        description="tables of scores: modules of spacenum.tables.scores; each is made of the modes that can have it",
    )
    paired: list[str] = Field(
        ["asymmetry", "reasoning"],
        description="paired experiments: modules of spacenum.tables.pairs; one without "
        "scores in this study makes no table",
    )
    variants: list[str] = Field(
        [],
        description="variants of the items that models are asked too: modules of spacenum.variants (docs/variants.md)",
    )
    pairs_families: int | None = Field(
        4, ge=2, description="families of each cell that the variant pairs is made of; null for all"
    )
    external: list[ExternalConfig] = Field(
        [], description="a list: benchmarks of others that models are asked too (docs/external.md)"
    )
    external_recipes: list[Name] = Field(
        [],
        description="recipes whose tuned models are asked `external` and `imported` too, compared with their bases",
    )
    imported: list[Name] = Field(
        [], description="names of published item sets that `spacenum items import` brought into this study"
    )
    imported_protocol: Literal["direct", "paper"] = Field(
        "direct", description="how their items are asked: direct (greedy), or paper (its sampling, `repeats` times)"
    )
    release: ReleaseConfig = ReleaseConfig()
    released: bool = Field(
        False,
        description="whether the items come from a release that `spacenum items import --release` brought into this "
        "study, so that nothing is rendered (docs/release.md)",
    )
    print_deviations: bool = Field(
        False, description="say, when the study is planned, what it does otherwise than the paper (docs/paper.md)"
    )
    figure_models: dict[Name, list[Name]] = Field(
        {}, description="the models that a figure shows, in this order, by its name, of those asked; others show all"
    )
    repeats: int = Field(
        1, ge=1, le=100, description="how often each item is asked in letter modes that draw at random"
    )
    reasoning_repeats: int = Field(
        1, ge=1, le=100, description="the same where a model may think first, which takes a hundred times as long"
    )
    traces: TracesConfig = TracesConfig()
    tuning: TuningConfig = TuningConfig()
    pretraining: dict[Name, Pretraining] = Field(
        {},
        description="models trained from random weights (docs/pretraining.md); none of it is made by `all`",
    )

    @field_validator("external")
    @classmethod
    def _each_once(cls, entries: list[ExternalConfig]) -> list[ExternalConfig]:
        cls._no_twins([entry.benchmark for entry in entries])
        return entries

    @field_validator("models", "modes", "tables", "variants", "imported", "paired", "external_recipes")
    @classmethod
    def _no_twins(cls, names: list[str]) -> list[str]:
        twins = {name for name in names if names.count(name) > 1}
        if twins:
            raise ValueError(f"named twice: {', '.join(sorted(twins))}")
        return names

    @model_validator(mode="after")
    def _consistent(self) -> StudyConfig:
        for key in ("simulators", "camera"):
            missing = {"transition", "layout"} - set(getattr(self, key))
            if missing:
                raise _at(key, f"lacks {', '.join(sorted(missing))}")
        for setting, engine in self.simulators.items():
            able = showing(setting)
            if engine not in able:
                raise _at(f"simulators.{setting}", f"is '{engine}'; it can be {' or '.join(able)}")
        if self.modes[0].startswith("open"):
            raise _at(
                "modes",
                f"starts with '{self.modes[0]}', which has no letters for the main table; put a letter mode first",
            )
        if (mode := self.traces.mode) and (mode not in self.modes or not mode.startswith("reasoning-")):
            among = ", ".join(mode for mode in self.modes if mode.startswith("reasoning-")) or "none"
            raise _at("traces.mode", f"is '{mode}', which is no reasoning mode of 'modes'; there: {among}")
        if self.camera["layout"].width != self.camera["layout"].height:
            size = f"{self.camera['layout'].width} x {self.camera['layout'].height}"
            raise _at(
                "camera.layout", f"is {size}, but distances are fitted to its vertical field of view; make it square"
            )
        return self

    def settings_of(self, name: str) -> Any:
        """A simulator's block."""
        return getattr(self, name)


def _at(key: str, problem: str) -> PydanticCustomError:
    """An error across keys, which belongs to one of them."""
    return PydanticCustomError("config", "{problem}", {"key": key, "problem": problem})


class Layers:
    """The mappings that a config was merged from, lowest first, by the name of their file (or ``--config``)."""

    def __init__(self, layers: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        self._layers = layers

    @property
    def data(self) -> list[Mapping[str, Any]]:
        """The mappings alone."""
        return [data for _, data in self._layers]

    def source_of(self, key: str) -> str:
        """The last layer that has the key, or as much of it as any has."""
        parts = key.split(".")
        for depth in range(len(parts), 0, -1):
            for name, data in reversed(self._layers):
                if _has(data, parts[:depth]):
                    return name
        return self._layers[-1][0]

    def of_default(self, key: str) -> bool:
        """Whether no layer above the lowest, the default study's, has the key."""
        return not any(_has(data, key.split(".")) for data in self.data[1:])

    def naming(self, error: SpaceNumError) -> SpaceNumError:
        """The same error with its file before it, if it is about a key of the config."""
        return SpaceNumError(f"{self.source_of(error.key)}: {error}") if isinstance(error, ConfigError) else error


def _has(data: Any, parts: Sequence[str]) -> bool:
    for part in parts:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def parse_study(data: Mapping[str, Any], source: str | Layers) -> StudyConfig:
    """Check a study's configuration; SpaceNumError names the file, the key, what is wrong and what would be right.

    source: what ``data`` was merged from, or the name of its file.
    """
    layers = Layers([(source, data)]) if isinstance(source, str) else source
    if found := find_renamed(data):
        old, new = found
        raise SpaceNumError(f"{layers.source_of(old)}: key '{old}' was renamed to '{new}'")
    try:
        return StudyConfig.model_validate(dict(data))
    except ValidationError as error:
        key, sentence = _explain(error, StudyConfig)
        raise SpaceNumError(f"{layers.source_of(key)}: {sentence}") from None


def load_model(name: str, folder: Path, key: str = "models") -> ModelConfig:
    """Read ``<folder>/<name>.yaml``, which the config's ``key`` names, laid over the file that it names as its
    ``base``, if it does; SpaceNumError names the file and the key, or the models that there are."""
    path = folder / f"{name}.yaml"
    data = _model_data(name, folder, key, ())
    if gone := next((old for old in GONE_FROM_MODELS if old in data), None):
        raise SpaceNumError(f"{_short(path)}: key '{gone}' is gone: {GONE_FROM_MODELS[gone]}")
    try:
        return ModelConfig.model_validate(data)
    except ValidationError as error:
        raise SpaceNumError(f"{_short(path)}: {_explain(error, ModelConfig)[1]}") from None


def _model_data(name: str, folder: Path, key: str, above: tuple[str, ...]) -> dict[str, Any]:
    """The file's keys and those of its bases. above: the models that name this one as their base."""
    path = folder / f"{name}.yaml"
    if not re.fullmatch(NAME_PATTERN, name):
        raise _no_model(folder, key, above, f"names {name[:80]!r}, which is no name; {NAME_RULE}")
    if name in above:
        raise SpaceNumError(f"{_short(path)}, key 'base': '{name}' is its own base, by way of {', '.join(above)}")
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise _no_model(folder, key, above, f"names '{name}', but there is no {_short(path)}; there are: {known}")
    data = parse_yaml(read_text(path), _short(path)) or {}
    if not isinstance(data, dict):
        raise SpaceNumError(f"{_short(path)}: should be a dictionary, a key and its value a line")
    base = data.get("base")
    return _over_base(data, _model_data(str(base), folder, key, (*above, name))) if base else data


def _no_model(folder: Path, key: str, above: tuple[str, ...], problem: str) -> SpaceNumError:
    """What is said of a name without a file, which the config's ``key`` or the file of a model above has."""
    if above:
        return SpaceNumError(f"{_short(folder / f'{above[-1]}.yaml')}, key 'base', {problem}")
    return ConfigError(key, problem)


def _over_base(own: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """A model's own keys over its base's, dictionaries key by key. What only the base's checkpoint or backend has,
    another one doesn't inherit."""
    if own.get("checkpoint", base.get("checkpoint")) != base.get("checkpoint"):
        base = {key: value for key, value in base.items() if key not in ("revision", "licence", "gated", "remote_code")}
    if own.get("backend", base.get("backend")) != base.get("backend"):
        base = {key: value for key, value in base.items() if key != "options"}
    return merged([base, own])


def merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mappings laid over each other, lowest first: dictionaries merge key by key, all else is replaced."""
    found: dict[str, Any] = {}
    for layer in layers:
        _lay_over(found, layer)
    return found


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = below.get(key)
            below[key] = dict(inner) if isinstance(inner, Mapping) else {}
            _lay_over(below[key], value)
        else:
            below[key] = value


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])


def _explain(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """The key of the first problem, and the problem in words, with near spellings for an unknown key."""
    import difflib

    problems = error.errors()  # a misspelt key first: it may be why another is missing
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    parts = [str(part) for part in problem["loc"] if part != "[key]"]
    key = ".".join(parts)
    if problem["type"] == "config":
        return problem["ctx"]["key"], f"key '{problem['ctx']['key']}' {problem['ctx']['problem']}"
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, parts[:-1])
        near = difflib.get_close_matches(parts[-1], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known keys here: {', '.join(known)}"
        return key, f"unknown key '{key}'; {hint}"
    if problem["type"] == "missing":
        return key, f"key '{key}' is missing"
    if problem["type"] == "string_pattern_mismatch" and problem["ctx"]["pattern"] == NAME_PATTERN:
        return key, f"key '{key}': {str(problem['input'])[:80]!r} is no name; {NAME_RULE}"
    message = re.sub(r"^Value error, | or instance of \w+$", "", problem["msg"])
    whole = problem["input"] and isinstance(problem["input"], dict | list)  # too long to help
    got = "" if whole else f" (got {str(problem['input'])[:80]!r})"
    return key, f"key '{key}': {message}{got}" if parts else first_problem(error)


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
