"""A study from config files, as Snakemake merges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.core.reading import parse_yaml, read_text
from spacenum.study.config import Layers, merged, parse_study
from spacenum.study.study import Study
from spacenum.study.tuned import without_unfit

DEFAULT_CONFIG = PROJECT / "config" / "config.yaml"


def load_study(configfiles: Sequence[Path], options: Mapping[str, Any] | None = None) -> Study:
    """The default config with ``configfiles`` and ``options`` laid over it, key by key, as Snakemake does with
    --configfile and --config.

    SpaceNumError names the file, the key, what is wrong and what would be right.
    """
    layers = read_layers(configfiles, options)
    return make_study(merged(layers.data), layers)


def make_study(config: Mapping[str, Any], layers: Layers) -> Study:
    """The study of a config that was merged from ``layers``; SpaceNumError names the layer that is wrong."""
    try:
        parsed, left_out = without_unfit(parse_study(config, layers), layers.of_default)
        return Study(parsed, notes=left_out)
    except SpaceNumError as error:
        raise layers.naming(error) from None


def read_layers(configfiles: Sequence[Path], options: Mapping[str, Any] | None = None) -> Layers:
    """The default config, ``configfiles``, and what ``--config`` says, lowest first."""
    files = [(_name(path), _read(path)) for path in [DEFAULT_CONFIG, *configfiles]]
    return Layers([*files, *([("--config", options)] if options else [])])


def _name(path: Path) -> str:
    """As a user calls it: Snakemake makes all of them absolute."""
    return str(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path)


def _read(path: Path) -> Mapping[str, Any]:
    data = parse_yaml(read_text(path), path)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SpaceNumError(f"{path}: should be a dictionary, a key and its value a line")
    return data
