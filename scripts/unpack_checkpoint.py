"""Lay a trained model that comes with the project into a study's folder, if its files are what their checksums say."""

from __future__ import annotations

import shutil
from pathlib import Path

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import atomic_folder, sha256_of
from spacenum.core.stage import leave_meta, params, parser
from spacenum.study.pretraining import CHECKSUMS, ShippedParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--files", type=Path, nargs="+", required=True)
    cli.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    args = cli.parse_args()
    job = params(args, ShippedParams)
    for path in args.files:
        if sha256_of(path) != job.sha256.get(path.name):
            raise SpaceNumError(
                f"{path} is not the file that {CHECKSUMS} beside it names; restore both, or train the model anew"
            )
    with atomic_folder(args.out) as temporary:
        for path in args.files:
            shutil.copyfile(path, temporary / path.name)
    leave_meta("shipped_checkpoint", args, ShippedParams, args.files, [args.out / path.name for path in args.files])


if __name__ == "__main__":
    run_script(main)
