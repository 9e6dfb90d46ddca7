#!/usr/bin/env bash
# Runs all tests: those that need nothing but Python on every core, then the rest, which share one broker and one store.
# Takes pytest's arguments. A failure in either part fails; so does an argument that selects no test at all.
set -uo pipefail
cd "$(dirname "$0")/.."

wanted="not browser and not chaos and not bench"
light=(tests/simulation tests/unit tests/contract/test_schemas.py) # the longest first
nothing=5                                                         # pytest's exit code when it selects no test

.venv/bin/python -m pytest -m "$wanted" -n "${TEST_WORKERS:-2}" --dist worksteal "$@" "${light[@]}"
first=$?
.venv/bin/python -m pytest -m "$wanted" "${light[@]/#/--ignore=}" "$@" tests
second=$?

[ "$first" = "$nothing" ] && first=$second
[ "$second" = "$nothing" ] && second=$first
exit $((first > second ? first : second))
