# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds: a YAML file or a dictionary becomes a Store. README.md in this folder describes the layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from simulator import fields
from simulator.model import Application, Client, Extension, Registration
from simulator.state import Store

DEFAULT = Path(__file__).parent / "seeds" / "default.yml"
Seed = Mapping[str, Any] | str | Path | None


class SeedError(ValueError):
    """The seed cannot be used; the text says where and why."""


def read_seed(seed: Seed) -> Mapping[str, Any]:
    """The seed as a dictionary; None means the default seed. Reads a file when given a path."""
    if isinstance(seed, Mapping):
        return seed
    path = DEFAULT if seed is None else Path(seed)
    try:
        with path.open(encoding="utf-8") as stream:
            data = yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise SeedError(f"cannot read the seed {path}: {error}") from error
    if not isinstance(data, Mapping):
        raise SeedError(f"the seed {path} is not a mapping")
    return data


def build_store(seed: Mapping[str, Any]) -> Store:
    """A new Store that holds what *seed* describes; raises SeedError."""
    store = Store()
    _check_keys("seed", seed, {"applications", "clients", "generate", "quota"})
    try:
        for entry in seed.get("clients") or ():
            _add_client(store, entry)
        generate = seed.get("generate") or []
        for entry in [generate] if isinstance(generate, Mapping) else generate:
            _generate(store, **entry)
        for index, entry in enumerate(seed.get("applications") or (), 1):
            _add_application(store, index, entry)
    except (TypeError, KeyError, AttributeError) as error:
        raise SeedError(f"the seed has a wrong shape: {error!r}") from error
    return store


def registration_from(store: Store, extension: Extension, entry: Mapping[str, Any]) -> Registration:
    """A registration from a partial description."""
    _check_keys("registration", entry, {"registration_id", "contact_address", "real_address", "device", "expires"})
    prefix = store.clients[extension.client_id].prefix
    return Registration(
        registration_id=entry.get("registration_id") or store.new_registration_id(),
        contact_address=entry.get("contact_address", f"sip:{prefix}*{extension.number}@192.168.5.52:5062"),
        real_address=entry.get("real_address", "sip:198.51.100.10:5060"),
        device=entry.get("device", "Yealink SIP-T46G 28.72.14.5"),
        expires=entry.get("expires", 699),
    )


