"""Fetch the file of an external benchmark from the hub, at its pinned revision."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.external.hub import fetch
from spacenum.external.settings import SourceParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, SourceParams)
    fetch(job.repo, job.revision, job.file, args.out)
    leave_meta("external_source", args, SourceParams, [], [args.out])


if __name__ == "__main__":
    run_script(main)
