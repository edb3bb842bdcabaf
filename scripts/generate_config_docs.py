"""Write config/README.md and config/schema/*.json from the classes that read the config."""

from __future__ import annotations

from spacenum.core.errors import run_script
from spacenum.core.provenance import PROJECT, write_text
from spacenum.study.config_docs import SCHEMAS, readme_text, schema_text


def main() -> None:
    write_text(PROJECT / "config" / "README.md", readme_text())
    for name, model in SCHEMAS.items():
        write_text(PROJECT / "config" / "schema" / f"{name}.json", schema_text(model))


if __name__ == "__main__":
    run_script(main)
