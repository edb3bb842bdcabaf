"""A LoRA adapter's two files, read without any engine: what they hold, and whether they fit a checkpoint's names.

Engines pass over much in silence: peft warns of keys that it has no place for, and vLLM drops modules that it doesn't
know. Such an adapter would score as its base, under a name of its own.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import index
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from spacenum.asking.settings import ADAPTER_FILES, ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.models.checkpoints import COMMIT, CONFIG, LONGEST_HEADER, is_folder, settings_file, weight_names

SETTINGS, WEIGHTS = ADAPTER_FILES
PREFIX = "base_model.model."
_PAIR = re.compile(r"(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<side>[AB])(\.weight)?")
_OF_LORA = re.compile(r"\.lora_((embedding_)?[AB]|magnitude_vector)\b")
"""Tensors beside A and B that peft writes: DoRA's, and of biases."""
_MAGNITUDE = re.compile(r"\.lora_magnitude_vector(\.weight)?$")
_LAYER = re.compile(r"(?P<stack>.*\b(?:layers|blocks|h))\.(?P<number>\d+)\.")
_VISION = re.compile(r"vis(ion|ual)|merger|projector|patch_embed|mlp1|image")
_EXPERT = re.compile(r"\.experts\.\d+\.")
_WORDS = {"F64": np.uint64, "F32": np.uint32, "F16": np.uint16, "BF16": np.uint16}
_EXPONENT = {"F64": 0x7FF << 52, "F32": 0xFF << 23, "F16": 0x1F << 10, "BF16": 0xFF << 7}
"""Bits that are all set in numbers that are infinite or none."""
LARGEST_ALPHA = 1e9
SMALLEST_CHANGE = 1e-7
"""Root mean square of what an adapter adds to a module, under which it adds nothing: weights of language
models are some hundredths, and trainings that are felt change them by 1e-5 and more."""
EMBEDDINGS = ("embed_tokens", "lm_head")
"""Modules that peft saves whole, unasked, once an adapter is laid over them or words were added."""
BY_CLASS = "all-linear"
"""The target that names no modules: peft finds them by their class."""
_PREFIXES = ("", "model.", "language_model.", "model.language_model.", "language_model.model.")
TAKING_AWAY = ("pissa", "corda", "olora", "loftq", "lora_ga")
"""Ways to begin an adapter by which peft changes the weights under it, at each loading (its ``init_lora_weights``)."""
OTHER_WEIGHTS = "adapter_model.bin"
SOME = 3


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in a safetensors file. span: first byte and the one behind the last, of the file."""

    dtype: str
    shape: tuple[int, ...]
    span: tuple[int, int]


def tensors_of(path: Path) -> dict[str, Tensor]:
    """What a safetensors file says that it holds, by name. SpaceNumError if it is none, or is cut short."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > LONGEST_HEADER:
                raise ValueError("no header")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        found = {name: _tensor(said, 8 + length) for name, said in header.items()}
        if any(each.span[1] > path.stat().st_size for each in found.values()):
            raise ValueError("cut short")
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; give a folder that peft wrote with safetensors") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise SpaceNumError(f"{path}: not a whole safetensors file; copy or write it anew") from None
    return found


def _tensor(said: Mapping[str, Any], start: int) -> Tensor:
    begin, end = map(index, said["data_offsets"])
    tensor = Tensor(str(said["dtype"]), tuple(map(index, said["shape"])), (start + begin, start + end))
    kind = _WORDS.get(tensor.dtype)
    size = np.dtype(kind).itemsize * math.prod(tensor.shape) if kind else end - begin
    if begin < 0 or min(tensor.shape, default=0) < 0 or end - begin != size:
        raise ValueError("its numbers are not as many as its shape says")
    return tensor


class _KnownSettings(BaseModel):
    """What is read of adapter_config.json, as peft writes it; other keys are peft's alone."""

    peft_type: str = "LORA"
    r: int = Field(8, ge=1, le=2**20)
    alpha_pattern: Any = None
    rank_pattern: dict[str, int] | None = None
    target_modules: list[str] | str | None = None
    exclude_modules: list[str] | str | None = None
    modules_to_save: list[str] | None = None
    layers_to_transform: list[int] | int | None = None
    base_model_name_or_path: str | None = None
    revision: str | None = None


