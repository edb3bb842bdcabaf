"""Fetch the file of an external benchmark from the hub, at its pinned revision."""

from __future__ import annotations

from spacenum.core.stage import Output, run_stage
from spacenum.external.hub import fetch
from spacenum.external.settings import SourceParams


def fetch_external(params: SourceParams, *, file: Output) -> None:
    fetch(params.repo, params.revision, params.file, file)


if __name__ == "__main__":
    run_stage(fetch_external)
