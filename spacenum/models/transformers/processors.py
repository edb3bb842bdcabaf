"""Processor classes of transformers, without the parts that no question needs."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import transformers

from spacenum.core.errors import SpaceNumError


def processor_class(name: str, checkpoint: str) -> Any:
    """The class of this name, contented with no video and no audio part. SpaceNumError if it can't be had here."""
    stock = _found(name, checkpoint)

    def check(self: Any, argument: str, part: Any) -> Any:
        return None if part is None else stock.check_argument_for_proper_class(self, argument, part)

    own = {
        "check_argument_for_proper_class": check,
        "__init__": stock.__init__,
        "apply_chat_template": transformers.ProcessorMixin.apply_chat_template,  # SmolVLM's asks the video part first
    }
    return type(stock.__name__, (stock,), own)


def _found(name: str, checkpoint: str) -> Any:
    kind = getattr(transformers, name, None)
    if kind is None:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': transformers {transformers.__version__} has no class '{name}', its processor; "
            "use backend vllm"
        )
    return _with_pillow(kind.__module__, name, checkpoint) if getattr(kind, "is_dummy", False) else kind


def _with_pillow(module: str, name: str, checkpoint: str) -> Any:
    """A class that transformers hides where torchvision is missing, though it only takes a function from the file of
    the image processor that needs it, which its twin for Pillow has too."""
    found = sys.modules.get(module)
    if found is None:
        needs = module.replace(".processing_", ".image_processing_")
        twin = needs.replace(".image_processing_", ".image_processing_pil_")
        try:
            sys.modules[needs] = importlib.import_module(twin)
            found = importlib.import_module(module)
        except ImportError as error:
            raise SpaceNumError(
                f"checkpoint '{checkpoint}': its processor, {name}, needs {error.name or 'torchvision'}, which is not "
                "installed here; install the release that belongs to this torch, or use backend vllm"
            ) from None
        finally:
            sys.modules.pop(needs, None)
    return getattr(found, name)
