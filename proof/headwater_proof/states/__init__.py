"""The states of each aggregate, found by trying: what its rules make of every message in every state they can reach.

A **world** (`worlds.py`) is an aggregate's rule with a handful of messages, as few as show all it can do. `explore`
gives each of them in every state that it has seen, until no new one comes. What comes out is drawn into
`services/<name>/STATES.md` by `make diagrams`; a test fails when that page and the rules differ.
"""
