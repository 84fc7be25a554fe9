# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of every resource: from which state, with which options, by which requests, to which state.

All of them start from the default seed: client 801 with the phones 31456 (101), 32486 (201), 32767 (301), 33001 (401)
and 33002 (402), a voice menu 34000 and a queue 34001, and no bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.fields import SYNCHRONISED_EXTENSION, SYNCHRONISED_PHONE
from simulator.view import State

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_info import ExtensionInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo

CLIENT_INFO, EXTENSION_INFO = ClientInfo(), ExtensionInfo()
BUNDLE_INFO, REGISTRATION_INFO = ExtensionsBundleInfo(), ExtensionRegistrationInfo()
SETTINGS, BUNDLE, REGISTRATION = ClientSettings(), ExtensionsBundle(), ExtensionRegistration()
BUNDLES, REGISTRATIONS = ClientBundles(), ClientRegistrations()
STATE_RESOURCES = (SETTINGS, BUNDLE, REGISTRATION, BUNDLES, REGISTRATIONS)
INFO_RESOURCES = (CLIENT_INFO, EXTENSION_INFO, BUNDLE_INFO, REGISTRATION_INFO)

MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR, MENU, QUEUE = 31456, 32486, 32767, 33001, 33002, 34000, 34001
FIRST, SECOND = "uloc-572b0ffb-6d47-001", "uloc-572b0ffb-6d47-002"
"""The two live registrations of MAIN: a Yealink at 198.51.100.7 and a Zoiper at 203.0.113.9."""

AT_CLIENT = "/client/@me/client/"
AT_BUNDLE = f"/client/@me/extensions_bundle/{MAIN}"
AT_REGISTRATION = f"/extension/{MAIN}/registration/"
LIST = ("GET /client/@me/extension/",) * 2
"""The extensions of the client: one page, and one that brings nothing new."""


def _nothing(state: State) -> None:
    """The seed as it is."""


@dataclass(frozen=True)
class Scenario:
    """One way to call a resource.

    ``reads`` are sent always and first, ``writes`` (with what follows them) outside check mode only; without ``writes``
    there is nothing to do. ``rereads`` is what a further run sends, by default the first read. ``end`` reads what
    the state must hold afterwards, ``wanted``; nothing outside of ``touches`` (beginnings of places, see
    resource_runner.touched) differs from the state at the start. ``fails`` is the kind of the failure of the first
    run and of later ones.
    """

    name: str
    resource: Resource[Any]
    args: Mapping[str, Any]
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    prepare: Callable[[State], None] = _nothing
    end: Callable[[State], Any] = lambda state: None
    wanted: Any = None
    touches: tuple[str, ...] = ()
    fails: str | None = None
    connection: Mapping[str, Any] = field(default_factory=dict)
    rereads: tuple[str, ...] = ()

    @property
    def again(self) -> tuple[str, ...]:
        """What is sent where nothing is left to do."""
        return self.rereads or self.reads[:1]


def _settings(name: str, args: Mapping[str, Any], wanted: Mapping[str, Any], **more: Any) -> Scenario:
    """A client_settings scenario; ``wanted`` are the values on the wire afterwards, empty where nothing is to do."""
    return Scenario(
        f"settings-{name}",
        SETTINGS,
        args,
        (f"GET {AT_CLIENT}",),
        (f"PUT {AT_CLIENT}",) if wanted else (),
        end=lambda state: {key: state.client(801).settings[key] for key in wanted},
        wanted=wanted,
        touches=tuple(f"clients/801/{view}{key}" for key in wanted for view in ("", "dealer/")),
        **more,
    )


def bundle_up(state: State, main: int, members: Sequence[int]) -> None:
    """Link a bundle as the API would have left it: its members hold the main extension's values."""
    state.set_bundle(main, members)
    phone, extension = state.phone(main), state.extension(main)
    for member in members:
        state.set_phone(member, **{name: phone[name] for name in SYNCHRONISED_PHONE})
        state.set_extension(member, **{name: extension[name] for name in SYNCHRONISED_EXTENSION})


def _bundled(*members: int) -> Callable[[State], None]:
    return lambda state: bundle_up(state, MAIN, members)


