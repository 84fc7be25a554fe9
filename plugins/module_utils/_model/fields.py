# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of fields: one row for each field of the API's resources. Pure.

Argument specs, reading, comparison and writing use them, and tests check the documentation and the contract against
them. Source: reference sections 2.1 (client), 5 (extension), 6 (phone) and 4 (the values that a bundle synchronises).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import kinds
from .kinds import Kind
from .text import NOT_SET, shortened

_UNREADABLE_LIMIT = 1000


@dataclass(frozen=True)
class Field:
    """One field of a resource.

    ``writable``: a client user may set it. ``nullable``: it may be ``None``, and ``reset`` accepts it if it is also
    writable. ``secret``: never shown. ``synchronised``: a bundle keeps it equal on all members.
    """

    name: str
    kind: Kind
    writable: bool = False
    nullable: bool = True
    secret: bool = False
    synchronised: bool = False
    choices: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """Normalise a value of a response; raises :class:`.kinds.UnreadableValueError`."""
        if value is None or (value == "" and self.nullable):
            return None
        return self.kind.read(value)

    @property
    def decisive(self) -> bool:
        """Whether an unreadable value makes the response invalid: the collection compares or needs the field."""
        return self.writable or self.synchronised or not self.nullable

    def check(self, value: Any) -> Any:
        """Normalise an option's value; raises :class:`.errors.OptionError`."""
        check = kinds.check_choice(self.choices) if self.choices else self.kind.check
        return check(self.name, value)

    def write(self, value: Any) -> Any:
        """Return the JSON value for a request body; ``None`` resets the field."""
        return None if value is None else self.kind.write(value)

    def argument(self) -> dict[str, Any]:
        """Return the entry of an argument spec."""
        spec: dict[str, Any] = {"type": self.kind.option_type}
        if self.kind.elements:
            spec["elements"] = self.kind.elements
        if self.choices:
            spec["choices"] = list(self.choices)
        return spec


def _table(*rows: Field) -> Mapping[str, Field]:
    return {row.name: row for row in rows}


CLIENT = _table(
    Field("ambassadors", kinds.OPTIONAL_TEXT),
    Field("call_interactive_method", kinds.TEXT, writable=True, nullable=False, choices=("GET", "POST")),
    Field("call_interactive_out_call", kinds.FLAG, writable=True, nullable=False),
    Field("call_interactive_timeout", kinds.COUNT, writable=True, nullable=True),
    Field("call_interactive_url", kinds.URL, writable=True, nullable=True),
    Field("contact_phones", kinds.OPTIONAL_TEXT),
    Field("create_date", kinds.OPTIONAL_TEXT),
    Field("dial_rule_id", kinds.ID, writable=True),
    Field("did_as_transfer_caller_id", kinds.OPTIONAL_TEXT),
    Field("disk_space_notify_email", kinds.EMAIL, writable=True),
    Field("disk_space_notify_threshold", kinds.PERCENT, writable=True),
    Field("domain", kinds.OPTIONAL_TEXT),
    Field("domain_prefix", kinds.OPTIONAL_TEXT),
    Field("email", kinds.OPTIONAL_TEXT),
    Field("extension_len", kinds.COUNT),
    Field("extra_params", kinds.OPTIONAL_TEXT),
    Field("fact_address", kinds.OPTIONAL_TEXT),
    Field("geo_list", kinds.COUNTRIES, writable=True),
    Field("hold_music", kinds.ID, writable=True),
    Field("id", kinds.ID, nullable=False),
    Field("jur_address", kinds.OPTIONAL_TEXT),
    Field("language", kinds.OPTIONAL_TEXT),
    Field("name", kinds.OPTIONAL_TEXT),
    Field("prefix", kinds.OPTIONAL_TEXT),
    Field("presence", kinds.FLAG),
    Field("record_format", kinds.OPTIONAL_TEXT),
    Field("record_stereo", kinds.FLAG),
    Field("reg_status_log", kinds.FLAG),
    Field("short_local_caller_id", kinds.FLAG),
    Field("sip_network_permission_id", kinds.ID, writable=True),
    Field("timezone", kinds.TIMEZONE, writable=True, nullable=False),
    Field("type", kinds.OPTIONAL_TEXT),
)

