"""A small VLM, trained from nothing on this pipeline's own training split. Only modules that train import torch."""
