#!/bin/sh
# Makes a Debian 12 with this checkout in /opt/spacenum ready to run the study. Dockerfile and apptainer.def run it, as root.
# EXTRAS: of pyproject.toml; by default what a local run has, and what jobs need to reach storage and Kubernetes.
set -eu
cd "${PROJECT:-/opt/spacenum}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends ca-certificates python3.11 python3.11-venv rsync
python3.11 scripts/check_system.py # installs the libraries that Blender links
python3.11 -m venv /opt/venv
/opt/venv/bin/pip install --quiet --no-cache-dir --constraint envs/constraints.txt \
  --editable ".[${EXTRAS:-workflow,blender,transformers,external,storage}]"
apt-get clean
rm -rf /var/lib/apt/lists/*
