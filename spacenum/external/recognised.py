"""A published set in one of the usual shapes, read without a mapping: what is understood is said, all else refused."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from spacenum.core.blocks import Block, Name
from spacenum.core.errors import SpaceNumError
from spacenum.external.base import ExternalQuestion, OptionContent
from spacenum.external.cells import OWN, CellNames, cell_of, named_cell
from spacenum.external.imported import as_asked, items_file, write_items, write_meta_of
from spacenum.external.questions import ImageFolder, check_options, one_line
from spacenum.external.shapes import MARK, Row, read_row
from spacenum.external.sources import ImagePaths, Source
from spacenum.external.worded import Options, options_in, right_option
from spacenum.items.schema import CELLS, LETTERS, ExternalItem, Image
from spacenum.scenes.spec import Split


class Recognition(Block):
    """How a set is to be read. source, revision: where it was published; null for files that somebody has. ignored:
    keys of rows that count for nothing. cells: the set's names of cells. own_cells: whether rows that belong to none of
    the 20 are taken, as cells of their own."""

    name: Name
    source: str
    revision: str | None = None
    only: str | None = None
    ignored: list[str] = Field([])
    cells: CellNames | None = None
    own_cells: bool = False


@dataclass(kw_only=True)
class Findings:
    """What was recognised. unknown: (place, what is known) of rows of none of the 20 cells."""

    shapes: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    unmarked: int = 0
    unworded: int = 0
    twins: int = 0
    paths: str | None = None

    def check(self) -> None:
        """SpaceNumError if a row belongs to none of the 20 cells."""
        if not self.unknown:
            return
        place, known = self.unknown[0]
        raise SpaceNumError(
            f"{place}: which of the 20 cells it belongs to isn't known (known: {known or 'nothing'}), one of "
            f"{len(self.unknown)} such rows; name them with --cells, or take them as cells apart with --own-cells"
        )

    def lines(self) -> Iterator[str]:
        """What a person should read of it."""
        yield f"rows: {', '.join(f'{n} of shape {shape}' for shape, n in sorted(self.shapes.items()))}"
        if self.paths:
            yield self.paths
        if self.unmarked:
            yield f"{self.unmarked} rows don't say where their images go: these stand first"
        if self.unworded:
            yield f"{self.unworded} rows have options under a key alone: they are asked with our lines for these"
        if self.twins:
            yield f"{self.twins} rows ask what another row asks, of the same images"
        yield f"keys that are neither asked nor shown: {', '.join(sorted(self.keys))[:500] or 'none'}"
        for cell in [*(c for c in CELLS if c in self.cells), *sorted(set(self.cells) - set(CELLS))]:
            yield f"  {cell}: {self.cells[cell]}"
        absent = [cell for cell in CELLS if cell not in self.cells]
        if absent:
            yield f"no row is of {len(absent)} of the 20 cells: {', '.join(absent)}"
        for known, count in sorted(Counter(known for _, known in self.unknown).items()):
            place = next(place for place, other in self.unknown if other == known)
            yield f"of no known cell: {count} rows; known: {known or 'nothing'} (as {place})"


class RecognisingReader:
    """Reads a set into questions; ``findings`` then says what it was."""

    def __init__(self, source: Source, how: Recognition) -> None:
        self._source, self._how = source, how
        self.findings = Findings()

    def questions(self, folder: ImageFolder) -> list[ExternalQuestion]:
        """Every row, in the order of files and rows, its images in ``folder``. SpaceNumError for the first that isn't
        understood."""
        self._folder = folder
        named = [
            (row.place, image) for _, row in self._rows() for image in row.images if isinstance(image, str)
        ]  # first all paths, since one rule has to find them all
        paths = ImagePaths(self._source, named)
        self.findings.paths = paths.said()
        found = [self._question(source, row, paths) for source, row in self._rows()]
        if not found:
            raise SpaceNumError(f"{self._source.path}: has no rows")
        asked = {(question.question, *question.images) for question in found}
        self.findings.twins = len(found) - len(asked)
        return found

    def _rows(self) -> Iterator[tuple[str, Row]]:
        """(what the row is called, row)."""
        for file in self._source.data:
            for number, (place, row) in enumerate(self._source.rows(file), start=1):
                yield f"{file}#{number}", read_row(row, place, self._how.ignored)

    def _question(self, source: str, row: Row, paths: ImagePaths) -> ExternalQuestion:
        images = [self._image(image, paths, row.place) for image in row.images]
        worded = options_in(row.text, row.place)
        contents = _contents(row, worded)
        options = _options(contents, images, row.text[: worded.start].count(MARK) if worded else None, row.place)
        said = [option.image or one_line(str(option.text)) for option in options]
        answer = right_option(row.answer, contents, row.place)
        check_options(said, answer, row.place)
        self._count(row, worded is not None)
        return ExternalQuestion(
            source=source,
            cell=self._cell(row, contents),
            group=self._how.name,
            scene=Path(images[0]).stem[:16],
            question=row.text,
            images=images,
            options=options,
            answer=answer,
            worded=worded is not None,
        )

    def _image(self, image: bytes | str, paths: ImagePaths, place: str) -> str:
        data = self._source.image(paths(image), place) if isinstance(image, str) else image
        return self._folder.add(data, place)

    def _cell(self, row: Row, contents: Sequence[str]) -> str:
        if self._how.cells is not None:
            cell = named_cell(row, self._how.cells)
        else:
            found, known = cell_of(row, contents)
            if found is None:
                self.findings.unknown.append((row.place, known))
                found = f"{OWN}.{known}" if known and " " not in known else OWN
            cell = found
        self.findings.cells[cell] += 1
        return cell

    def _count(self, row: Row, worded: bool) -> None:
        self.findings.unworded += not worded
        self.findings.shapes[row.shape] += 1
        self.findings.keys.update(row.about)
        self.findings.unmarked += not row.marked


def _contents(row: Row, worded: Options | None) -> list[str]:
    """The options of a text, or of a key if the text has none; SpaceNumError if both have some that differ."""
    if worded is None:
        if row.options is None:
            raise SpaceNumError(
                f"{row.place}: no options are found in its text; they should be lines like 'A. …', '(A) …' or "
                "'Option A: …'"
            )
        return row.options
    if row.options is not None and [*map(one_line, row.options)] != [*map(one_line, worded.contents)]:
        raise SpaceNumError(f"{row.place}: its options are others in its text than under their key")
    return worded.contents


def _options(contents: Sequence[str], images: Sequence[str], before: int | None, place: str) -> list[OptionContent]:
    """Texts, or the images that stand in their place. before: how many of the images a text shows before the first
    option; null if options don't stand in it."""
    shown = [MARK in content for content in contents]
    if not any(shown):
        return [OptionContent(text=one_line(content)) for content in contents]
    if before is None or not all(content == MARK for content in contents):
        raise SpaceNumError(f"{place}: its options are neither all texts nor each one image in the question")
    return [OptionContent(image=image) for image in images[before : before + len(contents)]]


