"""Build the page that shows every item with its images, options, truth and all models' answers."""

from __future__ import annotations

from spacenum.core.stage import NOWHERE, Inputs, Made, NamedInputs, Output, OutputFolder, run_stage
from spacenum.gallery.build import build_gallery
from spacenum.gallery.inputs import read_items, read_variants, shown_answers
from spacenum.gallery.settings import GalleryParams


def gallery(
    params: GalleryParams,
    *,
    items_file: Inputs,
    answers: NamedInputs,
    variants: NamedInputs,
    variant_answers: NamedInputs,
    page: Output,
    index: Output,
    data: OutputFolder,
    beside: OutputFolder = NOWHERE,
) -> Made:
    engines = ", ".join(f"{setting}s from {simulator}" for setting, simulator in params.simulators.items())
    build_gallery(
        read_items(items_file).values(),
        [(model, shown_answers(answers.get(model.name, []))) for model in params.models],
        page.parent,
        variants=read_variants(params, variants, variant_answers),
        caption=f"Study '{params.study}': {engines}.",
    )
    return Made(outputs=[*sorted(data.glob("*.js")), *sorted(beside.glob("*.js"))])


if __name__ == "__main__":
    run_stage(gallery)
