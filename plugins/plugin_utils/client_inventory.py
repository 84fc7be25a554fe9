# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files as hosts, on the controller: parses them with Ansible's loader, so that vaults and templates work as anywhere.

The only place that knows how Ansible decrypts files and marks templates. ``files`` decides what a good file is. Each file is
read once: the text that was checked is the text that becomes variables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.check_cache import kept, mark_of, recalled
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import ClientFile, unreadable
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    NOT_DECRYPTED,
    NOT_YAML,
    FileFinding,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import (
    ENCRYPTED,
    InventoryNames,
    across,
    list_folder,
    not_checked,
    read_file,
    shown_path,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    is_template,
    scalars,
)
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_text, text_in

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text is a template

    def trust_as_template(value: str) -> str:
        """Return the text."""
        return value


_TOLD = 5


class _NotDecryptedError(Exception):
    """A file that is encrypted as a whole cannot be decrypted."""


@dataclass(frozen=True)
class ClientHost:
    """What a client file becomes: ``variables`` of the host, or ``findings`` that block it.

    ``path`` is the file's, ``text`` what it holds, decrypted; ``tags`` are those that it says, also where it is blocked.
    """

    name: str
    path: str
    findings: tuple[FileFinding, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    text: str = field(default="", repr=False)

    def unknown(self, paths: Iterable[tuple[str, ...]], vaults: bool) -> ScalarNode | None:
        """Return the first template in the file below one of these variables; also an encrypted value where ``vaults``."""
        if not is_template(self.text) and not (vaults and "!vault" in self.text):
            return None
        tree = read_tree(self.text).node
        found = (scalar for path in paths for scalar in _below(tree, path))
        return next((scalar for scalar in found if (vaults if scalar.vault else scalar.opaque)), None)

    @property
    def blocked(self) -> str:
        """Why it is blocked, in words; empty where it is not."""
        texts = [finding.told() for finding in self.findings[:_TOLD]]
        if len(self.findings) > _TOLD:
            texts.append(f"and {len(self.findings) - _TOLD} more, all in client_findings")
        return "; ".join(texts)


@dataclass
class ClientHosts:
    """Reads folders with Ansible's ``loader``. ``known`` are results of checks by path, of earlier runs and of this one.

    ``names`` are what the inventory holds beside the files. ``for_later`` is whether somebody else uses the hosts later, who may
    have the vault password that is missing here.
    """

    loader: Any
    known: MutableMapping[str, Any] = field(default_factory=dict)
    names: InventoryNames = field(default_factory=InventoryNames)
    for_later: bool = True
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, folders: list[str]) -> tuple[list[ClientHost], list[FileFinding]]:
        """Return a host for each client file, and the findings on files that are none. Raises OSError for a folder."""
        files: list[ClientFile] = []
        paths: list[str] = []
        others: list[FileFinding] = []
        for folder in folders:
            listing = list_folder(folder)
            paths += listing.paths
            others += listing.findings
        files = across([self._read(path) for path in paths], self.names)
        self._forget_others(paths)
        return [self._host(path, file) for path, file in zip(paths, files)], others

    @property
    def has_secrets(self) -> bool:
        """Whether a vault password was given."""
        return bool(self.loader._vault.secrets)

    def _forget_others(self, paths: list[str]) -> None:
        for path in self.known.keys() - set(paths):
            del self.known[path]

    def _read(self, path: str) -> ClientFile:
        """Check a file, or take what is known of it as long as it is the same."""
        try:
            return self._read_once(path)
        except _NotDecryptedError as problem:
            return unreadable(shown_path(path), NOT_DECRYPTED, str(problem), _vault_hint())
        except Exception as error:  # one file must not keep the others from being read
            return not_checked(shown_path(path), error)

    def _read_once(self, path: str) -> ClientFile:
        try:
            mark = mark_of(path)
        except OSError:
            return read_file(path)
        found = recalled(self.known.get(path), shown_path(path), mark)
        if found is not None:
            return found
        self.known.pop(path, None)
        encrypted = False

        def text_of(path: str) -> str:
            nonlocal encrypted
            text = read_text(path)
            encrypted = text.startswith(ENCRYPTED)
            self._texts[path] = self._clear(text) if encrypted else text
            return self._texts[path]

        file = self._decrypted(read_file(path, text_of))
        data = kept(file, mark)
        if data is not None and not encrypted:
            self.known[path] = data
        return file

    def _clear(self, text: str) -> str:
        """Return what is in a file that is encrypted as a whole; raises _NotDecrypted or UnicodeDecodeError."""
        try:
            return text_in(bytes(self.loader._vault.decrypt(text.encode())))
        except AnsibleError:
            raise _NotDecryptedError(f"it is encrypted as a whole, and {self._why()}") from None

    def _why(self) -> str:
        return "none of the vault passwords fits" if self.has_secrets else "no vault password was given"

    def _decrypted(self, file: ClientFile) -> ClientFile:
        """Return the file with a finding for each value that cannot be decrypted; without any password it may stay encrypted."""
        if self.for_later and not self.has_secrets:
            return file
        problems = []
        for scalar in file.vaults:
            try:
                self.loader._vault.decrypt(str(scalar.value).strip().encode())
            except AnsibleError:
                message = f"the value cannot be decrypted: {self._why()}"
                place = scalar.place
                problems.append(
                    FileFinding(NOT_DECRYPTED, file.shown, place.line, place.column, message, _vault_hint())
                )
        return replace(file, findings=(*file.findings, *problems)) if problems else file

    def _host(self, path: str, file: ClientFile) -> ClientHost:
        tags = tuple(claim.text for claim in file.tags)
        if file.findings:
            return ClientHost(file.host, path, file.findings, tags=tags)
        try:
            text = self._texts[path] if path in self._texts else read_text(path)
            values = self._values(path, text)
        except Exception:  # whatever Ansible's parser raises: one file must not keep the others from being read
            problem = FileFinding(
                NOT_YAML, file.shown, 1, 1, "Ansible cannot read it", "Look at it with ansible-inventory -vvv"
            )
            return ClientHost(file.host, path, (problem,), tags=tags)
        variables = {str(name): value for name, value in values.items() if name != "client_vars"}
        own = values.get("client_vars") or {}
        return ClientHost(file.host, path, (), {**variables, **own}, tags, text)

    def _values(self, path: str, text: str) -> dict[str, Any]:
        """Return the values of a file's text as Ansible reads host_vars."""
        return dict(self.loader.load(trust_as_template(text), file_name=os.path.abspath(path), show_content=False))


