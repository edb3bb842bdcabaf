import json
import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.current_basedir)
sys.path.insert(0, str(ROOT))
os.environ.update(
    PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.getenv('PATH')}", PYTHONPATH=str(ROOT)
)  # jobs run this python, on this code
os.environ.setdefault("OMP_NUM_THREADS", "1")  # jobs run side by side; their numeric libraries must not fight

from paper_figures.catalogue import figure
from paper_figures.notes import caption
from spacenum.study.config import parse_study
from spacenum.core.devices import count_of_gpus
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import SETTINGS
from spacenum.scenes.assets.manifest import packs
from spacenum.models.person import sheets
from spacenum.asking.settings import ADAPTER_FILES, CHECKPOINT_FILES
from spacenum.study.study import LETTER_TABLES, SPLITS, Study
from spacenum.tables.captions import caption as table_caption
from spacenum.tables.scores import catalogue as score_tables
from spacenum.study.tuning import EXPERIMENTS


configfile: str(ROOT / "config" / "config.yaml")


try:
    STUDY = Study(parse_study(config, ", ".join(map(str, workflow.overwrite_configfiles)) or "config/config.yaml"))
    STUDY.check_given(Path.cwd())
except SpaceNumError as error:
    raise WorkflowError(str(error)) from None


# On this machine as many GPU jobs run at once as there are GPUs; with --jobs a cluster's scheduler gives them away.
if (
    workflow.is_main_process
    and workflow.nodes is None
    and "gpu" not in workflow.global_resources
    and STUDY.takes_gpus()
):
    workflow.register_resource("gpu", count_of_gpus())


wildcard_constraints:
    setting="transition|layout",
    split="benchmark|train",
    shard=r"(benchmark|train)-\d+",
    model=r"[^/]+",
    mode=r"[^/]+",
    variant=r"[^/]+",


include: "rules/common.smk"
include: "rules/scenes.smk"
include: "rules/frames.smk"
include: "rules/items.smk"
include: "rules/variants.smk"
include: "rules/answers.smk"
include: "rules/external.smk"
include: "rules/scores.smk"
include: "rules/tuning.smk"
include: "rules/pretraining.smk"
include: "rules/tables.smk"
include: "rules/traces.smk"
include: "rules/figures.smk"
include: "rules/claims.smk"
include: "rules/gallery.smk"


rule all:
    default_target: True
    input:
        multiext("results/main_table", ".csv", ".md", ".tex"),
        expand("results/tables/{table}.csv", table=[*STUDY.score_tables, "statistics", "coverage"]),
        [f"results/modes/{mode}/{table}.csv" for mode, table in STUDY.mode_tables()],
        multiext("results/figures/main_table", ".csv", ".pdf", ".png"),
        multiext("results/figures/teaser", ".csv", ".pdf", ".png"),
        "results/gallery/index.html",
        expand("data/items/benchmark/base/{setting}.checks.json", setting=SETTINGS),


rule tables_and_figures:
    input:
        rules.all.input,
        expand("results/tables/{table}.csv", table=STUDY.table_names()),
        STUDY.traces.targets(),
        "results/gallery_with_variants/index.html" if STUDY.experiments.variants else [],
        "results/claims.csv",
        expand("results/figures/{figure}.png", figure=STUDY.figures.names()),
        expand("results/figures/compare/{figure}.png", figure=STUDY.figures.compared()),


include: "rules/report.smk"


rule paper:
    input:
        rules.tables_and_figures.input,
        "results/report.zip",


onstart:
    if STUDY.config.study != "default" and Path.cwd() == ROOT:
        raise WorkflowError(
            f"the study '{STUDY.config.study}' would overwrite the default study's results here; "
            f"run it in a folder of its own: add --directory studies/{STUDY.config.study}"
        )
    if workflow.local_exec:  # on a cluster, the machine that renders is another
        try:
            STUDY.check_engines(
                job.wildcards.setting for job in workflow.dag.needrun_jobs() if job.rule.name == "frames"
            )
        except SpaceNumError as error:
            raise WorkflowError(str(error)) from None
