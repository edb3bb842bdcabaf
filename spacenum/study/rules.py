"""Which inputs the rules of the Snakefile give to a study's jobs now. Rules are read, no jobs are planned."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import CARRIED
from spacenum.core.provenance import PROJECT
from spacenum.study.paths import StudyOutput

JobInputs = Mapping[str, Sequence[str]]
"""Files by the names that the rule gives them."""


def inputs_now(
    outputs: Iterable[StudyOutput], root: Path, configfiles: Sequence[Path], options: Mapping[str, Any]
) -> dict[Path, JobInputs]:
    """The inputs of each output's job, by the output's path. root: the study's folder.

    SpaceNumError if the Snakefile refuses the config.
    """
    from snakemake.api import SnakemakeApi  # imported here: half a second that other commands needn't wait for
    from snakemake.exceptions import WorkflowError
    from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings, WorkflowSettings
    from snakemake_interface_executor_plugins.settings import ExecMode

    config = ConfigSettings(configfiles=[path.resolve() for path in configfiles], config=dict(options))
    silent = WorkflowSettings(exec_mode=ExecMode.SUBPROCESS)  # which repeats no notes, and looks for no GPU
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told), SnakemakeApi(OutputSettings(dryrun=True)) as api:
            loaded = api.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=config,
                workflow_settings=silent,
                snakefile=PROJECT / "Snakefile",
                workdir=root.resolve(),
            )
            return {one.path: _inputs(loaded._workflow.get_rule(one.rule), one) for one in outputs if one.job}
    except WorkflowError as error:
        raise SpaceNumError(" ".join(map(str, error.args))) from None


def _inputs(rule: Any, output: StudyOutput) -> JobInputs:
    from snakemake.iocontainers import Wildcards

    files, *_ = rule.expand_input(Wildcards(fromdict=rule.get_wildcards(str(output.path))))
    told = {name: given for name, given in files.items() if name != CARRIED}
    return {name: [str(given)] if isinstance(given, str) else [*map(str, given)] for name, given in told.items()}
