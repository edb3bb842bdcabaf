"""``results/main_table.tex`` in a document of LaTeX."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from spacenum.tables.main_table import caption, main_table, published_table, to_latex
from tests.scoring.fakes import benchmark, guesses, reply, scores_of, unparsed

COMPILERS = {
    "tectonic": ["tectonic", "--outdir", ".", "main.tex"],
    "pdflatex": ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "main.tex"],
}
DOCUMENT = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs,graphicx}
\begin{document}
\input{main_table}
\end{document}
"""


def test_the_main_table_compiles(tmp_path):
    there = [name for name in COMPILERS if shutil.which(name)]
    if not there:
        pytest.skip(f"none of {', '.join(COMPILERS)} is installed (Debian: texlive-latex-recommended)")
    items = benchmark(8)
    models = [
        scores_of("chance", items, guesses, "reference"),
        scores_of("odd_name|100%&<~^\\", items, lambda item: reply(item, "A"), "vlm"),
        scores_of("silent", items, unparsed, "vlm"),
    ]
    told = caption(models, {"transition": "blender", "layout": "blender"}, "letter-greedy")
    (tmp_path / "main_table.tex").write_text(to_latex(main_table(models), told, published_table()))
    (tmp_path / "main.tex").write_text(DOCUMENT)
    done = subprocess.run(COMPILERS[there[0]], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "main.pdf").is_file(), done.stdout[-3000:] + done.stderr[-1000:]
