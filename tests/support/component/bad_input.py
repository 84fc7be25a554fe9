# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that are refused before the first request: the tests of both ways of running take them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from support.component.scenarios import (
    BUNDLE,
    BUNDLE_INFO,
    CLIENT_INFO,
    EXTENSION_INFO,
    MAIN,
    REGISTRATION,
    REGISTRATION_INFO,
    REGISTRATIONS,
    SALES,
    SETTINGS,
)


@dataclass(frozen=True)
class Bad:
    """Wrong ``args`` of a resource; the message has to hold ``option`` and all ``words``, the fix among them."""

    name: str
    resource: Resource[Any]
    args: Mapping[str, Any]
    option: str
    words: tuple[str, ...]


def _settings(name: str, option: str, value: Any, *words: str, **more: Any) -> Bad:
    return Bad(name, SETTINGS, {option: value, **more}, option, words)


def _bundle(name: str, option: str, *words: str, **args: Any) -> Bad:
    return Bad(name, BUNDLE, {"extension_id": MAIN, **args}, option, words)


def _connection(name: str, option: str, *words: str, **args: Any) -> Bad:
    return Bad(name, CLIENT_INFO, args, option, words)


_IDS = ("not a valid id", "positive whole number")
_WAYS = ("Set either application_id and application_secret", "or access_token")
_CERTIFICATES = ("No such file", "readable file in PEM format")
_OTHERS = {"application_id": None, "application_secret": None}