@dataclass(frozen=True)
class AdapterFiles:
    """The files of one adapter. settings: of adapter_config.json. tensors: of adapter_model.safetensors."""

    folder: Path
    settings: dict[str, Any]
    tensors: dict[str, Tensor]

    @classmethod
    def read(cls, folder: Path) -> AdapterFiles:
        """Of a folder; SpaceNumError if a file is missing or isn't what it is called."""
        path = folder / SETTINGS
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise SpaceNumError(
                f"{path}: no such file; 'adapter' in the model's file must name a LoRA's folder"
            ) from None
        except (ValueError, RecursionError):
            settings = None
        if not isinstance(settings, dict):
            raise SpaceNumError(f"{path}: not the description of a LoRA adapter; give a folder that peft wrote")
        try:
            _KnownSettings.model_validate(settings)
        except ValidationError as error:
            raise SpaceNumError(f"{path}: {first_problem(error)}; give the adapter with its own {SETTINGS}") from None
        return cls(folder, settings, tensors_of(folder / WEIGHTS))

    @cached_property
    def pairs(self) -> dict[str, dict[str, str]]:
        """Names of the tensors A and B of each module, called as in the base model."""
        found: dict[str, dict[str, str]] = {}
        for name in self.tensors:
            if match := _PAIR.fullmatch(name.removeprefix(PREFIX)):
                found.setdefault(match["module"], {})[match["side"]] = name
        return found

    def words(self, name: str) -> NDArray[Any]:
        """A tensor's numbers as the bits that they are; empty of a dtype that isn't known here."""
        tensor = self.tensors[name]
        kind = _WORDS.get(tensor.dtype)
        if kind is None:
            return np.zeros(0, np.uint8)
        with (self.folder / WEIGHTS).open("rb") as file:
            file.seek(tensor.span[0])
            return np.frombuffer(file.read(tensor.span[1] - tensor.span[0]), kind)

    def numbers(self, name: str) -> NDArray[Any]:
        """A tensor's numbers, in its shape."""
        tensor, words = self.tensors[name], self.words(name)
        if tensor.dtype == "BF16":
            return (words.astype(np.uint32) << 16).view(np.float32).reshape(tensor.shape)
        return words.view({8: np.float64, 4: np.float32, 2: np.float16}[words.itemsize]).reshape(tensor.shape)

    def check(self) -> None:
        """SpaceNumError if it can change nothing or holds what no weight is, whatever the base."""
        if self.settings.get("peft_type", "LORA") != "LORA":
            raise SpaceNumError(
                f"{self.folder / SETTINGS}, key 'peft_type': {self.settings['peft_type'][:80]!r} is not LORA; only "
                "LoRA adapters are merged and served"
            )
        self._check_alpha()
        weights = self.folder / WEIGHTS
        if (self.folder / OTHER_WEIGHTS).exists():
            raise SpaceNumError(
                f"{self.folder}: holds two adapters, {WEIGHTS} and {OTHER_WEIGHTS}, of which one is never read; leave "
                "the one that is meant"
            )
        self._check_kinds()
        if not self.pairs:
            raise SpaceNumError(f"{weights}: holds no LoRA weights (lora_A, lora_B); give the adapter that peft wrote")
        if outside := [name for name in self.tensors if not name.startswith(PREFIX)]:
            raise SpaceNumError(f"{weights}: {some(outside)} don't begin with {PREFIX}, as peft's names do")
        whole = {*EMBEDDINGS, *map(str, self.settings.get("modules_to_save") or [])}
        biases = self.settings.get("bias", "none") != "none"  # trained beside the adapter
        apart = [name for name in self._others if not (_OF_LORA.search(name) or _of(name, whole))]
        if strange := [name for name in apart if not (biases and name.endswith(".bias"))]:
            raise SpaceNumError(
                f"{weights}: {some(strange)} are no LoRA weights, and {SETTINGS} doesn't name them in "
                "'modules_to_save'; they would take the place of the checkpoint's own weights: write the adapter anew "
                "with save_pretrained"
            )
        if half := [module for module, pair in self.pairs.items() if len(pair) < 2]:
            raise SpaceNumError(f"{weights}: {some(half)} have one of lora_A and lora_B without the other")
        self._check_targets()
        self._check_ranks()
        self._check_numbers()

    def _check_kinds(self) -> None:
        if odd := [name for name, tensor in self.tensors.items() if tensor.dtype not in _WORDS]:
            raise SpaceNumError(
                f"{self.folder / WEIGHTS}: {some(odd)} are of dtype {self.tensors[odd[0]].dtype}, which no adapter's "
                f"weights have ({', '.join(_WORDS)}); write it anew as it was trained"
            )

    def _check_targets(self) -> None:
        """What the settings lay adapters over, and what is there: loaders differ in which of the two they follow."""
        where, wanted = f"{self.folder / SETTINGS}, key", self.settings.get("target_modules")
        if not wanted and not self.settings.get("target_parameters"):
            raise SpaceNumError(f"{where} 'target_modules': names none; give the adapter with its own {SETTINGS}")
        if isinstance(wanted, str) and not _compiles(wanted):
            raise SpaceNumError(
                f"{where} 'target_modules': {wanted[:80]!r} is no pattern; give a list of modules' names"
            )
        known = wanted != BY_CLASS and not self.settings.get("target_parameters")
        if known and (over := [name for name in self.pairs if not any(map(self.targets, _spellings(name)))]):
            raise SpaceNumError(
                f"{where} 'target_modules': with the other keys it lays no adapters over {some(over)}, which {WEIGHTS} "
                f"holds; give the adapter with its own {SETTINGS}"
            )
        held = {_MAGNITUDE.sub("", name.removeprefix(PREFIX)) for name in self.tensors if _MAGNITUDE.search(name)}
        if self.settings.get("use_dora") and (bare := [module for module in self.pairs if module not in held]):
            raise SpaceNumError(
                f"{self.folder / WEIGHTS}: lacks lora_magnitude_vector of {some(bare)}, and {SETTINGS} says use_dora; "
                "give the whole adapter"
            )

    def _check_ranks(self) -> None:
        """A is [rank, in], B is [out, rank]; the adapter is scaled by lora_alpha over the rank of the settings."""
        rank, patterns = self.settings.get("r", 8), self.settings.get("rank_pattern") or {}
        experts = bool(self.settings.get("target_parameters"))  # whose ranks are stacked
        for pair in self.pairs.values():
            first, second = self.tensors[pair["A"]].shape, self.tensors[pair["B"]].shape
            flat = len(first) < 2 or len(second) < 2 or 0 in (*first, *second)
            odd = not experts and not flat and (first[0] != second[1] or (not patterns and first[0] != rank))
            if flat or odd:
                raise SpaceNumError(
                    f"{self.folder / WEIGHTS}: '{pair['A']}' and '{pair['B']}' have shapes {list(first)} and "
                    f"{list(second)}, and {SETTINGS} says rank (r) {rank}; give the adapter with its own {SETTINGS}"
                )

    def _check_alpha(self) -> None:
        where = f"{self.folder / SETTINGS}, key"
        patterns = self.settings.get("alpha_pattern") or {}
        if not isinstance(patterns, dict):
            raise SpaceNumError(f"{where} 'alpha_pattern': should give a number by module (got {str(patterns)[:80]})")
        alphas = [self.settings.get("lora_alpha", 8), *patterns.values()]
        for alpha in alphas:
            if not isinstance(alpha, int | float) or not abs(alpha) < LARGEST_ALPHA:
                raise SpaceNumError(
                    f"{where} 'lora_alpha': {str(alpha)[:80]} is no number; it is what the adapter is scaled by"
                )
            if alpha < 0:
                raise SpaceNumError(
                    f"{where} 'lora_alpha': {alpha} takes away what the adapter learned; give the value that it was "
                    "trained with"
                )
        if not any(alphas):
            raise SpaceNumError(
                f"{where} 'lora_alpha': 0 scales the adapter to nothing, so that it would score as its base; give the "
                "value that it was trained with"
            )

    def _check_numbers(self) -> None:
        weights = self.folder / WEIGHTS
        for name, tensor in self.tensors.items():
            exponent, words = _EXPONENT.get(tensor.dtype, 0), self.words(name)
            if exponent and ((words & exponent) == exponent).any():
                raise SpaceNumError(f"{weights}: '{name}' holds numbers that are NaN or infinite; train it anew")
        changes = {module: self._change(pair) for module, pair in self.pairs.items()}
        if max(changes.values()) < SMALLEST_CHANGE and not self._others:
            raise SpaceNumError(
                f"{weights}: its {len(changes)} modules change weights by {max(changes.values()):.0e} at most (lora_B "
                "times lora_A, scaled by lora_alpha), so that it would score as its base; give the adapter as it was "
                "after training"
            )

    def _change(self, pair: Mapping[str, str]) -> float:
        """Root of the mean square of B times A, scaled; at least so much where ranks or alphas differ by module."""
        first, second = (self.numbers(pair[side]).astype(np.float64) for side in "AB")
        rank = first.shape[0]
        first, second = first.reshape(rank, -1), second.reshape(second.shape[0], -1)
        alphas = [self.settings.get("lora_alpha", 8), *(self.settings.get("alpha_pattern") or {}).values()]
        scale = max(alphas) / (math.sqrt(rank) if self.settings.get("use_rslora") else rank)
        if second.shape[1] != rank:  # of experts, whose ranks are stacked: a bound
            square = float(np.square(first).sum() * np.square(second).sum())
        else:
            square = float(np.sum((second.T @ second) * (first @ first.T)))  # the norm without the product itself
        return scale * math.sqrt(max(0.0, square) / (first.shape[1] * second.shape[0]))

    @property
    def _others(self) -> list[str]:
        """Tensors that are no A or B, such as modules that were trained whole."""
        pairs = {name for pair in self.pairs.values() for name in pair.values()}
        return [name for name in self.tensors if name not in pairs]

    def targets(self, module: str) -> bool:
        """Whether the settings lay an adapter over a module of this name; False where they leave that to its class."""
        wanted, apart = self.settings.get("target_modules") or [], self.settings.get("exclude_modules") or []
        layers = self.settings.get("layers_to_transform")
        if layers is not None:
            numbers = [layers] if isinstance(layers, int) else layers
            match = _LAYER.match(module)
            if not match or int(match["number"]) not in numbers:
                return False
        return _named(module, wanted) and not _named(module, apart)


