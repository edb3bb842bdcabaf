"""SpaceNum for VLMEvalKit: registers the data set and runs VLMEvalKit on it (docs/release.md of spacenum).

Written by ``spacenum items export``. ``python run_spacenum.py --model NAME --base-url URL`` asks an endpoint; without
``--base-url`` NAME is a model of VLMEvalKit's own. All other options are VLMEvalKit's. Its own wrapper of endpoints
sends JPEG in low detail, and writes the key into its log; the one here sends the files as they are, and keeps the key.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import os
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("PRED_FORMAT", "json")  # sheets cut long replies

import pandas as pd
import vlmeval.config
import vlmeval.dataset
import vlmeval.run
from vlmeval.api.gpt import OpenAIWrapper
from vlmeval.dataset.image_base import ImageBaseDataset
from vlmeval.smp import load

from spacenum.asking.parsing import read_letter

FOLDER = Path(__file__).resolve().parent
FAILED = "Failed to obtain answer"
"""How VLMEvalKit begins what it puts in the place of a reply."""


class SpaceNum(ImageBaseDataset):
    """Rows have no column ``image``, so that VLMEvalKit copies no image and keeps none of another release."""

    TYPE = "VQA"
    DATASET_URL = {"SpaceNum": ""}  # noqa: RUF012
    DATASET_MD5: dict[str, str] = {}  # noqa: RUF012

    def load_data(self, dataset: str) -> pd.DataFrame:
        items = [json.loads(line) for path in sorted(FOLDER.glob("items/*.jsonl")) for line in path.open()]
        rows = [
            item
            | {
                "index": number,
                "question": "".join(part["text"] or "<image>" for part in item["parts"]),
                "image_path": [str(FOLDER / part["image"]) for part in item["parts"] if part["image"]],
            }
            for number, item in enumerate(items)
        ]
        return pd.DataFrame(rows)

    def build_prompt(self, line: Any) -> list[dict[str, str]]:
        row = self.data.iloc[line] if isinstance(line, int) else line
        return [
            {"type": "text", "value": part["text"]}
            if part["image"] is None
            else {"type": "image", "value": str(FOLDER / part["image"])}
            for part in row["parts"]
        ]

    @classmethod
    def evaluate(cls, eval_file: str, **_: Any) -> dict[str, float]:
        """Accuracy by cell, and their mean as ``Overall``, in percent. A request that failed counts in none."""
        items = {item["id"]: item for item in cls().data.to_dict("records")}
        cells: dict[str, list[bool]] = defaultdict(list)
        for row in pd.DataFrame(load(eval_file)).to_dict("records"):
            item, reply = items[row["id"]], str(row["prediction"])
            if item["answer"] and not reply.startswith(FAILED):
                cells[item["cell"]].append(read_letter(reply, item["letters"]).letter == item["answer"])
        shares = {cell: 100 * sum(right) / len(right) for cell, right in cells.items()}
        return {"Overall": math.fsum(shares.values()) / len(shares) if shares else math.nan, **shares}


class Endpoint(OpenAIWrapper):
    """An endpoint that is sent each image's file as it is, in high detail."""

    def __init__(self, key: str, **options: Any) -> None:
        super().__init__(key="", img_detail="high", **options)  # which logs its key
        self.key = key

    def prepare_itlist(self, inputs: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [_part(one["type"], one["value"]) for one in inputs]


def _part(kind: str, value: str) -> dict[str, Any]:
    if kind == "text":
        return {"type": "text", "text": value}
    data = base64.b64encode(Path(value).read_bytes()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}", "detail": "high"}}


def main() -> None:
    """Register the data set, and the endpoint under the model's name; then VLMEvalKit's own command."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--model", required=True)
    parser.add_argument("--base-url", help="up to and including /v1")
    parser.add_argument("--key-env", help="the environment variable that holds the key, if any")
    parser.add_argument("--max-tokens", type=int, default=32, help="after which a reply is cut (default: 32)")
    parser.add_argument("--temperature", type=float, default=0.0)
    args, others = parser.parse_known_args()
    vlmeval.dataset.DATASET_CLASSES.append(SpaceNum)
    vlmeval.dataset.SUPPORTED_DATASETS.append("SpaceNum")
    if args.base_url:
        vlmeval.config.supported_VLM[args.model] = partial(
            Endpoint,
            model=args.model,
            api_base=f"{args.base_url.rstrip('/')}/chat/completions",
            key=os.environ[args.key_env] if args.key_env else "",
            max_tokens=args.max_tokens,
            temperature=args.temperature,
            retry=6,
        )
    sys.argv = ["run.py", "--data", "SpaceNum", "--model", args.model, *others]
    vlmeval.run.main()


if __name__ == "__main__":
    main()
