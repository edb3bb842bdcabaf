"""What a config can't be, beyond what single keys say: before anything is made."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacenum.asking.modes import Mode
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.provenance import meta_path, read_meta
from spacenum.external.settings import IMPORTED, PUBLISHED
from spacenum.items.schema import CELLS, SETTINGS, Cell, Setting
from spacenum.items.settings import cell_size
from spacenum.models.checkpoints import COMMIT, is_folder
from spacenum.models.loading import backends, check_options, reads_frames
from spacenum.release.settings import RELEASED
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.settings import MOST_SCENES
from spacenum.scenes.spec import Split
from spacenum.simulators.catalogue import simulator
from spacenum.study.plan import SPLITS, Plan
from spacenum.study.tuned import check_tuning

ROOM_FOR_THOUGHTS = 1024
"""Tokens that leave room for some."""
WRITTEN = ("data", "results", "logs", ".spacenum")
"""Folders of a study that its jobs write into."""
FROM_HUB = ("transformers", "vllm", "ovis")
"""Backends that read a checkpoint from the hub."""


def check(plan: Plan, judges: Iterable[str] = ()) -> None:
    """SpaceNumError says what can't be. judges: names of models that aren't in ``models`` and are asked too."""
    _check_scene_ids(plan)
    _check_backends(plan)
    _check_sampling(plan)
    if plan.config.released:
        _check_released(plan)
    else:
        _check_enough_scenes(plan)
        for split in SPLITS:
            _check_sizes(plan, split)
    check_tuning(plan.config, plan.bases)
    for asset in load_pack("procedural").assets:
        load_pack("procedural").asset(asset.id)  # its file must be there: the code of frames is hashed from it


def _check_scene_ids(plan: Plan) -> None:
    for setting in SETTINGS:
        known = {scene.id for split in SPLITS for scene in plan.scenes(setting, split)}
        unknown = sorted(set(getattr(plan.config.scenes, setting).seeds) - known)
        if unknown:
            example = min(known, default="benchmark-kitchen-000")
            raise ConfigError(
                f"scenes.{setting}.seeds",
                f"names '{unknown[0]}', which is no scene of this study; ids look like '{example}'",
            )


def _check_released(plan: Plan) -> None:
    """A release has neither frames nor items to train on."""
    for name, config in plan.askable.items():
        if reads_frames(config.backend):
            raise ConfigError(
                "models", f"names '{name}', which reads depth and masks; a release has none, so leave it out"
            )
    if plan.tuned or plan.config.pretraining:
        raise ConfigError(
            "tuning", "and 'pretraining' train on items of this study; a release has none, so leave both out"
        )


def _check_backends(plan: Plan) -> None:
    for name, config in plan.askable.items():
        check_backend(name, config)
        if config.reasoning_backend:
            if config.reasoning_backend.startswith(("baselines.", "person", "imported")):
                raise SpaceNumError(
                    f"config/models/{name}.yaml, key 'reasoning_backend': '{config.reasoning_backend}' runs no "
                    "checkpoint; name the backend that reasons, as vllm"
                )
            check_backend(name, config.in_mode(Mode.of("reasoning-greedy")), "reasoning_")


def check_backend(model: str, config: ModelConfig, prefix: str = "") -> None:
    """SpaceNumError if a model's file names a backend that there is not, or options that it doesn't take. prefix: of
    the keys."""
    where = f"config/models/{model}.yaml, key '{prefix}"
    if config.backend not in backends():
        raise SpaceNumError(f"{where}backend': there is no '{config.backend}'; there are {', '.join(backends())}")
    try:
        check_options(config)
    except SpaceNumError as error:
        raise SpaceNumError(f"{where}options': {error}") from None


def unpinned(plan: Plan) -> list[str]:
    """A sentence on the models that are asked whatever commit the hub has; none if each file names one."""
    from_hub = {
        n: c
        for n, c in (plan.models | plan.bases).items()
        if c.backend in FROM_HUB and c.checkpoint and not c.pretrained
    }
    loose = {n: c for n, c in from_hub.items() if not COMMIT.fullmatch(c.revision or "")}
    names = [name for name, config in loose.items() if not is_folder(str(config.checkpoint))]
    if not names:
        return []
    return [
        f"no commit is pinned in config/models/{', '.join(f'{name}.yaml' for name in names)}, key 'revision', so the "
        "hub's newest is asked; to ask the same again next year, put the commit there"
    ]


def hidden_thoughts(plan: Plan) -> list[str]:
    """A sentence on the models at endpoints that may think where nobody sees it, which counts towards their limit."""
    unsure = [
        f"{name}.yaml ({config.max_new_tokens.letter})"
        for name, config in plan.models.items()
        if config.backend == "openai"
        and not config.options.get("direct_body")
        and config.max_new_tokens.letter < ROOM_FOR_THOUGHTS
    ]
    if not unsure:
        return []
    return [
        f"config/models/{', '.join(unsure)}: a model that thinks unseen at its endpoint spends that on "
        "'max_new_tokens.letter', the number in brackets, and its reply is cut before the letter; switch thinking off "
        "in 'options.direct_body', or raise the limit to some thousands; if it doesn't think, all is well"
    ]


def untrusted_code(plan: Plan, names: Iterable[str]) -> list[str]:
    """A sentence on each model of ``names`` that runs code of its checkpoint to which its file doesn't agree."""
    configs = {name: plan.askable[name] for name in names}
    return [
        f"config/models/{name}.yaml: this checkpoint is loaded by Python code of its own; read that code in "
        f"{config.checkpoint} at commit {config.revision}, then set 'options.trust_remote_code: true', or take "
        f"'{name}' out of the config's 'models'"
        for name, config in configs.items()
        if config.remote_code and not config.options.get("trust_remote_code")
    ]