def _bundle(
    name: str,
    before: tuple[int, ...],
    args: Mapping[str, Any],
    after: tuple[int, ...],
    *sent: str,
    main: Mapping[str, Any] | None = None,
) -> Scenario:
    """An extensions_bundle scenario without the report of side effects; with numbers the list is read first."""
    joining = sorted(set(after) - set(before))
    named = main or "members" in args
    reads = (*(LIST if named else ()), f"GET {AT_BUNDLE}")
    others = [number for number in _ALL_PHONES if number not in (MAIN, *before)]
    return Scenario(
        f"bundle-{name}",
        BUNDLE,
        {**(main or {"extension_id": MAIN}), "side_effects": "ignore", **args},
        (*reads, *(() if named else LIST), *_at(*others)) if joining else reads,
        tuple(f"{method} {AT_BUNDLE}" for method in (("GET", *sent) if sent else ())),
        _bundled(*before),
        lambda state: sorted(state.bundle(MAIN)),
        sorted(after),
        (f"bundles/{MAIN}", *(f"{kind}/{number}/" for number in joining for kind in ("extensions", "phones"))),
        rereads=reads,
    )


def _at(*mains: int) -> tuple[str, ...]:
    return tuple(f"GET /client/@me/extensions_bundle/{main}" for main in mains)


def _bundles(
    name: str,
    before: Mapping[int, tuple[int, ...]],
    args: Mapping[str, Any],
    after: Mapping[int, tuple[int, ...]],
    reads: tuple[str, ...],
    *writes: str,
    again: tuple[str, ...] = (),
) -> Scenario:
    """A client_bundles scenario: bundles before and after, by their mains; one request at a time, for a fixed order."""

    def prepare(state: State) -> None:
        for main, members in before.items():
            bundle_up(state, main, members)

    mains = sorted({*before, *after})
    joining = {number for main in after for number in after[main] if number not in before.get(main, ())}
    return Scenario(
        f"bundles-{name}",
        BUNDLES,
        {"side_effects": "ignore", "concurrency": 1, **args},
        (*LIST, *reads),
        writes,
        prepare,
        lambda state: {main: tuple(sorted(state.bundle(main))) for main in mains},
        {main: tuple(sorted(after.get(main, ()))) for main in mains},
        (
            *(f"bundles/{main}" for main in mains),
            *(f"{kind}/{number}/" for number in joining for kind in ("extensions", "phones")),
        ),
        rereads=(*LIST, *(again or reads)),
    )


def _registration(
    name: str,
    args: Mapping[str, Any],
    gone: tuple[str, ...],
    left: tuple[str, ...],
    main: Mapping[str, Any] | None = None,
) -> Scenario:
    """An extension_registration scenario for MAIN; ``gone`` are the ids in the DELETE requests, "" for all at once."""
    reads = (*(LIST if main else ()), f"GET {AT_REGISTRATION}")
    return Scenario(
        f"registration-{name}",
        REGISTRATION,
        {**(main or {"extension_id": MAIN}), **args},
        reads,
        (*(f"DELETE {AT_REGISTRATION}{identifier}" for identifier in gone), f"GET {AT_REGISTRATION}") if gone else (),
        end=lambda state: [entry["registration_id"] for entry in state.registrations(MAIN) if state.registered(MAIN)],
        wanted=list(left),
        touches=(f"registrations/{MAIN}",) if gone else (),
        rereads=reads,
    )


def _policy(name: str, args: Mapping[str, Any], gone: tuple[str, ...], left: tuple[str, ...]) -> Scenario:
    """A client_registrations scenario; ``gone`` and ``left`` are registrations of MAIN."""
    block = "GET /extension/registration/"
    return Scenario(
        f"policy-{name}",
        REGISTRATIONS,
        {"concurrency": 1, **args},
        (*LIST, block),
        (*(f"DELETE {AT_REGISTRATION}{identifier}" for identifier in gone), block) if gone else (),
        end=lambda state: [entry["registration_id"] for entry in state.registrations(MAIN) if state.registered(MAIN)],
        wanted=list(left),
        touches=(f"registrations/{MAIN}",) if gone else (),
        rereads=(*LIST, block),
    )