def shown_rows(items: Sequence[ExternalItem], count: int) -> Iterator[str]:
    """Items for a person to look at: the first of each cell, then others evenly spread, in their order."""
    firsts = {item.cell: number for number, item in reversed([*enumerate(items)])}
    spread = (number * len(items) // count for number in range(count))
    chosen = list(dict.fromkeys([*sorted(firsts.values()), *spread]))[:count]
    for number in sorted(chosen):
        yield from _shown(items[number])


def _shown(item: ExternalItem) -> Iterator[str]:
    yield f"--- {item.truth.source}: {item.cell}, right is {item.answer}"
    for part in item.prompt:
        yield f"[{part.image}]" if isinstance(part, Image) else printable(part.text)
    for letter, option in zip(LETTERS, item.options, strict=False):
        yield f"    {letter} = {option.image or printable(str(option.text))}"


def printable(text: str) -> str:
    """A published text without what would move a terminal's cursor."""
    return "".join(mark if mark.isprintable() or mark == "\n" else "?" for mark in text)


def recognise(
    source: Source, how: Recognition, split: Split, say: Callable[[str], None], *, write: bool, show: int
) -> None:
    """Say what a set is, show ``show`` of its items, and write them if ``write``, all or none.

    SpaceNumError for the first row that isn't understood, and for rows of none of the 20 cells unless ``how`` takes
    them; a set that was imported earlier then stays as it was.
    """
    reader = RecognisingReader(source, how)

    def read(folder: ImageFolder) -> list[ExternalQuestion]:
        questions = reader.questions(folder)
        for line in reader.findings.lines():
            say(printable(line))
        for line in shown_rows(as_asked(how.name, split, questions), show) if show else ():
            say(line)
        if not how.own_cells:
            reader.findings.check()
        return questions

    if write:
        items = write_items(how.name, split, read)
        write_meta_of(how.name, split, how.model_dump(mode="json"), source.inputs())
        say(f"{len(items)} items are in {items_file(how.name, split).parent}")
        return
    with tempfile.TemporaryDirectory() as folder:
        read(ImageFolder(Path(folder), Path("images")))
