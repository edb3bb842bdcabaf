"""A study's items as a data set for others, as a job."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.provenance import PROJECT
from spacenum.items.schema import SETTINGS
from spacenum.release.card import template_files
from spacenum.release.settings import ReleaseParams
from spacenum.simulators.catalogue import simulator
from spacenum.study import paths
from spacenum.study.collection import Collection
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan


class Release:
    """The release of the benchmark's items, and of their variants."""

    def __init__(self, plan: Plan, collection: Collection) -> None:
        self._plan, self._collection = plan, collection

    def items(self) -> Named:
        """(variant, file) of all that is released, the base first."""
        base = [("base", path) for path in self._collection.item_files("benchmark")]
        return base + [
            (name, paths.VARIANT.of(split="benchmark", variant=name, setting=setting))
            for name, kind in self._plan.variants.items()
            for setting in kind.settings
        ]

    def checks(self) -> list[str]:
        """What says that they passed."""
        return [path.removesuffix(".jsonl") + ".checks.json" for _, path in self.items()]

    def params(self) -> ReleaseParams:
        """What is released, and whose its pictures are."""
        config = self._plan.config
        return ReleaseParams(
            study=config.study,
            version=version(),
            answers=config.release.answers,
            pack=config.pack,
            simulators=config.simulators,
            pictures={s: "pack" if simulator(config.simulators[s]).shows_packs else "simulator" for s in SETTINGS},
            variants={name: kind.changes for name, kind in self._plan.variants.items()},
        )

    def job(self) -> Job:
        return Job(self.params(), code_of("make_release.py", *template_files())).naming(items_file=self.items())

    def outputs(self) -> Iterator[StudyOutput]:
        """Its only output that carries a meta file."""
        yield paths.RELEASE.output(self.job())


def version() -> str:
    """Of this project."""
    return str(yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))["version"])
