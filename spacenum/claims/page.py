"""The verdicts as a page, each with the numbers behind it and the items that carry it, linked to the gallery."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from markupsafe import Markup

from spacenum.claims.check import ALL_VLMS, Checked
from spacenum.claims.settings import ClaimsParams
from spacenum.core.pages import content_policy, page_templates

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 6


def page(checked: Checked, study: ClaimsParams) -> str:
    """HTML that needs nothing from the network."""
    environment = page_templates(TEMPLATES)
    verdicts = checked.verdicts.astype(object).where(checked.verdicts.notna(), None)
    claims = []
    for whole in verdicts[verdicts["scope"] == ALL_VLMS].to_dict("records"):
        single = verdicts[(verdicts["claim"] == whole["claim"]) & (verdicts["scope"] != ALL_VLMS)].to_dict("records")
        items = checked.carried_by[checked.carried_by["claim"] == whole["claim"]].head(SHOWN).to_dict("records")
        links = [item | {"link": f"gallery/index.html#{urlencode({'item': item['item']})}"} for item in items]
        claims.append({"whole": whole, "models": single, "links": links})
    counts = verdicts.loc[verdicts["scope"] == ALL_VLMS, "verdict"].value_counts().to_dict()
    style = Markup((TEMPLATES / "claims.css").read_text(encoding="utf-8"))
    template = environment.get_template("claims.html.j2")
    return template.render(
        claims=claims,
        counts=counts,
        study=study,
        simulators=study.simulators,
        style=style,
        policy=content_policy([], [style], img_src="data:"),
    )