def _spellings(module: str) -> set[str]:
    """A module's name as this and other versions of transformers spell it: a pattern is of the one it was trained
    with."""
    bare = re.sub(r"^(?:(?:model|language_model)\.)+", "", module)
    return {module, *(prefix + bare for prefix in (_PREFIXES[:2] if _VISION.search(bare) else _PREFIXES))}


def _of(name: str, modules: Iterable[str]) -> bool:
    """Whether a tensor is of a module of one of these names, and not of what an adapter was laid over, but for
    embeddings."""
    kept = [module for module in modules if "base_layer" not in name or module in EMBEDDINGS]
    return any(f".{module}." in f".{name}" for module in kept)


def _named(module: str, wanted: str | Sequence[str]) -> bool:
    """As peft has it: a pattern for the whole name, or a list of names and ends of names."""
    if isinstance(wanted, str):
        return wanted != BY_CLASS and _compiles(wanted) and re.fullmatch(wanted, module) is not None
    return any(module == name or module.endswith(f".{name}") for name in wanted)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def check_adapter_for(config: ModelConfig) -> None:
    """SpaceNumError if the adapter of a model's file can't fit its checkpoint, as far as names and settings tell.

    For engines that pass over what doesn't fit. Without the checkpoint's list of weights (it is not in the local cache,
    and the hub can't be reached) only the names' form is checked.
    """
    assert config.adapter
    adapter = AdapterFiles.read(Path(config.adapter).expanduser())
    adapter.check()
    check_base(adapter, config)
    _check_start(adapter)
    try:
        settings = settings_file(config, CONFIG) or {}
    except SpaceNumError:  # out of reach, which the engine will say
        settings = {}
    names = weight_names(config)
    if names is None:
        _check_form(adapter, settings)
    else:
        _check_names(adapter, settings, modules_of(names, settings))
    _check_layers(adapter, settings)
    _check_width(adapter, settings)


