"""Every path of a study, once, with the rule that makes it. Rules, the plan and ``spacenum verify`` read it here.

Paths are relative to the study's folder, with wildcards in braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spacenum.asking.settings import ADAPTER_FILES, CHECKPOINT_FILES, PRETRAINED
from spacenum.core.jobs import META, Job
from spacenum.core.provenance import meta_path
from spacenum.external.settings import IMPORTED
from spacenum.scenes.assets.manifest import FETCHED


@dataclass(frozen=True)
class StudyOutput:
    """The first output of one job, beside which its meta file stands. files: all of the job's outputs.

    job: None if no rule makes it; ``rule`` is then the command that does.
    """

    path: Path
    rule: str
    job: Job | None
    files: tuple[str, ...]


class SnakemakeRule:
    """A rule of Snakemake and its outputs, by the names that the rule gives them. Beside the first stands the meta
    file."""

    def __init__(self, name: str, **outputs: str | list[str]) -> None:
        self.name = name
        self.outputs = outputs

    def __getattr__(self, output: str) -> str | list[str]:
        """The pattern of an output, or the patterns."""
        try:
            return self.outputs[output]
        except KeyError:
            raise AttributeError(f"rule {self.name} has no output '{output}'") from None

    @property
    def meta(self) -> str:
        """The pattern of the meta file."""
        first = next(iter(self.outputs.values()))
        return str(meta_path(Path(first if isinstance(first, str) else first[0])))

    @property
    def declared(self) -> dict[str, str | list[str]]:
        """What the rule lists under ``output``."""
        return {**self.outputs, META: self.meta}

    def of(self, output: str | None = None, /, **wildcards: str) -> str:
        """The path of an output, or of the first one."""
        pattern = next(iter(self.outputs.values())) if output is None else self.outputs[output]
        return (pattern if isinstance(pattern, str) else pattern[0]).format(**wildcards)

    def files(self, **wildcards: str) -> list[str]:
        """The paths of all outputs."""
        every = [[paths] if isinstance(paths, str) else paths for paths in self.outputs.values()]
        return [path.format(**wildcards) for paths in every for path in paths]

    def output(self, job: Job, **wildcards: str) -> StudyOutput:
        """The job's first output."""
        files = self.files(**wildcards)
        return StudyOutput(Path(files[0]), self.name, job, tuple(files))


def pattern(names: Iterable[str]) -> str:
    """What matches these names and nothing else; of no names, nothing."""
    return "|".join(map(re.escape, names)) or "(?!)"


def _suffixes(stem: str, *suffixes: str) -> dict[str, str]:
    return {suffix: f"{stem}.{suffix}" for suffix in suffixes}


def _gallery(folder: str) -> dict[str, str]:
    return {"page": f"{folder}/index.html", "index": f"{folder}/items.js", "data": f"{folder}/items"}


def _site(folder: str) -> dict[str, str]:
    return {
        "page": f"{folder}/index.html",
        "gallery": f"{folder}/gallery",
        "images": f"{folder}/images",
        "downloads": f"{folder}/files",
    }


ANY_SETTING = "transition|layout|external"
"""Of rules that make external benchmarks' files too."""

_SHARD = "data/frames/{setting}/{frames}/{shard}"
_ITEMS = "data/items/{split}/{variant}/{setting}"
_TABLES = "results/tables"
_TRACES = "results/traces"
_TUNED = "results/tuning/{base}-{recipe}-{method}"
_TRAINED = "results/pretraining/{training}"
_CHECKPOINT = [f"{PRETRAINED.format(name='{training}')}/{file}" for file in CHECKPOINT_FILES]


def _base(pattern: str) -> str:
    return pattern.replace("{frames}", "base").replace("{variant}", "base")


RUN = Path("results/run.json")
"""What is installed where the last run of Snakemake was started. No rule makes it."""

