"""Supervised LoRA with transformers' Trainer: the loss is taken of the answer alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from transformers import Trainer, TrainingArguments, set_seed

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyItem
from spacenum.tuning.examples import IGNORED, Collator, Examples, LikeLengths
from spacenum.tuning.lora import load_base, with_lora, write_adapter
from spacenum.tuning.settings import Machine, SftParams


class Step(Block):
    """One line of ``training.csv``. loss: mean over the answers' tokens, in nats.
    learning_rate: of the step just made."""

    step: int
    epoch: float
    loss: float
    learning_rate: float


def tune(
    job: SftParams, items: Sequence[AnyItem], root: Path, adapter: Path, checkpoints: Path, machine: Machine
) -> list[Step]:
    """Train, write the adapter, and tell how the loss went. Goes on from the last whole checkpoint in ``checkpoints``.

    Among several processes (accelerate), all must call it; one writes.
    """
    set_seed(job.seed)
    settings = job.settings
    loaded, tuned = with_lora(load_base(job.base), settings.rank, settings.alpha, settings.dropout)
    examples = Examples(items, loaded, root, settings.max_length, job.base, settings.reply)
    arguments = _arguments(job, checkpoints, machine, on_gpu=loaded.device.type == "cuda")
    trainer = _LengthTrainer(
        model=tuned,
        args=arguments,
        train_dataset=examples,
        data_collator=Collator(loaded),
        compute_loss_func=answer_loss,
    )
    trainer.train(resume_from_checkpoint=last_checkpoint(checkpoints))
    if trainer.is_world_process_zero():
        write_adapter(adapter, tuned, str(job.base.checkpoint))
    return [
        Step(step=int(line["step"]), epoch=line["epoch"], loss=line["loss"], learning_rate=line["learning_rate"])
        for line in trainer.state.log_history
        if "loss" in line
    ]


def _arguments(job: SftParams, checkpoints: Path, machine: Machine, on_gpu: bool) -> TrainingArguments:
    settings = job.settings
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=settings.micro_batch_size,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup_ratio,  # below 1: a share
        optim="adamw_torch",
        bf16=on_gpu and job.base.dtype == "bfloat16",
        activation_checkpointing=settings.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        ddp_find_unused_parameters=False,
        seed=job.seed,
        logging_steps=1,
        save_steps=machine.every,
        save_total_limit=2,
        dataloader_num_workers=machine.workers,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to=[],
        disable_tqdm=True,
        use_cpu=not on_gpu,
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # several GPUs are several processes, never threads of one
    at_once = settings.micro_batch_size * arguments.world_size
    if settings.batch_size % at_once:
        raise SpaceNumError(
            f"config key 'tuning.sft.batch_size' is {settings.batch_size}, no multiple of the {at_once} items that "
            f"{arguments.world_size} process(es) with micro_batch_size {settings.micro_batch_size} take at once"
        )
    arguments.gradient_accumulation_steps = settings.batch_size // at_once
    return arguments


class _LengthTrainer(Trainer):
    """The plain Trainer, in the order of ``LikeLengths``."""

    def _get_train_sampler(self, train_dataset: Any = None) -> LikeLengths:
        examples: Any = train_dataset or self.train_dataset
        return LikeLengths(examples.lengths, self.args.per_device_train_batch_size, self.args.seed)


def answer_loss(outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
    """Cross-entropy of the answers' tokens, over as many tokens as the whole step has. labels: [rows, kept logits]."""
    logits = outputs.logits[:, :-1].float().flatten(0, 1)
    total = F.cross_entropy(logits, labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="sum")
    return total / (num_items_in_batch if num_items_in_batch is not None else (labels != IGNORED).sum())


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that was written whole: the Trainer writes its state last."""
    for path in sorted(folder.glob("checkpoint-*"), key=lambda path: -int(path.name.split("-")[1])):
        try:
            json.loads((path / "trainer_state.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            continue
        return str(path)
    return None
