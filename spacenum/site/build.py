"""Build the project page: ``index.html``, and beside it the gallery, copies of all images, and files to download."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import yaml
from markupsafe import Markup

from spacenum.asking.base import ModelInfo
from spacenum.claims.check import ALL_VLMS
from spacenum.core.pages import content_policy, page_templates
from spacenum.core.pictures import open_picture
from spacenum.core.provenance import atomic_folder, write_text
from spacenum.gallery.build import FILES, Answers, ShownVariant, build_gallery
from spacenum.items.schema import CELLS, Image, Item, Letter
from spacenum.release.licences import picture_lines
from spacenum.site.citation import bibtex
from spacenum.site.examples import examples
from spacenum.site.leaderboard import KINDS, columns, gallery_link, own_rows, published_rows
from spacenum.site.pictures import copy_images, copy_name, copy_picture, shown_images, with_copies
from spacenum.site.settings import CITATION, LICENCE, PUBLISHED, TEMPLATES, SiteParams
from spacenum.tables.base import ModelScores
from spacenum.tables.main_table import published_table
from spacenum.tables.names import NAMES, short_name

WIDEST_FIGURE = 2000
"""Pixels; figures have small print."""
CLAIM_ITEMS = 4
"""Of each claim, how many of the items that weigh most are named."""

AnswersOfModels = Sequence[tuple[ModelInfo, Answers]]


@dataclass(frozen=True, kw_only=True)
class SiteInputs:
    """What a page shows. figures, beside: the files of each figure by name, of this study and beside the published
    numbers. tables, claims: CSV files. attribution: of a pack that was fetched; it lies beside ``manifest``."""

    items: Collection[Item]
    answers: AnswersOfModels
    variants: Sequence[ShownVariant]
    scores: Sequence[ModelScores]
    teaser: Path
    figures: Mapping[str, Sequence[Path]]
    beside: Mapping[str, Sequence[Path]]
    tables: Mapping[str, Sequence[Path]]
    claims: Path
    claim_items: Path
    manifest: Path | None


def write_images(folder: Path, shown: SiteInputs) -> None:
    """Fill a folder with copies of all images of items and variants, and of all figures."""
    variants = [item for variant in shown.variants for item in variant.items.values()]
    copy_images(shown_images([*shown.items, *variants]), folder)
    copy_picture(shown.teaser, folder / "teaser.webp", WIDEST_FIGURE)
    for where, figures in (("figures", shown.figures), ("beside_published", shown.beside)):
        for name, files in figures.items():
            copy_picture(_of_kind(files, ".png"), folder / where / f"{name}.webp", WIDEST_FIGURE)


def write_gallery(folder: Path, params: SiteParams, shown: SiteInputs) -> None:
    """Fill a folder with the gallery, on the copies of images."""
    variants = [
        replace(one, items={item.id: item for item in with_copies(one.items.values())}) for one in shown.variants
    ]
    build_gallery(
        with_copies(shown.items),
        shown.answers,
        folder,
        variants=variants,
        root="../images",
        caption=f"{params.run} Images are compressed copies of those that models were shown.",
        home="../index.html#gallery",
    )


def write_files(folder: Path, params: SiteParams, shown: SiteInputs) -> None:
    """Fill a folder with what can be downloaded: numbers, vector figures, models' files, licences."""
    for where, several in (("figures", shown.figures), ("beside_published", shown.beside), ("tables", shown.tables)):
        for files in several.values():
            for file in files:
                if file.suffix != ".png":
                    _copy(file, folder / where)
    for file in (shown.claims, shown.claim_items, LICENCE, CITATION):
        _copy(file, folder)
    _copy(PUBLISHED, folder / "published")
    if shown.manifest:
        _copy(shown.manifest.with_name("ATTRIBUTION.txt"), folder)
    for name, text in params.files.items():
        (folder / "models").mkdir(exist_ok=True)
        (folder / "models" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _size(picture: Path) -> tuple[int, int]:
    """Width and height at which a figure is shown, which has two pixels for one of the page."""
    width, height = open_picture(picture).size
    return width // 2, height // 2


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)


