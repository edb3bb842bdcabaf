"""Traces without a study around them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from spacenum.traces.collect import Trace


@cache
def entries(name: str) -> list[dict[str, Any]]:
    """The written traces of a file beside this one."""
    return yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))


def trace_of(item: str, text: str, *, setting: Any = "transition", **more: Any) -> Trace:
    fields: dict[str, Any] = {
        "model": "m",
        "cell": "transition.space2num.rotate_left_right",
        "scene": "s",
        "question": "By how much did you turn?",
    }
    fields |= {"answer": "wrong", "finished": True, "large": None} | more
    return Trace(item=item, setting=setting, text=text, **fields)
