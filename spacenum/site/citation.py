"""CITATION.cff as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

AND = " and\n            "
TYPES = {"article": "article", "conference-paper": "inproceedings", "software": "software"}


def bibtex(citation: Mapping[str, Any]) -> str:
    """The entry of what the file asks to cite, or else of its first reference; then that of the software itself."""
    references = (
        [citation["preferred-citation"]] if "preferred-citation" in citation else citation.get("references", [])
    )
    return "\n\n".join(map(_entry, [*references[:1], citation]))


def _entry(work: Mapping[str, Any]) -> str:
    people = [_person(author) for author in work["authors"]]
    fields = {
        "title": f"{{{work['title']}}}",
        "author": AND.join(people),
        "journal": work.get("journal"),
        "year": work.get("year"),
        "version": work.get("version"),
        "eprint": _arxiv(work),
        "archiveprefix": "arXiv" if _arxiv(work) else None,
        "doi": work.get("doi"),
        "url": work.get("url") or work.get("repository-code"),
    }
    first = work["authors"][0].get("family-names", "")
    key = re.sub(r"\W+", "", f"{first}{work.get('year', '')}{work['title'].split()[0]}").lower()
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{TYPES.get(work['type'], 'misc')}{{{key},", *lines, "}"])


def _person(author: Mapping[str, str]) -> str:
    if "family-names" in author:
        return f"{author['family-names']}, {author['given-names']}"
    return f"{{{author['name']}}}"


def _arxiv(work: Mapping[str, Any]) -> str | None:
    told = [one["value"] for one in work.get("identifiers", []) if str(one["value"]).startswith("arXiv:")]
    return told[0].removeprefix("arXiv:") if told else None