def _nothing_registered(name: str, extension_id: int) -> Scenario:
    return Scenario(
        f"registration-{name}",
        REGISTRATION,
        {"extension_id": extension_id},
        (f"GET /extension/{extension_id}/registration/",),
    )


def _info(name: str, resource: Resource[Any], args: Mapping[str, Any], *reads: str, **more: Any) -> Scenario:
    return Scenario(f"info-{name}", resource, args, tuple(f"GET {path}" for path in reads), **more)


_ALL_PHONES = (MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR)
_REPORT = (
    *_at(MAIN),
    *LIST,
    *_at(SALES, WAREHOUSE, ACCOUNTING, DIRECTOR),
    *(f"GET /extension/{number}/phone/" for number in (MAIN, SALES, WAREHOUSE)),
)

CHANGING = (
    _settings(
        "absent",
        {"geo_list": ["RU", "BY"], "disk_space_notify_email": "a@example.net", "disk_space_notify_threshold": 80},
        {"geo_list": "BY RU", "disk_space_notify_email": "a@example.net", "disk_space_notify_threshold": 80},
    ),
    _settings(
        "different", {"hold_music": 12, "timezone": "UTC", "dial_rule_id": 5}, {"hold_music": 12, "timezone": "UTC"}
    ),
    _settings("reset", {"reset": ["hold_music", "dial_rule_id"]}, {"hold_music": None, "dial_rule_id": None}),
    _settings(
        "reset-countries",
        {"reset": ["geo_list"]},
        {"geo_list": None},
        prepare=lambda state: state.set_client(801, geo_list="RU BY"),
    ),
    _settings("every-country", {"geo_list": ["*"]}, {"geo_list": "*"}),
    _bundle("create", (), {"bundle_list": [WAREHOUSE, SALES]}, (SALES, WAREHOUSE), "POST"),
    _bundle("grow", (SALES,), {"bundle_list": [SALES, WAREHOUSE]}, (SALES, WAREHOUSE), "POST"),
    _bundle("append", (SALES,), {"bundle_list": [WAREHOUSE], "append": True}, (SALES, WAREHOUSE), "POST"),
    _bundle("shrink", (SALES, WAREHOUSE), {"bundle_list": [WAREHOUSE]}, (WAREHOUSE,), "POST", "GET"),
    _bundle(
        "swap", (SALES, WAREHOUSE), {"bundle_list": [WAREHOUSE, ACCOUNTING]}, (WAREHOUSE, ACCOUNTING), "POST", "GET"
    ),
    _bundle("delete", (SALES, WAREHOUSE), {"state": "absent"}, (), "DELETE", "GET"),
    _bundle(
        "by-number",
        (SALES,),
        {"members": ["201", "0003*301", "0003*401@sip.example.net"]},
        (SALES, WAREHOUSE, ACCOUNTING),
        "POST",
        main={"extension": "101"},
    ),
    _bundle("members-by-number", (SALES, WAREHOUSE), {"members": ["301"]}, (WAREHOUSE,), "POST", "GET"),
    _bundle("delete-by-number", (SALES,), {"state": "absent"}, (), "DELETE", "GET", main={"extension": "101"}),
    _bundles(
        "create",
        {},
        {"bundles": [{"extension": "101", "members": ["201", "301"]}, {"extension": "402", "members": ["401"]}]},
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        _at(MAIN, DIRECTOR, SALES, WAREHOUSE, ACCOUNTING),
        f"GET {AT_BUNDLE}",
        f"POST {AT_BUNDLE}",
        *_at(DIRECTOR),
        f"POST /client/@me/extensions_bundle/{DIRECTOR}",
        again=_at(MAIN, DIRECTOR),
    ),
    _bundles(
        "move",
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        {
            "bundles": [
                {"extension_id": DIRECTOR, "members": ["401", "301"]},
                {"extension": "101", "bundle_list": [SALES]},
            ]
        },
        {MAIN: (SALES,), DIRECTOR: (ACCOUNTING, WAREHOUSE)},
        _at(DIRECTOR, MAIN),
        f"GET {AT_BUNDLE}",
        f"POST {AT_BUNDLE}",
        f"GET {AT_BUNDLE}",
        *_at(DIRECTOR),
        f"POST /client/@me/extensions_bundle/{DIRECTOR}",
    ),
    _bundles(
        "prune",
        {MAIN: (SALES,), DIRECTOR: (ACCOUNTING,)},
        {"bundles": [{"extension": "101", "members": ["201"]}], "prune": True},
        {MAIN: (SALES,)},
        _at(MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR),
        *_at(DIRECTOR),
        f"DELETE /client/@me/extensions_bundle/{DIRECTOR}",
        f"GET /client/@me/extensions_bundle/{DIRECTOR}",
    ),
    Scenario(
        "bundle-create-report",
        BUNDLE,
        {"extension_id": MAIN, "bundle_list": [SALES, WAREHOUSE]},
        _REPORT,
        (f"GET {AT_BUNDLE}", f"POST {AT_BUNDLE}"),
        end=lambda state: sorted(state.bundle(MAIN)),
        wanted=[SALES, WAREHOUSE],
        touches=tuple(
            f"{kind}/{number}" for number in (MAIN, SALES, WAREHOUSE) for kind in ("bundles", "extensions", "phones")
        ),
    ),
    Scenario(
        "bundles-create-report",
        BUNDLES,
        {
            "bundles": [{"extension": "101", "members": ["201"]}],
            "concurrency": 1,
            "allow_widening": ["201"],
        },
        (*LIST, *_at(*_ALL_PHONES), *(f"GET /extension/{number}/phone/" for number in (MAIN, SALES))),
        (f"GET {AT_BUNDLE}", f"POST {AT_BUNDLE}"),
        end=lambda state: state.bundle(MAIN),
        wanted=[SALES],
        touches=tuple(f"{kind}/{number}" for number in (MAIN, SALES) for kind in ("bundles", "extensions", "phones")),
        rereads=(*LIST, *_at(MAIN)),
    ),
    _registration("all", {}, ("",), ()),
    _registration("by-id", {"registration_id": FIRST}, (FIRST,), (SECOND,)),
    _registration("by-ids", {"registration_id": [SECOND, FIRST, "other"]}, (FIRST, SECOND), ()),
    _registration("by-device", {"device": "^Zoiper"}, (SECOND,), (FIRST,)),
    _registration("by-address", {"address": ["198.51.100.0/24", "2001:db8::/32"]}, (FIRST,), (SECOND,)),
    _registration("by-number", {"device": "^Zoiper"}, (SECOND,), (FIRST,), main={"extension": "101"}),
    _policy(
        "compliant",
        {"allowed_networks": {"office": ["198.51.100.0/24"]}, "extensions": ["101"], "state": "compliant"},
        (SECOND,),
        (FIRST,),
    ),
    _policy(
        "too-many",
        {"max_registrations": 1, "extension_ids": [MAIN], "state": "compliant"},
        (SECOND,),
        (FIRST,),
    ),
    _policy(
        "two-rules",
        {
            "allowed_networks": {"home": ["203.0.113.0/24"]},
            "allowed_devices": ["^Zoiper"],
            "min_rules": 2,
            "extensions": ["101", "301"],
            "state": "compliant",
        },
        (FIRST,),
        (SECOND,),
    ),
    _policy("absent", {"absent": [{"extension": "101", "device": "^Zoiper"}]}, (SECOND,), (FIRST,)),
    _policy(
        "absent-and-broken",
        {
            "allowed_networks": {"office": ["198.51.100.0/24"]},
            "absent": [{"extension": "101", "registration_id": SECOND}, {"extension": "101", "device": "^Zoiper"}],
            "extensions": ["101"],
            "state": "compliant",
        },
        (SECOND,),
        (FIRST,),
    ),
    _policy(
        "absent-in-an-audit",
        {
            "allowed_devices": ["^Zoiper"],
            "extensions": ["201"],
            "absent": [{"extension": "101", "address": ["203.0.113.0/24"]}],
        },
        (SECOND,),
        (FIRST,),
    ),
    _registration("by-two", {"device": "Yealink|Zoiper", "address": ["0.0.0.0/0"]}, (FIRST, SECOND), ()),
)

