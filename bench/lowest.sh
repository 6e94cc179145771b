#!/usr/bin/env bash
# Do the lower bounds of pyproject.toml hold?  Runs the tests on the lowest versions allowed (needs uv).
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --all-extras pyproject.toml -o "$scratch/lowest.txt"
uv venv --quiet --python 3.11 "$scratch/venv"
uv pip install --quiet --python "$scratch/venv/bin/python" -r "$scratch/lowest.txt" \
  --group dev
uv pip install --quiet --python "$scratch/venv/bin/python" --no-deps --no-build-isolation -e .
"$scratch/venv/bin/python" -m pytest -q -n 2 -W "ignore::DeprecationWarning" "$@"
# The editable install above pointed the tree's metadata at the scratch environment only.
