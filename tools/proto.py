"""Generates `headwater/stubs/` from `proto/`: `make proto`.

proto/headwater/catalog/v1/catalog.proto becomes headwater/stubs/catalog/v1/catalog_pb2.py, with types beside it, and
catalog_pb2_grpc.py if it has a service: `from headwater.stubs.catalog.v1 import catalog_pb2, catalog_pb2_grpc`.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

REPOSITORY = Path(__file__).resolve().parents[1]
PROTO = REPOSITORY / "proto"
STUBS = REPOSITORY / "headwater" / "stubs"
# protoc knows no prefix for Python imports. Only module names end in _pb2: `/headwater.catalog.v1.Catalog/Get` stays.
MODULE = re.compile(r"\bheadwater\.(\w+\.v\d+)(?=\.\w+_pb2| import \w+_pb2)")


def generate(into: Path) -> None:
    """Fills a folder, which is made anew, with the stubs of all protos."""
    sources = sorted(str(path) for path in PROTO.rglob("*.proto"))
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    (into / "__init__.py").write_text('"""Generated from proto/ by `make proto`."""\n')
    plugins = [f"--plugin={Path(sys.executable).parent / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    with tempfile.TemporaryDirectory() as folder:
        if sources and protoc.main([
            "protoc", f"-I{PROTO}", f"-I{files('grpc_tools') / '_proto'}", f"--python_out={folder}",
            f"--grpc_python_out={folder}", f"--mypy_out=quiet:{folder}", f"--mypy_grpc_out=quiet:{folder}",
            *plugins, *sources,
        ]):  # fmt: skip
            sys.exit("proto/ does not compile: see the lines above, or run `.venv/bin/buf lint proto`.")
        for made in sorted(Path(folder, "headwater").rglob("*.py*")):
            _keep(made, into / made.relative_to(Path(folder, "headwater")))


def _keep(made: Path, target: Path) -> None:
    if "_pb2_grpc." in made.name and "class " not in made.with_suffix(".py").read_text():
        return  # no service in it
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in (target.parent, target.parent.parent):
        (folder / "__init__.py").touch()
    target.write_text(MODULE.sub(r"headwater.stubs.\1", made.read_text()))


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else STUBS)
