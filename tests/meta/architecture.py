# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of plugins/ and their permitted imports, checked on the syntax trees of the files.

``INTERNAL`` has the layers from the lowest up; each imports only from layers below it. Only the transport knows
requests, only the reader and the writer of YAML know PyYAML, and only the adapters know Ansible. Pure files know
neither files nor clocks. Only the engine acts on check mode. Code that works on files has no access to the API.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_COLLECTION = "ansible_collections.ringme.pbx.plugins."

# The layers from the lowest up, and what each may import of the collection besides itself.
INTERNAL = {
    "model": set[str](),
    "base": {"model"},
    "http": {"model", "base"},
    "api": {"http", "model"},
    "engine": {"api", "http", "model", "base"},
    "resources": {"engine", "api", "http", "model", "base"},
    "client_files": {"resources", "engine", "http", "model", "base"},
    "file_modules": {"client_files", "resources", "engine", "http", "model", "base"},
    "report": {"client_files", "resources", "engine", "model", "base"},
    "adapters": {"engine", "api", "http", "model", "base"},
    "plugin_utils": {
        "adapters",
        "report",
        "file_modules",
        "client_files",
        "resources",
        "engine",
        "api",
        "http",
        "model",
        "base",
    },
    "modules": {"adapters", "file_modules", "resources"},
    "action": {"plugin_utils", "file_modules", "resources"},
    "callback": {"plugin_utils", "report", "engine"},
    "inventory": {"plugin_utils", "client_files"},
    "lookup": {"plugin_utils"},
    "doc_fragments": set[str](),
}
# Where each layer is: the longest path wins.
PLACES = {
    **{
        f"module_utils/{name}": "base"
        for name in (
            "_atomic_file",
            "_optional",
            "_python_version",
            "_regular_file",
            "_sarif",
            "_version",
        )
    },
    "module_utils/_model": "model",
    "module_utils/_http": "http",
    "module_utils/_api": "api",
    "module_utils/_engine": "engine",
    "module_utils/_resources": "resources",
    "module_utils/_resources/client_file": "file_modules",
    "module_utils/_resources/validation_report": "file_modules",
    "module_utils/_client_files": "client_files",
    "module_utils/_adapter": "adapters",
    "plugin_utils": "plugin_utils",
    "plugin_utils/_report": "report",
    "plugin_utils/_report/action": "plugin_utils",
    "plugin_utils/_report/callback_collector": "plugin_utils",
    **{name: name for name in ("modules", "action", "callback", "inventory", "lookup", "doc_fragments")},
}
_KNOW_ANSIBLE = {"adapters", "plugin_utils", "modules", "action", "callback", "inventory", "lookup"}
_EXIT = {"adapters"}
_KNOW_REQUESTS = {"module_utils/_http/connection.py", "module_utils/_http/transport.py"}
# The socket and its session stay behind authentication.
_PRIVATE_TO_HTTP = {"module_utils/_http/transport.py", "module_utils/_http/token_cache.py"}
# Types, and the reason why requests is missing, give no access to the socket.
_HARMLESS = {"REQUESTS"}
_ENGINE = {"module_utils/_engine/base.py", "module_utils/_engine/execute.py"}

_PURE = {
    "module_utils/_client_files/cross_file_checks.py",
    "module_utils/_client_files/findings.py",
    "module_utils/_client_files/json_schema.py",
    "module_utils/_client_files/module_options.py",
    "module_utils/_client_files/reserved_names.py",
    "module_utils/_client_files/schema.py",
    "module_utils/_client_files/yaml_tree.py",
    "module_utils/_http/body.py",
    "module_utils/_http/response.py",
    "module_utils/_http/retry.py",
    "module_utils/_version.py",
}
_IMPURE_MODULES = {
    "asyncio", "builtins", "concurrent", "ctypes", "fcntl", "fileinput", "ftplib", "getpass", "glob", "http", "io",
    "locale", "logging", "mmap", "multiprocessing", "os", "pathlib", "platform", "pwd", "random", "secrets", "select",
    "selectors", "shelve", "shutil", "signal", "site", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys",
    "syslog", "tempfile", "threading", "time", "urllib.request", "uuid", "warnings", "xmlrpc",
}  # fmt: skip
_IMPURE_CALLS = {"open", "input", "now", "utcnow", "today"}
_NOWHERE_CALLS = {"print", "exec", "eval", "compile", "breakpoint", "__import__"}
_LIBRARIES = {"requests", "urllib3"}
_OPTIONAL = {"yaml", "jinja2"}
_IMPORTS_OPTIONAL = "module_utils/_optional.py"
_KNOW_YAML = {f"module_utils/_client_files/{name}.py" for name in ("yaml_reader", "yaml_syntax", "yaml_writer")}
# The only part of the HTTP client that code for files may import: the options.
_HTTP_FOR_FILES = "module_utils/_http/settings.py"


