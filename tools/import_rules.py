"""An import rule for import-linter: a module may import what it names, and nothing else."""

from __future__ import annotations

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """Direct imports of `source_modules`, and of what is below them, are allowed from themselves, `allowed_modules`
    and the standard library. Source modules that do not exist (yet) are passed over."""

    type_name = "only"
    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Finds the imports that are not allowed."""
        found: list[tuple[str, str]] = []
        for source in self.source_modules:  # type: ignore[attr-defined]
            if source in graph.modules:
                found += self._forbidden(graph, source)
        return ContractCheck(kept=not found, metadata={"found": found})

    def _forbidden(self, graph: ImportGraph, source: str) -> list[tuple[str, str]]:
        allowed = [source, *self.allowed_modules]  # type: ignore[attr-defined]
        return [
            (importer, imported)
            for importer in sorted({source} | graph.find_descendants(source))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.partition(".")[0] not in sys.stdlib_module_names
            and not any(imported == name or imported.startswith(f"{name}.") for name in allowed)
        ]

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Names each import, and what would be allowed."""
        found: list[tuple[str, str]] = check.metadata["found"]
        for importer, imported in found:
            output.print_error(f"{importer} imports {imported}")
        allowed: Any = self.allowed_modules
        output.print(f"Allowed: {', '.join(allowed)}, the standard library and the package itself.")
