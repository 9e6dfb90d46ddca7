"""The published language: every message that crosses a service's border, one module per service.

A partner can install this package without any service's code. `base` holds what all messages share,
`topics` the list of topics that carry them, and `schemas/` the released JSON Schemas.
"""
