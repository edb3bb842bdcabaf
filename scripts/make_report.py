"""Gather all tables and figures, with captions and how each was made, in a report that a browser opens (``snakemake --report``)."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import atomic_path

TARGET = "tables_and_figures"


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("--workflow", required=True, help="the Snakefile")
    cli.add_argument("--config", required=True, help="the study's config, as JSON")
    cli.add_argument("--out", type=Path, required=True, help="a zip file")
    args = cli.parse_args()
    with tempfile.TemporaryDirectory() as folder, atomic_path(args.out) as path:
        config = Path(folder) / "config.json"
        config.write_text(args.config, encoding="utf-8")
        report = Path(folder) / "report.zip"  # Snakemake goes by the name's ending
        command = ["snakemake", "--snakefile", args.workflow, "--configfile", str(config), "--nolock", "--cores", "1"]
        made = subprocess.run(
            [sys.executable, "-m", *command, "--report", str(report), "--", TARGET], capture_output=True, text=True
        )
        if made.returncode or not report.is_file():
            raise SpaceNumError(f"{args.out}: Snakemake could not make the report: {made.stderr.strip()[-1500:]}")
        path.write_bytes(report.read_bytes())


if __name__ == "__main__":
    run_script(main)
