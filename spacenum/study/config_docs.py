"""The config's schema and its page of keys, generated from the classes that read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from spacenum.asking.settings import ModelConfig
from spacenum.core.provenance import PROJECT
from spacenum.simulators.settings import CameraConfig
from spacenum.study.config import StudyConfig
from spacenum.study.deviations import choices, differences, in_words, paper_models, paper_settings
from spacenum.study.loading import load_study

PAPER = """# The paper's run

`config/paper.yaml` is this project's version of the paper (arXiv 2605.23898). This page lists where it differs from \
the paper, what the paper leaves open, the models, and what the paper fixes. Planning a run prints the first two \
tables, one line per row; so does any study with `print_deviations: true`.

```
snakemake -n --configfile config/paper.yaml --directory studies/paper -- all
```

**None of it has been run**: engines, checkpoints and GPUs were not available. What only these can show is listed in \
[AI2-THOR](ai2thor.md), [Isaac Sim](isaacsim.md), [engines](engines.md), [endpoints](endpoints.md) and \
[tuning](tuning.md). This page is generated from `published/settings.yaml` and the merged config by \
`python -m scripts.generate_config_docs`.
"""
COMMITS = """
## The models

Commits are those of the hub's main branch as public code named them on 2026-11-30; the hub itself was not reachable. \
A model without a commit is asked at the newest one, and planning says so. The GPUs that a model needs depend on the \
memory of one GPU. A gated checkpoint needs its licence accepted on the hub.

| file | checkpoint | commit | licence | GPUs of 40, 80, 141 GB |
|---|---|---|---|---|
"""
SCHEMAS: dict[str, type[BaseModel]] = {"study": StudyConfig, "model": ModelConfig}

INTRO = """# Configuration keys

A study is `config.yaml` with the files of `--configfile` merged over it: mappings key by key, lists as a whole. \
[Example studies](../docs/studies.md) has \
overlays for the six commonest cases; the [glossary](../docs/glossary.md) explains the terms. Run each study in a \
folder of its own: `--directory studies/<name>`.

| file | what |
|---|---|
| `config.yaml` | the default study |
| `test.yaml` | the tests' study, the smallest with all 20 cells |
| `paper.yaml` | the whole paper ([the paper's run](../docs/paper.md)) |
| `official.yaml` | the paper's models on its authors' items ([official items](../docs/official.md)) |
| `released.yaml` | models on the items of a release ([release](../docs/release.md)) |
| `demonstration.yaml`, `demonstration_check.yaml` | a small VLM, trained from random weights; the same model on \
other rooms ([pretraining](../docs/pretraining.md)) |
| `models/<name>.yaml` | one model each; a study names those that it runs under `models` |
| `schema/` | JSON schemas of both kinds of files, for editors |

This page and the schemas are generated from `spacenum/study/config.py` by `python -m scripts.generate_config_docs`.
"""


def schema_text(model: type[BaseModel]) -> str:
    """The JSON schema of a config file."""
    return json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def readme_text() -> str:
    """The page of all keys."""
    parts = [INTRO]
    for title, model in (("A study", StudyConfig), ("A model", ModelConfig)):
        parts.append(f"\n## {title}\n\n| key | default | meaning |\n|---|---|---|\n")
        parts += [f"| `{key}` | {default} | {meaning} |\n" for key, default, meaning in _keys(model)]
    return "".join(parts).rstrip() + "\n"


def paper_text() -> str:
    """The page on the paper's config."""
    plan = load_study([PROJECT / "config" / "paper.yaml"]).plan
    paper = paper_settings()
    parts = [PAPER, "\n## Differences\n\n| key | here | why |\n|---|---|---|\n"]
    parts += [f"| `{one.key}` | {one.what} | {one.why or ''} |\n" for one in differences(plan)]
    parts.append("\n## What the paper leaves open\n\n| key | here | why |\n|---|---|---|\n")
    parts += [f"| `{one.key}` | {one.value} | {one.why} |\n" for one in choices(plan)]
    parts.append(COMMITS)
    for name, config in plan.models.items():
        if config.kind == "vlm":
            gpus = ", ".join(str(config.gpu_count(gb)) for gb in (40, 80, 141))
            licence = f"{config.licence}{', gated' if config.gated else ''}"
            parts.append(f"| `{name}` | {config.checkpoint} | `{str(config.revision)[:12]}` | {licence} | {gpus} |\n")
    parts.append("\n## What the paper fixes\n\n| key | the paper |\n|---|---|\n")
    parts += [f"| `{key}` | {in_words(value)} |\n" for key, value in paper.fixed.items()]
    parts.append(f"| decoding of the main table | {in_words(paper.decoding)} |\n")
    parts += [f"| of each model: `{key}` | {in_words(value)} |\n" for key, value in paper.models.items()]
    parts.append(f"| models that reason | {', '.join(paper.reasoning)} |\n")
    parts.append(f"| models of the main table | {', '.join(paper_models())} |\n")
    return "".join(parts)


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{name}"
        block = _block(field.annotation)
        if block and _is_count(block):
            names = ", ".join(f"`{count}`" for count in block.model_fields)
            yield key, "`0` each", f"{_first_line(block)} Keys: {names}"
            continue
        if block:
            if get_origin(field.annotation) is dict:
                key += ".<setting>" if block is CameraConfig else ".<name>"
            yield key, "", field.description or _first_line(block)
            yield from _keys(block, f"{key}.")
            continue
        default = "required" if field.default is PydanticUndefined else f"`{json.dumps(field.default, default=str)}`"
        yield key, default, (field.description or "") + _limits(field)


def _limits(field: FieldInfo) -> str:
    """' (≥ 1, ≤ 4096)', from the field's constraints."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [f"{sign} {getattr(m, name):g}" for m in field.metadata for name, sign in signs.items() if hasattr(m, name)]
    return f" ({', '.join(found)})" if found else ""


def _is_count(model: type[BaseModel]) -> bool:
    """Whether a block is nothing but numbers of things."""
    return all(field.annotation is int and field.default == 0 for field in model.model_fields.values())


def _block(annotation: object) -> type[BaseModel] | None:
    kinds = [annotation, *getattr(annotation, "__args__", ())]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n")[0]
