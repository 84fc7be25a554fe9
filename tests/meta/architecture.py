# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of plugins/ and who may use what, checked on the syntax trees of the files.

faces (modules, action, callback, inventory, lookup) -> adapters, plugin_utils -> report -> files -> resources -> api -> wire -> model. Each layer imports
only what stands below it. Only the transport knows requests, only the reader and the writer of files know PyYAML, only the adapters
know Ansible, the model and its pure neighbours know neither files nor clocks, and only the engine acts on check mode.
What works on files has no way to the API.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_COLLECTION = "ansible_collections.ringme.pbx.plugins."

# What a layer may import of the collection.
_INTERNAL = {
    "version": set[str](),
    "model": {"model"},
    "wire": {"wire", "model", "version"},
    "api": {"api", "wire", "model"},
    "resources": {"resources", "api", "wire", "model"},
    "files": {"files", "resources", "wire", "model", "version"},
    "report": {"report", "files", "resources", "model", "version"},
    "adapters": {"adapters", "resources", "api", "wire", "model"},
    "plugin_utils": {"plugin_utils", "adapters", "report", "files", "resources", "api", "wire", "model"},
    "modules": {"adapters", "files", "resources"},
    "action": {"plugin_utils", "files", "resources"},
    "callback": {"plugin_utils", "report", "resources"},
    "inventory": {"plugin_utils", "files"},
    "lookup": {"plugin_utils"},
    "doc_fragments": set[str](),
}
_KNOW_ANSIBLE = {"adapters", "plugin_utils", "modules", "action", "callback", "inventory", "lookup"}
_EXIT = {"adapters"}
_KNOW_REQUESTS = {"module_utils/wire/connection.py", "module_utils/wire/transport.py"}
# The socket and its session stay behind authentication.
_PRIVATE_TO_WIRE = {"module_utils/wire/transport.py", "module_utils/wire/token_cache.py"}
# Types and the reason why requests is missing are no way to the socket.
_HARMLESS = {"REQUESTS"}
_ENGINE = "module_utils/resources/engine.py"

_PURE = {
    "module_utils/files/findings.py",
    "module_utils/files/given.py",
    "module_utils/files/names.py",
    "module_utils/files/schema.py",
    "module_utils/files/shape.py",
    "module_utils/files/tree.py",
    "module_utils/wire/answer.py",
    "module_utils/wire/body.py",
    "module_utils/wire/retry.py",
    "module_utils/version.py",
}
_IMPURE_MODULES = {
    "asyncio", "builtins", "concurrent", "ctypes", "fcntl", "fileinput", "ftplib", "getpass", "glob", "http", "io", "locale",
    "logging", "mmap", "multiprocessing", "os", "pathlib", "platform", "pwd", "random", "secrets", "select", "selectors",
    "shelve", "shutil", "signal", "site", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys", "syslog", "tempfile",
    "threading", "time", "urllib.request", "uuid", "warnings", "xmlrpc",
}  # fmt: skip
_IMPURE_CALLS = {"open", "input", "now", "utcnow", "today"}
_NOWHERE_CALLS = {"print", "exec", "eval", "compile", "breakpoint", "__import__"}
_LIBRARIES = {"requests", "urllib3"}
_IMPORTS_YAML = "module_utils/files/pyyaml.py"
_IMPORTS_JINJA = "module_utils/files/jinja.py"
_KNOW_YAML = {"module_utils/files/reader.py", "module_utils/files/writer.py"}
# All of the wire that files may know: what the options are.
_WIRE_FOR_FILES = "module_utils/wire/settings.py"


@dataclass(frozen=True)
class Source:
    """One file of plugins/."""

    path: PurePosixPath
    layer: str
    tree: ast.Module

    @property
    def pure(self) -> bool:
        """Whether it may do nothing but compute."""
        return self.layer in ("model", "version") or str(self.path) in _PURE


def layer_of(path: PurePosixPath) -> str:
    """The layer of a path below plugins/, "" if there is none for it."""
    parts = path.with_suffix("").parts
    if parts[0] == "module_utils":
        parts = parts[1:]
    return parts[0] if parts and parts[0] in _INTERNAL else ""


def sources(plugins: Path, *only: str) -> Iterator[Source]:
    """All Python files below plugins/, or only these."""
    for path in [plugins / name for name in only] or sorted(plugins.rglob("*.py")):
        relative = PurePosixPath(path.relative_to(plugins))
        if path.stat().st_size:
            yield Source(relative, layer_of(relative), ast.parse(path.read_text(encoding="utf-8"), str(relative)))