# Collection
PACK = SnakemakeRule(
    "pack",
    manifest=FETCHED,
    attribution=FETCHED.replace("manifest.yaml", "ATTRIBUTION.txt"),
    models=FETCHED.replace("manifest.yaml", "models"),
)
BLENDERKIT = SnakemakeRule("blenderkit", **{name: PACK.of(name, pack="blenderkit") for name in PACK.outputs})
SCENES = SnakemakeRule("scenes", scenes="data/scenes/{setting}/{shard}.jsonl")
FRAMES = SnakemakeRule(
    "frames",
    frames=f"{_base(_SHARD)}/frames.jsonl",
    families=f"{_base(_SHARD)}/families.jsonl",
    coverage=f"{_base(_SHARD)}/coverage.csv",
    images=f"{_base(_SHARD)}/images",
)
ITEMS = SnakemakeRule("items", items_file=f"{_base(_ITEMS)}.jsonl", frames=f"{_base(_ITEMS)}.frames.jsonl")
CHECKS = SnakemakeRule("checks", checks=f"{_ITEMS}.checks.json")
CONTACT_SHEET = SnakemakeRule("contact_sheet", sheet="results/contact_sheets/{sheet}.png")

# Variants
RERENDER = SnakemakeRule(
    "rerender",
    frames=f"{_SHARD}/frames.jsonl".replace("{frames}", "{variant}"),
    images=f"{_SHARD}/images".replace("{frames}", "{variant}"),
)
VARIANT = SnakemakeRule(
    "variant", items_file=f"{_ITEMS}.jsonl", frames=f"{_ITEMS}.frames.jsonl", images=f"{_ITEMS}.images"
)

# Answers and scores
ANSWERS = SnakemakeRule("answers", answers="results/answers/{model}/{mode}/{variant}/{setting}.jsonl")
ANSWERS_PART = SnakemakeRule(
    "answers_part", answers="results/answers/{model}/{mode}/{variant}/{setting}.parts/{part}.jsonl"
)
SCORES = SnakemakeRule("scores", scores="results/scores/{model}/{mode}/{variant}/{setting}.csv")

# Other benchmarks
EXTERNAL_SOURCE = SnakemakeRule("external_source", file="data/external/hub/{owner}/{repo}/{revision}/{file}")
EXTERNAL_QUESTIONS = SnakemakeRule(
    "external_questions",
    questions="data/external/{benchmark}/questions.jsonl",
    images="data/external/{benchmark}/images",
)
EXTERNAL_ITEMS = SnakemakeRule(
    "external_items",
    items_file=IMPORTED.replace("{split}", "benchmark"),
    checks=IMPORTED.replace("{split}", "benchmark").replace(".jsonl", ".checks.json"),
)
EXTERNAL_TABLE = SnakemakeRule("external_table", table=f"{_TABLES}/external.csv", delta=f"{_TABLES}/external_delta.csv")

# Tables of scores
MAIN_TABLE = SnakemakeRule("main_table", **_suffixes("results/main_table", "csv", "md", "tex"))
MAIN_TABLE_PUBLISHED = SnakemakeRule(
    "main_table_beside_published", **_suffixes("results/published/main_table", "csv", "md", "tex")
)
IMPORTED_MAIN_TABLE = SnakemakeRule(
    "imported_main_table", **_suffixes("results/imported/{variant}/main_table", "csv", "md", "tex")
)
MAIN_TABLE_OF_MODE = SnakemakeRule(
    "main_table_of_mode", **_suffixes("results/modes/{mode}/main_table", "csv", "md", "tex")
)
TABLE = SnakemakeRule("table", table=f"{_TABLES}/{{table}}.csv")
TABLE_OF_MODE = SnakemakeRule("table_of_mode", table="results/modes/{mode}/{table}.csv")
STATISTICS = SnakemakeRule("statistics", table=f"{_TABLES}/statistics.csv")
COVERAGE = SnakemakeRule("coverage", **_suffixes(f"{_TABLES}/coverage", "csv", "md"))
TRAIN_COVERAGE = SnakemakeRule("train_coverage", **_suffixes(f"{_TABLES}/train_coverage", "csv", "md"))
VARIANT_TABLE = SnakemakeRule("variant_table", table=f"{_TABLES}/{{variant}}.csv")
TUNING_TABLE = SnakemakeRule("tuning_table", table=f"{_TABLES}/{{experiment}}.csv")
PRETRAINING_TABLE = SnakemakeRule("pretraining_table", table=f"{_TABLES}/pretraining.csv")
TRACE_TABLE = SnakemakeRule("trace_table", table=f"{_TABLES}/{{table}}.csv")