CLIENT_SETTINGS = {name: row for name, row in CLIENT.items() if row.writable}
CLIENT_RESETTABLE = {name: row for name, row in CLIENT_SETTINGS.items() if row.nullable}

EXTENSION = _table(
    Field("ani_rfc3325", kinds.FLAG),
    Field("caller_id_name", kinds.OPTIONAL_TEXT),
    Field("client_id", kinds.ID),
    Field("create_date", kinds.OPTIONAL_TEXT),
    Field("dial_rule_id", kinds.ID, synchronised=True),
    Field("dial_rule_limit", kinds.COUNT, synchronised=True),
    Field("did_as_transfer_caller_id", kinds.OPTIONAL_TEXT),
    Field("domain", kinds.OPTIONAL_TEXT),
    Field("extension_group_id", kinds.ID),
    Field("extra_params", kinds.OPTIONAL_TEXT),
    Field("id", kinds.ID, nullable=False),
    Field("label", kinds.OPTIONAL_TEXT),
    Field("message_did", kinds.OPTIONAL_TEXT),
    Field("name", kinds.TEXT, nullable=False),
    Field("status", kinds.TEXT, nullable=False, synchronised=True),
    Field("type", kinds.TEXT, nullable=False),
)

PHONE = _table(
    Field("announce_sound_upon_incoming_call", kinds.ID, synchronised=True),
    Field("announce_sound_upon_outgoing_call", kinds.ID, synchronised=True),
    Field("call_status_id", kinds.ID, synchronised=True),
    Field("conference_announce_caller_name", kinds.FLAG, synchronised=True),
    Field("conference_end_on_exit", kinds.FLAG, synchronised=True),
    Field("conference_pin", kinds.OPTIONAL_TEXT, secret=True, synchronised=True),
    Field("geo_list", kinds.COUNTRIES, synchronised=True),
    Field("hold_music", kinds.ID, synchronised=True),
    Field("incoming_limit", kinds.COUNT, synchronised=True),
    Field("record_enabled", kinds.FLAG, synchronised=True),
    Field("record_format", kinds.OPTIONAL_TEXT, synchronised=True),
    Field("record_stereo", kinds.FLAG, synchronised=True),
    Field("record_transfer", kinds.FLAG, synchronised=True),
    Field("ringback_sound", kinds.ID, synchronised=True),
)
"""The synchronised fields only. No other field of a phone is read, in particular not its SIP password."""


def missing_text(name: str) -> str:
    """Return the text for ``None`` in the field ``name`` of any resource."""
    row = CLIENT.get(name) or EXTENSION.get(name) or PHONE.get(name)
    return row.kind.missing if row else NOT_SET


def read_fields(table: Mapping[str, Field], data: Mapping[str, Any]) -> dict[str, Any]:
    """Normalise the known fields of a JSON object; unknown names are omitted, missing ones stay missing.

    A value of an unexpected type raises :class:`.kinds.UnreadableValueError` with the name of a decisive field. In any
    other field it stays unchanged; a long one becomes the beginning of its JSON text.
    """
    known = {}
    for name, row in table.items():
        if name not in data:
            continue
        try:
            known[name] = row.read(data[name])
        except kinds.UnreadableValueError as problem:
            if row.decisive:
                shown = "a value of another type (not shown)" if row.secret else str(problem)
                raise kinds.UnreadableValueError(f"{name}: {shown}") from None
            known[name] = _bounded(data[name])
    return known


def _bounded(value: Any) -> Any:
    text = json.dumps(value)
    return value if len(text) <= _UNREADABLE_LIMIT else shortened(text, _UNREADABLE_LIMIT)