UNCHANGED = (
    _settings("equal", {"timezone": "Europe/Moscow", "hold_music": 11, "dial_rule_id": 5}, {}),
    _settings(
        "zone-by-another-name",
        {"timezone": "Europe/Kiev"},
        {},
        prepare=lambda state: state.set_client(801, timezone="Europe/Kyiv"),
    ),
    _settings("reset-already", {"reset": ["geo_list", "disk_space_notify_email", "sip_network_permission_id"]}, {}),
    _settings(
        "order", {"geo_list": ["RU", "BY", "KZ"]}, {}, prepare=lambda state: state.set_client(801, geo_list="KZ RU BY")
    ),
    _settings("nothing-managed", {}, {}),
    _bundle("equal", (SALES, WAREHOUSE), {"bundle_list": [WAREHOUSE, SALES]}, (SALES, WAREHOUSE)),
    _bundle("append-equal", (SALES, WAREHOUSE), {"bundle_list": [WAREHOUSE], "append": True}, (SALES, WAREHOUSE)),
    _bundle("absent-already", (), {"state": "absent"}, ()),
    _bundle("equal-by-number", (SALES,), {"members": ["201"]}, (SALES,), main={"extension": "0003*101"}),
    _bundles(
        "equal",
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        {
            "bundles": [
                {"extension": "402", "members": ["401"]},
                {"extension_id": MAIN, "members": ["301", "201"]},
            ]
        },
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        _at(DIRECTOR, MAIN),
    ),
    _bundles(
        "append-and-ignore",
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        {
            "bundles": [
                {"extension": "101", "members": ["301"], "append": True},
                {"extension": "402", "ignore": True},
            ],
            "prune": True,
        },
        {MAIN: (SALES, WAREHOUSE), DIRECTOR: (ACCOUNTING,)},
        _at(MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR),
    ),
    _bundles("absent-already", {}, {"bundles": [{"extension": "101", "state": "absent"}]}, {}, _at(MAIN)),
    _policy("audited", {"allowed_networks": {"office": ["198.51.100.0/24"]}}, (), (FIRST, SECOND)),
    _policy(
        "nothing-broken",
        {"allowed_networks": {"all": ["0.0.0.0/0", "::/0"]}, "state": "compliant"},
        (),
        (FIRST, SECOND),
    ),
    _policy("device-alone", {"allowed_devices": ["^Yealink"], "extensions": ["101"]}, (), (FIRST, SECOND)),
    _policy("absent-already", {"absent": [{"extension": "101", "device": "Gigaset"}]}, (), (FIRST, SECOND)),
    _nothing_registered("never", ACCOUNTING),
    _nothing_registered("expired", WAREHOUSE),
    _nothing_registered("other-type", MENU),
    _registration("no-match", {"device": "Gigaset"}, (), (FIRST, SECOND)),
    _registration("not-this-one", {"registration_id": FIRST, "device": "^Zoiper"}, (), (FIRST, SECOND)),
)

