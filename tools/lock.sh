#!/usr/bin/env bash
# Refreshes requirements.lock from all pyproject.toml files. uv.lock holds index addresses, so it stays out of git.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
if [ ! -x "$uv" ]; then
    "${PYTHON:-python3}" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
    uv=.venv/bin/uv
fi
"$uv" lock --quiet "$@"
"$uv" export --quiet --format requirements-txt --all-packages --all-extras --all-groups \
    --no-emit-workspace --no-header --no-annotate --output-file requirements.lock
if grep -nE 'https?://' requirements.lock; then
    echo "requirements.lock names an address (above): take the direct reference out of the pyproject.toml it comes from." >&2
    exit 1
fi
