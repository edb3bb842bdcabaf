"""Adapters and checkpoints as small as can be, for stand-ins that read none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

MODULE = "model.language_model.layers.0.mlp.up_proj"


def write_adapter(folder: Path, rank: int, module: str = MODULE, value: float = 1.0) -> Path:
    """A LoRA of one module, all of whose weights are ``value``."""
    folder.mkdir()
    settings = {"r": rank, "peft_type": "LORA", "target_modules": [module.rpartition(".")[2]]}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    header, data = {}, b""
    for side, shape in (("A", [rank, 4]), ("B", [4, rank])):
        new = np.full(shape, value, np.float32).tobytes()
        place = [len(data), len(data) + len(new)]
        name = f"base_model.model.{module}.lora_{side}.weight"
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": place}
        data += new
    head = json.dumps(header).encode()
    (folder / "adapter_model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + data)
    return folder


def named_checkpoint(folder: Path, kind: str, token: str) -> Path:
    """A checkpoint of this model_type, without weights, whose tokenizer has this token and one that opens turns."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    added = [{"content": "<|im_start|>"}, *([] if token == "<image>" else [{"content": token}])]
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))
    return folder
