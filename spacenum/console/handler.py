"""Snakemake's log records as a person wants to read them. The full text stands in Snakemake's own log file."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any

from snakemake.logging import DefaultFilter, DefaultFormatter, show_logs
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from spacenum.console.left import TimeLeft, spoken

CHATTER = (
    "Building DAG", "Using shell", "Provided ", "Rules claiming", "Conda environments", "Select jobs", "Execute ",
    "Assuming unrestricted", "Using workflow specific profile", "Elapsed time", "host: ", "Creating specified working",
    "Complete log", "Shutting down", "Waiting at most", "Job stats",
)  # fmt: skip
"""Beginnings of messages that say how Snakemake works, not what it makes."""
OF_A_JOB = (
    "RuleException:\nCalledProcessError in file", "CalledProcessError in file", "Exiting because a job execution",
)  # fmt: skip
"""Beginnings of errors that say of a failed job what its line says, or repeat its whole command."""
AT_THE_END = "WorkflowError:\nAt least one job did not complete"
"""Beginning of the error in whose place stand the jobs that failed."""
STOPPING = "Terminating processes on user request"
"""The beginning of what Snakemake says after Ctrl-C: jobs that end then have not failed."""
MOST = 6
"""Values that a line of a plan names."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A job that was started. started: seconds of the clock."""

    rule: str
    words: str
    started: float


class LogHandler(LogHandlerBase):
    """A line when a job is finished; its failure, log and what to do next; nothing of Snakemake's own steps.

    With ``--verbose`` all is printed as Snakemake does; a dry run too, but its counts only once. With ``--quiet``,
    failures and warnings alone.
    """

    def __post_init__(self) -> None:
        settings = self.common_settings
        self._plain = settings.verbose or settings.dryrun or settings.debug_dag
        self._stream = sys.stdout if settings.stdout else sys.stderr
        self._filter = DefaultFilter(
            settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
        )
        self._formatter = DefaultFormatter(settings.quiet, settings.show_failed_logs)
        self._quiet = {*(settings.quiet or ())}
        self._running: dict[int, Running] = {}
        self._failures: list[str] = []
        self._left: TimeLeft | None = None
        self._counted = self._stopping = False
        self._planned: dict[str, set[str]] = {"model": set(), "variant": set()}

    writes_to_stream = property(lambda self: True)
    writes_to_file = property(lambda self: False)
    has_filter = property(lambda self: True)
    has_formatter = property(lambda self: True)
    needs_rulegraph = property(lambda self: False)

    def emit(self, record: LogRecord) -> None:
        """Print what a person wants of it."""
        try:
            text = no_config(record) or (self._planned_text(record) if self._plain else self._text(record))
            if text and not self._silenced(record):
                print(text, file=self._stream, flush=True)
        except BrokenPipeError:  # as of "| head"; the run goes on, and its log file has the rest
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        except Exception:
            self.handleError(record)

    def _silenced(self, record: LogRecord) -> bool:
        """Whether ``--quiet`` leaves it out. A plan is what a dry run is for."""
        if self._plain or record.levelno >= WARNING:
            return False
        counts = getattr(record, "event", None) in (LogEvent.RUN_INFO, LogEvent.JOB_FINISHED)
        return Quietness.ALL in self._quiet or (counts and Quietness.PROGRESS in self._quiet)

    def _planned_text(self, record: LogRecord) -> str | None:
        """As Snakemake prints it; the counts of a plan once, with the models and variants that are asked."""
        event = getattr(record, "event", None)
        told = vars(record)
        if event == LogEvent.JOB_INFO and told["rule_name"] == "answers":
            for name, values in self._planned.items():
                values.add(str(told["wildcards"].get(name, "")))
        if event == LogEvent.RUN_INFO:
            self._counted, again = True, self._counted
            return _asked(self._planned) if again else self._formatter.format(record)
        return self._formatter.format(record) if self._filter.filter(record) else None

    def _text(self, record: LogRecord) -> str | None:
        told = vars(record)
        match getattr(record, "event", None):
            case LogEvent.RUN_INFO:
                counts = {rule: n for rule, n in told["stats"].items() if rule != "total"}
                self._left = TimeLeft(counts, record.created)
                return _counted(counts)
            case LogEvent.JOB_INFO:
                words = words_of(told["rule_name"], told["wildcards"])
                self._running[told["jobid"]] = Running(rule=told["rule_name"], words=words, started=record.created)
                return None
            case LogEvent.JOB_FINISHED:
                return self._finished(told["job_id"], record.created)
            case LogEvent.JOB_ERROR:
                return self._failed(told)
            case LogEvent.ERROR:
                message = record.getMessage()
                return self._all_failed(message) if message.startswith(AT_THE_END) else _loud(message)
            case LogEvent.SHELLCMD:
                return self._formatter.format(record) if self.common_settings.printshellcmds else None
            case LogEvent.GROUP_ERROR:
                return self._formatter.format(record)
            case None:
                message = record.getMessage()
                self._stopping = self._stopping or message.startswith(STOPPING)
                if record.levelno >= WARNING:
                    return _loud(message)
                return None if message == "None" or message.startswith(CHATTER) else message
        return None

    def _all_failed(self, message: str) -> str:
        """Those that failed: their own lines may be far above. message: for want of such lines."""
        failures = [*dict.fromkeys(self._failures)]
        return f"{len(failures)} failed: {', '.join(failures)}" if failures else message

    def _finished(self, jobid: int, now: float) -> str | None:
        job = self._running.pop(jobid, None)
        if job is None or self._left is None:
            return None
        self._left.finish(job.rule, now - job.started)
        done, total = self._left.done, self._left.total
        left = f"about {spoken(self._left.seconds(now))} left" if done < total else "done"
        return f"[{done} of {total}, {left}] {job.words} ({spoken(now - job.started)})"

    def _failed(self, told: Mapping[str, Any]) -> str:
        job = self._running.pop(told["jobid"], None)
        words = job.words if job else told["rule_name"]
        if self._stopping:
            return f"stopped: {words}; the same command goes on from here"
        self._failures.append(words)
        if job and self._left:
            self._left.fail(job.rule)
        logs = [log for log in told["log"] if Path(log).is_file()]  # a job may end before it writes one
        log = f" Its log: {', '.join(logs)}." if logs else ""
        extern = f" (Slurm or other id: {told['aux']['external_jobid']})" if told["aux"].get("external_jobid") else ""
        said = f"FAILED: {words}{extern}.{log} Mend what it says, and run the same command again: the rest is kept."
        shown = show_logs(logs) if self.common_settings.show_failed_logs else ()
        return "\n".join([said, *shown])