def _check_start(adapter: AdapterFiles) -> None:
    """Engines without peft add an adapter to the checkpoint's weights, and some are to be added to others."""
    start = adapter.settings.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(TAKING_AWAY):
        raise SpaceNumError(
            f"{adapter.folder / SETTINGS}, key 'init_lora_weights': {start[:80]!r} takes a part out of the "
            "checkpoint's weights before the adapter is added, which this engine doesn't do; write it anew with peft's "
            "save_pretrained(…, path_initial_model_for_weight_conversion=…), or ask it with `backend: transformers`"
        )


def check_base(adapter: AdapterFiles, config: ModelConfig) -> None:
    """SpaceNumError if the adapter says that it was trained on another checkpoint, or another revision of it.

    The same are: paths of one folder, a folder and a repository of one name, the hub's cache of a repository, and a
    repository in other capitals.
    """
    said, revision = adapter.settings.get("base_model_name_or_path"), adapter.settings.get("revision")
    mine, where = config.checkpoint or "", f"{adapter.folder / SETTINGS}, key"
    if isinstance(said, str) and said and not _same_checkpoint(said, mine):
        raise SpaceNumError(
            f"{where} 'base_model_name_or_path': the adapter was trained on '{said}', and the model's file lays it "
            f"over '{mine}'; give that checkpoint, or, if it is the same, write '{mine}' into that key"
        )
    commits = {revision for revision in (revision, config.revision) if revision and COMMIT.fullmatch(str(revision))}
    if len(commits) > 1 and not is_folder(mine):
        raise SpaceNumError(
            f"{where} 'revision': the adapter was trained on revision '{revision}' of the checkpoint, and the model's "
            f"file says '{config.revision}'; give that revision"
        )