def _check_keys(what: str, entry: Any, known: set[str]) -> None:
    if not isinstance(entry, Mapping):
        raise SeedError(f"{what}: expected a mapping, got {type(entry).__name__}")
    if unknown := sorted(str(key) for key in set(entry) - known):
        raise SeedError(f"{what}: unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _values(what: str, table: Mapping[str, fields.Field], values: Mapping[str, Any]) -> dict[str, Any]:
    _check_keys(what, values, set(table))
    for name, value in values.items():
        if problem := table[name].problem(value):
            raise SeedError(f"{what}: {problem}")
    return {name: value for name, value in values.items() if value != table[name].default}


def _add_client(store: Store, entry: Mapping[str, Any]) -> None:
    what = f"client {entry.get('id')}"
    _check_keys(
        what,
        entry,
        {
            "id",
            "prefix",
            "extension_len",
            "status",
            "settings",
            "dealer",
            "extensions",
            "bundles",
            "dial_rules",
            "sounds",
            "extension_groups",
        },
    )
    if entry["id"] in store.clients:
        raise SeedError(f"{what} is there twice")
    store.add_client(
        Client(
            id=entry["id"],
            prefix=str(entry["prefix"]),
            extension_len=entry.get("extension_len", 3),
            status=entry.get("status", "active"),
            settings=_values(what, {**fields.CLIENT, **fields.CALL_INTERACTIVE}, entry.get("settings") or {}),
            dealer=_values(what, fields.DEALER_CLIENT, entry.get("dealer") or {}),
            dial_rules=frozenset(entry.get("dial_rules") or ()),
            sounds=frozenset(entry.get("sounds") or ()),
            extension_groups=frozenset(entry.get("extension_groups") or ()),
        )
    )
    for extension in entry.get("extensions") or ():
        _add_extension(store, entry["id"], extension)
    for main_id, members in (entry.get("bundles") or {}).items():
        _add_bundle(store, main_id, members)


def _add_extension(store: Store, client_id: int, entry: Mapping[str, Any]) -> None:
    what = f"extension {entry.get('id')}"
    own = {"id", "number", "type", "phone", "registered", "registrations"}
    _check_keys(what, entry, own | set(fields.EXTENSION_ALL) - {"client_id", "name"})
    if entry["id"] in store.extensions:
        raise SeedError(f"{what} is there twice")
    kind = entry.get("type", "phone")
    if kind not in fields.EXTENSION_TYPES:
        raise SeedError(f"{what}: unknown type {kind!r}")
    extension = Extension(
        id=entry["id"],
        client_id=client_id,
        number=str(entry["number"]),
        type=kind,
        values=_values(what, fields.EXTENSION_ALL, {name: value for name, value in entry.items() if name not in own}),
        phone=_values(what, fields.PHONE_ALL, entry.get("phone") or {}),
    )
    store.add_extension(extension)
    entries = [registration_from(store, extension, item) for item in entry.get("registrations") or ()]
    store.set_registrations(extension, entries, entry.get("registered", bool(entries)))


def _add_bundle(store: Store, main_id: int, members: Sequence[int]) -> None:
    group = [store.extensions.get(extension_id) for extension_id in (main_id, *members)]
    if None in group or len({main_id, *members}) != len(group):
        raise SeedError(f"bundle {main_id}: unknown or repeated extensions")
    if any(entry.type != "phone" or entry.main_id is not None or entry.members for entry in group if entry):
        raise SeedError(f"bundle {main_id}: an extension is not a phone, or is in another bundle")
    main = store.extensions[main_id]
    store.link(main, members)
    for member in store.group(main)[1:]:
        for name in fields.SYNCHRONISED_PHONE:
            store.assign(member.phone, fields.PHONE, {name: main.phone.get(name, fields.PHONE[name].default)})
        for name in fields.SYNCHRONISED_EXTENSION:
            store.assign(member.values, fields.EXTENSION, {name: main.values.get(name, fields.EXTENSION[name].default)})


def _add_application(store: Store, index: int, entry: Mapping[str, Any]) -> None:
    what = f"application {entry.get('id')}"
    _check_keys(
        what,
        entry,
        {
            "id",
            "secret",
            "client_id",
            "dealer_id",
            "access_level",
            "access",
            "blocked",
            "login",
            "password",
            "user_id",
            "rate_limit",
            "tokens",
        },
    )
    if (entry.get("client_id") is None) == (entry.get("dealer_id") is None):
        raise SeedError(f"{what}: needs one of client_id and dealer_id")
    if entry.get("client_id") is not None and entry["client_id"] not in store.clients:
        raise SeedError(f"{what}: no client {entry['client_id']}")
    if entry.get("access_level", "all") not in ("all", "call_api") or entry.get("access", "full") not in (
        "full",
        "read_only",
    ):
        raise SeedError(f"{what}: access_level is all or call_api, access is full or read_only")
    values = {
        "login": f"{entry['id']}-user",
        "user_id": 100 + index,
        **entry,
        "tokens": tuple(entry.get("tokens") or ()),
    }
    store.applications[entry["id"]] = Application(**values)


def _generate(
    store: Store,
    *,
    clients: int,
    extensions: int,
    first_client_id: int = 100001,
    first_extension_id: int = 1000001,
    bundles: int = 0,
    members: int = 2,
    registrations: int = 0,
    applications: bool = False,
    dealer_id: int = 7,
) -> None:
    """Add *clients* alike ones: each with *extensions* phones from number 101 (or 1001, 10001), the first bundled."""
    ids: Iterator[int] = iter(range(first_extension_id, first_extension_id + clients * extensions))
    length = _digits(extensions)
    if bundles * (members + 1) > extensions:
        raise SeedError(f"generate: {bundles} bundles of {members + 1} need more than {extensions} extensions")
    for client_id in range(first_client_id, first_client_id + clients):
        if client_id in store.clients:
            raise SeedError(f"client {client_id} is there twice")
        store.add_client(
            Client(
                id=client_id,
                prefix=f"{client_id:06d}",
                extension_len=length,
                settings={"name": f"Client {client_id}"},
                dealer={"dealer_id": dealer_id} if dealer_id != 7 else {},
            )
        )
        own = [next(ids) for _unused in range(extensions)]
        for position, extension_id in enumerate(own):
            if extension_id in store.extensions:
                raise SeedError(f"extension {extension_id} is there twice")
            extension = Extension(extension_id, client_id, str(10 ** (length - 1) + 1 + position))
            store.add_extension(extension)
            if position < registrations:
                store.set_registrations(extension, [registration_from(store, extension, {})], True)
        for start in range(0, bundles * (members + 1), members + 1):
            _add_bundle(store, own[start], own[start + 1 : start + 1 + members])
        if applications:
            name = f"generated-{client_id}"
            store.applications[name] = Application(
                id=name, secret=f"secret-{client_id}", client_id=client_id, login=f"user-{client_id}", user_id=client_id
            )


def _digits(extensions: int) -> int:
    """The length of the numbers of a client, by the count of its extensions: 101 to 999, 1001 to 9999, 10001 to 99999.

    Never with a zero in front, which YAML would read as octal. Five digits are not documented: nothing documented holds
    more than 10,000 numbers, and load tests do.
    """
    for length in (3, 4, 5):
        if extensions < 9 * 10 ** (length - 1):
            return length
    raise SeedError(f"generate: a client cannot have {extensions} extensions, at most 89,999")
