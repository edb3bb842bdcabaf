"""Build the page that shows every item with its images, options, truth and all models' answers."""

from __future__ import annotations

from pathlib import Path

from spacenum.errors import run_script
from spacenum.gallery.build import build_gallery
from spacenum.gallery.settings import GalleryParams
from spacenum.items.schema import ITEM
from spacenum.models.base import Answer
from spacenum.provenance import read_jsonl
from spacenum.scripting import leave_meta, params, parser
from spacenum.tables.inputs import paths_by_model


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, nargs="+", required=True)
    cli.add_argument("--answers", nargs="*", default=[], metavar="MODEL=JSONL")
    cli.add_argument("--out", type=Path, required=True, help="index.html")
    args = cli.parse_args()
    job = params(args, GalleryParams)
    items = [item for path in args.items for item in read_jsonl(path, ITEM)]
    paths = paths_by_model(args.answers)
    answers = [(m, [a for path in paths.get(m.name, []) for a in _first_answers(path)]) for m in job.models]
    engines = ", ".join(f"{setting}s from {simulator}" for setting, simulator in job.simulators.items())
    build_gallery(items, answers, args.out.parent, caption=f"Study '{job.study}': {engines}.")
    inputs = [*args.items, *(path for several in paths.values() for path in several)]
    leave_meta("gallery", args, GalleryParams, inputs, [args.out, args.out.with_name("items.js")])


def _first_answers(path: Path) -> list[Answer]:
    """Of items that were asked several times, the first answer, to the item as it stands: what the page has room for."""
    return [answer for answer in read_jsonl(path, Answer) if not answer.repeat and not answer.rotation]


if __name__ == "__main__":
    run_script(main)
