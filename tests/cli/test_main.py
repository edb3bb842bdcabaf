"""What holds for every command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_reader_that_left_ends_a_command_without_a_traceback(tmp_path: Path):
    reader, writer = os.pipe()
    os.close(reader)
    (tmp_path / "results").mkdir()
    program = "from spacenum.cli import lineage, main; lineage.lineage = lambda asked: ['line' * 9999] * 9; main.main()"
    command = [sys.executable, "-c", program, "lineage", "results/x.csv", "--directory", str(tmp_path)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")
