"""What a job reads: hashed before it starts, and compared with what the files' makers wrote."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import JobFile
from spacenum.core.provenance import anew, meta_path, read_meta, sha256_of

WAITS_S = (0.0, 2.0)
"""Before each look. A network's file system may show a file of before for a moment after a job elsewhere ended."""


def checked_inputs(job: JobFile) -> dict[str, str]:
    """SHA-256 of each input, by path; missing files are left to the stage.

    SpaceNumError if one isn't what the meta file of its maker says. What no job made can't be compared.
    """
    paths = sorted({path for paths in job.inputs.values() for path in paths if Path(path).is_file()})
    for wait in WAITS_S:
        time.sleep(wait)
        found = {path: sha256_of(Path(path)) for path in paths}
        others = _others(found, job.makers)
        if not others:
            return found
    raise SpaceNumError(f"{others[0]} isn't the file that was made: it has changed since; {anew(others[0])}")


def _others(found: Mapping[str, str], makers: Mapping[str, str]) -> list[str]:
    """Inputs that aren't what their makers wrote."""
    written = {maker: _outputs(Path(maker)) for maker in sorted({*makers.values()})}
    made = {path: digest for path, digest in found.items() if path in makers and written[makers[path]]}
    return [path for path, digest in made.items() if written[makers[path]].get(path) != digest]


def _outputs(maker: Path) -> Mapping[str, str]:
    try:
        return read_meta(meta_path(maker)).outputs
    except FileNotFoundError:
        return {}
    except SpaceNumError as error:
        raise SpaceNumError(f"{error}; {anew(maker)}") from None