def check_remote_code(plan: Plan, names: Iterable[str]) -> None:
    """SpaceNumError if a model of ``names`` runs code to which its file doesn't agree."""
    for sentence in untrusted_code(plan, names):
        raise SpaceNumError(sentence)


def _check_sampling(plan: Plan) -> None:
    """Whether the files of models say how their authors draw, where a mode asks for that."""
    for mode in map(Mode.of, plan.modes):
        asked = plan.askable if mode.name == plan.mode else plan.models
        for name, config in asked.items() if mode.decoding == "recommended" else ():
            stated = getattr(config.sampling, mode.format) is not None
            if config.is_vlm and config.answers_in(mode) and not stated:
                raise ConfigError("modes", f"names '{mode.name}': config/models/{name}.yaml: {mode.lacks_sampling}")


def _check_enough_scenes(plan: Plan) -> None:
    """Whether the source of a setting's scenes has as many as are asked for."""
    for setting in SETTINGS:
        engine = plan.config.simulators[setting]
        most = MOST_SCENES.get(simulator(engine).scene_sources[setting])
        kinds = Counter(scene.kind for split in SPLITS for scene in plan.scenes(setting, split))
        for kind, count in kinds.items():
            if most is not None and count > most:
                raise ConfigError(
                    f"scenes.{setting}.benchmark.{kind}",
                    f"and 'scenes.{setting}.train.{kind}' ask for {count} scenes together; {engine} has {most} of each "
                    "kind, and none may be in both splits",
                )


def _check_sizes(plan: Plan, split: Split) -> None:
    """Whether the scenes can fill the cells, and whole families do."""
    sizes = getattr(plan.config.items, split)
    for cell in map(Cell.of, CELLS):
        setting, group, scale = cell.setting, cell.group, cell.scale
        size, options = cell_size(cell.name, sizes), 2 if group == "1d" else 4
        scenes = sum(scale in (None, scene.kind) for scene in plan.scenes(setting, split))
        per_scene = plan.config.scenes.transition.families_per_scene if setting == "transition" else 1
        most = scenes * per_scene * 4
        block = "transition" if setting == "transition" else f"layout_{group}"
        key = f"items.{split}.{block}.{scale or group}"
        if size > most:
            raise ConfigError(
                key,
                f"asks for {size} items, but the scenes of 'scenes.{setting}.{split}' give {most} at most; lower the "
                "one or raise the other",
            )
        if split == "benchmark" and size % options:
            raise ConfigError(
                key,
                f"is {size}, no multiple of the {options} items of a family, which would unbalance the answer key; "
                f"{size - size % options} or {size + options - size % options} would do",
            )


