"""Write a study's items as a data set that the hub and its library can load."""

from __future__ import annotations

import shutil
from pathlib import Path

from spacenum.core.provenance import atomic_folder, atomic_path, write_text
from spacenum.core.stage import Inputs, Made, NamedInputs, Output, OutputFolder, run_stage
from spacenum.release.build import SUMS, card_text, croissant_text, sums_text, write_files
from spacenum.release.settings import ReleaseParams


def make_release(
    params: ReleaseParams,
    *,
    items_file: NamedInputs,
    checks: Inputs,
    pack: Inputs,
    sums: Output,
    card: Output,
    metadata: Output,
    data: OutputFolder,
) -> Made:
    with atomic_folder(data) as folder:
        files, sizes = write_files(items_file, folder, params.answers)
    manifest = next(iter(pack), None)
    write_text(card, card_text(params, files, sizes, manifest))
    write_text(metadata, croissant_text(params, files))
    names = [card.name, metadata.name, *(file.name for file in files), *_attribution(manifest, sums.parent)]
    write_text(sums, sums_text(sums.parent, names))
    assert sums.name == SUMS
    return Made(outputs=[sums.parent / name for name in names])


def _attribution(manifest: Path | None, folder: Path) -> list[str]:
    """The authors of a fetched pack's models, copied beside the card."""
    name = "ATTRIBUTION.txt"
    if manifest is None:
        return []
    with atomic_path(folder / name) as copy:
        shutil.copyfile(manifest.with_name(name), copy)
    return [name]


if __name__ == "__main__":
    run_stage(make_release)