def paired_rule(experiment: str) -> SnakemakeRule:
    """The rule of a paired experiment, which bears its name."""
    return SnakemakeRule(experiment, table=f"{_TABLES}/{experiment}.csv")


def table_file(name: str) -> str:
    """Where a table lies, whichever rule makes it."""
    return f"{_TABLES}/{name}.csv"


# Claims, figures, pages
CLAIMS = SnakemakeRule(
    "claims", csv="results/claims.csv", carried_by="results/claims_items.csv", html="results/claims.html"
)
CLAIMS_OF_BASE = SnakemakeRule(
    "claims_of_base",
    csv="results/claims_of_base.csv",
    carried_by="results/claims_of_base_items.csv",
    html="results/claims_of_base.html",
)
FIGURE = SnakemakeRule("figure", **_suffixes("results/figures/{figure}", "csv", "pdf", "png"))
PUBLISHED_FIGURE = SnakemakeRule(
    "published_figure", **_suffixes("results/figures/published/{figure}", "csv", "pdf", "png")
)
COMPARED_FIGURE = SnakemakeRule("compared_figure", **_suffixes("results/figures/compare/{figure}", "csv", "pdf", "png"))
TEASER = SnakemakeRule("teaser", **_suffixes("results/figures/teaser", "csv", "pdf", "png"))
GALLERY = SnakemakeRule("gallery", **_gallery("results/gallery"))
GALLERY_WITH_VARIANTS = SnakemakeRule(
    "gallery_with_variants",
    **_gallery("results/gallery_with_variants"),
    beside="results/gallery_with_variants/variants",
)
RELEASE = SnakemakeRule(
    "release",
    sums="results/release/SHA256SUMS",
    card="results/release/README.md",
    metadata="results/release/croissant.json",
    data="results/release/data",
)
SITE = SnakemakeRule("site", **_site("results/site"))
SITE_WITH_EXPERIMENTS = SnakemakeRule("site_with_experiments", **_site("results/site_with_experiments"))
REPORT = SnakemakeRule("report", report="results/report.zip")
PAPER_PDF = SnakemakeRule("paper_pdf", pdf="results/paper.pdf")

# Reasoning traces
TRACE_RULES = SnakemakeRule("trace_rules", labels=f"{_TRACES}/{{model}}/{{mode}}/{{setting}}.rules.jsonl")
TRACE_JUDGE = SnakemakeRule("trace_judge", labels=f"{_TRACES}/{{model}}/{{mode}}/{{setting}}.judge.jsonl")
TRACE_SHEET = SnakemakeRule("trace_sheet", sheet=f"{_TRACES}/sheet.csv")
TRACE_PEOPLE = SnakemakeRule("trace_people", labels=f"{_TRACES}/people/{{person}}.jsonl")
TRACE_GALLERY = SnakemakeRule("trace_gallery", **_gallery(f"{_TRACES}/gallery"))

# Training
RECIPE = SnakemakeRule("recipe", chosen="data/recipes/{recipe}.jsonl", summary="data/recipes/{recipe}.yaml")
SFT = SnakemakeRule(
    "sft", steps=f"{_TUNED}/training.csv", adapter=[f"{_TUNED}/adapter/{file}" for file in ADAPTER_FILES]
)
GRPO = SnakemakeRule("grpo", **SFT.outputs)
PRETRAIN = SnakemakeRule("pretrain", steps=f"{_TRAINED}/training.csv", checkpoint=_CHECKPOINT)
SHIPPED_CHECKPOINT = SnakemakeRule("shipped_checkpoint", checkpoint=_CHECKPOINT)

RULES = {rule.name for rule in [*globals().values()] if isinstance(rule, SnakemakeRule)}
"""Names of the rules above."""