def check_engines(plan: Plan, settings: Iterable[Setting]) -> None:
    """SpaceNumError says what this machine lacks to show ``settings``, before anything is made."""
    for setting in sorted(set(settings)):
        name = plan.config.simulators[setting]
        engine = importlib.import_module(f"spacenum.simulators.{name}")
        try:
            engine.check(plan.config.settings_of(name).model_dump(mode="json"))
        except SpaceNumError as error:
            raise SpaceNumError(f"config key 'simulators.{setting}' is '{name}': {error}") from None


def check_writable(folder: Path) -> None:
    """SpaceNumError if what jobs write into isn't a folder, or is closed to them. folder: the study's."""
    for path in (folder, *(folder / name for name in WRITTEN)):
        if path.exists() and not path.is_dir():
            raise SpaceNumError(f"{path}: is a file, where jobs need a folder; move it away")
        if path.exists() and not os.access(path, os.W_OK | os.X_OK):
            raise SpaceNumError(f"{path}: can't be written into; mend its rights, or run the study in another folder")


def _imported(plan: Plan) -> Iterator[tuple[str, str, Split]]:
    """(key of the config, name, split) of the sets that must have been imported."""
    yield from (("imported", name, "benchmark") for name in plan.config.imported)
    for recipe in dict.fromkeys(tuned.recipe for tuned in plan.tuned.values()):
        if name := plan.config.tuning.recipes[recipe].imported:
            yield f"tuning.recipes.{recipe}.imported", name, "train"


def _import_command(name: str, split: Split, folder: Path) -> str:
    """What to do first."""
    known = {one.name: repo for repo, one in PUBLISHED.items() if one.split == split}
    source = f"{known[name]}@<commit>" if name in known else f"<file> --name {name} --split {split}"
    return f"import it first: 'spacenum items import {source} --directory {folder}' (docs/official.md)"


def _check_rendered_by(plan: Plan, folder: Path) -> None:
    """Tables say what rendered the items by the config, which must say what a release does."""
    for setting, engine in plan.config.simulators.items():
        path = meta_path(folder / RELEASED.format(variant="base", setting=setting))
        try:
            others = read_meta(path).params.get("simulators")
        except (FileNotFoundError, SpaceNumError):
            continue  # not imported yet, or what `spacenum verify` says is damaged
        if others and others != [engine]:
            raise ConfigError(
                f"simulators.{setting}", f"is '{engine}', but what was imported is by {', '.join(others)}; say that"
            )


def check_given(plan: Plan, folder: Path) -> None:
    """SpaceNumError names a file that the config takes as given and that isn't there. folder: the study's."""
    given = {
        IMPORTED.format(
            split=split, variant=name
        ): f"config key '{key}' names '{name}'; {_import_command(name, split, folder)}"
        for key, name, split in _imported(plan)
    }
    if plan.config.released:
        command = f"'spacenum items import --release <folder or owner/name@commit> --directory {folder}'"
        why = f"config key 'released' takes the items from a release; import it first: {command} (docs/release.md)"
        asked = {name: kind.settings for name, kind in plan.variants.items()}
        for name, settings in {"base": SETTINGS, **asked}.items():
            given |= {RELEASED.format(variant=name, setting=setting): why for setting in settings}
        _check_rendered_by(plan, folder)
    for entry in plan.config.external:
        if entry.path:
            given[entry.path] = f"config key 'external' names it for {entry.benchmark} (docs/external.md)"
        if entry.prompts:
            given[entry.prompts] = f"config key 'external' names it for {entry.benchmark}'s prompts (docs/external.md)"
    made = {config.adapter for config in plan.tuned_models.values()}
    for name, config in plan.models.items():
        if config.adapter not in (None, *made):
            for file in config.adapter_files():
                given[str(file)] = f"config/models/{name}.yaml, key 'adapter', takes it to be there"
    given |= {sheet: "config key 'traces.sheets' names it" for sheet in plan.config.traces.sheets}
    for path, why in given.items():
        if {"{", "}"} & set(path):
            raise SpaceNumError(
                f"{path}: braces are Snakemake's wildcards, so no path can have them ({why}); rename it"
            )
        if not path.isprintable():
            raise SpaceNumError(
                f"{path!r}: no path can have line breaks or other control characters ({why}); rename it"
            )
        if not (folder / path).exists():
            raise SpaceNumError(f"there is no {folder / path}: {why}")
