"""Paired experiments: two conditions compared item by item, one module each that defines ``PAIRED``."""

from spacenum.tables.pairs.base import PairedExperiment, Scored, StudyAnswers
from spacenum.tables.pairs.catalogue import names, paired_experiment, paired_file

__all__ = ["PairedExperiment", "Scored", "StudyAnswers", "names", "paired_experiment", "paired_file"]
