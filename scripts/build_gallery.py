"""Build the page that shows every item with its images, options, truth and all models' answers."""

from __future__ import annotations

from spacenum.core.stage import Inputs, Made, NamedInputs, Output, run_stage
from spacenum.gallery.build import build_gallery
from spacenum.gallery.inputs import read_items, read_variants, shown_answers
from spacenum.gallery.settings import GalleryParams


def gallery(
    params: GalleryParams,
    *,
    items: Inputs,
    answers: NamedInputs,
    variants: NamedInputs,
    variant_answers: NamedInputs,
    page: Output,
    data: Output,
) -> Made:
    engines = ", ".join(f"{setting}s from {simulator}" for setting, simulator in params.simulators.items())
    build_gallery(
        read_items(items),
        [(model, shown_answers(answers.get(model.name, []))) for model in params.models],
        page.parent,
        variants=read_variants(params, variants, variant_answers),
        caption=f"Study '{params.study}': {engines}.",
    )
    return Made(outputs=sorted((page.parent / "variants").glob("*.js")) if params.variants else [])


if __name__ == "__main__":
    run_stage(gallery)
