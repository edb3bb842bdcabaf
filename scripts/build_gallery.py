"""Build the page that shows every item with its images, options, truth and all models' answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.gallery.build import ShownVariant, build_gallery
from spacenum.gallery.settings import GalleryParams
from spacenum.items.schema import ITEM, Item
from spacenum.tables.inputs import paths_by_model


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, nargs="+", required=True)
    cli.add_argument("--answers", nargs="*", default=[], metavar="MODEL=JSONL")
    cli.add_argument("--variants", nargs="*", default=[], metavar="VARIANT=JSONL", help="their items")
    cli.add_argument("--variant-answers", nargs="*", default=[], metavar="VARIANT/MODEL=JSONL")
    cli.add_argument("--out", type=Path, required=True, help="index.html")
    args = cli.parse_args()
    job = params(args, GalleryParams)
    paths, variant_items, variant_answers = map(paths_by_model, (args.answers, args.variants, args.variant_answers))
    answers = [(model, _first_answers(paths.get(model.name, []))) for model in job.models]
    variants = [
        ShownVariant(
            name,
            changes,
            _items(variant_items.get(name, [])),
            {m.name: _first_answers(variant_answers.get(f"{name}/{m.name}", [])) for m in job.models},
        )
        for name, changes in job.variants.items()
    ]
    engines = ", ".join(f"{setting}s from {simulator}" for setting, simulator in job.simulators.items())
    caption = f"Study '{job.study}': {engines}."
    build_gallery(_items(args.items), answers, args.out.parent, variants=variants, caption=caption)
    named = [
        path for given in (paths, variant_items, variant_answers) for several in given.values() for path in several
    ]
    written = [args.out, args.out.with_name("items.js")]
    written += sorted((args.out.parent / "variants").glob("*.js")) if variants else []
    leave_meta("gallery", args, GalleryParams, [*args.items, *named], written)


def _items(paths: Sequence[Path]) -> list[Item]:
    return [item for path in paths for item in read_jsonl(path, ITEM)]


def _first_answers(paths: Sequence[Path]) -> list[Answer]:
    """Of items that were asked several times, the first answer, to the item as it stands: what the page has room for."""
    answers = [answer for path in paths for answer in read_jsonl(path, Answer)]
    return [answer for answer in answers if not answer.repeat and not answer.rotation]


if __name__ == "__main__":
    run_script(main)
