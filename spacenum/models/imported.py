"""A model that was asked elsewhere: its replies as ``spacenum answers import`` brought them (docs/release.md).

A reply counts only while the item's words, letters and image bytes are those that it is a reply to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from spacenum.asking.ask import Asking
from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.chat import Reply
from spacenum.asking.modes import ModeName
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.shown import asked_hash_of
from spacenum.asking.store import Contents
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem, read_jsonl
from spacenum.items.schema import Item

FOLDER = Path("imported_answers")


class ImportedOptions(Block):
    """What stands under ``options`` in the file of a model whose replies are imported."""

    harness: str = Field(min_length=1, description="what asked it, as inspect_ai; tables say so beside its name")
    mode: ModeName = Field("letter-greedy", description="the mode that its replies stand for")


class ImportedReply(Block):
    """A line of ``imported_answers/<model>/<variant>/<setting>.jsonl``. asked: hash of what was asked
    (``asked_hash``). finished: False if the reply was cut. refused: why a filter withheld it. source: the file that it
    is from."""

    item: str
    asked: str
    reply: str
    finished: bool = True
    refused: str | None = None
    source: str


def replies_path(model: str, variant: str, setting: str) -> Path:
    """Where imported replies stand, in the study's folder."""
    return FOLDER / model / variant / f"{setting}.jsonl"


def imported(model: str, variant: str, setting: str) -> list[str]:
    """The file of a setting's imported replies, if there is one, in the study that is the working directory."""
    path = replies_path(model, variant, setting)
    return [str(path)] if path.is_file() else []


def options_of(config: ModelConfig) -> ImportedOptions:
    """SpaceNumError names the key that is wrong."""
    try:
        return ImportedOptions.model_validate(config.options)
    except ValidationError as error:
        raise SpaceNumError(first_problem(error)) from None


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    options_of(config)


class Imported:
    """Reads all of an item that was asked, to compare it. Items without a reply are "missing"."""

    def __init__(self, config: ModelConfig, context: Context) -> None:
        params = AnswersParams(model="imported", config=config, mode=options_of(config).mode, seed=context.seed)
        self._asking, self._contents = Asking.of(params, context.root), Contents(context.root)
        read = [read_jsonl(sheet, ImportedReply, "import the replies again") for sheet in context.sheets]
        self._replies = {one.item: one for replies in read for one in replies}

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        for item in items:
            given = self._replies.get(item.id)
            if given is None:
                yield Answer(item=item.id, outcome="missing", reason="no reply to it was imported")
            elif given.asked != asked_hash_of(item, self._contents.image):
                yield Answer(item=item.id, outcome="missing", reason="what was imported is a reply to another question")
            else:
                reply = Reply(text=given.reply, finished=given.finished, refused=given.refused)
                yield self._asking.answer((item, 0, 0), reply)


def load(config: ModelConfig, context: Context) -> Model:
    return Imported(config, context)
