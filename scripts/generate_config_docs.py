"""Write config/README.md, config/schema/*.json and docs/paper.md from the classes that read the config."""

from __future__ import annotations

from spacenum.core.errors import run_script
from spacenum.core.provenance import PROJECT, write_text
from spacenum.study.config_docs import SCHEMAS, paper_text, readme_text, schema_text


def main() -> None:
    write_text(PROJECT / "config" / "README.md", readme_text())
    write_text(PROJECT / "docs" / "paper.md", paper_text())
    for name, model in SCHEMAS.items():
        write_text(PROJECT / "config" / "schema" / f"{name}.json", schema_text(model))


if __name__ == "__main__":
    run_script(main)
