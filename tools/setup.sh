#!/usr/bin/env bash
# Makes .venv from requirements.lock: every package checked by hash, the workspace members editable.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${PYTHON:-python3}"
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Headwater needs Python 3.11 or newer as \`$python\`; set PYTHON=/path/to/python3.11 or install it." >&2
    exit 1
fi
if [ ! -x .venv/bin/python ] && ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python3-venv"
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        "$python" -m venv .venv
    else
        echo "Python's venv module is missing: install it, on Debian with \`sudo apt-get install python3-venv\`." >&2
        exit 1
    fi
fi

# uv comes from the lock as well, with the hash that stands there.
wanted="$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)"
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$wanted" ]; then
    pin="$(mktemp)"
    trap 'rm -f "$pin"' EXIT
    awk '/^[^ #]/ { mine = /^uv==/ } mine' requirements.lock >"$pin"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pin"
fi

export VIRTUAL_ENV="$PWD/.venv" UV_LINK_MODE="${UV_LINK_MODE:-copy}"
.venv/bin/uv pip sync --quiet --require-hashes requirements.lock
members=(-e .)
for member in cli services/* plugins/* bench proof; do
    [ -f "$member/pyproject.toml" ] && members+=(-e "$member")
done
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation "${members[@]}"
touch .venv/.stamp
