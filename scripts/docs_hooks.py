"""Hooks of mkdocs: pages of the site that are files of the repository, and links between them and docs/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
OUTSIDE = {
    "config.md": "config/README.md",
    "published.md": "published/README.md",
    "demonstration.md": "checkpoints/demonstration/README.md",
    "bench.md": "bench/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "reporting.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
    "citation.cff": "CITATION.cff",
}
"""Files of the site, and the files of the repository that they show."""
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside docs/."""
    for page, source in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with links as the site needs them: each names the file of the repository, as on a forge."""
    here = ROOT / OUTSIDE.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return LINK.sub(lambda found: linked(found[1], here.parent), markdown)


def linked(target: str, folder: Path) -> str:
    """A relative link in a file of ``folder``, from the site's root, where all pages are."""
    file = (folder / target).resolve()
    if not file.is_relative_to(ROOT):
        return target
    name = file.relative_to(ROOT).as_posix()
    pages = {source: page for page, source in OUTSIDE.items()}
    return pages.get(name, name.removeprefix("docs/"))