def _below(tree: Node | None, path: tuple[str, ...]) -> Iterator[ScalarNode]:
    """Yield the values of a client file below a variable of its host, as far as the path leads into the file."""
    first, rest = path[0], path[1:]
    own = tree.get("client_vars") if isinstance(tree, MapNode) else None
    node = (own.get(first) if isinstance(own, MapNode) else None) or (
        tree.get(first) if isinstance(tree, MapNode) else None
    )
    for key in rest:
        if isinstance(node, MapNode):
            if hasattr(dict, key):
                break  # a method, which may take all of it
            node = node.get(key)
        elif isinstance(node, ListNode) and key.isdigit() and int(key) < len(node.items):
            node = node.items[int(key)]
    if node is not None:
        yield from scalars(node)


def no_template(value: Any) -> Any:
    """Return what this collection itself says as a variable that is no template, though it may quote a file's key or name.

    Only ansible-core before 2.19 needs a mark for that; it is left away where it would only be in the way.
    """
    if isinstance(value, Mapping):
        return {name: no_template(item) for name, item in value.items()}
    if isinstance(value, list):
        return [no_template(item) for item in value]
    return wrap_var(value) if is_template(value) else value


def _vault_hint() -> str:
    return "Give the password that it was encrypted with, as --vault-id or ANSIBLE_VAULT_PASSWORD_FILE"
