"""Check the paper's claims against this study's scores: two tables and a page."""

from __future__ import annotations

from spacenum.claims.base import ClaimSubject, scores_by_condition
from spacenum.claims.check import check
from spacenum.claims.page import page
from spacenum.claims.paper import CLAIMS
from spacenum.claims.settings import ClaimsParams
from spacenum.core.provenance import write_text
from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv


def check_claims(params: ClaimsParams, *, scores: NamedInputs, csv: Output, carried_by: Output, html: Output) -> None:
    models = [ClaimSubject(**model.model_dump()) for model in params.models]
    checked = check(CLAIMS, scores_by_condition(scores), models)
    write_csv(csv, checked.verdicts)
    write_csv(carried_by, checked.carried_by)
    write_text(html, page(checked, params))


if __name__ == "__main__":
    run_stage(check_claims)
