"""Build the project page: leaderboard, figures, claims, gallery, in one folder that can be hosted or sent as it is."""

from __future__ import annotations

from spacenum.core.stage import Input, Inputs, Made, NamedInputs, Output, OutputFolder, run_stage
from spacenum.gallery.inputs import read_items, read_variants, shown_answers
from spacenum.site.build import SiteInputs, write_site
from spacenum.site.settings import SiteParams
from spacenum.tables.inputs import read_scores


def build_site(
    params: SiteParams,
    *,
    items_file: Inputs,
    answers: NamedInputs,
    variants: NamedInputs,
    variant_answers: NamedInputs,
    scores: NamedInputs,
    teaser: Input,
    figures: NamedInputs,
    beside: NamedInputs,
    tables: NamedInputs,
    claims: Input,
    claim_items: Input,
    pack: Inputs,
    page: Output,
    gallery: OutputFolder,
    images: OutputFolder,
    downloads: OutputFolder,
) -> Made:
    models = params.gallery.models
    shown = SiteInputs(
        items=read_items(items_file).values(),
        answers=[(model, shown_answers(answers.get(model.name, []))) for model in models],
        variants=read_variants(params.gallery, variants, variant_answers),
        scores=[model for model in read_scores(models, scores) if model.rows],
        teaser=teaser,
        figures=figures,
        beside=beside,
        tables=tables,
        claims=claims,
        claim_items=claim_items,
        manifest=next(iter(pack), None),
    )
    write_site(page, params, shown)
    made = [path for folder in (gallery, images, downloads) for path in sorted(folder.rglob("*")) if path.is_file()]
    return Made(outputs=made)


if __name__ == "__main__":
    run_stage(build_site)
