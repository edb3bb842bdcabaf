"""Checkpoints of local engines: on the hub or in a folder; what identifies them; what to say if they can't be had."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from spacenum.asking.settings import ADAPTER_FILES, ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.versions import installed, released

CONFIG = "config.json"
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
WEIGHT_SETS = (SINGLE, INDEX, "pytorch_model.bin", "pytorch_model.bin.index.json")
LONGEST_HEADER = 100 * 2**20
"""Bytes of what a safetensors file says of its tensors, as its readers have it."""
WHOLE_NUMBERS = ("I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL", "F8_E4M3", "F8_E5M2")
"""Types of numbers that weights have only if scales or tables stand beside them."""
COMMIT = re.compile(r"[0-9a-f]{40}")
WHOLE = 2**30
BLOCKS, BLOCK = 64, 256 * 2**10
"""Files up to WHOLE bytes are hashed whole; of larger ones BLOCKS blocks of BLOCK bytes,
evenly spread, and the size."""
READERS = ("pillow", "tokenizers", "torch", "transformers")
"""Packages that read images, words and weights in every local engine."""
APART = re.compile(
    r"(^|/)(\.|checkpoint-\d+/|runs/|(optimizer|scheduler|rng_state|scaler|training_args|trainer_state)[^/]*$)|"
    r"\.(md|log|meta\.json)$"
)
"""Files of a checkpoint's folder that no reply depends on: hidden ones, what training left to go on from, notes."""


EXTRAS = {
    "transformers": ("transformers", ("torch", "transformers")),
    "ovis": ("transformers", ("torch", "transformers")),
    "smollm2_text": ("transformers,smollm2", ("torch", "transformers", "gguf")),
}
"""Backend -> the extras to install, and the packages that they bring."""


def packages_lacking(config: ModelConfig) -> str | None:
    """Which packages a model's backend needs that aren't installed here, and the command that installs them."""
    extra, packages = EXTRAS.get(config.backend, ("", ()))
    wanted = [*packages, *(["peft"] if packages and config.adapter else [])]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    install = f"pip install -e '.[{extra}]'"
    return f"backend '{config.backend}' needs {' and '.join(missing)}, not installed here; run: {install}"


def require(config: ModelConfig) -> None:
    """SpaceNumError unless the packages of a model's backend can be imported."""
    if lacking := packages_lacking(config):
        raise SpaceNumError(lacking)


def checkpoint_of(config: ModelConfig) -> str:
    """The checkpoint to load. SpaceNumError if none is given, or a folder is meant and isn't a checkpoint."""
    if not config.checkpoint:
        raise SpaceNumError("model file, key 'checkpoint': missing; give a hub repository or a folder")
    if is_folder(config.checkpoint) and not (Path(config.checkpoint).expanduser() / CONFIG).is_file():
        raise SpaceNumError(
            f"model file, key 'checkpoint': folder '{config.checkpoint}' has no config.json; give a folder that "
            "save_pretrained or `hf download` wrote, or a hub repository as owner/name"
        )
    if is_folder(config.checkpoint) and (Path(config.checkpoint).expanduser() / ADAPTER_FILES[0]).is_file():
        raise SpaceNumError(
            f"model file, key 'checkpoint': folder '{config.checkpoint}' holds {ADAPTER_FILES[0]}, an adapter that "
            "would be loaded unseen; move it to a folder of its own and name that under 'adapter'"
        )
    return config.checkpoint


def is_folder(checkpoint: str) -> bool:
    """Whether a folder is meant, not a hub repository: it exists, or it is written as a path."""
    return checkpoint.startswith(("/", "./", "../", "~")) or Path(checkpoint).is_dir()


def fingerprint(folder: Path) -> str:
    """16 hex digits that change with the files that replies depend on (names, sizes,
    contents; of the largest, samples)."""
    digest = hashlib.sha256()
    named = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    for name, path in named:
        if APART.search(name):
            continue
        size = path.stat().st_size
        digest.update(f"{name}\0{size}\0".encode())
        with path.open("rb") as file:
            for start in range(0, size, BLOCK) if size <= WHOLE else _starts(size):
                file.seek(start)
                digest.update(file.read(BLOCK))
    return digest.hexdigest()[:16]


def _starts(size: int) -> list[int]:
    return [round(k * (size - BLOCK) / (BLOCKS - 1)) for k in range(BLOCKS)]