def _same_checkpoint(one: str, other: str) -> bool:
    names = {_bare_name(each) for each in (one, other)}
    if len(names) == 1 and (is_folder(one) or is_folder(other) or one.lower() == other.lower()):
        return True
    return Path(one).expanduser().resolve() == Path(other).expanduser().resolve()


def _bare_name(checkpoint: str) -> str:
    """A repository's or folder's own name, in small letters; in the hub's cache that of the repository."""
    if cached := re.search(r"models--[^/]+?--([^/]+)/snapshots/", f"{checkpoint}/"):
        return cached[1].lower()
    return Path(checkpoint).expanduser().name.lower()


def modules_of(weights: Iterable[str], settings: Mapping[str, Any]) -> dict[str, str]:
    """Modules that have weights, by transformers' name for them, with the checkpoint's own."""
    own = [name.removesuffix(".weight") for name in weights if name.endswith(".weight")]
    return {_as_loaded(name, settings): name for name in own}


def _as_loaded(name: str, settings: Mapping[str, Any]) -> str:
    """What transformers calls a module of a checkpoint whose names are older: all but the head is under ``model.``, the
    words under ``model.language_model.``."""
    if "vision_config" not in settings or name.startswith(("lm_head", "model.language_model.")):
        return name
    name = name.removeprefix("language_model.")
    if name.startswith("lm_head"):
        return name
    bare = name.removeprefix("model.")
    bare = bare.replace("vision_tower.vision_model.", "vision_tower.")
    return f"model.{bare}" if _VISION.search(bare.split(".")[0]) else f"model.language_model.{bare}"