def violations(plugins: Path, *only: str) -> list[str]:
    """Everything that breaks a rule, in all files or only in these, as "path:line: what"."""
    found = []
    for source in sources(plugins, *only):
        if not source.layer:
            found.append(f"{source.path}:1: belongs to no layer")
            continue
        for node in ast.walk(source.tree):
            found += [f"{source.path}:{getattr(node, 'lineno', 1)}: {text}" for text in _check(source, node, plugins)]
    return found


def _check(source: Source, node: ast.AST, plugins: Path) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name, what in _imported(source, node):
            yield from _check_import(source, name, what, plugins)
    elif isinstance(node, ast.Call):
        yield from _check_call(source, _last_name(node.func), isinstance(node.func, ast.Name))
    elif isinstance(node, ast.Assert):
        yield "assert: raise a typed error instead"
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and node.args.kwarg:
        yield f"**{node.args.kwarg.arg}: name the parameters"
    elif isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.dump(node.exc):
        yield "raises SystemExit: only an adapter ends the process"
    yield from _check_mode(source, node)


def _imported(source: Source, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Pairs of the absolute module and the name taken from it ("" for the module itself)."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        package = source.path.parent.parts
        package = package[: len(package) - (node.level - 1)]
        base = _COLLECTION + ".".join([*package, *([base] if base else [])])
    yield from ((base, alias.name) for alias in node.names)


def _check_import(source: Source, name: str, what: str, plugins: Path) -> Iterator[str]:
    if name.startswith(_COLLECTION):
        yield from _check_internal(source, name, what, plugins)
        return
    top = name.split(".")[0]
    if top == "ansible":
        if source.layer not in _KNOW_ANSIBLE:
            yield f"{source.layer} imports {name}: only the adapters know Ansible"
    elif top in _LIBRARIES:
        if str(source.path) not in _KNOW_REQUESTS:
            yield f"imports {name}: only the transport knows requests"
    elif top == "yaml":
        if str(source.path) != _IMPORTS_YAML:
            yield f"imports {name}: only pyyaml.py does, where it may be missing"
    elif top == "jinja2":
        if str(source.path) != _IMPORTS_JINJA:
            yield f"imports {name}: only jinja.py does, where it may be missing"
    elif top not in sys.stdlib_module_names:
        yield f"imports {name}: neither the standard library nor ansible-core nor requests"
    elif source.pure and ({top, name, f"{name}.{what}"} & _IMPURE_MODULES):
        yield f"imports {name}: this file is pure"


def _check_internal(source: Source, name: str, what: str, plugins: Path) -> Iterator[str]:
    path = PurePosixPath(*name.removeprefix(_COLLECTION).split("."))
    if (plugins / path / f"{what}.py").exists() or (plugins / path / what).is_dir():
        path /= what
    target = layer_of(path)
    if target not in _INTERNAL[source.layer]:
        yield f"{source.layer} imports {target or path}: not below it"
    if source.layer == "files" and target == "wire" and f"{path}.py" != _WIRE_FOR_FILES:
        yield f"files imports {path}: files know nothing of the way to the API"
    if f"{path}.py" == _IMPORTS_YAML and what == "yaml" and str(source.path) not in _KNOW_YAML:
        yield "imports yaml: only the reader and the writer of files know PyYAML"
    below = source.layer not in ("wire", "adapters", "plugin_utils")
    if below and f"{path}.py" in _PRIVATE_TO_WIRE and what not in _HARMLESS:
        yield f"{source.layer} imports {path.name}: only wire knows the socket and the token cache"


def _check_call(source: Source, name: str, plain: bool) -> Iterator[str]:
    if (plain and name in _NOWHERE_CALLS) or name == "import_module":
        yield f"calls {name}()"
    if source.pure and name in _IMPURE_CALLS:
        yield f"calls {name}(): this file is pure"
    if name in ("exit_json", "fail_json", "exit", "_exit") and source.layer not in _EXIT:
        yield f"calls {name}(): only an adapter ends the run"


def _check_mode(source: Source, node: ast.AST) -> Iterator[str]:
    """Check mode is handed from the adapters to the engine, which alone acts on it."""
    if str(source.path) == _ENGINE:
        return
    if source.layer in ("adapters", "plugin_utils"):
        tests: list[ast.AST] = []
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            tests = [node.test]
        elif isinstance(node, ast.BoolOp | ast.UnaryOp | ast.Compare | ast.Match | ast.comprehension):
            tests = [node]
        if any(_names_check_mode(inner) for test in tests for inner in ast.walk(test)):
            yield "decides on check mode: only the engine does"
    elif _names_check_mode(node):
        yield "knows check mode: only the engine acts on it"


def _names_check_mode(node: ast.AST) -> bool:
    return (
        (isinstance(node, ast.Name) and node.id == "check_mode")
        or (isinstance(node, ast.Attribute) and node.attr == "check_mode")
        or (isinstance(node, ast.arg | ast.keyword) and node.arg == "check_mode")
    )


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