READING = (
    _info("client", CLIENT_INFO, {}, AT_CLIENT),
    _info("client-by-id", CLIENT_INFO, {"client_id": "801"}, "/client/801/client/"),
    _info(
        "client-countries", CLIENT_INFO, {}, AT_CLIENT, prepare=lambda state: state.set_client(801, geo_list="RU BY")
    ),
    _info("extensions", EXTENSION_INFO, {}, *(["/client/@me/extension/"] * 2)),
    _info(
        "extensions-filtered", EXTENSION_INFO, {"type": "phone", "status": "active"}, *(["/client/@me/extension/"] * 2)
    ),
    _info(
        "extensions-by-id",
        EXTENSION_INFO,
        {"extension_ids": [MENU, MAIN]},
        *(f"/client/@me/extension/{number}" for number in (MAIN, MENU)),
    ),
    _info(
        "bundles",
        BUNDLE_INFO,
        {"concurrency": 1},
        *(["/client/@me/extension/"] * 2),
        *(f"/client/@me/extensions_bundle/{number}" for number in _ALL_PHONES),
        prepare=_bundled(SALES),
    ),
    _info(
        "bundles-by-number",
        BUNDLE_INFO,
        {"extensions": ["201", "101"], "concurrency": 1},
        *(["/client/@me/extension/"] * 2),
        *(f"/client/@me/extensions_bundle/{number}" for number in (MAIN, SALES)),
        prepare=_bundled(SALES),
    ),
    _info("extensions-by-number", EXTENSION_INFO, {"extensions": ["500", "101"]}, *(["/client/@me/extension/"] * 2)),
    _info(
        "registrations-by-number",
        REGISTRATION_INFO,
        {"extensions": ["0003*101", "201"]},
        *(["/client/@me/extension/"] * 2),
        "/extension/registration/",
    ),
    _info("bundles-by-id", BUNDLE_INFO, {"extension_ids": [MAIN]}, AT_BUNDLE, prepare=_bundled(SALES, WAREHOUSE)),
    _info("registrations", REGISTRATION_INFO, {}, "/extension/registration/"),
    _info("registrations-of-one", REGISTRATION_INFO, {"extension_ids": [SALES]}, "/extension/registration/"),
    _info("registrations-of-two", REGISTRATION_INFO, {"extension_ids": [SALES, MAIN]}, "/extension/registration/"),
)

