"""``spacenum run``: what an endpoint is sent is what the study would ask, and the row is what it earned."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spacenum.asking.settings import ModelConfig
from spacenum.cli.main import main
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import ITEM, SETTINGS
from spacenum.scoring.rows import score_answers
from spacenum.tables.base import ModelScores, to_csv
from spacenum.tables.main_table import main_table
from tests.models.endpoint.fake_endpoint import Endpoint, running
from tests.models.endpoint.sight import sighted
from tests.release.made import items_path, release
from tests.release.replay import Replay, stored_answers

pytest.importorskip("pyarrow")
pytest.importorskip("httpx")


@pytest.fixture
def endpoint():
    with running() as endpoint:
        yield endpoint


def test_a_release_and_an_endpoint_make_a_row(
    study: Path, tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    items = [item for setting in SETTINGS for item in read_jsonl(items_path("base", setting), ITEM)]
    replay = Replay(items, study)
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
    assert set(replay.exact) == {item.id for item in items}, "each exact: texts, pixels and order"
    table = pd.read_csv(tmp_path / "run/results/run/org-some-model.csv").set_index("model")
    info = ModelConfig(kind="vlm", backend="toy").info("org-some-model")
    own = to_csv(main_table([ModelScores(info, score_answers(items, stored_answers(items)))]))
    pd.testing.assert_series_equal(
        table.loc["org-some-model"], pd.read_csv(io.StringIO(own)).set_index("model").iloc[0], check_dtype=False
    )
    assert table.loc["chance", "layout.num2space.1d.desk"] == 50
    assert [*table.index] == ["chance", "order_only", "thumbnail_order", "org-some-model"], "shortcuts beside it"
    assert "layout.num2space.1d.desk" in capsys.readouterr().out
    asked = len(endpoint.bodies)
    main()
    assert len(endpoint.bodies) == asked, "replies are kept"


def test_neither_torch_nor_a_renderer_is_needed():
    heavy = {"torch", "transformers", "bpy", "ai2thor"}
    code = "import sys, scripts.answer_items, spacenum.cli.run, spacenum.models.openai; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "httpx" in done.stdout.split() and not heavy & set(done.stdout.split())
