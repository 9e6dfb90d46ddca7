#!/usr/bin/env bash
# Writes docs/planted-bugs.md: every bug that the simulation can be given on purpose, and what catches it.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/planted-bugs.md
{
    cat <<'TEXT'
# Planted bugs

A checker that never finds anything proves nothing. Each of these mistakes is made on purpose, in a run of the simulation
alone (`headwater simulate --bug NAME`), and has to be found by the checker, which judges with the true rules. `make planted`
writes this page anew; `tests/simulation` fails when one of them gets through.

The seed is the first one, from 1 on, whose run shows the bug; the rules are those that it breaks there
([what they say](../proof/README.md#the-checker)).

| bug | the mistake | seed | rules broken |
|---|---|---|---|
TEXT
    .venv/bin/headwater simulate --bug all --seeds 450 --table
    cat <<'TEXT'

What planting them has taught:

- To compare the epoch and to compare the next offset each keep a zombie out: leaving out either one alone was found only
  where a commit came late (`compare-epoch-only`), or not at all in 600 runs (the epoch left out, the offset compared). Both
  stay, since together they also tell the heir at once.
- Publishing before committing would do less harm than one expects: the rules are pure, so a batch that is decided again
  says the same under the same numbers. It is the outbox that is *lost* that hurts (`forget-outbox`).
TEXT
} >"$page.new"
mv "$page.new" "$page"
