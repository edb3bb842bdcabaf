"""LoRA on training items: supervised (``sft``) or by reward (``grpo``). Only modules that train import torch."""
