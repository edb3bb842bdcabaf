"""Stages: a typed function as a script that Snakemake runs.

The signature is the contract with the rule. The first parameter is the block of parameters; every other one bears the
name of an input or an output of the rule::

    def make(params: ItemsParams, *, families: Inputs, out: Output) -> None: ...

    if __name__ == "__main__":
        run_stage(make)

The script's only argument is the job's first output, whose job file (``core.jobs``) holds all that the function is
given. Inputs that other jobs made must be what these wrote. When the function returns, its meta file is written:
parameters, code, and the hashes of all inputs and outputs.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import ValidationError

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.inputs import checked_inputs
from spacenum.core.jobs import STUDY_FOLDER, JobFile, check_code, job_path, read_job
from spacenum.core.orphans import end_with_the_run, only_while_wanted
from spacenum.core.provenance import first_problem, publishing, write_meta

Input = Annotated[Path, "input", "one"]
Inputs = Annotated[list[Path], "input", "all"]
NamedInputs = Annotated[dict[str, list[Path]], "input", "named"]
"""Files by name, several a name, in the rule's order."""
Output = Annotated[Path, "output", "one"]
Outputs = Annotated[list[Path], "output", "all"]
OutputFolder = Annotated[Path, "folder", "one"]
"""A folder that the rule declares as an output. What lies in it is not in the meta file
unless ``Made.outputs`` says so."""
NOWHERE = Path(os.devnull)
"""The default of an output that not every rule of a stage has."""
Code = Annotated[str, "code"]
"""The hash of the code, for stages that keep unfinished work."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a stage says of its outputs, if there is something to say.

    outputs: files beside those that the rule declares. engine: what rendered frames. shown: a hash of what a model was
    shown. notes: for people. finish: called when the meta file is written.
    """

    outputs: Sequence[Path] = ()
    engine: str = ""
    shown: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)
    finish: Callable[[], None] = lambda: None


StageFunction = Callable[..., Made | None]


def run_stage(stage: StageFunction, at_once: bool = False) -> None:
    """Run a stage on the job that the command line names. at_once: end the process without its exit handlers, since
    Blender's own exit complains about its memory on the terminal."""
    main = lambda: _run(stage, _arguments(stage).output)  # noqa: E731
    if at_once:
        _run_and_leave(main)
    else:
        run_script(main)


def _arguments(stage: StageFunction) -> argparse.Namespace:
    params, files = _signature(stage)
    cli = argparse.ArgumentParser(
        description=sys.modules[stage.__module__].__doc__,
        epilog=f"Parameters ({params.__name__}): {', '.join(params.model_fields) or 'none'}. Files: "
        f"{', '.join(f'{name} ({kind})' for name, (kind, _) in files.items())}.",
    )
    cli.add_argument("output", help=f"the job's first output; {job_path('<output>')} says how it is made")
    return cli.parse_args()


def _signature(stage: StageFunction) -> tuple[type[Block], dict[str, tuple[str, str]]]:
    """The block of parameters, and (input, output, folder or code; one, all or named) by parameter name."""
    hints = get_type_hints(stage, include_extras=True)
    first, *rest = inspect.signature(stage).parameters
    files = {}
    for name in rest:
        kind, *many = get_args(hints[name])[1:]
        files[name] = (kind, *(many or ["one"]))
    return hints[first], files


def _run(stage: StageFunction, output: str) -> None:
    end_with_the_run()
    output = _into_the_study(output)
    job = read_job(output)
    check_code(job)
    inputs = checked_inputs(job)
    with publishing(only_while_wanted(job, output, inputs)):
        _make(stage, job, inputs)


def _into_the_study(output: str) -> str:
    """Go to the study's folder: all paths of jobs and records are relative to it. Returns ``output`` as seen there."""
    study = os.environ.get(STUDY_FOLDER, os.curdir)
    if study == os.curdir:
        return output
    there = os.path.relpath(output, study)
    os.chdir(study)
    os.environ[STUDY_FOLDER] = os.curdir  # for what this process starts
    return there


def _make(stage: StageFunction, job: JobFile, inputs: Mapping[str, str]) -> None:
    made = call(stage, job) or Made()
    if os.environ.get("RANK", "0") == "0":  # of several processes of one training, the first writes
        _, files = _signature(stage)
        written = [path for name, (kind, _) in files.items() if kind == "output" for path in job.outputs.get(name, [])]
        outputs = dict.fromkeys([*map(Path, written), *made.outputs])
        write_meta(job.rule, job.params, job.code, inputs, outputs, made.engine, made.notes, made.shown)
        made.finish()


def call(stage: StageFunction, job: JobFile) -> Made | None:
    """Call a stage with what a job file holds. TypeError if its signature isn't the rule's inputs and outputs."""
    params, files = _signature(stage)
    optional = {name for name, one in inspect.signature(stage).parameters.items() if one.default is not one.empty}
    for what, given, kinds in (("inputs", job.inputs, ["input"]), ("outputs", job.outputs, ["output", "folder"])):
        known = {name for name, (kind, _) in files.items() if kind in kinds}
        if not known - optional <= set(given) <= known:
            raise TypeError(f"rule {job.rule} has the {what} {sorted(given)}, its stage {sorted(known)}")
    values: dict[str, Any] = {}
    for name, (kind, many) in files.items():
        if kind == "code":
            values[name] = job.code
        elif name in job.inputs or name in job.outputs:
            values[name] = _given(name, many, job, job.inputs if kind == "input" else job.outputs)
    try:
        return stage(params.model_validate(job.params), **values)
    except ValidationError as error:
        if error.title != params.__name__:
            raise
        raise SpaceNumError(f"{job_path(next(iter(job.outputs.values()))[0])}: {first_problem(error)}") from None


def _given(name: str, many: str, job: JobFile, files: Mapping[str, Sequence[str]]) -> Any:
    paths = [Path(path) for path in files[name]]
    if many == "named":
        return _by_name(zip(job.names.get(name, []), paths, strict=True))
    if many == "all":
        return paths
    (path,) = paths
    return path


def _by_name(pairs: Iterable[tuple[str, Path]]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for name, path in pairs:
        found[name].append(path)
    return dict(found)


def _run_and_leave(main: Callable[[], None]) -> None:
    status = 0
    try:
        run_script(main)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
            status = 1
        else:
            status = ended.code or 0
    sys.stderr.flush()
    os._exit(status)
