"""Everything that reads what others wrote, each with valid inputs to start from."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow
import yaml
from PIL import Image
from pydantic import BaseModel

from spacenum.asking.base import Answer
from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.parsing import read_letter
from spacenum.asking.parsing_open import read_amount, read_corners
from spacenum.asking.settings import ADAPTER_FILES, ModelConfig
from spacenum.asking.store import AnswerStore, Contents, Keys, Label, read_file, read_header
from spacenum.core.provenance import PROJECT, Meta, meta_path, read_jsonl, write_meta
from spacenum.external.catalogue import benchmark
from spacenum.external.imported import import_items
from spacenum.external.questions import ImageFolder, read_questions
from spacenum.frames.records import FrameRecord
from spacenum.frames.store import read_image
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose
from spacenum.items.schema import ITEM, LETTERS, Text
from spacenum.models.adapter_files import AdapterFiles
from spacenum.models.checkpoints import check_files, image_settings, weight_names
from spacenum.models.person import Entry, read_sheet
from spacenum.release.harness.logs import ZSTANDARD, read_log
from spacenum.scoring.records import read_records, write_records
from spacenum.scoring.rows import ScoreRow, score_answers
from spacenum.study.config import load_model, merged, parse_study
from spacenum.study.loading import read_layers
from spacenum.study.paths import StudyOutput
from spacenum.study.verify import verify
from tests.external.published import MOTION, omnispatial, picture
from tests.external.test_imported import FIRST, MAPPING, SECOND
from tests.gallery.invented import item_of

INSPECT = {
    "id": "a",
    "error": None,
    "metadata": {"asked": "b"},
    "output": {"choices": [{"stop_reason": "stop"}], "completion": "A"},
}
LOGS = [
    json.dumps(rows).encode()
    for rows in (
        {"eval": {}, "samples": [INSPECT]},
        [{"filtered_resps": "A", "accuracy": {"id": "a", "asked": "b"}}],
        [{"id": "a", "prediction": "A", "asked": "b"}],
        [{"id": "a", "reply": "A"}],
    )
]
ITEMS = [
    item_of(cell, n) for n, cell in enumerate(("transition.num2space.rotate_left_right", "layout.space2num.2d.desk"))
]


@dataclass(frozen=True)
class Reader:
    """samples: valid inputs. read: of a file in the working directory, which holds nothing else. errors: what may be
    raised beside SpaceNumError."""

    samples: list[bytes]
    read: Callable[[Path], object]
    errors: tuple[type[Exception], ...] = ()


def lines(records: Iterable[BaseModel]) -> bytes:
    return "".join(record.model_dump_json() + "\n" for record in records).encode()


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


REPLIES = [
    b"<think>The chair is left of the desk, so not B.</think>The answer is **C**.",
    b"A", b"\\boxed{D}", b"Option B: 0.5 m. So the correct option is (B).", "Die Antwort ist B。".encode(),
    b"I first thought A, but the robot moved 0.5 m forward, hence C. Final answer: C",
]  # fmt: skip
OPEN = [
    b"The camera turned by 30 degrees to the left, so the answer is 30\xc2\xb0.", b"1.5 m", b"about 0.75 meters",
    b"chair: (0.2, 0.4) to (0.6, 0.8)", b'{"chair": [[0.2, 0.4, 0], [0.6, 0.8, 1]]}',
    b"x from 0.2 to 0.6, y from 0.4 to 0.8",
]  # fmt: skip


def letter(path: Path) -> None:
    for finished in (True, False):
        read_letter(text(path), LETTERS, finished=finished)


def open_answer(path: Path) -> None:
    read_amount(text(path), "m")
    read_amount(text(path), "deg", finished=False)
    for dimensions in (1, 2, 3):
        read_corners(text(path), dimensions, "chair")


def frame(name: str) -> FrameRecord:
    pose = CameraPose(position=(0, 0, 0), yaw=0, horizon=0)
    return FrameRecord(
        id=name, scene="s", simulator="none", image=f"{name}.png", depth="d.png", ids="i.png", sha256=("a", "b", "c"),
        camera=Intrinsics.from_vertical_fov(8, 8, 90), pose=pose, measured_pose=pose, instances=(),
    )  # fmt: skip


def scores() -> bytes:
    answers = [Answer(item=item.id, letter="B", outcome="parsed") for item in ITEMS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.csv"
        write_records(path, score_answers(ITEMS, answers), ScoreRow)
        return path.read_bytes()


def study_config(path: Path) -> None:
    layers = read_layers([path])
    parse_study(merged(layers.data), layers)


def model_file(path: Path) -> None:
    load_model(path.rename("mine.yaml").stem, Path())


def stored(folder: Path) -> bytes:
    (folder / "a.png").write_bytes(b"an image")
    questions = [Question(f"item-{n}", "family", (Text(text=str(n)),), LETTERS) for n in range(2)]
    greedy, store = Decoding(name="greedy"), AnswerStore(folder / "store")
    unit = Keys({"checkpoint": "one"}, greedy, Contents(folder)).unit(questions)
    replies = [Reply(text="B", finished=True, letter_logprobs={"A": -1.0, "B": -0.5}), Reply("<think>", finished=False)]
    store.put(unit, replies, Label("toy", "letter-greedy"), {"checkpoint": "one"}, greedy)
    [file] = store.files()
    return file.read_bytes()


def store_file(path: Path) -> None:
    read_header(path)
    read_file(path)


def written_meta(folder: Path) -> bytes:
    out = folder / "out.csv"
    out.write_text("1")
    write_meta("rule", {"seed": 1}, "c", {}, [out])
    return meta_path(out).read_bytes()


def meta(path: Path) -> None:
    path.rename("out.csv.meta.json")
    out = Path("out.csv")
    verify([StudyOutput(out, "rule", None, (str(out),))], Path(), {})


def imported(path: Path, entries: bytes | None = None) -> None:
    for number in range(3):
        Path(f"{number}.png").write_bytes(PICTURES[number])
    os.makedirs("sub", exist_ok=True)
    Path("sub/1.png").write_bytes(PICTURES[1])
    mapping = Path("map.yaml")
    if entries is None:
        mapping.write_text(yaml.safe_dump(MAPPING))
        import_items(path.rename("set.json"), mapping, Path(), "benchmark")
    else:
        Path("set.json").write_bytes(entries)
        import_items(Path("set.json"), path.rename(mapping), Path(), "benchmark")


PICTURES = [picture(number) for number in range(3)]
ENTRIES = json.dumps({"v": 1, "data": [FIRST, SECOND]}, indent=1).encode()


def archive(path: Path) -> None:
    Path("images").mkdir()
    read_questions("m", benchmark("omnispatial_motion").read(path), ImageFolder(Path("images"), Path("images")))


def archive_json(path: Path) -> None:
    Path("Dynamic_Reasoning").mkdir()
    for name in ("7", "12", "3"):
        Path(f"Dynamic_Reasoning/{name}.png").write_bytes(PICTURES[0])
    archive(path.rename("data.json"))


def png(kind: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(108, dtype=np.uint8).reshape(6, 6, 3)).convert(mode).save(buffer, format=kind)
    return buffer.getvalue()


def weights() -> bytes:
    tensors = {
        f"base_model.model.layers.0.q.lora_{side}.weight": shape for side, shape in (("A", [2, 4]), ("B", [4, 2]))
    }
    header = {
        name: {"dtype": "F32", "shape": shape, "data_offsets": [32 * n, 32 * n + 32]}
        for n, (name, shape) in enumerate(tensors.items())
    }
    said = json.dumps(header).encode()
    return len(said).to_bytes(8, "little") + said + np.linspace(0.1, 1, 16, dtype=np.float32).tobytes()


LORA = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q"], "bias": "none"}


def adapter_weights(path: Path) -> None:
    Path(ADAPTER_FILES[0]).write_text(json.dumps(LORA))
    path.rename(ADAPTER_FILES[1])
    AdapterFiles.read(Path()).check()


def adapter_settings(path: Path) -> None:
    Path(ADAPTER_FILES[1]).write_bytes(weights())
    path.rename(ADAPTER_FILES[0])
    AdapterFiles.read(Path()).check()


CHECKPOINT = ModelConfig(kind="vlm", backend="transformers", checkpoint="./checkpoint")


def checkpoint(path: Path) -> None:
    folder = Path("checkpoint")
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    data = path.read_bytes()
    (folder / "preprocessor_config.json").write_bytes(data)
    path.rename(folder / "model.safetensors")
    weight_names(CHECKPOINT)
    for look in (image_settings, check_files):
        try_reading(look)


def try_reading(look: Callable[[ModelConfig], object]) -> None:
    """Of several files that are the same bytes, one is refused more often than not; the others are read too."""
    from spacenum.core.errors import SpaceNumError

    try:
        look(CHECKPOINT)
    except SpaceNumError as error:
        assert str(error)


ANSWER = {
    "choices": [
        {
            "message": {"role": "assistant", "content": "B", "reasoning_content": "So it is B."},
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "B", "top_logprobs": [{"token": "B", "logprob": -0.1}]}]},
        }
    ],
    "usage": {"prompt_tokens": 10, "completion_tokens": 1},
}
ANSWERED = [
    json.dumps(ANSWER).encode(),
    json.dumps({"data": ANSWER}).encode(),
    json.dumps({"error": {"message": "content filtered", "code": "content_filter", "type": "x"}}).encode(),
    b'data: {"error": "busy"}\n\ndata: [DONE]\n',
]


def endpoint() -> Reader:
    import httpx

    from spacenum.models.endpoint.client import _completion, _said
    from spacenum.models.endpoint.failures import Declined, Passing, Refused, RequestContext, of_error

    asked = RequestContext("http://127.0.0.1/v1", "m", "item", None)

    def read(path: Path) -> None:
        data = path.read_bytes()
        for status in (400, 429, 500):
            assert isinstance(of_error(status, _said(data), asked, "key", httpx.Headers()), Exception)
        completion = _completion(data, asked, "key", httpx.Response(200))
        if completion.ending != "failed":
            for letters in (LETTERS, None):
                Reply(**vars(completion.reply(letters)))

    return Reader(ANSWERED, read, (Passing, Refused, Declined))


def readers(folder: Path) -> dict[str, Reader]:
    """All of them by name; ``folder`` is for samples that are written by what writes them."""
    given = Meta(rule="rule", params={"a": 1}, code="c", inputs={"in.csv": "0" * 64}, outputs={"out.csv": "0" * 64})
    configs = [(PROJECT / f"config/{name}.yaml").read_bytes() for name in ("test", "demonstration")]
    models = [(PROJECT / f"config/models/{name}.yaml").read_bytes() for name in ("chance", "qwen3_vl_4b", "ovis2_5_2b")]
    return {
        "reply": Reader(REPLIES, letter),
        "open answer": Reader(OPEN, open_answer),
        "items": Reader([lines(ITEMS)], lambda path: read_jsonl(path, ITEM)),
        "frames": Reader([lines([frame("a"), frame("b")])], lambda path: read_jsonl(path, FrameRecord)),
        "answers": Reader(
            [lines([Answer(item="a", letter="B", outcome="parsed", reply="B")])], lambda path: read_jsonl(path, Answer)
        ),
        "sheet": Reader([lines([Entry(item="a", shown="b", letter="A", seconds=1)])], read_sheet),
        "replies": Reader(LOGS, lambda path: read_log(path.rename("given.json"))),
        "packed log": Reader([packed_log()], lambda path: read_log(path.rename("given.eval"))),
        "scores": Reader([scores()], lambda path: read_records(path, ScoreRow)),
        "config": Reader(configs, study_config),
        "model": Reader(models, model_file),
        "store": Reader([stored(folder)], store_file),
        "meta": Reader([given.model_dump_json(indent=1).encode(), written_meta(folder)], meta),
        "import": Reader([ENTRIES], imported),
        "mapping": Reader([yaml.safe_dump(MAPPING).encode()], lambda path: imported(path, ENTRIES)),
        "archive": Reader([omnispatial(folder / "o.zip").read_bytes()], archive),
        "archive's list": Reader([json.dumps(MOTION).encode()], archive_json),
        "image": Reader([png(), png("JPEG"), png("PNG", "L"), png("PNG", "P"), png("TIFF"), png("WEBP")], read_image),
        "adapter": Reader([weights()], adapter_weights),
        "adapter's settings": Reader([json.dumps(LORA).encode()], adapter_settings),
        "checkpoint": Reader([weights(), b'{"image_processor": {"size": 3}}'], checkpoint),
        "endpoint": endpoint(),
    }


def packed_log() -> bytes:
    """Of inspect_ai."""
    data = json.dumps(INSPECT).encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("samples/a_epoch_1.json", pyarrow.compress(data, codec="zstd", asbytes=True))
        entry = archive.getinfo("samples/a_epoch_1.json")
        entry.compress_type, entry.file_size = ZSTANDARD, len(data)
    return held.getvalue()