REFUSED = (
    Scenario(
        "refused-dead-token",
        CLIENT_INFO,
        {},
        (f"GET {AT_CLIENT}",),
        fails="authentication",
        connection={"access_token": "a-token-never-issued"},
    ),
    Scenario(
        "refused-credentials",
        CLIENT_INFO,
        {},
        (),
        fails="authentication",
        connection={"application_id": "demo-application", "application_secret": "another-secret"},
    ),
    Scenario(
        "refused-extension",
        BUNDLE,
        {"extension_id": 99999, "bundle_list": [SALES]},
        ("GET /client/@me/extensions_bundle/99999", "GET /client/@me/extension/99999"),
        fails="not_found",
    ),
    Scenario(
        "refused-registrations",
        REGISTRATION,
        {"extension_id": 99999},
        ("GET /extension/99999/registration/",),
        fails="not_found",
    ),
    Scenario(
        "refused-type",
        BUNDLE,
        {"extension_id": MENU, "bundle_list": [SALES]},
        (f"GET /client/@me/extensions_bundle/{MENU}",),
        fails="refused",
    ),
    Scenario(
        "refused-block",
        REGISTRATION_INFO,
        {"extension_ids": [MAIN, 99999]},
        ("GET /extension/registration/",),
        fails="not_found",
    ),
    Scenario(
        "refused-main-as-member",
        BUNDLE,
        {"extension_id": MAIN, "bundle_list": [SALES, WAREHOUSE]},
        (*_at(MAIN), *LIST, *_at(SALES, WAREHOUSE, DIRECTOR)),
        fails="conflict",
        prepare=lambda state: bundle_up(state, SALES, [ACCOUNTING]),
    ),
    Scenario("refused-number", BUNDLE, {"extension": "110", "members": ["201"]}, LIST, fails="not_found"),
    Scenario("refused-other-client", REGISTRATION, {"extension": "0004*101"}, LIST, fails="conflict"),
    Scenario(
        "refused-types",
        BUNDLES,
        {"bundles": [{"extension": "500", "members": ["201"]}, {"extension": "101", "members": ["600"]}]},
        (*LIST, *_at(MAIN)),
        fails="conflict",
    ),
    Scenario(
        "refused-mains-as-members",
        BUNDLES,
        {
            "bundles": [{"extension": "101", "members": ["201"]}, {"extension": "402", "members": ["301"]}],
            "concurrency": 1,
        },
        (*LIST, *_at(MAIN, DIRECTOR, SALES, WAREHOUSE)),
        fails="conflict",
        prepare=lambda state: bundle_up(state, SALES, [ACCOUNTING]),
    ),
    Scenario("refused-policy", REGISTRATIONS, {"max_registrations": 1, "extensions": ["500"]}, LIST, fails="conflict"),
    Scenario(
        "refused-absent",
        REGISTRATIONS,
        {"absent": [{"extension": "101"}, {"extension": "110"}]},
        LIST,
        fails="not_found",
    ),
)