def identity(config: ModelConfig) -> dict[str, str]:
    """What names the weights: repository and commit, or a folder's name and fingerprint;
    the same for an adapter's folder.

    SpaceNumError if there is no such folder, or a commit can't be found out.
    """
    checkpoint = checkpoint_of(config)
    found = (
        _of_folder(checkpoint, "checkpoint")
        if is_folder(checkpoint)
        else {"checkpoint": checkpoint, "revision": pinned(config).revision or ""}
    )
    if config.adapter:
        found["adapter"] = " ".join(_of_folder(config.adapter, "adapter").values())
    return found


def pinned(config: ModelConfig) -> ModelConfig:
    """The same model with the commit that its ``revision`` names (``main`` if it names none), so that what is loaded is
    what replies are kept under. A folder's is itself."""
    checkpoint = checkpoint_of(config)
    if is_folder(checkpoint):
        return config
    with plain_words(config):
        return config.model_copy(update={"revision": commit_of(checkpoint, config.revision or "main")})


def reply_versions(*more: str) -> dict[str, str]:
    """Versions of ``READERS`` and of ``more`` packages in this process's environment."""
    return released(installed([*READERS, *more]))


def thought_identity(config: ModelConfig) -> dict[str, str]:
    """Of a model that always thinks: that its kept replies begin with the tag of thought that the prompt opened, which
    older ones lack."""
    return {"thought": "with the prompt's tag"} if config.reasoning == "checkpoint" else {}


@cache
def commit_of(repository: str, revision: str) -> str:
    """The commit of a repository that a branch or tag names: in the local cache as it was fetched, else on the hub now.

    What the hub's client throws if there is none; SpaceNumError without that client.
    """
    if COMMIT.fullmatch(revision):
        return revision
    try:
        from huggingface_hub import hf_hub_download, try_to_load_from_cache
    except ModuleNotFoundError:
        raise SpaceNumError(
            f"checkpoint '{repository}': which commit '{revision}' is can't be found out without huggingface_hub; give "
            "the commit (40 hex digits) in key 'revision' of the model file, or pip install huggingface_hub"
        ) from None
    kept = try_to_load_from_cache(repository, CONFIG, revision=revision)
    path = kept if isinstance(kept, str) else hf_hub_download(repository, CONFIG, revision=revision)
    return Path(path).parent.name  # of snapshots/<commit>/config.json


def model_type(config: ModelConfig) -> str:
    """The ``model_type`` of the checkpoint's config.json: from its folder, the local cache or the hub.

    SpaceNumError if it can't be had.
    """
    return str((settings_file(config, CONFIG) or {}).get("model_type", ""))


def image_settings(config: ModelConfig) -> dict[str, Any]:
    """What the checkpoint says of its image processor; nothing if it says nothing."""
    inner = (settings_file(config, "processor_config.json") or {}).get("image_processor")
    return inner or settings_file(config, "preprocessor_config.json") or {}


def settings_file(config: ModelConfig, name: str) -> dict[str, Any] | None:
    """A JSON file of the checkpoint; None if it has no such file. SpaceNumError if it can't be had, or isn't JSON."""
    checkpoint = checkpoint_of(config)
    with plain_words(config):
        path = (
            Path(checkpoint).expanduser() / name
            if is_folder(checkpoint)
            else _of_hub(checkpoint, pinned(config).revision or "main", name)
        )
    if path is None or not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SpaceNumError(f"checkpoint '{checkpoint}': its file {name} is no JSON object; fetch it anew")
    return found


def weight_names(config: ModelConfig) -> list[str] | None:
    """Names of the checkpoint's weights in its safetensors files; None if they can't be had without reading weights.

    A hub repository's single file is only looked at where it is in the local cache.
    """
    try:
        index = settings_file(config, INDEX)
    except SpaceNumError:
        return None
    if index is not None:
        return sorted(index.get("weight_map") or {}) or None
    path = _single_file(config)
    return sorted(_header(path)) if path is not None and path.is_file() else None


