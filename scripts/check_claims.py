"""Check the paper's claims against this study's scores: two tables and a page."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from spacenum.claims.base import ClaimSubject, ScoresByCondition
from spacenum.claims.check import check
from spacenum.claims.page import page
from spacenum.claims.paper import CLAIMS
from spacenum.claims.settings import ClaimsParams
from spacenum.core.errors import run_script
from spacenum.core.provenance import write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.scoring.rows import ScoreRow, read_rows
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import paths_by_model


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scores", nargs="*", default=[], metavar="CONDITION/MODEL=CSV")
    cli.add_argument(
        "--out", type=Path, required=True, help="claims.csv; claims_items.csv and claims.html go beside it"
    )
    args = cli.parse_args()
    job, paths = params(args, ClaimsParams), paths_by_model(args.scores)
    checked = check(CLAIMS, _scores(paths), [ClaimSubject(**model.model_dump()) for model in job.models])
    items, html = args.out.with_name("claims_items.csv"), args.out.with_suffix(".html")
    write_csv(args.out, checked.verdicts)
    write_csv(items, checked.carried_by)
    write_text(html, page(checked, job))
    inputs = [path for given in paths.values() for path in given]
    leave_meta("claims", args, ClaimsParams, inputs, [args.out, items, html])


def _scores(paths: dict[str, list[Path]]) -> ScoresByCondition:
    found: dict[str, dict[str, list[ScoreRow]]] = defaultdict(dict)
    for key, given in paths.items():
        condition, _, model = key.partition("/")
        found[condition][model] = [row for path in given for row in read_rows(path)]
    return found


if __name__ == "__main__":
    run_script(main)
