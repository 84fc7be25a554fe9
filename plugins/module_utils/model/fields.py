# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of fields: one row per field of the API's resources.

They feed the argument specs, reading, comparison and writing, and tests hold the documentation and the contract to them.
Pure. Source: reference sections 2.1 (client), 5 (extension) and 6 (phone); section 4 for what a bundle synchronises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import values
from .text import shortened
from .values import Kind

_LONGEST_ODDITY = 1000


@dataclass(frozen=True)
class Field:
    """One field of a resource.

    ``writable``: a client user may set it. ``nullable``: ``None`` stands for the provider's default, and ``reset`` can
    name it. ``secret``: never shown. ``synchronised``: a bundle keeps it equal on all members. ``deployment``: only some
    deployments have it.
    """

    name: str
    kind: Kind
    writable: bool = False
    nullable: bool = True
    secret: bool = False
    synchronised: bool = False
    deployment: bool = False
    choices: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """Normalise a value of an answer; raises :class:`.values.UnreadableValue`."""
        if value is None or (value == "" and self.nullable):
            return None
        return self.kind.read(value)

    @property
    def decisive(self) -> bool:
        """Whether the collection compares or relies on the field, so that an unreadable value spoils the answer."""
        return self.writable or self.synchronised or not self.nullable

    def check(self, value: Any) -> Any:
        """Normalise an option's value; raises :class:`.errors.OptionError`."""
        check = values.check_choice(self.choices) if self.choices else self.kind.check
        return check(self.name, value)

    def write(self, value: Any) -> Any:
        """Return the JSON value for a request body; ``None`` sets the field back."""
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
    Field("ambassadors", values.OPTIONAL_TEXT),
    Field(
        "call_interactive_method", values.TEXT, writable=True, nullable=False, deployment=True, choices=("GET", "POST")
    ),
    Field("call_interactive_out_call", values.FLAG, writable=True, nullable=False, deployment=True),
    Field("call_interactive_timeout", values.COUNT, writable=True, nullable=True, deployment=True),
    Field("call_interactive_url", values.URL, writable=True, nullable=True, deployment=True),
    Field("contact_phones", values.OPTIONAL_TEXT),
    Field("create_date", values.OPTIONAL_TEXT),
    Field("dial_rule_id", values.ID, writable=True),
    Field("did_as_transfer_caller_id", values.OPTIONAL_TEXT),
    Field("disk_space_notify_email", values.EMAIL, writable=True),
    Field("disk_space_notify_threshold", values.PERCENT, writable=True),
    Field("domain", values.OPTIONAL_TEXT),
    Field("domain_prefix", values.OPTIONAL_TEXT),
    Field("email", values.OPTIONAL_TEXT),
    Field("extension_len", values.COUNT),
    Field("extra_params", values.OPTIONAL_TEXT),
    Field("fact_address", values.OPTIONAL_TEXT),
    Field("geo_list", values.COUNTRIES, writable=True),
    Field("hold_music", values.ID, writable=True),
    Field("id", values.ID, nullable=False),
    Field("jur_address", values.OPTIONAL_TEXT),
    Field("language", values.OPTIONAL_TEXT),
    Field("name", values.OPTIONAL_TEXT),
    Field("prefix", values.OPTIONAL_TEXT),
    Field("presence", values.FLAG),
    Field("record_format", values.OPTIONAL_TEXT),
    Field("record_stereo", values.FLAG),
    Field("reg_status_log", values.FLAG),
    Field("short_local_caller_id", values.FLAG),
    Field("sip_network_permission_id", values.ID, writable=True),
    Field("timezone", values.TIMEZONE, writable=True, nullable=False),
    Field("type", values.OPTIONAL_TEXT),
)

CLIENT_SETTINGS = {name: row for name, row in CLIENT.items() if row.writable}
CLIENT_RESETTABLE = {name: row for name, row in CLIENT_SETTINGS.items() if row.nullable}

EXTENSION = _table(
    Field("ani_rfc3325", values.FLAG),
    Field("caller_id_name", values.OPTIONAL_TEXT),
    Field("client_id", values.ID),
    Field("create_date", values.OPTIONAL_TEXT),
    Field("dial_rule_id", values.ID, synchronised=True),
    Field("dial_rule_limit", values.COUNT, synchronised=True),
    Field("did_as_transfer_caller_id", values.OPTIONAL_TEXT),
    Field("domain", values.OPTIONAL_TEXT),
    Field("extension_group_id", values.ID),
    Field("extra_params", values.OPTIONAL_TEXT),
    Field("id", values.ID, nullable=False),
    Field("label", values.OPTIONAL_TEXT),
    Field("message_did", values.OPTIONAL_TEXT),
    Field("name", values.TEXT, nullable=False),
    Field("status", values.TEXT, nullable=False, synchronised=True),
    Field("type", values.TEXT, nullable=False),
)

PHONE = _table(
    Field("announce_sound_upon_incoming_call", values.ID, synchronised=True),
    Field("announce_sound_upon_outgoing_call", values.ID, synchronised=True),
    Field("call_status_id", values.ID, synchronised=True, deployment=True),
    Field("conference_announce_caller_name", values.FLAG, synchronised=True),
    Field("conference_end_on_exit", values.FLAG, synchronised=True),
    Field("conference_pin", values.OPTIONAL_TEXT, secret=True, synchronised=True),
    Field("geo_list", values.COUNTRIES, synchronised=True),
    Field("hold_music", values.ID, synchronised=True),
    Field("incoming_limit", values.COUNT, synchronised=True),
    Field("record_enabled", values.FLAG, synchronised=True),
    Field("record_format", values.OPTIONAL_TEXT, synchronised=True),
    Field("record_stereo", values.FLAG, synchronised=True),
    Field("record_transfer", values.FLAG, synchronised=True),
    Field("ringback_sound", values.ID, synchronised=True),
)
"""Only what a bundle synchronises: nothing else of a phone is read, least of all its SIP password."""


def read_fields(table: Mapping[str, Field], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Normalise the known fields of an answer; unknown names are left out, missing ones stay missing.

    A value of an unexpected type is passed on as it came (a long one as the beginning of its JSON text) where nothing rests
    on it; in a decisive field it raises
    :class:`.values.UnreadableValue`, whose text names the field.
    """
    known = {}
    for name, row in table.items():
        if name not in answer:
            continue
        try:
            known[name] = row.read(answer[name])
        except values.UnreadableValue as problem:
            if row.decisive:
                shown = "a value of another type (not shown)" if row.secret else str(problem)
                raise values.UnreadableValue(f"{name}: {shown}") from None
            known[name] = _bounded(answer[name])
    return known


def _bounded(value: Any) -> Any:
    text = json.dumps(value)
    return value if len(text) <= _LONGEST_ODDITY else shortened(text, _LONGEST_ODDITY)
