"""Several jobs that share a model's questions make the very file that one job would."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.answer_items import answer_items
from spacenum.asking.ask import REFUSED_NOTE, REPLIES_NOTE, VERSIONS_NOTE
from spacenum.asking.base import Answer, Context
from spacenum.asking.parts import merge
from spacenum.asking.settings import AnswersParams, AnswersPart, ModelConfig
from spacenum.asking.store import VARIABLE, AnswerStore
from spacenum.core.provenance import Meta, meta_path, read_meta, write_jsonl
from spacenum.core.stage import run_stage
from spacenum.items.schema import Item
from spacenum.models.loading import answers_each_alone, backend_of, backends
from tests.asking import toy
from tests.asking.jobs import config
from tests.stages import prepare_answers

OF = 3
CHANCE = ModelConfig(kind="reference", backend="baselines.chance", batch_families=1)
JOBS: dict[str, tuple[str, ModelConfig, int]] = {
    "repeats": ("letter-paper", config(rounding=0.1), 2),
    "rotations": ("letter-greedy-rotations", config(), 1),
    "logprobs": ("letter-logprobs", config(rounding=0.1), 1),
    "open": ("open-greedy", config(), 1),
    "baseline": ("letter-greedy", CHANCE, 1),
}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, in_study, items: list[Item], tmp_path: Path):
    """Runs the job of some parameters, with a store of its own; returns its answers' file."""
    of_model = {"toy": toy}
    real = sys.modules["scripts.answer_items"].backend_of
    monkeypatch.setattr("scripts.answer_items.backend_of", lambda n, c: of_model.get(c.backend) or real(n, c))
    write_jsonl(tmp_path / "items.jsonl", items)

    def run(params: AnswersParams, name: str, parts: list[str] = []) -> str:  # noqa: B006
        monkeypatch.setenv(VARIABLE, str(tmp_path / f"store of {name}"))
        out = prepare_answers(in_study.root, params, tmp_path / "items.jsonl", tmp_path / f"{name}.jsonl", parts)
        monkeypatch.setattr(sys, "argv", ["answer_items", out])
        run_stage(answer_items)
        return out

    return run


def notes(path: str) -> Meta:
    return read_meta(meta_path(Path(path)))


@pytest.mark.parametrize("kind", JOBS)
def test_parts_make_what_one_job_makes(answer, tmp_path, kind):
    """Each part has a store of its own, as on other machines: together they hold the batches of the one job."""
    mode, model, repeats = JOBS[kind]
    whole = AnswersParams(model="m", config=model, mode=mode, seed=0, repeats=repeats)
    shares = [whole.model_copy(update={"part": AnswersPart(number=k, of=OF)}) for k in range(OF)]
    one = answer(whole, "one")
    parts = [answer(share, f"part {k}") for k, share in enumerate(shares)]
    many = answer(whole, "many", parts)
    assert Path(many).read_bytes() == Path(one).read_bytes()
    batches = [sorted(path.name for name in names for path in AnswerStore(tmp_path / f"store of {name}").files())
               for names in (["one"], [Path(part).stem for part in parts])]  # fmt: skip
    assert batches[0] == batches[1]
    sizes = [len(Path(part).read_text().splitlines()) for part in parts]
    assert sum(sizes) == len(Path(one).read_text().splitlines()) and min(sizes) > 0
    apart = {REPLIES_NOTE: ""}
    assert notes(many).notes | apart == notes(one).notes | apart
    assert notes(many).shown == notes(one).shown and notes(many).params == notes(one).params


def test_counts_of_parts_are_added_up(tmp_path, monkeypatch):
    noted = [{REFUSED_NOTE: {"filter": 1}}, {}, {REFUSED_NOTE: {"filter": 2, "size": 1}}]
    metas = iter([SimpleNamespace(notes=notes) for notes in noted])
    monkeypatch.setattr("spacenum.asking.parts.read_meta", lambda path: next(metas))
    parts = [tmp_path / f"{k}.jsonl" for k in range(3)]
    for part in parts:
        part.touch()
    assert merge([], parts, tmp_path / "all.jsonl") == {REFUSED_NOTE: {"filter": 3, "size": 1}}


@pytest.mark.parametrize("changed", ["revision", "torch"])
def test_parts_of_different_models_are_refused_until_they_are_asked_anew(answer, monkeypatch, changed):
    now = {"revision": "1", "torch": "1"}
    identity, versions = {"checkpoint": "c"}, lambda _: {"torch": now["torch"]}
    monkeypatch.setattr(toy.Toy, "identity", property(lambda _: identity | {"revision": now["revision"]}))
    monkeypatch.setattr(toy.Toy, "versions", property(versions), raising=False)
    whole = AnswersParams(model="m", config=config(), mode="letter-greedy", seed=0)
    jobs = {f"part-{k}": whole.model_copy(update={"part": AnswersPart(number=k, of=OF)}) for k in range(OF)}
    parts: dict[str, str] = {}
    for name, params in jobs.items():
        now[changed] = "2" if name == "part-2" else "1"
        parts[name] = answer(params, name)
    files = [*parts.values()]
    with pytest.raises(SystemExit) as ended:
        answer(whole, "many", files)
    said = str(ended.value)
    assert f"{files[0]} and {files[2]} are answers of different models or versions ({changed}: 1 and 2)" in said
    (advised,) = re.findall(r"add '--forcerun (.+)' to the snakemake command", said)
    for name in [name for name, file in parts.items() if file in advised.split()]:
        answer(jobs[name], name)
    found = notes(answer(whole, "many", files)).notes
    assert (found["model"] | found[VERSIONS_NOTE])[changed] == now[changed]


@pytest.mark.parametrize("backend", [name for name in backends() if answers_each_alone(name)])
def test_baselines_that_may_be_shared_answer_each_item_alone(in_study, items, backend):
    config = ModelConfig(kind="baseline", backend=backend)

    def told(asked: list[Item]) -> list[Answer]:
        context = Context(frames=in_study.by_image, root=Path(), seed=0)
        return [*backend_of("m", config).load(config, context).answer(asked)]

    assert told(items) == [answer for item in items for answer in told([item])]
