# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The open questions about the real service, each one a switch.

Section 9 of the API reference, and every place that says "unknown" or "assumed", is a row of :data:`TABLE`: a name,
the values it may take, and the proposed default. A test that passes under every value does not depend on the guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?", re.ASCII)


class SwitchError(ValueError):
    """A switch name or value that does not exist; the text names the allowed ones."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One row: ``values`` of a choice, or a ``kind``.

    Kinds are integer, limit (an integer or "unlimited"), names, and delay (one of ``values``, or seconds).
    """

    name: str
    default: Any
    values: tuple[str, ...]
    meaning: str
    kind: str = "choice"

    @property
    def allowed(self) -> str:
        """The values as a person reads them."""
        if self.kind == "choice":
            return ", ".join(self.values)
        return {
            "integer": "a number from 0",
            "limit": "a number from 1, or unlimited",
            "names": "field names, separated by commas",
            "delay": f"{', '.join(self.values)}, or a number of seconds",
        }[self.kind]

    def parse(self, value: Any) -> Any:
        """Return the stored form of *value*; raises SwitchError."""
        if self.kind == "names":
            parts = value.replace(",", " ").split() if isinstance(value, str) else value
            if isinstance(parts, (list, tuple, set, frozenset)) and all(isinstance(part, str) for part in parts):
                return tuple(sorted(parts))
            raise self._refuse(value)
        if isinstance(value, bool):
            raise self._refuse(value)
        text = str(value)
        if text in self.values:
            return text
        if self.kind == "delay" and _SECONDS.fullmatch(text):
            return float(text)
        if self.kind in ("choice", "delay"):
            raise self._refuse(value)
        if self.kind == "limit" and text == "unlimited":
            return text
        if text.isascii() and text.isdigit() and len(text) < 12 and int(text) >= (1 if self.kind == "limit" else 0):
            return int(text)
        raise self._refuse(value)

    def _refuse(self, value: Any) -> SwitchError:
        return SwitchError(f"switch {self.name}: {value!r} is not allowed; allowed: {self.allowed}")


def _choice(name: str, values: str, meaning: str) -> Switch:
    """A choice; the first value is the default."""
    parts = tuple(values.split())
    return Switch(name, parts[0], parts, meaning)


