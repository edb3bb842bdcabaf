"""How an average counts: each cell alike, each item alike, or each setting alike."""

from typing import Literal

Weighting = Literal["cells", "items", "settings"]
