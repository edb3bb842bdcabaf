"""One look for all figures."""

from __future__ import annotations

from typing import Any

STYLE: Any = {
    "font.size": 6.5,
    "font.family": "DejaVu Sans",
    "axes.linewidth": 0.5,
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.4,
    "hatch.color": "0.6",
}
