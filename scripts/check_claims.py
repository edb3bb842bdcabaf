"""Check the paper's claims against this study's scores: two tables and a page."""

from __future__ import annotations

from spacenum.claims.check import check
from spacenum.claims.page import page
from spacenum.claims.panel import ClaimSubject, read_study
from spacenum.claims.paper import CLAIMS
from spacenum.claims.settings import ClaimsParams
from spacenum.core.provenance import each_of_jsonl, write_text
from spacenum.core.stage import Inputs, NamedInputs, Output, run_stage
from spacenum.items.schema import ITEM
from spacenum.tables.base import write_csv


def check_claims(
    params: ClaimsParams,
    *,
    asked: Inputs,
    scores: NamedInputs,
    traces: NamedInputs,
    external: NamedInputs,
    csv: Output,
    carried_by: Output,
    html: Output,
) -> None:
    models = [ClaimSubject(**model.model_dump()) for model in params.models]
    items = (item for path in asked for item in each_of_jsonl(path, ITEM))
    checked = check(CLAIMS, read_study(items, scores, traces, external, models), params.seed)
    write_csv(csv, checked.verdicts)
    write_csv(carried_by, checked.carried_by)
    write_text(html, page(checked, params))


if __name__ == "__main__":
    run_stage(check_claims)
