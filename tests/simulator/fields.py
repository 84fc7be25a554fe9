# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of the client, extension and phone resources: one table each (API reference, sections 2, 5 and 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INTEGER_LIMIT = 2**53 - 1
GEO_LIST = r"(\*|[A-Z]{2}( [A-Z]{2})*)?"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: JSON type, whether null is a value, whether a client user may write it, and what it holds when unset.

    ``synchronised``: a bundle keeps it equal on all its members. ``reference``: ids that the seed may list.
    ``limit``: a number that some clients know as a string of digits. ``zero_is_none``: public clients write 0 for null.
    """

    name: str
    type: str
    writable: bool = False
    nullable: bool = False
    default: Any = None
    synchronised: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None
    maximum: int | None = None
    reference: str = ""
    limit: bool = False
    zero_is_none: bool = False

    def problem(self, value: Any) -> str | None:
        """Why *value* cannot be stored, or None."""
        if value is None:
            return None if self.nullable else f"{self.name} must not be null"
        if self.type == "boolean":
            return None if isinstance(value, bool) else f"{self.name} must be a boolean"
        if self.type == "integer":
            return self._integer_problem(value)
        if not isinstance(value, str):
            return f"{self.name} must be a string"
        if self.choices and value not in self.choices:
            return f"{self.name} must be one of {', '.join(self.choices)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"{self.name} has a wrong format"
        return None

    def _integer_problem(self, value: Any) -> str | None:
        # A JSON number without a fraction is an integer whatever its spelling (1.0); JSON Schema says so too.
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{self.name} must be an integer"
        if (isinstance(value, float) and not value.is_integer()) or abs(value) > INTEGER_LIMIT:
            return f"{self.name} must be an integer"
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            return f"{self.name} is out of range"
        return None

    def stored(self, value: Any) -> Any:
        """The form in which an accepted *value* is kept."""
        return int(value) if self.type == "integer" and isinstance(value, float) else value


def _string(name: str, default: Any = None, **more: Any) -> Field:
    return Field(name, "string", nullable=more.pop("nullable", default is None), default=default, **more)


def _id(name: str, reference: str = "", **more: Any) -> Field:
    return Field(name, "integer", nullable=True, minimum=1, reference=reference, **more)


def _limit(name: str, **more: Any) -> Field:
    return Field(name, "integer", nullable=True, minimum=0, limit=True, **more)


def _flag(name: str, default: bool = False, **more: Any) -> Field:
    return Field(name, "boolean", default=default, **more)


def _table(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


YES_NO = ("yes", "no")
RECORD_FORMATS = ("mp3", "wav")

CLIENT = _table(
    _string("ambassadors"),
    _string("contact_phones"),
    _string("create_date", "2020-03-16 12:11:13"),
    _id("dial_rule_id", "dial_rules", writable=True),
    _string("did_as_transfer_caller_id"),
    _string("disk_space_notify_email", writable=True, pattern=r"[^@ \t\r\n]+@[^@ \t\r\n]+"),
    _limit("disk_space_notify_threshold", writable=True, maximum=100),
    _string("domain", "sip.example.net"),
    _string("domain_prefix", "00500"),
    _string("email", "office@example.net"),
    Field("extension_len", "integer", default=3),
    _string("extra_params"),
    _string("fact_address"),
    _string("geo_list", writable=True, pattern=GEO_LIST),
    _id("hold_music", "sounds", writable=True),
    Field("id", "integer"),
    _string("jur_address"),
    _string("language", "en"),
    _string("name", "Example"),
    _string("prefix", "0000"),
    _string("presence", "no", choices=YES_NO),
    _string("record_format", "mp3"),
    _flag("record_stereo"),
    _flag("reg_status_log"),
    _string("short_local_caller_id", "no", choices=YES_NO),
    _id("sip_network_permission_id", writable=True),
    _string("timezone", "Europe/Moscow", writable=True, pattern=r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}"),
    _string("type", "J", choices=("J", "F")),
)

CALL_INTERACTIVE = _table(
    _flag("call_interactive_out_call", writable=True),
    _string("call_interactive_url", writable=True),
    _string("call_interactive_method", "GET", writable=True, choices=("GET", "POST")),
    Field("call_interactive_timeout", "integer", writable=True, nullable=True, minimum=0),
)

DEALER_CLIENT = _table(
    _string("name", "Example", writable=True, pattern=r"(?s).+"),
    Field("dealer_id", "integer", True, minimum=1, default=7),
    Field("domain_id", "integer", True, minimum=1, default=1),
    _string("email", "office@example.net", writable=True),
    _string("prefix", "0000"),
    Field("id", "integer"),
    _string("create_date", "2020-03-16 12:11:13"),
    Field("extension_len", "integer", default=3, minimum=2, maximum=4),
    _string("status", "active", writable=True, choices=("active", "blocked")),
    _string("timezone", "Europe/Moscow", writable=True, pattern=CLIENT["timezone"].pattern),
    _string("presence", "no", writable=True, choices=YES_NO),
    _string("sbc_mode", writable=True, choices=YES_NO),
    _id("routing_list_id", writable=True),
    _string("short_local_caller_id", "no", writable=True, choices=YES_NO),
)

EXTENSION_TYPES = ("phone", "ivr", "queue", "fax", "conference")

EXTENSION = _table(
    _flag("ani_rfc3325"),
    _string("caller_id_name", writable=True),
    Field("client_id", "integer"),
    _string("create_date", "2020-03-16 12:18:08"),
    _id("dial_rule_id", "dial_rules", writable=True, synchronised=True),
    _limit("dial_rule_limit", writable=True, synchronised=True),
    _string("did_as_transfer_caller_id", writable=True),
    _string("domain", "sip.example.net"),
    _id("extension_group_id", "extension_groups", writable=True, zero_is_none=True),
    _string("extra_params", writable=True),
    Field("id", "integer"),
    _string("label", writable=True),
    _string("message_did", writable=True),
    Field("name", "string"),
    _string("status", "active", writable=True, choices=("active", "blocked"), synchronised=True),
    Field("type", "string"),
)

# In responses of today; older pages have only the 16 above (API reference, newer part, section 2.1).
EXTENSION_NEWER = _table(
    _string("ani"),
    _id("caller_id_group_id", writable=True),
    _string("caller_id_group_method", "off"),
    Field("client_public_caller_id_number", "integer", nullable=True),
    _flag("rfc_public_caller_id_number"),
)
EXTENSION_ALL = {**EXTENSION, **EXTENSION_NEWER}

PHONE = _table(
    _flag("allow_webrtc", writable=True),
    _id("announce_sound_upon_incoming_call", "sounds", writable=True, synchronised=True),
    _id("announce_sound_upon_outgoing_call", "sounds", writable=True, synchronised=True),
    _string("append_to_cid_name_on_transfer", writable=True),
    _string("auth_type", "digest", writable=True, choices=("digest", "network", "both")),
    _flag("call_screening_enabled", writable=True),
    _flag("conference_announce_caller_name", True, writable=True, synchronised=True),
    _flag("conference_end_on_exit", True, writable=True, synchronised=True),
    _string("conference_pin", writable=True, synchronised=True, pattern=r"[0-9]{1,16}"),
    _string("geo_list", writable=True, synchronised=True, pattern=GEO_LIST),
    _id("hold_music", "sounds", writable=True, synchronised=True),
    _limit("incoming_limit", writable=True, synchronised=True),
    _string("label", writable=True),
    _string("password", writable=True, nullable=False, pattern=r"[!-~]{8,64}"),
    _flag("record_enabled", writable=True, synchronised=True),
    _string("record_format", "mp3", writable=True, choices=RECORD_FORMATS, synchronised=True),
    _flag("record_stereo", writable=True, synchronised=True),
    _flag("record_transfer", writable=True, synchronised=True),
    _id("ringback_sound", "sounds", writable=True, synchronised=True),
)

# What newer pages say that a bundle shares as well. Their list goes on, and the rest of it could not be read.
PHONE_NEWER = _table(_id("call_status_id", writable=True, synchronised=True))
PHONE_ALL = {**PHONE, **PHONE_NEWER}

SYNCHRONISED_PHONE = tuple(name for name, field in PHONE.items() if field.synchronised)
SYNCHRONISED_PHONE_ALL = (*SYNCHRONISED_PHONE, *PHONE_NEWER)
SYNCHRONISED_EXTENSION = tuple(name for name, field in EXTENSION.items() if field.synchronised)
