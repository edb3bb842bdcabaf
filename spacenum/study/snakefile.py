"""What the Snakefile does beside listing rules: it reads the config, and hands jobs to their scripts."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.settings.enums import Quietness

from spacenum.console.ending import where_to_look
from spacenum.core.devices import count_of_gpus
from spacenum.core.errors import SpaceNumError, plain_os_errors
from spacenum.core.jobs import STUDY_FOLDER, Job, write_job
from spacenum.core.orphans import RUN
from spacenum.core.provenance import write_text
from spacenum.core.resources import Needs
from spacenum.core.versions import environment
from spacenum.paper.files import check_typesetter
from spacenum.study import paths
from spacenum.study.checks import check_engines, check_given, check_remote_code, check_writable
from spacenum.study.folder import OWNER, FolderOwner, own_folder, owner_of_folder
from spacenum.study.loading import make_study, read_layers
from spacenum.study.readiness import lacking, told, without
from spacenum.study.study import Study


def study_of(config: Mapping[str, Any], files: Sequence[Path], options: Mapping[str, Any]) -> Study:
    """The study of a config that Snakemake merged, in the current folder; SpaceNumError says
    what is wrong, and in which file.

    files: those of ``--configfile``. options: those of ``--config``.
    """
    with plain_os_errors():
        study = make_study(config, read_layers([Path(file) for file in files], options))
        _check_same_study(study.plan.config.study, given=bool(files))
        check_given(study.plan, Path.cwd())
    return study


def _check_same_study(name: str, *, given: bool) -> None:
    """SpaceNumError if another study was made in the current folder. given: whether a config file was."""
    owner = owner_of_folder()
    if owner is None or owner.study == name:
        return
    known = owner.study
    start = os.getenv("PWD", os.curdir)  # where the user stands: Snakemake has gone to the study's folder
    files = " ".join(shlex.quote(os.path.relpath(Path(file).resolve(), start)) for file in owner.configfiles)
    right = f"add '--configfile {files}' before the targets" if files else "leave --configfile out"
    other = f"--directory studies/{name}" if given else "--directory and another folder"
    raise SpaceNumError(
        f"this folder holds the study '{known}', not '{name}'; for '{known}', {right}; for '{name}', add {other} (or, "
        f"if '{name}' is to take this folder, remove {OWNER})"
    )


CLUSTER_CORES = 8
"""Of a job that takes all CPUs it can get, on a cluster, where nothing says how many these are."""


class Launcher:
    """Hands jobs to their scripts by job files.

    A rule's param ``job`` is the job's fingerprint, which Snakemake compares with that of the last run. What the script
    is told is written when the run starts: only then is it known which jobs run, with which inputs.
    """

    def __init__(self, study: Study, workflow: Any, root: Path) -> None:
        """root: the checkout."""
        self._study, self._workflow, self._root = study, workflow, root
        self._jobs: dict[str, Job] = {}
        self._copies = _copies(workflow)
        os.environ[STUDY_FOLDER] = str(self._copies)
        if self.stored and workflow.remote_exec:
            _write_there(workflow, self._write_jobs)
        if not workflow.modifier.is_main_snakefile():  # Snakemake calls no onstart of a module
            workflow._onstart = _both(self.start, workflow._onstart)
        # As many GPU jobs run at once as there are GPUs; with --jobs a cluster's scheduler gives them away.
        if workflow.is_main_process:
            for note in study.notes:
                print(f"spacenum: {note}", file=sys.stderr)
        here = workflow.is_main_process and workflow.nodes is None
        if here and workflow.output_settings.dryrun and (lacks := told(self._lacking())):
            print(f"spacenum: {lacks}", file=sys.stderr)
        if here and "gpu" not in workflow.global_resources and study.takes_gpus():
            workflow.register_resource("gpu", count_of_gpus())

    @property
    def stored(self) -> bool:
        """Whether the study's files lie in storage, of which jobs see copies."""
        return self._copies != Path()

    def job(self, job: Job) -> str:
        """The param of a rule's job."""
        self._jobs[job.fingerprint] = job
        return job.fingerprint

    def threads(self, needs: Needs) -> int:
        """CPUs of a training: without GPUs all of this machine, or of a cluster's node."""
        return needs.threads if needs.gpus else self._workflow.cores or CLUSTER_CORES

    def start(self) -> None:
        """Before the first job: is this the folder, and is there what jobs need? Then write their files."""
        try:
            with plain_os_errors():
                self._start()
        except SpaceNumError as error:
            raise WorkflowError(str(error)) from None

    def _start(self) -> None:
        self._check_folder()
        check_writable(Path.cwd())
        jobs = self._needed_jobs()
        if self.stored and any(job.rule.name == paths.REPORT.name for job in jobs):
            raise SpaceNumError(
                f"{paths.REPORT.of()} can't be made of files in storage, since Snakemake's own records lie elsewhere; "
                "leave it out, or run the study in a folder"
            )
        if self._workflow.local_exec:  # on a cluster, the machine that renders is another
            check_engines(self._study.plan, {j.wildcards.setting for j in jobs if j.rule.name == paths.FRAMES.name})
            if any(job.rule.name == paths.PAPER_PDF.name for job in jobs):
                check_typesetter()
        asked = {job.wildcards.model for job in jobs if _asks(job)}
        if self._workflow.local_exec:
            self._check_models(asked)
        check_remote_code(self._study.plan, asked)
        self._write_jobs()
        one_evaluation_at_a_time(self._workflow.scheduler)
        os.environ[RUN] = str(os.getpid())  # jobs end with this process
        _end_aside()
        files = [os.path.relpath(file) for file in self._workflow.overwrite_configfiles]
        own_folder(FolderOwner(study=self._study.plan.config.study, configfiles=files))
        write_text(paths.RUN, json.dumps(environment(), indent=1) + "\n")

    def _needed_jobs(self) -> list[Any]:
        return [job for job in self._workflow.dag.needrun_jobs() if getattr(job.params, "job", None)]

    def _write_jobs(self) -> None:
        for job in self._needed_jobs():
            inputs, outputs = self._files(job.input), self._files(job.output)
            # With storage, what lies here of meta files may be older than what was retrieved.
            makers = {} if self.stored else _makers(self._workflow.dag.dependencies[job])
            write_job(self._jobs[job.params.job], job.rule.name, inputs, outputs, makers, self._copies)

    def _files(self, files: Any) -> dict[str, list[str]]:
        """A job's inputs or outputs by name, each a list, as seen from the study's folder."""
        named = {name: [value] if isinstance(value, str) else [*map(str, value)] for name, value in files.items()}
        if not self.stored:
            return named
        return {name: [os.path.relpath(path, self._copies) for path in paths] for name, paths in named.items()}

    def end(self) -> None:
        """After the last job of a run: where to look."""
        if self._workflow.is_main_process and Quietness.ALL not in (self._workflow.output_settings.quiet or ()):
            made = {str(file) for job in self._workflow.dag.jobs for file in job.output}
            for line in where_to_look(made):
                print(line, file=sys.stderr)

    def _lacking(self) -> dict[str, str]:
        answering = self._study.answering
        gpus = {name: answering.resources(name).gpus for name in self._study.plan.askable}
        return lacking(self._study.plan, gpus)

    def _check_models(self, asked: set[str]) -> None:
        """Before anything is rendered: can each model that will be asked be asked here?"""
        for name, config in self._study.plan.askable.items():
            if name in asked and (lacks := without(config)):
                raise SpaceNumError(
                    f"config/models/{name}.yaml: {lacks}; provide it, or leave '{name}' out of 'models'"
                )

    def _check_folder(self) -> None:
        name = self._study.plan.config.study
        if name != "default" and Path.cwd() == self._root.resolve():
            raise SpaceNumError(
                f"the study '{name}' would overwrite the default study's results here; run it in a folder of its own: "
                f"add --directory studies/{name}"
            )


