"""Engines behind one protocol (``base``); the rest of the pipeline never asks which one it has."""
