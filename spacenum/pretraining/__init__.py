"""A small VLM, trained from random weights on this pipeline's own training split. Only modules that train
import torch."""
