"""Whether weights fit: a checkpoint's those of its class, an adapter's those of the checkpoint.

transformers and peft warn of weights that have no place, draw the missing ones at random, and go on. Here that is an
error: such a model would be scored under a name that isn't its own.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.adapter_files import SETTINGS, WEIGHTS, AdapterFiles, check_base, some
from spacenum.models.checkpoints import is_folder

UNREAD = re.compile(
    r"(^|\.)(rotary_emb\.inv_freq|position_ids|num_batches_tracked|rotary_pos_emb\.inv_freq)$|(^|\.)mtp\."
)
"""Weights of published checkpoints that no reply depends on: tables that classes now make themselves, and layers that
draft several tokens at once."""

LARGEST_WEIGHT = 1e6
"""Scales of norms reach thousands in published checkpoints, weights of layers hundreds."""
ROUNDING = 1e-6
"""Of a weight's norm, up to which a change is none."""


def check_report(report: Mapping[str, Any], checkpoint: str, unread: Iterable[str] = ()) -> None:
    """SpaceNumError if weights are missing, have another shape or have no place, as transformers says of its loading
    (``output_loading_info``).

    Tied weights, and those that the class itself lets be missing, aren't in the report. unread: patterns of more names
    that may have no place, as the model's file says.
    """
    mismatched = [entry[0] if isinstance(entry, tuple) else str(entry) for entry in report.get("mismatched_keys", ())]
    missing = {*report.get("missing_keys", ()), *mismatched}
    if missing:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': its files lack weights that its config.json makes a part of the model, and "
            f"which would be random ({len(missing)}: {some(missing)}); give a whole checkpoint, of the class that its "
            "config.json names"
        )
    patterns = [re.compile(pattern) for pattern in unread]
    over = [
        name
        for name in report.get("unexpected_keys", ())
        if not UNREAD.search(name) and not any(pattern.search(name) for pattern in patterns)
    ]
    if over:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': its files hold weights that the model of its config.json has no place for "
            f"({len(over)}: {some(over)}); give the config.json that belongs to them, or, if the model is whole "
            "without them, name them in options.unread_weights of the model's file"
        )


