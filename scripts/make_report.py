"""Gather all tables and figures, with captions and how each was made, in a report that a browser
opens (``snakemake --report``)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, atomic_path
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.tables.settings import ReportParams

TARGET = "tables_and_figures"


def make_report(params: ReportParams, *, shown: Inputs, report: Output) -> None:
    with tempfile.TemporaryDirectory() as folder, atomic_path(report) as path:
        config, made = Path(folder) / "config.json", Path(folder) / "report.zip"  # Snakemake goes by the name's ending
        config.write_text(json.dumps(params.config), encoding="utf-8")
        command = ["snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--configfile", str(config)]
        command += ["--nolock", "--cores", "1", "--report", str(made), "--", TARGET]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
        if done.returncode or not made.is_file():
            raise SpaceNumError(f"{report}: Snakemake could not make the report: {done.stderr.strip()[-1500:]}")
        path.write_bytes(made.read_bytes())


if __name__ == "__main__":
    run_stage(make_report)
