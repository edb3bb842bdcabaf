import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.current_basedir)
sys.path.insert(0, str(ROOT))
os.environ.update(
    PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.getenv('PATH')}", PYTHONPATH=str(ROOT)
)  # jobs run this python, on this code
os.environ.setdefault("OMP_NUM_THREADS", "1")  # jobs run side by side; their numeric libraries must not fight

from spacenum.core.errors import SpaceNumError


configfile: str(ROOT / "config" / "config.yaml")


try:  # a module that defines something is read when it is imported, and may be wrong
    from spacenum.study import paths
    from spacenum.study.snakefile import Launcher, study_of

    STUDY = study_of(config, workflow.overwrite_configfiles, workflow.config_settings.config)
    PLAN, LAUNCHER = STUDY.plan, Launcher(STUDY, workflow, ROOT)
except SpaceNumError as error:
    raise WorkflowError(str(error)) from None


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
include: "rules/release.smk"
include: "rules/site.smk"


rule all:
    default_target: True
    input:
        paths.MAIN_TABLE.outputs.values(),
        [paths.table_file(table) for table in (*STUDY.tables.of_scores(), *STUDY.tables.of_items())],
        STUDY.tables.mode_files(),
        paths.FIGURE.files(figure="main_table"),
        paths.TEASER.files(),
        paths.GALLERY.of(),
        [paths.CHECKS.of(split="benchmark", variant="base", setting=setting) for setting in SETTINGS],


include: "rules/targets.smk"
include: "rules/report.smk"
include: "rules/local.smk"


onstart:
    LAUNCHER.start()


onsuccess:
    LAUNCHER.end()