def _of_kind(files: Sequence[Path], suffix: str) -> Path:
    return next(file for file in files if file.suffix == suffix)


def page(params: SiteParams, shown: SiteInputs) -> str:
    """The HTML of the page. It has no data in its scripts, and needs nothing from the network."""
    environment = page_templates(TEMPLATES)
    environment.filters["url"] = quote
    style, script = (Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in ("site.css", "site.js"))
    return environment.get_template("index.html.j2").render(
        style=style,
        script=script,
        policy=content_policy([script], [style], img_src=f"{FILES} data:"),
        params=params,
        n_items=len(shown.items),
        kinds={kind: told for kind, told in KINDS.items() if kind in {model.info.kind for model in shown.scores}},
        columns=columns(),
        own=own_rows(shown.scores, params.files),
        published=published_rows(published_table()),
        several=any(row.outcome == "several" for model in shown.scores for row in model.rows),
        examples=examples(shown.items, _letters(shown.answers)),
        cells=_cells(shown.items),
        claims=(claims := _claims(shown)),
        verdicts=Counter(claim["whole"]["verdict"] for claim in claims),
        claims_file=shown.claims.name,
        claims_items_file=shown.claim_items.name,
        beside=[*shown.beside],
        sizes={name: _size(_of_kind(files, ".png")) for name, files in shown.figures.items()},
        teaser=_size(shown.teaser),
        bibtex=bibtex(yaml.safe_load(CITATION.read_text(encoding="utf-8"))),
        pictures=[line[0].upper() + line[1:] for line in picture_lines(params.release, shown.manifest)],
        attribution=shown.manifest is not None,
        image=lambda name: "images/" + quote(copy_name(name)),
        gallery_link=gallery_link,
        names=NAMES,
    )


def _letters(answers: AnswersOfModels) -> dict[str, dict[str, Letter]]:
    """By item and model, for models that are asked in words or see pixels as one does."""
    found: dict[str, dict[str, Letter]] = {}
    for model, given in answers:
        for answer in given.values() if isinstance(given, Mapping) else given:
            if answer.letter and model.kind in ("vlm", "demonstration", "human", "baseline"):
                found.setdefault(answer.item, {})[model.name] = answer.letter
    return found


def _cells(items: Iterable[Item]) -> list[dict[str, Any]]:
    """The cells that have items, each with one of its pictures."""
    by_cell: dict[str, list[Item]] = {}
    for item in items:
        by_cell.setdefault(item.cell, []).append(item)
    return [
        {
            **{"cell": cell, "setting": own[0].setting, "task": own[0].task, "title": short_name(cell)},
            **{"items": len(own), "image": _picture(own[len(own) // 2])},
        }
        for cell in CELLS
        if (own := by_cell.get(cell))
    ]


def _picture(item: Item) -> str:
    return [part.image for part in item.prompt if isinstance(part, Image)][-1]


def _claims(shown: SiteInputs) -> list[dict[str, Any]]:
    """Each claim: its row about all models, those of single ones, and the items that weigh most."""
    verdicts = pd.read_csv(shown.claims)
    verdicts = verdicts.astype(object).where(verdicts.notna(), None)
    items = pd.read_csv(shown.claim_items)
    claims = []
    for whole in verdicts[verdicts["scope"] == ALL_VLMS].to_dict("records"):
        single = verdicts[(verdicts["claim"] == whole["claim"]) & (verdicts["scope"] != ALL_VLMS)]
        weigh = items[items["claim"] == whole["claim"]].head(CLAIM_ITEMS)["item"]
        claims.append({"whole": whole, "models": single.to_dict("records"), "items": [*weigh]})
    return claims


def write_site(out: Path, params: SiteParams, shown: SiteInputs) -> None:
    """Write the page ``out`` and the folders beside it; each takes its place when it is whole, the page last."""
    with atomic_folder(out.parent / "images") as folder:
        write_images(folder, shown)
    with atomic_folder(out.parent / "gallery") as folder:
        write_gallery(folder, params, shown)
    with atomic_folder(out.parent / "files") as folder:
        write_files(folder, params, shown)
    write_text(out, page(params, shown))
