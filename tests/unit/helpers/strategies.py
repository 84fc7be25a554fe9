# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis strategies for what the API sends and what users write."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model import kinds
from ansible_collections.ringme.pbx.plugins.module_utils._model.countries import COUNTRY_CODES
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Directory
from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import (
    CLIENT,
    CLIENT_SETTINGS,
    EXTENSION,
    PHONE,
    Field,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Extension, Registration, RegistrationInfo


def fewer(share: float) -> settings:
    """Try a share of the usual number of examples, where each of them costs much."""
    return settings(max_examples=max(1, round(settings().max_examples * share)))


IDS = st.integers(1, 10**9)
COUNTRIES = st.just(["*"]) | st.sets(st.sampled_from(sorted(COUNTRY_CODES)), min_size=1, max_size=6).map(sorted)
TEXTS = st.text(min_size=1, max_size=20).filter(str.strip)
ZONES = ("UTC", "Europe/Moscow", "Asia/Omsk")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "0", "-1", "yes", "no", "RU BY", "*", "@me", "active", "phone", "\ud800", "1" * 30])
)
_WORDS = ["id", "name", "type", "status", "extension_id", "bundle_id", "bundle_list", "registered", "registrations"]
_WORDS += ["registration_id", "device", "real_address", "expires", "geo_list", "timezone", "conference_pin", "message"]


def json_values() -> st.SearchStrategy[Any]:
    """Whatever ``json.loads`` may return, rich in the names that the API uses."""
    keys = st.sampled_from(_WORDS) | st.sampled_from(sorted({*CLIENT, *EXTENSION, *PHONE})) | st.text(max_size=5)
    return st.recursive(
        SCALARS | st.lists(IDS, max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=12,
    )


def normalised(kind: kinds.Kind) -> st.SearchStrategy[Any]:
    """Values as a kind keeps them; never ``None``."""
    known: dict[int, st.SearchStrategy[Any]] = {
        id(kinds.ID): IDS,
        id(kinds.COUNT): st.integers(0, 10**9),
        id(kinds.PERCENT): st.integers(0, 100),
        id(kinds.TEXT): TEXTS,
        id(kinds.OPTIONAL_TEXT): TEXTS,
        id(kinds.EMAIL): st.sampled_from(["a@example.org", "a@example.org,b@example.org"]),
        id(kinds.URL): st.sampled_from(["https://example.org/hook", "http://192.0.2.1:8080/"]),
        id(kinds.FLAG): st.booleans(),
        id(kinds.TIMEZONE): st.sampled_from(ZONES),
        id(kinds.COUNTRIES): COUNTRIES,
    }
    return known[id(kind)]


def field_values(row: Field) -> st.SearchStrategy[Any]:
    """Normalised values of a field, ``None`` among them where it may be unset."""
    strategy = st.sampled_from(row.choices) if row.choices else normalised(row.kind)
    return strategy | st.none() if row.nullable else strategy


def client_values() -> st.SearchStrategy[dict[str, Any]]:
    """A client as read: an id, the standard settings, and perhaps those that only some deployments have."""
    standard, optional = _settings()
    return st.fixed_dictionaries({"id": IDS, **standard}, optional=optional)


def desired_settings() -> st.SearchStrategy[dict[str, Any]]:
    """Some of the standard settings, ``None`` for those that are reset."""
    return st.fixed_dictionaries({}, optional=_settings()[0])


def _settings() -> tuple[dict[str, st.SearchStrategy[Any]], dict[str, st.SearchStrategy[Any]]]:
    """The values of the standard settings, and of those that only some deployments have."""
    values = {name: field_values(row) for name, row in CLIENT_SETTINGS.items()}
    optional = {name: values.pop(name) for name in CLIENT_SETTINGS if name.startswith("call_interactive_")}
    return values, optional


def registrations() -> st.SearchStrategy[Registration]:
    """Registrations of a few devices in a few networks."""
    return st.builds(
        Registration,
        registration_id=st.uuids().map(lambda number: f"uloc-{number}"),
        device=st.sampled_from(["Yealink SIP-T46G 28.72", "Zoiper", "snom-D785", ""]),
        real_address=st.sampled_from(
            ["sip:192.0.2.7:5060", "sip:198.51.100.9:62338", "sip:[2001:db8::1]:5060", "unknown"]
        ),
        contact_address=st.sampled_from(["sip:000*101@10.0.0.5:5062", ""]),
        expires=st.integers(0, 3600) | st.none(),
    )


def registration_infos(extension_id: int) -> st.SearchStrategy[RegistrationInfo]:
    """What the API may return about one extension, live or expired."""
    entries = st.lists(registrations(), max_size=5, unique_by=lambda entry: entry.registration_id)
    return st.builds(RegistrationInfo, st.just(extension_id), st.booleans(), entries.map(tuple))


DIGITS = st.text("0123456789", min_size=2, max_size=4)
DOMAINS = st.sampled_from(["sip.example.net", "pbx.example.org", "localhost"])


def wire_extension(extension_id: int, name: str, **more: Any) -> dict[str, Any]:
    """An extension as the API shows it."""
    return {"id": extension_id, "name": name, "type": "phone", "status": "active", **more}


@st.composite
def directories(draw: st.DrawFn, least: int = 0) -> Directory:
    """The extensions of one client as the PBX keeps them: one prefix, one domain, numbers of one length, each once."""
    length = draw(st.integers(2, 4))
    known = draw(st.sets(st.text("0123456789", min_size=length, max_size=length), min_size=least, max_size=12))
    ids = draw(st.lists(st.integers(10**5, 10**9), min_size=len(known), max_size=len(known), unique=True))
    prefix, domain = draw(st.sampled_from(["0003", "000", "7"])), draw(st.none() | DOMAINS)
    # Both ways of showing the domain: as a field, and behind the name.
    behind = f"@{domain}" if domain and draw(st.booleans()) else ""
    return Directory(
        tuple(
            Extension.read(wire_extension(number, f"{prefix}*{digits}{behind}", domain=domain))
            for number, digits in zip(ids, sorted(known), strict=False)
        )
    )


def odd_directories() -> st.SearchStrategy[Directory]:
    """Extensions with any names at all, numbers that several have among them."""
    near = st.text("0123*@a.²١", min_size=1, max_size=9)
    usual = st.sampled_from(["101", "000*101", "0003*101", "9*0003*101", "0003*101@sip.example.net", "0003*1010"])
    entries = st.builds(
        wire_extension, st.integers(1, 2000), st.text(min_size=1, max_size=8) | near | usual, domain=st.none() | DOMAINS
    )
    found = st.lists(entries, max_size=8, unique_by=lambda entry: entry["id"])
    return found.map(lambda items: Directory(tuple(Extension.read(item) for item in items)))