TABLE: tuple[Switch, ...] = (
    # The token endpoint and authorization
    _choice(
        "bad_credentials",
        "401_invalid_client 400_invalid_client 400_unauthorized_client 401_message 403_html 400_empty",
        "response to a token request with a wrong application id or secret",
    ),
    _choice(
        "unauthorized_body",
        "status_message message text_status empty html",
        "body of 401: {status: 401, message}, {message}, {status: text, message}, nothing, HTML",
    ),
    _choice("token_expires_in", "present absent", "whether the token response has expires_in"),
    Switch("token_lifetime", 3600, (), "seconds that an issued token lives", "integer"),
    _choice("token_reissue", "keeps revokes", "whether a new token ends the older ones of the same application"),
    _choice("oauth_limits", "off on", "20 requests a second and 6 connections on the token endpoint, 429 above"),
    # Everywhere
    _choice(
        "validation_error",
        "400_message 400_status 409_message 422_message 400_text",
        "code and body of a refused value",
    ),
    _choice("empty_put", "200 400", "PUT of an empty object"),
    _choice("put_read_only_names", "ignored 400", "read-only names in a PUT body"),
    _choice("put_unknown_names", "ignored 400", "unknown names in a PUT body"),
    Switch("stubborn_fields", (), (), "fields that PUT accepts and does not take (name or resource.name)", "names"),
    _choice("unknown_references", "accepted 400", "dial rule and sound ids that the seed does not list"),
    _choice("missing_slash", "308 301 404 serve", "a collection path without its trailing slash"),
    _choice("gzip_required", "off 406", "requests without Accept-Encoding: gzip"),
    _choice("ids_as", "int string", "ids in responses"),
    _choice("delete_answer", "204 200", "DELETE of anything but a bundle: no content, or 200 with a body"),
    _choice("unread_fields", "absent present", "fields that the readable part of the documentation does not show"),
    _choice("limits_as", "int string", "limits in responses: a number, or a string of digits"),
    _choice("string_limits", "accepted 400", "limits in a body as strings of digits"),
    _choice("dealer_client_paths", "client absent", "whether /client/ and /client/{id} exist for dealers"),
    # Client
    _choice("extension_len_as", "int string", "extension_len in the client resource"),
    _choice("call_interactive", "absent present", "the four call_interactive_* fields of other deployments"),
    _choice("geo_list_default", "null empty", "geo_list where the provider's default holds: null or an empty string"),
    _choice("geo_list_empty_put", "default 400", "PUT of an empty geo_list: the provider's default, or refused"),
    _choice("geo_list_order", "given sorted reversed", "order of the countries in responses"),
    # Extensions and phones
    Switch("per_page_default", "unlimited", (), "page length where the request names none", "limit"),
    Switch("per_page_maximum", "unlimited", (), "longest page, whatever the request asks", "limit"),
    _choice("page_parameter", "honoured ignored", "whether the page parameter has an effect"),
    _choice("page_zero", "first 400", "page=0: the first page, or refused"),
    _choice("newer_extension_fields", "present absent", "the five fields of an extension that older pages do not have"),
    _choice(
        "extension_group_zero",
        "null zero 400",
        "extension_group_id 0 in a body: no group, shown as null or 0; or refused",
    ),
    _choice("extension_alias", "served 404", "@<number> in the place of an extension id"),
    _choice("extension_not_found", "none extension_not_found", "status text in the 404 of an unknown extension"),
    _choice("new_extension_status", "blocked active", "status of an extension created without one"),
    _choice("duplicate_extension", "400 409", "creating an extension whose name exists"),
    _choice("phone_password", "present absent", "whether GET of a phone shows the SIP password"),
    _choice("phone_other_type", "404 400", "the phone resource of an extension of another type"),
    _choice("phone_label", "separate shared", "whether the phone's label is the extension's label"),
    # Registrations
    _choice("registration_block_of_one", "object array", "block query with exactly one id"),
    Switch("registration_block_limit", "unlimited", (), "ids that one block query may name; 400 above", "limit"),
    _choice("registration_query_unknown_id", "omitted empty 404", "unknown ids in a block query"),
    _choice("registration_expires", "seconds date epoch", "unit of expires"),
    _choice("registration_delete_unknown", "404 204", "DELETE of a registration that is not there"),
    _choice("registration_delete_none", "204 404", "DELETE of all where nothing is registered"),
    _choice("registration_after_delete", "gone listed", "whether a dropped registration stays listed as expired"),
    _choice("registration_other_type", "empty 404", "registrations of an extension that is not a phone"),
    Switch(
        "reregister",
        "never",
        ("never", "at_once"),
        "whether and when a dropped device registers again, under a new id",
        "delay",
    ),
    # Bundles
    _choice("bundle_post", "replace add", "POST sets the list, or adds to it"),
    _choice("bundle_post_code", "201 200 204", "code of a successful POST"),
    _choice("bundle_delete_code", "200 204", "code of a successful DELETE"),
    _choice(
        "bundle_delete_body", "empty untied", "bundle_list in the response of DELETE: empty, or the members untied"
    ),
    _choice("bundle_delete_absent", "200 404", "DELETE without a bundle"),
    _choice("bundle_get_absent", "empty 404", "GET without a bundle"),
    _choice("bundle_get_member", "own_empty main 404", "GET with the id of an associated extension"),
    _choice("bundle_members_as", "int string object", "type of the elements of bundle_list in responses"),
    _choice("bundle_order", "given sorted reversed", "order of bundle_list in responses"),
    _choice("bundle_empty_post", "400 clear", "POST of an empty list"),
    _choice("bundle_repost_member", "accepted 400", "POST that names members of this very bundle"),
    _choice("bundle_overwrites_more", "no yes", "whether a bundle shares call_status_id too, as newer pages say"),
    _choice("bundle_main_deleted", "dissolve refuse", "deleting the extension that is the main one of a bundle"),
    # The simulator itself
    Switch("journal_size", 10000, (), "requests that the journal keeps", "integer"),
)

BY_NAME: Mapping[str, Switch] = {switch.name: switch for switch in TABLE}


class Switches(MutableMapping[str, Any]):
    """The live values. Assignment validates; deleting a name restores its default."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {switch.name: switch.default for switch in TABLE}
        self.update(values or {})

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise self._unknown(name) from None

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in BY_NAME:
            raise self._unknown(name)
        self._values[name] = BY_NAME[name].parse(value)

    def __delitem__(self, name: str) -> None:
        if name not in BY_NAME:
            raise self._unknown(name)
        self._values[name] = BY_NAME[name].default

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @staticmethod
    def check(values: Mapping[str, Any]) -> None:
        """Raise SwitchError if any of *values* cannot be set; changes nothing."""
        Switches(values)

    @staticmethod
    def _unknown(name: str) -> SwitchError:
        near = difflib.get_close_matches(str(name), BY_NAME, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return SwitchError(f"no switch named {name!r}{hint}; the switches are: {', '.join(BY_NAME)}")
