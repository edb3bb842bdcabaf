"""Snakemake that asks Slurm every second: the plugin waits 10 s more after each time that no job has finished."""

import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, value: None)
sys.exit(main())