@contextmanager
def misfit(checkpoint: str) -> Iterator[None]:
    """Turn what transformers throws into one sentence where a weight's shape is another than its class has, or a file
    of weights is broken or missing."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': a file of its weights is broken ({error}); fetch or write it anew"
        ) from error
    except OSError as error:
        if not is_folder(checkpoint):  # the hub's, which ``plain_words`` knows
            raise
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': its weights can't be read ({' '.join(str(error).split())[:200]}); give a "
            "whole folder, as save_pretrained or `hf download` writes it"
        ) from error
    except RuntimeError as error:
        if "size mismatch" not in str(error) and "ignore_mismatched_sizes" not in str(error):
            raise
        named = re.findall(r"size mismatch for (\S+?):", str(error))
        which = f" ({some(named)})" if named else ""
        raise SpaceNumError(
            f"checkpoint '{checkpoint}': weights in its files have other shapes than its config.json gives "
            f"them{which}; give the config.json that belongs to them"
        ) from error


def check_values(model: nn.Module, checkpoint: str) -> None:
    """SpaceNumError if a weight in memory holds what is no number, numbers that no training gives, or a layer of
    zeros."""
    for name, weight in model.named_parameters():
        if not weight.is_floating_point() or weight.is_meta or not weight.numel():
            continue
        low, high = (float(end) for end in torch.aminmax(weight.detach()))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise SpaceNumError(
                f"checkpoint '{checkpoint}': its weight '{name}' holds numbers that are NaN or infinite; fetch or "
                "train it anew, or give it another dtype if they are too large for this one"
            )
        if max(-low, high) > LARGEST_WEIGHT:
            raise SpaceNumError(
                f"checkpoint '{checkpoint}': its weight '{name}' holds numbers as large as {max(-low, high):.0e}, "
                "which no training gives; fetch or write it anew"
            )
        if low == high == 0 and name.endswith(".weight") and weight.ndim > 1:
            raise SpaceNumError(
                f"checkpoint '{checkpoint}': its weight '{name}' is zero throughout, so that the layer does nothing; "
                "fetch or write it anew"
            )


def _finite(weight: Tensor) -> bool:
    """Without a second tensor of its size: the largest and the smallest tell, and are NaN if one number is."""
    low, high = torch.aminmax(weight.detach())
    return bool(torch.isfinite(low) & torch.isfinite(high))


def with_adapter(model: Any, config: ModelConfig) -> Any:
    """``model`` with a LoRA adapter, a folder, merged into its weights. SpaceNumError if there is none, if one of its
    keys has no place in the model, if it lacks one, or if no weight is another afterwards."""
    from peft import PeftConfig, PeftModel
    from safetensors import SafetensorError

    class Told(PeftModel):
        """Keeps what peft found while loading, of which ``from_pretrained`` only warns."""

        def load_adapter(self, *given: Any, **more: Any) -> Any:
            self.found = super().load_adapter(*given, **more)
            return self.found

    folder = Path(config.adapter or "").expanduser()
    if folder.is_dir():
        files = AdapterFiles.read(folder)
        files.check()
        check_base(files, config)
    try:
        settings = PeftConfig.from_pretrained(str(folder))
        settings.task_type = None  # of a class of its own, Told would not be asked
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Found missing adapter keys")
            tuned = Told.from_pretrained(model, str(folder), config=settings)
    except torch.OutOfMemoryError:
        raise
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise SpaceNumError(
            f"model file, key 'adapter': '{folder}' can't be loaded onto this checkpoint ({said[:300]})"
        ) from error
    _check_found(tuned.found, folder)
    return _merged(tuned, folder)


def _check_found(found: Any, folder: Path) -> None:
    unused, missing = (
        [name.replace(".default", "") for name in names] for names in (found.unexpected_keys, found.missing_keys)
    )
    if unused:
        raise SpaceNumError(
            f"{folder / WEIGHTS}: {len(unused)} of its keys have no place in this checkpoint ({some(unused)})"
            + (f", and {len(missing)} are missing ({some(missing)})" if missing else "")
            + "; give the adapter of this checkpoint, or name its keys as this transformers does"
        )
    if missing:
        raise SpaceNumError(
            f"{folder / WEIGHTS}: lacks {len(missing)} keys ({some(missing)}) over which its {SETTINGS} lays adapters; "
            "give the whole adapter"
        )


def _same(before: Tensor, after: Tensor) -> bool:
    """Whether two weights differ by no more than rounding of the products that were added."""
    if torch.equal(before, after):
        return True
    return before.is_floating_point() and float((after - before).norm()) <= ROUNDING * float(before.norm())


def _merged(tuned: Any, folder: Path) -> Any:
    """The base with the adapter in its weights, after a look at each weight before and after."""
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    layers = [(name, each) for name, each in tuned.named_modules() if isinstance(each, BaseTunerLayer)]
    same = []
    for name, layer in layers:
        before = {key: value.detach().clone() for key, value in layer.get_base_layer().named_parameters()}
        layer.merge()
        after = dict(layer.get_base_layer().named_parameters())
        if not all(_finite(after[key]) for key in before if after[key].is_floating_point()):
            raise SpaceNumError(
                f"{folder / WEIGHTS}: the weights of '{name.removeprefix('base_model.model.')}' are NaN or infinite "
                "with it; train it anew, or give the model's file a dtype that holds them"
            )
        if all(_same(value, after[key]) for key, value in before.items()):
            same.append(name)
    whole = any(isinstance(each, AuxiliaryTrainingWrapper) for each in tuned.modules())
    if layers and len(same) == len(layers) and not whole:
        raise SpaceNumError(
            f"{folder}: with this adapter all weights are those of the base, whose score it would get; give an adapter "
            "that was trained, and whose changes this dtype can hold"
        )
    if same:
        print(f"spacenum: warning: {folder}: changes nothing in {len(same)} of {len(layers)} modules", file=sys.stderr)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already following adapters were merged")
        return tuned.merge_and_unload().eval()