def _header(path: Path) -> dict[str, Any]:
    """What a safetensors file says of its tensors, by name."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(min(length, LONGEST_HEADER)))
        ends = [said["data_offsets"][1] for name, said in header.items() if name != "__metadata__"]
        whole = 8 + length + max(ends, default=0) <= path.stat().st_size
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise SpaceNumError(f"{path}: not a safetensors file; fetch it anew") from None
    if not whole:
        raise SpaceNumError(f"{path}: cut short; fetch it anew")
    header.pop("__metadata__", None)
    return header


def check_files(config: ModelConfig) -> None:
    """SpaceNumError if a checkpoint's folder has two sets of weights, or whole numbers in their place without what says
    how they are scaled. Of a repository the hub's client chooses the files."""
    checkpoint = checkpoint_of(config)
    if not is_folder(checkpoint):
        return
    folder = Path(checkpoint).expanduser()
    sets = [name for name in WEIGHT_SETS if (folder / name).is_file()]
    if len(sets) > 1:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': its folder holds {len(sets)} sets of weights ({', '.join(sets)}), of which "
            "engines read one or another; leave the one that is meant"
        )
    headers = [_header(path) for path in sorted(folder.glob("model*.safetensors"))]
    if (settings_file(config, CONFIG) or {}).get("quantization_config"):
        return
    for header in headers:
        whole = [name for name, said in header.items() if _is_whole(name, said)]
        if whole:
            raise SpaceNumError(
                f"checkpoint '{checkpoint}': weight '{whole[0]}' is of whole numbers, and config.json has no "
                "quantization_config that says how they are scaled; give the config.json that belongs to them, or "
                "weights that are not quantised"
            )


def _is_whole(name: str, said: Any) -> bool:
    kind = said.get("dtype") if isinstance(said, dict) else None
    return name.endswith((".weight", ".bias")) and kind in WHOLE_NUMBERS


def _single_file(config: ModelConfig) -> Path | None:
    checkpoint = checkpoint_of(config)
    if is_folder(checkpoint):
        return Path(checkpoint).expanduser() / SINGLE
    try:
        from huggingface_hub import try_to_load_from_cache
    except ModuleNotFoundError:
        return None
    kept = try_to_load_from_cache(checkpoint, SINGLE, revision=config.revision)
    return Path(kept) if isinstance(kept, str) else None


def _of_hub(repository: str, commit: str, name: str) -> Path | None:
    """A file of a repository, from the local cache or the hub; None if it has none."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    except ModuleNotFoundError:
        raise SpaceNumError(
            f"checkpoint '{repository}': its {name} can't be read without huggingface_hub; pip install huggingface_hub"
        ) from None
    try:
        return Path(hf_hub_download(repository, name, revision=commit))
    except LocalEntryNotFoundError:  # unknown, being offline
        if name == CONFIG:
            raise
        return None
    except EntryNotFoundError:
        return None


def _of_folder(name: str, key: str) -> dict[str, str]:
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise SpaceNumError(f"model file, key '{key}': there is no folder '{name}'")
    return {"checkpoint": folder.name, "revision": fingerprint(folder)}


@contextmanager
def plain_words(config: ModelConfig) -> Iterator[None]:
    """Turn what the hub's client throws while loading into one sentence."""
    try:
        yield
    except (OSError, ValueError) as error:
        causes = {kind.__name__ for cause in _chain(error) for kind in type(cause).__mro__}
        said = _own_code(config) if "trust_remote_code" in str(error) else _sentence(config, causes)
        if said is None:
            raise
        raise SpaceNumError(said) from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _own_code(config: ModelConfig) -> str:
    return (
        f"checkpoint '{config.checkpoint}' needs Python code of its own, which backend '{config.backend}' never runs; "
        "read that code, and if you agree to it, take a backend with options.trust_remote_code, such as vllm"
    )


def _sentence(config: ModelConfig, causes: set[str]) -> str | None:
    what = f"checkpoint '{config.checkpoint}'" + (f" at revision '{config.revision}'" if config.revision else "")
    if "GatedRepoError" in causes or (config.gated and "RepositoryNotFoundError" in causes):
        return (
            f"{what} is gated: accept its licence on its hub page, then give a token of that account "
            "(`hf auth login`, or the environment variable HF_TOKEN)"
        )
    if "RepositoryNotFoundError" in causes or "HFValidationError" in causes:
        return f"{what}: the hub has no such repository (or it is private); check key 'checkpoint' of the model file"
    if "RevisionNotFoundError" in causes:
        return f"{what}: the repository has no such revision; check key 'revision' of the model file"
    if causes & {"LocalEntryNotFoundError", "OfflineModeIsEnabled", "ConnectError", "ConnectionError"}:
        return (
            f"{what} is not in the local cache and the hub can't be reached; download it where there is a network "
            f"(`hf download {config.checkpoint}`), or put a folder into key 'checkpoint'"
        )
    return None
