# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files as hosts, on the controller: parses them with Ansible's loader, so that vaults and templates work as
anywhere.

Only this file knows how Ansible decrypts files and marks templates. Each file is read once: the text that passed the
checks becomes the variables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.check_cache import (
    fingerprint,
    from_cache,
    to_cache,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.cross_file_checks import (
    InventoryNames,
    check_across,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import ClientFile, unreadable
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    NOT_DECRYPTED,
    NOT_YAML,
    FileFinding,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import (
    ENCRYPTED,
    check_file,
    list_folder,
    shown_path,
    unchecked_file,
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
except ImportError:  # before ansible-core 2.19 every string is a template

    def trust_as_template(value: str) -> str:
        """Return the string unchanged."""
        return value


_SHOWN = 5


class _NotDecryptedError(Exception):
    """A file that is encrypted as a whole cannot be decrypted."""


@dataclass(frozen=True)
class ClientHost:
    """The host of a client file: its ``variables``, or the ``findings`` that block it.

    ``path`` and ``text`` (decrypted) are those of the file, ``tags`` its tags, also if it is blocked.
    """

    name: str
    path: str
    findings: tuple[FileFinding, ...]
    variables: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    text: str = field(default="", repr=False)

    def unknown(self, paths: Iterable[tuple[str, ...]], vaults: bool) -> ScalarNode | None:
        """Return the first template below one of these variables, with ``vaults`` also the first encrypted value."""
        if not is_template(self.text) and not (vaults and "!vault" in self.text):
            return None
        tree = read_tree(self.text).node
        found = (scalar for path in paths for scalar in _below(tree, path))
        return next((scalar for scalar in found if (vaults if scalar.vault else scalar.opaque)), None)

    @property
    def blocked(self) -> str:
        """The findings as one text; empty if the host is not blocked."""
        texts = [finding.text() for finding in self.findings[:_SHOWN]]
        if len(self.findings) > _SHOWN:
            texts.append(f"and {len(self.findings) - _SHOWN} more, all in client_findings")
        return "; ".join(texts)


@dataclass
class ClientHosts:
    """Reads folders with Ansible's ``loader``. ``cache`` contains the results of checks by path, and gets new ones.

    ``names`` are the other names of the inventory. ``decrypted_later`` is whether the hosts are for another program,
    such as AWX, which can have the vault password that is missing here.
    """

    loader: Any
    cache: MutableMapping[str, Any] = field(default_factory=dict)
    names: InventoryNames = field(default_factory=InventoryNames)
    decrypted_later: bool = True
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, folders: list[str]) -> tuple[list[ClientHost], list[FileFinding]]:
        """Return a host for each client file, and the findings on other files. Raises OSError for a folder."""
        files: list[ClientFile] = []
        paths: list[str] = []
        others: list[FileFinding] = []
        for folder in folders:
            listing = list_folder(folder)
            paths += listing.paths
            others += listing.findings
        files = check_across([self._read(path) for path in paths], self.names)
        self._remove_others(paths)
        return [self._host(path, file) for path, file in zip(paths, files, strict=True)], others

    @property
    def has_secrets(self) -> bool:
        """Whether a vault password is set."""
        return bool(self.loader._vault.secrets)

    def _remove_others(self, paths: list[str]) -> None:
        for path in self.cache.keys() - set(paths):
            del self.cache[path]

    def _read(self, path: str) -> ClientFile:
        """Check a file, or take the result from the cache if the file is unchanged."""
        try:
            return self._cached(path)
        except _NotDecryptedError as problem:
            return unreadable(shown_path(path), NOT_DECRYPTED, str(problem), _vault_hint())
        except Exception as error:  # the other files must still be checked
            return unchecked_file(shown_path(path), error)

    def _cached(self, path: str) -> ClientFile:
        try:
            current = fingerprint(path)
        except OSError:
            return check_file(path)
        found = from_cache(self.cache.get(path), shown_path(path), current)
        if found is not None:
            return found
        self.cache.pop(path, None)
        encrypted = False

        def read(path: str) -> str:
            nonlocal encrypted
            text = read_text(path)
            encrypted = text.startswith(ENCRYPTED)
            self._texts[path] = self._clear(text) if encrypted else text
            return self._texts[path]

        file = self._decrypted(check_file(path, read))
        data = to_cache(file, current)
        if data is not None and not encrypted:
            self.cache[path] = data
        return file

    def _clear(self, text: str) -> str:
        """Decrypt a file that is encrypted as a whole; raises _NotDecryptedError or UnicodeDecodeError."""
        try:
            return text_in(bytes(self.loader._vault.decrypt(text.encode())))
        except AnsibleError:
            raise _NotDecryptedError(f"the file is encrypted as a whole, and {self._why()}") from None

    def _why(self) -> str:
        return "no vault password matches" if self.has_secrets else "no vault password is set"

    def _decrypted(self, file: ClientFile) -> ClientFile:
        """Add a finding for each value that cannot be decrypted; none without a password if ``decrypted_later``."""
        if self.decrypted_later and not self.has_secrets:
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
        except Exception:  # whatever Ansible's parser raises: the other files must still be read
            problem = FileFinding(
                NOT_YAML, file.shown, 1, 1, "Ansible cannot parse the file", "Run ansible-inventory -vvv to see why"
            )
            return ClientHost(file.host, path, (problem,), tags=tags)
        variables = {str(name): value for name, value in values.items() if name != "client_vars"}
        own = values.get("client_vars") or {}
        return ClientHost(file.host, path, (), {**variables, **own}, tags, text)

    def _values(self, path: str, text: str) -> dict[str, Any]:
        """Parse the text of a file as Ansible parses host_vars."""
        return dict(self.loader.load(trust_as_template(text), file_name=os.path.abspath(path), show_content=False))


def _below(tree: Node | None, path: tuple[str, ...]) -> Iterator[ScalarNode]:
    """Yield the values below a variable of the host, as deep as the path exists in the file."""
    first, rest = path[0], path[1:]
    own = tree.get("client_vars") if isinstance(tree, MapNode) else None
    node = (own.get(first) if isinstance(own, MapNode) else None) or (
        tree.get(first) if isinstance(tree, MapNode) else None
    )
    for key in rest:
        if isinstance(node, MapNode):
            if hasattr(dict, key):
                break  # a method, which can use all of it
            node = node.get(key)
        elif isinstance(node, ListNode) and key.isdigit() and int(key) < len(node.items):
            node = node.items[int(key)]
    if node is not None:
        yield from scalars(node)


def no_template(value: Any) -> Any:
    """Return a value so that Ansible does not template it: messages quote keys and names of files.

    Only ansible-core before 2.19 needs the mark, and only strings that look like templates get it.
    """
    if isinstance(value, Mapping):
        return {name: no_template(item) for name, item in value.items()}
    if isinstance(value, list):
        return [no_template(item) for item in value]
    return wrap_var(value) if is_template(value) else value


def _vault_hint() -> str:
    return "Set the vault password of the file with --vault-id or ANSIBLE_VAULT_PASSWORD_FILE"
