"""Gather all tables and figures, with captions and how each was made, in a report that a browser
opens (``snakemake --report``)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from spacenum.core.errors import SpaceNumError
from spacenum.core.pages import content_policy
from spacenum.core.provenance import PROJECT, atomic_path
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.tables.settings import ReportParams

POLICY = content_policy(
    script_src="'unsafe-inline' 'unsafe-eval'",
    style_src="'unsafe-inline'",
    img_src="'self' file: data: blob:",
    connect_src="'self' file: data: blob:",
    frame_src="'self' file: data: blob:",
    font_src="data:",
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
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
        with_policy(made, path)


def with_policy(made: Path, out: Path) -> None:
    """Copy a report to ``out``, its page with a policy: Snakemake's scripts stand in it, and one of them compiles what
    it draws, but nothing is asked of other machines."""
    with zipfile.ZipFile(made) as report, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in report.infolist():
            data = report.read(entry)
            if PurePosixPath(entry.filename).name == "report.html" and entry.filename.count("/") == 1:
                data = data.replace(b"<head>", b"<head>\n" + META.encode(), 1)
            copy.writestr(entry, data)


if __name__ == "__main__":
    run_stage(make_report)
