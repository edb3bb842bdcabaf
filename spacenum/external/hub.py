"""A hub's dataset repository at a pinned commit: one file of it, or all that a set of items is made of."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import owner
from spacenum.core.provenance import atomic_folder, atomic_path

SET_FILES = ["*.json", "*.jsonl", "*.parquet", "*.zip", "*.png", "*.jpg", "*.jpeg", "*.webp", "SHA256SUMS"]
"""What is taken of a repository; its code isn't."""
HUB = "data/external/hub/{repo}/{revision}"


def fetch(repo: str, revision: str, file: str, out: Path, endpoint: str | None = None) -> None:
    """Download to ``out``, which appears whole; endpoint: another hub than the library's own. SpaceNumError says what
    could not be had and what to do instead."""
    hub = _library()
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        atomic_path(out) as temporary,
        tempfile.TemporaryDirectory(prefix=f".{out.name}.{owner()}.", suffix=".part", dir=out.parent) as folder,
    ):
        try:
            got = hub.hf_hub_download(
                repo, file, repo_type="dataset", revision=revision, local_dir=folder, endpoint=endpoint
            )
        except (hub.errors.HfHubHTTPError, hub.errors.LocalEntryNotFoundError, OSError) as error:
            raise SpaceNumError(
                f"the hub did not give {file} of {repo} at {revision} ({_reason(error)}); "
                "download it elsewhere, and name the file as 'path' in the config's 'external'"
            ) from None
        os.replace(got, temporary)


def fetch_set(repo: str, revision: str, endpoint: str | None = None) -> Path:
    """The folder below the study's with a repository's rows and images, which appears whole; one that is there already
    is of this commit, and nothing is asked of the hub. SpaceNumError says what could not be had."""
    out = Path(HUB.format(repo=repo, revision=revision)) / "files"
    if out.is_dir():
        return out
    hub = _library()
    with atomic_folder(out) as folder:
        try:
            hub.snapshot_download(
                repo,
                repo_type="dataset",
                revision=revision,
                local_dir=folder,
                endpoint=endpoint,
                allow_patterns=SET_FILES,
            )
        except (hub.errors.HfHubHTTPError, hub.errors.LocalEntryNotFoundError, OSError) as error:
            raise SpaceNumError(
                f"the hub did not give {repo} at {revision} ({_reason(error)}); download it elsewhere, and import the "
                "folder or the file"
            ) from None
        shutil.rmtree(folder / ".cache", ignore_errors=True)
    return out


def _library() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ModuleNotFoundError:
        raise SpaceNumError(
            "the hub needs the Python package huggingface_hub; install it: "
            "pip install -e '.[external]' -c envs/constraints.txt"
        ) from None
    return huggingface_hub


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
