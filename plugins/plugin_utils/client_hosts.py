# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files as hosts, on the controller: reads them with Ansible's loader, so that vaults and templates work as anywhere.

The only place that knows how Ansible decrypts files and marks templates. What a good file must be is told by ``files``.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.ringme.pbx.plugins.module_utils.files.checked import kept, mark_of, recalled
from ansible_collections.ringme.pbx.plugins.module_utils.files.client_file import ClientFile, unreadable
from ansible_collections.ringme.pbx.plugins.module_utils.files.findings import NOT_DECRYPTED, NOT_YAML, FileFinding
from ansible_collections.ringme.pbx.plugins.module_utils.files.folder import (
    ENCRYPTED,
    across,
    list_folder,
    read_file,
    read_text,
    shown_path,
)
from ansible_collections.ringme.pbx.plugins.module_utils.files.tree import is_template

_TOLD = 5


class _NotDecrypted(Exception):
    """A file that is encrypted as a whole cannot be decrypted."""


@dataclass(frozen=True)
class ClientHost:
    """What a client file becomes: ``variables`` of the host, or ``findings`` that block it. ``path`` is the file's."""

    name: str
    path: str
    findings: tuple[FileFinding, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def blocked(self) -> str:
        """Why it is blocked, in words; empty where it is not."""
        texts = [finding.told() for finding in self.findings[:_TOLD]]
        if len(self.findings) > _TOLD:
            texts.append(f"and {len(self.findings) - _TOLD} more, all in client_findings")
        return "; ".join(texts)


@dataclass
class ClientHosts:
    """Reads folders with Ansible's ``loader``. ``known`` are results of checks by path, of earlier runs and of this one."""

    loader: Any
    known: MutableMapping[str, Any] = field(default_factory=dict)

    def read(self, folders: list[str]) -> tuple[list[ClientHost], list[FileFinding]]:
        """Return a host for each client file, and the findings on files that are none. Raises OSError for a folder."""
        files: list[ClientFile] = []
        paths: list[str] = []
        others: list[FileFinding] = []
        for folder in folders:
            listing = list_folder(folder)
            paths += listing.paths
            others += listing.findings
        files = across([self._read(path) for path in paths])
        self._forget_others(paths)
        return [self._host(path, file) for path, file in zip(paths, files)], others

    def _forget_others(self, paths: list[str]) -> None:
        for path in self.known.keys() - set(paths):
            del self.known[path]

    def _read(self, path: str) -> ClientFile:
        """Check a file, or take what is known of it as long as it is the same."""
        try:
            mark = mark_of(path)
        except OSError:
            return read_file(path)
        found = recalled(self.known.get(path), shown_path(path), mark)
        if found is not None:
            return found
        try:
            file = self._decrypted(read_file(path, self._text))
        except _NotDecrypted as problem:
            return unreadable(shown_path(path), NOT_DECRYPTED, str(problem), _vault_hint())
        data = kept(file, mark)
        self.known.pop(path, None)
        if data is not None and not self._is_encrypted(path):
            self.known[path] = data
        return file

    def _is_encrypted(self, path: str) -> bool:
        """Whether the whole file is, or nobody can tell any more: then nothing of it is kept."""
        try:
            with open(path, "rb") as file:
                return file.read(len(ENCRYPTED)) == ENCRYPTED.encode()
        except OSError:
            return True

    def _text(self, path: str) -> str:
        text = read_text(path)
        if not text.startswith(ENCRYPTED):
            return text
        try:
            return str(to_text(self.loader._vault.decrypt(text.encode()), errors="strict"))
        except AnsibleError:
            raise _NotDecrypted(f"it is encrypted as a whole, and {self._why()}") from None

    def _why(self) -> str:
        return "none of the vault passwords fits" if self.loader._vault.secrets else "no vault password was given"

    def _decrypted(self, file: ClientFile) -> ClientFile:
        """Return the file with a finding for each value that cannot be decrypted."""
        problems = []
        for scalar in file.vaults:
            try:
                self.loader._vault.decrypt(str(scalar.value).strip().encode())
            except AnsibleError:
                message = f"the value cannot be decrypted: {self._why()}"
                place = scalar.place
                problems.append(FileFinding(NOT_DECRYPTED, file.shown, place.line, place.column, message, _vault_hint()))
        return replace(file, findings=(*file.findings, *problems)) if problems else file

    def _host(self, path: str, file: ClientFile) -> ClientHost:
        if file.findings:
            return ClientHost(file.host, path, file.findings)
        try:
            values = self._values(path)
        except AnsibleError:
            problem = FileFinding(NOT_YAML, file.shown, 1, 1, "Ansible cannot read it", "Look at it with ansible-inventory -vvv")
            return ClientHost(file.host, path, (problem,))
        variables = {str(name): value for name, value in values.items() if name != "client_vars"}
        own = values.get("client_vars") or {}
        tags = tuple(str(tag) for tag in values.get("client_tags") or ())
        return ClientHost(file.host, path, (), {**variables, **own}, tags)

    def _values(self, path: str) -> dict[str, Any]:
        """Return the file's values as Ansible reads host_vars."""
        try:
            found = self.loader.load_from_file(path, cache="none", unsafe=True, trusted_as_template=True)
        except TypeError:  # before ansible-core 2.19 every text is a template
            found = self.loader.load_from_file(path, cache="none", unsafe=True)
        return dict(found)


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