@dataclass(frozen=True)
class Source:
    """One file of plugins/."""

    path: PurePosixPath
    layer: str
    tree: ast.Module

    @property
    def pure(self) -> bool:
        """Whether it must only compute."""
        return self.layer == "model" or str(self.path) in _PURE


def layer_of(path: PurePosixPath) -> str:
    """The layer of a path below plugins/, "" if it has none."""
    path = path.with_suffix("")
    return next((PLACES[str(place)] for place in (path, *path.parents) if str(place) in PLACES), "")


def sources(plugins: Path, *only: str) -> Iterator[Source]:
    """All Python files below plugins/, or only these."""
    for path in [plugins / name for name in only] or sorted(plugins.rglob("*.py")):
        relative = PurePosixPath(path.relative_to(plugins))
        if path.stat().st_size:
            yield Source(relative, layer_of(relative), ast.parse(path.read_text(encoding="utf-8"), str(relative)))


def violations(plugins: Path, *only: str) -> list[str]:
    """All violations of a rule, in all files or only in these, as "path:line: what"."""
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
    elif top in _OPTIONAL:
        if str(source.path) != _IMPORTS_OPTIONAL:
            yield f"imports {name}: only _optional.py does, where it may be missing"
    elif top not in sys.stdlib_module_names:
        yield f"imports {name}: neither the standard library nor ansible-core nor requests"
    elif source.pure and ({top, name, f"{name}.{what}"} & _IMPURE_MODULES):
        yield f"imports {name}: this file is pure"


def _check_internal(source: Source, name: str, what: str, plugins: Path) -> Iterator[str]:
    path = PurePosixPath(*name.removeprefix(_COLLECTION).split("."))
    if (plugins / path / f"{what}.py").exists() or (plugins / path / what).is_dir():
        path /= what
    target = layer_of(path)
    if target != source.layer and target not in INTERNAL[source.layer]:
        yield f"{source.layer} imports {target or path}: not below it"
    files = source.layer in ("client_files", "file_modules", "report")
    if files and target == "http" and f"{path}.py" != _HTTP_FOR_FILES:
        yield f"{source.layer} imports {path}: files know nothing of the way to the API"
    if f"{path}.py" == _IMPORTS_OPTIONAL and what == "yaml" and str(source.path) not in _KNOW_YAML:
        yield "imports yaml: only the reader and the writer of files know PyYAML"
    below = source.layer not in ("http", "adapters", "plugin_utils")
    if below and f"{path}.py" in _PRIVATE_TO_HTTP and what not in _HARMLESS:
        yield f"{source.layer} imports {path.name}: only _http knows the socket and the token cache"


def _check_call(source: Source, name: str, plain: bool) -> Iterator[str]:
    if (plain and name in _NOWHERE_CALLS) or name == "import_module":
        yield f"calls {name}()"
    if source.pure and name in _IMPURE_CALLS:
        yield f"calls {name}(): this file is pure"
    if name in ("exit_json", "fail_json", "exit", "_exit") and source.layer not in _EXIT:
        yield f"calls {name}(): only an adapter ends the run"


def _check_mode(source: Source, node: ast.AST) -> Iterator[str]:
    """The adapters pass check mode to the engine; only the engine acts on it."""
    if str(source.path) in _ENGINE:
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
