"""One file of a hub's dataset repository, at a pinned commit."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import owner
from spacenum.core.provenance import atomic_path


def fetch(repo: str, revision: str, file: str, out: Path, endpoint: str | None = None) -> None:
    """Download to ``out``, which appears whole; endpoint: another hub than the library's own. SpaceNumError says what
    could not be had and what to do instead."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ModuleNotFoundError:
        raise SpaceNumError(
            "the hub needs the Python package huggingface_hub; install it: "
            "pip install -e '.[external]' -c envs/constraints.txt"
        ) from None
    with (
        atomic_path(out) as temporary,
        tempfile.TemporaryDirectory(prefix=f".{out.name}.{owner()}.", suffix=".part", dir=out.parent) as folder,
    ):
        try:
            got = hf_hub_download(
                repo, file, repo_type="dataset", revision=revision, local_dir=folder, endpoint=endpoint
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise SpaceNumError(
                f"the hub did not give {file} of {repo} at {revision} ({reason}); "
                "download it elsewhere, and name the file as 'path' in the config's 'external'"
            ) from None
        os.replace(got, temporary)
