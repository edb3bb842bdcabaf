"""What a study does otherwise than the paper, and what it decides where the paper is silent."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from spacenum.asking.modes import Mode
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block
from spacenum.core.provenance import PROJECT
from spacenum.study.plan import SPLITS, Plan

PUBLISHED = PROJECT / "published"
SFT = "tuning.sft."


class PaperSettings(Block):
    """``published/settings.yaml``.

    fixed: the paper's value by key. decoding: of its main mode. models: by key of a model's file, for all of its
    models. reasoning: its models that reason. reasons: why ours differ, by key. choices, model_choices: why ours are
    what they are where it says nothing, by key of the config and of its models' files.
    """

    fixed: dict[str, Any]
    decoding: dict[str, float]
    models: dict[str, Any]
    reasoning: list[str]
    reasons: dict[str, str]
    choices: dict[str, str]
    model_choices: dict[str, str]


class PaperDifference(Block):
    """what: in words, both values in it. why: None if no reason is known."""

    key: str
    what: str
    why: str | None

    def __str__(self) -> str:
        return f"'{self.key}' {self.what}. {self.why or ''}".rstrip()


@cache
def paper_settings() -> PaperSettings:
    """What the paper fixes, its numbers of items (Figure 2) among it."""
    found = PaperSettings.model_validate(yaml.safe_load((PUBLISHED / "settings.yaml").read_text(encoding="utf-8")))
    return found.model_copy(update={"fixed": {**_sizes(), **found.fixed}})


def _published(name: str) -> list[dict[str, str]]:
    """The rows of a published table, read without pandas, which takes a second of every plan."""
    with (PUBLISHED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sizes() -> dict[str, Any]:
    sizes: dict[str, Any] = {}
    for row in _published("fig2_statistics"):
        layout = f"layout_{row['group']}.{row['scale']}"
        place = f"transition.{row['group']}" if row["setting"] == "transition" else layout
        sizes |= {f"items.{split}.{place}": int(row[f"{split}_per_task"]) for split in SPLITS}
    return sizes


def values(plan: Plan) -> dict[str, Any]:
    """The study's values by key, dots for blocks, in the paper's terms: a recipe is its size and share, a model of the
    paper its published name."""
    found = dict(_flat(plan.config.model_dump(mode="json")))
    found["modes (first)"] = plan.mode
    found["external"] = [entry.benchmark for entry in plan.config.external]
    mixture = [plan.config.tuning.recipes[name] for name in plan.config.tuning.experiments.mixture.recipes]
    found["tuning.experiments.mixture.recipes"] = [f"{one.transition_percent}% of {one.size}" for one in mixture]
    return found


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        yield f"{prefix}{name}", value
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")


def differences(plan: Plan) -> list[PaperDifference]:
    """Where the study differs from what the paper fixes."""
    paper = paper_settings()
    ours = values(plan)
    found = [*_models(plan, paper)]
    for key, papers in paper.fixed.items():
        if key.startswith(SFT):
            found += _sft(plan, key, papers)
        elif isinstance(papers, list):
            found += _lists(key, ours.get(key) or [], papers)
        elif ours.get(key) != papers:
            found.append(_difference(key, ours.get(key), papers))
    return found


def _difference(key: str, ours: Any, papers: Any) -> PaperDifference:
    what = f"is {in_words(ours)}; the paper: {in_words(papers)}"
    return PaperDifference(key=key, what=what, why=paper_settings().reasons.get(key))


def in_words(value: Any) -> str:
    """A value of a config, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {in_words(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return textwrap.shorten(str(value), 60, placeholder=" …")


def _lists(key: str, ours: Sequence[Any], papers: Sequence[Any]) -> Iterator[PaperDifference]:
    """Entries that only the one or only the other has."""
    more, fewer = ([one for one in a if one not in b] for a, b in ((ours, papers), (papers, ours)))
    if more or fewer:
        words = [f"{word} {in_words(part)}" for word, part in (("also has", more), ("lacks", fewer)) if part]
        why = None if fewer else paper_settings().reasons.get(key)  # config/paper.yaml lacks nothing
        yield PaperDifference(key=key, what=" and ".join(words), why=why)


def _sft(plan: Plan, key: str, papers: Any) -> Iterator[PaperDifference]:
    """What each base is tuned with, by the study's settings and its own."""
    bases = {tuned.base for tuned in plan.tuned.values() if tuned.method == "sft"}
    for base in sorted(bases):
        ours = getattr(plan.config.tuning.sft.for_base(base, plan.bases[base]), key.removeprefix(SFT))
        if ours != papers:
            yield _difference(f"{key} of {base}", ours, papers)


def published_name(config: ModelConfig) -> str:
    """What the paper's tables would call a model, or the one that it is a form of."""
    return f"{config.family}-{config.parameters_b:g}B" if config.parameters_b else str(config.family)


def paper_models() -> list[str]:
    """The models of the paper's main table, as it names them."""
    return [row["model"] for row in _published("table2_main") if row["model"] != "Random Guess"]


def _models(plan: Plan, paper: PaperSettings) -> Iterator[PaperDifference]:
    names = paper_models()
    answering = {n: c for n, c in plan.models.items() if c.answers_in(Mode.of(plan.mode))}
    known = {published_name(c): n for n, c in answering.items() if c.kind == "vlm" and not c.adapter}
    extra = [name for name in plan.models if name not in [known.get(one) for one in names]]
    yield from _lists("models", [*(one for one in names if one in known), *extra], names)
    modes = [Mode.of(mode) for mode in plan.modes if Mode.of(mode).format == "reasoning"]
    reasons = {published_name(c) for c in plan.models.values() if c.is_vlm and any(map(c.answers_in, modes))}
    yield from _lists("reasoning", sorted(reasons), paper.reasoning)
    ours = {name: plan.models[name] for name in (known[one] for one in names if one in known)}
    for key, papers in paper.models.items():
        others = {name: config for name, config in ours.items() if _of_file(config, key) != papers}
        if others:
            yield _difference(key, _by_model(others, key), papers)


def _by_model(models: Mapping[str, ModelConfig], key: str) -> str:
    """A key's value in models' files, those with the same value together."""
    found: dict[str, list[str]] = {}
    for name, config in models.items():
        found.setdefault(in_words(_of_file(config, key)), []).append(name)
    which = {value: f"{len(names)} models" if len(names) > 3 else " and ".join(names) for value, names in found.items()}
    return "; ".join(f"{value} in {names}" for value, names in which.items())


def _of_file(config: ModelConfig, key: str) -> Any:
    """A key of a model's file; of options that the file leaves out, that it does."""
    return dict(_flat(config.model_dump(mode="json"))).get(key, "the engine's default")


class OwnChoice(Block):
    """What a study decides where the paper says nothing. value: in words."""

    key: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"'{self.key}' is {self.value}. {self.why}"


def choices(plan: Plan) -> list[OwnChoice]:
    """What the study decides where the paper says nothing; of models' files, in those that set the key."""
    ours, paper = values(plan), paper_settings()
    found = [OwnChoice(key=key, value=in_words(ours.get(key)), why=why) for key, why in paper.choices.items()]
    vlms = {name: config for name, config in plan.models.items() if config.kind == "vlm"}
    for key, why in paper.model_choices.items():
        asked = {n: c for n, c in vlms.items() if "reasoning" not in key or c.reasoning != "none"}
        setting = {name: config for name, config in asked.items() if _of_file(config, key) is not None}
        if setting:
            found.append(OwnChoice(key=key, value=_by_model(setting, key), why=why))
    return found


def deviations(plan: Plan) -> list[str]:
    """All of it, a line each."""
    lines = [f"differs from the paper: {one}" for one in differences(plan)]
    return lines + [f"the paper leaves open: {line}" for line in choices(plan)]
