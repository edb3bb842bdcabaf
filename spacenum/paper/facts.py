"""What is known of a run beside its tables, as tables: settings, models, versions, decoding, checks, constants."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from spacenum.asking.modes import MODES
from spacenum.claims.check import ALL_VLMS, LEAST_FAMILIES, LEAST_MODELS, MOST_PASSES
from spacenum.core.provenance import Meta, meta_path, read_meta
from spacenum.items.schema import CELLS, DIMENSIONS, SETTINGS, TASKS
from spacenum.paper.settings import PaperParams
from spacenum.paper.tables import ReportTable
from spacenum.scoring.published import FOLDER
from spacenum.scoring.statistics import FEW_CLUSTERS, LEVEL, POWER


def settings_of(params: PaperParams) -> ReportTable:
    """Each key of the config with its value."""
    return ReportTable.of({"key": key, "value": value} for key, value in _flat(params.config))


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def models_of(params: PaperParams, answers: Mapping[str, Sequence[Path]]) -> ReportTable:
    """Each model: what its file says, and what was found out when it was asked. answers: of the first mode."""
    rows = []
    for model in params.models:
        notes = [_meta(path).notes for path in answers.get(model.info.name, ())]
        asked = next((dict(note["model"]) for note in notes if "model" in note), {})
        tests = {result for note in notes for result in dict(note.get("self_test", {})).values()}
        rows.append(
            {
                "model": model.info.name,
                "kind": model.info.kind,
                "parameters_b": model.info.parameters_b,
                "family": model.info.family,
                "backend": model.backend,
                "settings": ", ".join(model.settings),
                "checkpoint": model.checkpoint,
                "commit": str(asked.get("revision") or model.revision or "")[:12],
                "engine": asked.get("engine"),
                "dtype": asked.get("dtype"),
                "pinned": model.pinned,
                "self_tests": "passed" if tests == {"passed"} else ", ".join(sorted(tests)),
            }
        )
    return ReportTable.of(rows)


def decoding_of(answers: Mapping[str, Sequence[Path]]) -> ReportTable:
    """How replies were drawn, by model; of none that draws no replies."""
    found = {
        name: dict(notes["decoding"])
        for name, files in answers.items()
        for notes in [_meta(path).notes for path in files]
        if "decoding" in notes
    }
    return ReportTable.of({"model": name, **_drawn(decoding)} for name, decoding in found.items())


def _drawn(decoding: Mapping[str, Any]) -> dict[str, Any]:
    return {key: decoding.get(key) for key in ("name", "temperature", "top_p", "top_k", "max_new_tokens")}


def engines_of(frames: Mapping[str, Sequence[Path]]) -> ReportTable:
    """What rendered each setting's frames, as its meta files say."""
    found = {s: sorted({_meta(path).engine for path in files} - {""}) for s, files in frames.items()}
    return ReportTable.of({"setting": setting, "engine": ", ".join(names)} for setting, names in found.items() if names)


def versions_of(files: Sequence[Path]) -> ReportTable:
    """Package and version, of what was loaded while files were made; several versions if files differ."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in files:
        for package, version in _meta(path).versions.items():
            found[package].add(version)
    return ReportTable.of(
        {"package": name, "version": ", ".join(sorted(versions))}
        for name, versions in sorted(found.items(), key=lambda pair: pair[0].lower())
    )


def _meta(path: Path) -> Meta:
    """The meta file beside an output; an empty one if there is none, as beside what was imported."""
    with suppress(FileNotFoundError):
        return read_meta(meta_path(path))
    return Meta(rule="", params=None, code="", inputs={}, outputs={})


def checks_of(checks: Mapping[str, Sequence[Path]]) -> ReportTable:
    """What the items' checks found, by setting."""
    rows = []
    for setting, files in checks.items():
        for path in files:
            found = json.loads(path.read_text(encoding="utf-8"))
            leak = found.get("leaks") or {}
            rows.append(
                {"setting": setting, "items": found["items"], "images": found["images"], "leak_p": leak.get("p")}
            )
    return ReportTable.of(rows)


def constants(params: PaperParams, published: ReportTable) -> ReportTable:
    """What the methods are told, by name."""
    models = [row for row in published.rows if row["model"] != "Random Guess"]
    known = {
        "version": params.version,
        "level": f"{100 * LEVEL:g}",
        "significance": f"{1 - LEVEL:.2g}",
        "power": f"{100 * POWER:g}",
        "few_clusters": FEW_CLUSTERS,
        "least_models": LEAST_MODELS,
        "least_families": LEAST_FAMILIES,
        "most_passes": f"{MOST_PASSES:g}",
        "cells": len(CELLS),
        "settings": len(SETTINGS),
        "tasks": len(TASKS),
        "dimensions": len(DIMENSIONS),
        "modes": len(MODES),
        "published_models": len(models),
        "all_vlms": ALL_VLMS,
    }
    return ReportTable.of({"name": name, "value": value} for name, value in known.items())


def published_table() -> ReportTable:
    """The paper's main table."""
    return ReportTable.read(FOLDER / "table2_main.csv")