def one_evaluation_at_a_time(scheduler: Any) -> None:
    """Let Snakemake's scheduler wait for one evaluation, not for one more after each job.

    Snakemake 9.27 starts a timer whenever it looks for jobs, and looks for jobs whenever a timer ends: each job that
    ends adds one for ever. After 200 jobs it looks for jobs 200 times a second, which costs a core.
    """
    waits = threading.Lock()

    def evaluate() -> None:
        waits.release()
        scheduler._open_jobs.release()

    def schedule(delay: float) -> None:
        if waits.acquire(blocking=False):
            timer = threading.Timer(delay, evaluate)
            timer.daemon = True
            timer.start()

    scheduler._schedule_reevalutation = schedule


def _end_aside() -> None:
    """Let Snakemake's handler of SIGTERM run in a thread of its own: it waits for a lock that the main thread, which
    it interrupts, may hold, and then for ever."""
    handler, signals = signal.getsignal(signal.SIGTERM), SimpleQueue[tuple[Any, ...]]()
    if callable(handler) and threading.current_thread() is threading.main_thread():
        threading.Thread(target=lambda: handler(*signals.get()), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *given: signals.put(given))


def _both(first: Callable[[], None], then: Callable[[Any], None]) -> Callable[[Any], None]:
    """A handler that calls the one and then the other."""

    def call(log: Any) -> None:
        first()
        then(log)

    return call


def _asks(job: Any) -> bool:
    """Whether a job asks a model: those that merge answers of parts don't."""
    return job.rule.name == paths.ANSWERS_PART.name or (job.rule.name == paths.ANSWERS.name and not job.input.parts)


def _copies(workflow: Any) -> Path:
    """Where jobs find a study's files, as seen from the folder that Snakemake runs in: there, or, if they lie in
    storage, in the folder of its local copies."""
    if workflow.storage_settings.default_storage_provider is None:
        return Path()
    flagged = workflow.modifier.path_modifier.apply_default_storage(str(paths.RUN))
    return Path(*Path(flagged).parts[: -len(paths.RUN.parts)])


def _write_there(workflow: Any, write: Callable[[], None]) -> None:
    """Let job files be written where a job runs apart from the run that started it, with no file but its inputs:
    as soon as Snakemake knows the job, since it starts such jobs without the hooks of the Snakefile."""
    build = workflow._build_dag

    def build_and_write() -> None:
        build()
        write()

    workflow._build_dag = build_and_write


def _makers(dependencies: Mapping[Any, Any]) -> dict[str, str]:
    """The first output of the job that makes it, for each input that a stage makes. dependencies: files by job."""
    return {
        str(file): str(job.output[0])
        for job, files in dependencies.items()
        if getattr(job.params, "job", None)
        for file in files
    }