CASES = (
    _settings("country", "geo_list", ["RU", "XX"], "geo_list[1]", "'XX' is not a country code", "ISO 3166-1"),
    _settings("country-name", "geo_list", ["Russia"], "'Russia' is not a country code", "two-letter"),
    _settings("country-uk", "geo_list", ["UK"], "GB"),
    _settings("country-yaml-no", "geo_list", [False], 'For Norway, write "NO" in quotes'),
    _settings("country-twice", "geo_list", ["RU", "ru"], "more than once"),
    _settings("country-star-and", "geo_list", ["*", "RU"], "must be the only entry", "Set ['*']"),
    _settings("country-none", "geo_list", [], "empty list is ambiguous", "reset: [geo_list]"),
    _settings("percent-above", "disk_space_notify_threshold", 101, "101", "0 to 100"),
    _settings("percent-below", "disk_space_notify_threshold", -1, "-1", "0 or more"),
    _settings("zone", "timezone", "Europe/Moskva", "not a valid time zone", "Europe/Moscow"),
    _settings("zone-empty", "timezone", "", "is empty", "Set a value"),
    _settings("zone-outside", "timezone", "../../etc/passwd", "not a valid time zone", "IANA"),
    _settings("email", "disk_space_notify_email", "nowhere", "not a valid e-mail address", "name@example.org"),
    _settings("id-zero", "hold_music", 0, *_IDS),
    _settings("id-negative", "dial_rule_id", -5, *_IDS),
    _settings("id-text", "sip_network_permission_id", "many", "int"),
    _settings("url", "call_interactive_url", "ftp://example.org/", "not a valid URL", "https://host/path"),
    _settings("seconds", "call_interactive_timeout", -1, "0 or more"),
    _settings("method", "call_interactive_method", "PATCH", "GET, POST"),
    _settings(
        "set-and-reset",
        "reset",
        ["hold_music"],
        "hold_music is also set",
        "Remove hold_music from reset",
        hold_music=11,
    ),
    _settings("reset-unknown", "reset", ["timezone"], "timezone", "geo_list"),
    _settings("client", "client_id", "romashka", "'romashka' is not a valid client id", "@me"),
    _settings("client-negative", "client_id", "-801", "not a valid client id", "the id of the client"),
    _settings("client-zero", "client_id", 0, "not a valid client id"),
    _settings("client-path", "client_id", "801/extension", "not a valid client id"),
    _settings("unknown-option", "geolist", ["RU"], "Supported parameters include", "geo_list"),
    _bundle("main-zero", "extension_id", *_IDS, extension_id=0, bundle_list=[SALES]),
    _bundle("main-negative", "extension_id", *_IDS, extension_id=-1, bundle_list=[SALES]),
    _bundle("member-zero", "bundle_list[1]", *_IDS, bundle_list=[SALES, 0]),
    _bundle("member-text", "bundle_list", "int", bundle_list=["reception"]),
    _bundle(
        "main-among-members",
        "bundle_list",
        f"{MAIN} is also a member",
        "List each other extension once",
        bundle_list=[MAIN],
    ),
    _bundle("member-twice", "bundle_list", f"{SALES} is listed more than once", bundle_list=[SALES, SALES]),
    _bundle("members-empty", "bundle_list", "is empty", "state: absent", bundle_list=[]),
    _bundle(
        "members-left-out", "bundle_list", "state is present but any of the following are missing: bundle_list, members"
    ),
    _bundle("members-of-nothing", "bundle_list", "state is absent", "Omit it", state="absent", bundle_list=[SALES]),
    _bundle("state", "state", "present, absent", state="gone"),
    _bundle(
        "side-effects", "side_effects", "report, fail_on_widening, ignore", bundle_list=[SALES], side_effects="yes"
    ),
    Bad(
        "main-missing",
        BUNDLE,
        {"bundle_list": [SALES]},
        "extension_id",
        ("one of the following is required", "extension"),
    ),
    Bad(
        "absent-device",
        REGISTRATIONS,
        {"absent": [{"extension_id": MAIN}, {"extension_id": MAIN, "device": "Yealink ["}]},
        "absent[1].device",
        ("not a valid regular expression", "Escape"),
    ),
    Bad(
        "absent-without-extension",
        REGISTRATIONS,
        {"absent": [{"device": "Yealink"}]},
        "extension_id",
        ("one of the following is required", "absent"),
    ),
    Bad(
        "extensions-without-a-policy",
        REGISTRATIONS,
        {"extensions": ["101"], "absent": [{"extension": "101"}]},
        "extensions",
        ("only absent is set", "Omit it"),
    ),
    Bad("registrations-of-zero", REGISTRATION, {"extension_id": 0}, "extension_id", _IDS),
    Bad(
        "device",
        REGISTRATION,
        {"extension_id": MAIN, "device": "Yealink ["},
        "device",
        ("not a valid regular expression", "Escape"),
    ),
    Bad(
        "device-empty",
        REGISTRATION,
        {"extension_id": MAIN, "device": ""},
        "device",
        ("match every device", "Remove it"),
    ),
    Bad(
        "address",
        REGISTRATION,
        {"extension_id": MAIN, "address": ["here"]},
        "address[0]",
        ("'here' is not a valid network", "/24"),
    ),
    Bad(
        "address-bits",
        REGISTRATION,
        {"extension_id": MAIN, "address": ["198.51.100.7/24"]},
        "address[0]",
        ("has host bits set", "198.51.100.0/24"),
    ),
    Bad("address-empty", REGISTRATION, {"extension_id": MAIN, "address": []}, "address", ("is empty", "Remove it")),
    Bad(
        "registration-empty",
        REGISTRATION,
        {"extension_id": MAIN, "registration_id": " "},
        "registration_id",
        ("is empty",),
    ),
    Bad(
        "ids-empty",
        BUNDLE_INFO,
        {"extension_ids": []},
        "extension_ids",
        ("is empty", "Omit it to select all extensions"),
    ),
    Bad("ids-twice", REGISTRATION_INFO, {"extension_ids": [MAIN, MAIN]}, "extension_ids", ("more than once",)),
    Bad("ids-negative", EXTENSION_INFO, {"extension_ids": [-3]}, "extension_ids[0]", _IDS),
    Bad(
        "ids-and-type",
        EXTENSION_INFO,
        {"extension_ids": [MAIN], "type": "phone"},
        "extension_ids",
        ("mutually exclusive", "type"),
    ),
    Bad(
        "ids-and-status",
        EXTENSION_INFO,
        {"extension_ids": [MAIN], "status": "active"},
        "status",
        ("mutually exclusive",),
    ),
    _connection("http", "api_url", "plain http to pbx.example.net", "Use https", api_url="http://pbx.example.net"),
    _connection("http-private", "api_url", "plain http", "Use https", api_url="http://192.168.1.5:8080"),
    _connection("http-loopback-lookalike", "api_url", "plain http", api_url="http://127.0.0.1.example.net"),
    _connection("ftp", "api_url", "not a valid http(s) URL", "https://", api_url="ftp://pbx.example.net"),
    _connection("no-url", "api_url", "is not set", "RINGME_API_URL", api_url=""),
    _connection(
        "user-in-url", "api_url", "contains a user or password", "Remove them", api_url="https://a:b@pbx.example.net"
    ),
    _connection(
        "path-in-url", "api_url", "path other than", "/api/ver1.0", api_url="https://pbx.example.net/api/ver2.0"
    ),
    _connection(
        "both-ways", "access_token", "together with application_id", *_WAYS, "not both", access_token="a-token"
    ),
    _connection("neither-way", "application_id", "no credentials", *_WAYS, **_OTHERS),
    _connection(
        "half-a-way", "application_secret", "is not set, but application_id is", *_WAYS, application_secret=None
    ),
    _connection("other-half", "application_id", "is not set, but application_secret is", *_WAYS, application_id=None),
    _connection(
        "secret-with-line-end",
        "application_secret",
        "contains spaces, line breaks",
        "copied",
        application_secret="ab cd",
    ),
    _connection("ca", "ca_path", *_CERTIFICATES, ca_path="/nonexistent/ca.pem"),
    _connection("certificate", "client_cert", *_CERTIFICATES, client_cert="/nonexistent/client.pem"),
    _connection(
        "key-alone", "client_key", "without client_cert", "Set client_cert as well", client_key="/nonexistent/key.pem"
    ),
    _connection(
        "proxy", "proxy", "not a valid URL of a proxy", "http://proxy.example.org:3128", proxy="proxy.example.org"
    ),
    _connection("timeout", "timeout", "out of range", "above 0", timeout=0),
    _connection("retries", "retries", "out of range", "at least 1", retries=0),
    _connection("budget", "retry_budget", "out of range", "at least 0", retry_budget=-1),
)
