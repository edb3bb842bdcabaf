"""``spacenum run``: what an endpoint is sent is what the study would ask, and the row is what it earned."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spacenum.asking.questions import message_parts
from spacenum.cli.main import main
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Image, Item
from tests.models.endpoint.fake_endpoint import Answer, Endpoint, completion, running
from tests.models.endpoint.sight import sighted
from tests.release.made import items_path, release

pytest.importorskip("pyarrow")
pytest.importorskip("httpx")


class Replay:
    """Knows every item of a study by all that is asked, texts and bytes of images in order, and the right letter."""

    def __init__(self) -> None:
        items = [item for setting in SETTINGS for item in read_jsonl(items_path("base", setting), ITEM)]
        self.known = {_asked(item): item for item in items}
        self.seen: list[str] = []

    def __call__(self, number: int, body: dict[str, Any]) -> Answer:
        parts = body["messages"][-1]["content"]
        item = self.known.get(tuple(p["text"] if p["type"] == "text" else _url(p) for p in parts))
        if item is None:
            return completion("A")  # of the self-test, which shows some images alone or twice
        self.seen.append(item.id)
        return completion(item.answer if item.setting == "layout" else "A")


def _asked(item: Item) -> tuple[str | bytes, ...]:
    return tuple(Path(p.image).read_bytes() if isinstance(p, Image) else p.text for p in message_parts(item.prompt))


def _url(part: dict[str, Any]) -> bytes:
    return base64.b64decode(part["image_url"]["url"].partition("base64,")[2])


@pytest.fixture
def endpoint():
    with running() as endpoint:
        yield endpoint


def test_a_release_and_an_endpoint_make_a_row(
    study: Path, tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    replay = Replay()
    endpoint.answer = sighted(replay)
    where = release(tmp_path / "out")
    command = ["spacenum", "run", "--items", str(where), "--base-url", endpoint.url, "--model", "org/some.model"]
    monkeypatch.setattr(sys, "argv", [*command, "--directory", str(tmp_path / "run")])
    monkeypatch.setattr(sys, "stdin", (tmp_path / "out/README.md").open())
    with pytest.raises(SystemExit, match="nothing was asked"):
        main()
    told = capsys.readouterr().out
    assert "8 requests to " in told and f"at most {8 * 32} tokens of replies" in told
    assert not endpoint.bodies

    monkeypatch.setattr(sys, "argv", [*command, "--directory", str(tmp_path / "run"), "--yes"])
    main()
    assert set(replay.seen) == {item.id for item in replay.known.values()}, "each exact, to the letter and the byte"
    table = pd.read_csv(tmp_path / "run/results/run/org-some-model.csv").set_index("model")
    assert table.loc["org-some-model", ["layout.num2space.1d.desk", "layout.space2num.1d.desk"]].tolist() == [100, 100]
    assert [*table.index] == ["chance", "order_only", "thumbnail_order", "org-some-model"], "shortcuts beside it"
    assert table.loc["chance", "layout.num2space.1d.desk"] == 50 and table.loc["org-some-model", "n_items"] == 8
    assert "layout.num2space.1d.desk" in capsys.readouterr().out
    asked = len(endpoint.bodies)
    main()
    assert len(endpoint.bodies) == asked, "replies are kept"


def test_neither_torch_nor_a_renderer_is_needed():
    heavy = {"torch", "transformers", "bpy", "ai2thor"}
    code = "import sys, scripts.answer_items, spacenum.cli.run, spacenum.models.openai; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "httpx" in done.stdout.split() and not heavy & set(done.stdout.split())