def _check_names(adapter: AdapterFiles, settings: Mapping[str, Any], modules: Mapping[str, str]) -> None:
    weights, known = adapter.folder / WEIGHTS, {*modules, *modules.values()}
    if strange := [module for module in adapter.pairs if module not in known and not _fused(module, known)]:
        example = next((name for name in modules if adapter.targets(name)), next(iter(modules), "none"))
        raise SpaceNumError(
            f"{weights}: the checkpoint has no modules {some(strange)}, so that it would score as its base; "
            f"the checkpoint's are named as {PREFIX}{example}: give the adapter of this checkpoint, or name its keys so"
        )
    held = set(adapter.pairs)
    lacking = [
        name
        for name, own in modules.items()
        if adapter.targets(name) and not _EXPERT.search(name) and not held & {name, own}
    ]
    if lacking:
        raise SpaceNumError(
            f"{weights}: lacks {some(lacking)}, over which its {SETTINGS} lays adapters; give the whole adapter"
        )


def _fused(module: str, known: Iterable[str]) -> bool:
    """Whether it is of experts or of a fused projection, which checkpoints and classes name and split differently."""
    parent = module.rpartition(".")[0]
    return ".experts" in module or (
        module.endswith(("qkv_proj", "gate_up_proj")) and any(name.startswith(f"{parent}.") for name in known)
    )


def _check_form(adapter: AdapterFiles, settings: Mapping[str, Any]) -> None:
    strange = [module for module in adapter.pairs if module.startswith("base_model.")]
    if not strange and "vision_config" in settings and not str(settings.get("model_type")).startswith("qwen2"):
        strange = [name for name in adapter.pairs if re.match(r"(model\.)?layers\.", name)]
    if strange:
        raise SpaceNumError(
            f"{adapter.folder / WEIGHTS}: {some(strange)} are no names of this checkpoint's modules, so that it would "
            f"score as its base; transformers calls them {PREFIX}model.language_model.layers.…"
        )


def _check_layers(adapter: AdapterFiles, settings: Mapping[str, Any]) -> None:
    """Of the language model, where the settings name no layers: all or none."""
    text = settings.get("text_config") or settings.get("llm_config") or settings
    count = text.get("num_hidden_layers") if isinstance(text, dict) else None
    named = adapter.settings.get("layers_to_transform")
    target = adapter.settings.get("target_modules")
    if not count or named is not None or (isinstance(target, str) and target != BY_CLASS):
        return
    stacks: dict[str, set[int]] = {}
    for module in adapter.pairs:
        if (match := _LAYER.match(module)) and not _VISION.search(match["stack"]):
            stacks.setdefault(match["stack"], set()).add(int(match["number"]))
    for stack, found in stacks.items():
        if found - set(range(count)):
            raise SpaceNumError(
                f"{adapter.folder / WEIGHTS}: has layer {max(found)} of {stack}, and the checkpoint has {count}; give "
                "the adapter of this checkpoint"
            )
        if len(found) < count and isinstance(target, list) and not any("." in str(name) for name in target):
            missing = sorted(set(range(count)) - found)
            raise SpaceNumError(
                f"{adapter.folder / WEIGHTS}: lacks layers {', '.join(map(str, missing))} of {stack}, over which its "
                f"{SETTINGS} lays adapters; give the whole adapter"
            )


def _check_width(adapter: AdapterFiles, settings: Mapping[str, Any]) -> None:
    """Of what reads the language model's hidden state: lora_A is [rank, hidden size]."""
    text = settings.get("text_config") or settings.get("llm_config") or settings
    width = text.get("hidden_size") if isinstance(text, dict) else None
    for module, pair in adapter.pairs.items():
        if not width or "layers." not in module or _VISION.search(module):
            continue
        shape = adapter.tensors[pair["A"]].shape
        if module.endswith(("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")) and shape[-1:] != (width,):
            raise SpaceNumError(
                f"{adapter.folder / WEIGHTS}: '{pair['A']}' has shape {list(shape)}, and the checkpoint's hidden size "
                f"is {width}; give the adapter of this checkpoint"
            )


def some(names: Iterable[str]) -> str:
    """The first few of many names, and how many more there are."""
    listed = sorted(names)
    rest = f" and {len(listed) - SOME} more" if len(listed) > SOME else ""
    return ", ".join(listed[:SOME]) + rest