def _loud(message: str) -> str | None:
    """An error or a warning; None if the line of a failed job says it."""
    return None if message.startswith(OF_A_JOB) else message


def no_config(record: LogRecord) -> str | None:
    """A sentence in place of Snakemake's traceback, if a config file that was named isn't there."""
    message = record.getMessage() if getattr(record, "event", None) == LogEvent.ERROR else ""
    found = re.search(r"in _load_configfile\n.*FileNotFoundError: [^\n]*: '([^\n]+)'", message, re.DOTALL)
    if not found:
        return None
    return (
        f"spacenum: --configfile {found[1]}: no such file; if that is a target, put -- before the targets, as in "
        "'snakemake --cores all --configfile my.yaml -- all'"
    )


def words_of(rule: str, wildcards: Mapping[str, Any]) -> str:
    """A job in words: its rule, and what of it this is."""
    return " ".join([rule.replace("_", " "), *map(str, wildcards.values())])


def _counted(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    named = ", ".join(f"{n} {rule.replace('_', ' ')}" for rule, n in Counter(counts).most_common(MOST))
    return f"{total} jobs: {named}{', …' if len(counts) > MOST else ''}"


def _asked(planned: Mapping[str, set[str]]) -> str | None:
    named = [f"{name}s: {', '.join(sorted(values))}" for name, values in planned.items() if values]
    return f"Will be asked: {'; '.join(named)}" if named else None
