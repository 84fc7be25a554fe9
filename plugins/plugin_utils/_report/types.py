# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as types, key by key as :data:`.schema.REPORT` describes it.

Times are texts in UTC, such as 2026-11-25T07:00:30Z.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, final

Counts = dict[str, int]


class Source(TypedDict):
    """The line of a file that defines the desired state; lines count from 1."""

    file: str
    line: int


class ItemWaiver(TypedDict):
    """The waiver of one change or finding; ``expires`` is a date."""

    reason: str
    owner: str
    expires: str


class ChangeResult(TypedDict):
    """The result of one change; ``message`` says why it failed."""

    status: str
    message: str | None


class _Seen(TypedDict):
    id: str
    object_id: str
    address: str
    severity: str
    first_seen: str
    age_seconds: int
    new: bool
    waiver: ItemWaiver | None
    source: Source | None


@final
class Change(_Seen):
    """One difference between the PBX and the client file. ``before`` is the value at the PBX."""

    resource: str
    action: str
    field: str | None
    before: Any
    after: Any
    cause: str
    caused_by: str | None
    widening: bool
    reversible: bool
    result: ChangeResult


@final
class Finding(_Seen):
    """One violation of a rule."""

    rule: str
    message: str
    hint: str | None
    evidence: dict[str, Any]


Item = Change | Finding


class NotCompared(TypedDict):
    """A part of a client that was not compared."""

    part: str
    reason: str


class ExceededLimit(TypedDict):
    """A safety limit that the plan exceeds, and the option that overrides it, as ``max_removals: 7``."""

    rule: str
    actual: int
    limit: int
    override: str


class Quota(TypedDict):
    """The hourly quota of requests, from the last response; ``None`` is unknown."""

    limit: int | None
    remaining: int | None
    reset_seconds: int | None


class Client(TypedDict):
    """One client of a report."""

    key: str
    client_id: str | None
    file: str | None
    status: str
    reason: str | None
    plan_id: str
    checked: str | None
    compared: list[str]
    not_compared: list[NotCompared]
    requests: Counts
    quota: Quota | None
    registered_phones: int | None
    blocked: list[ExceededLimit]
    changes: list[Change]
    findings: list[Finding]


class Oldest(TypedDict):
    """The open item that was seen first."""

    client: str
    address: str
    first_seen: str
    age_seconds: int


class RunTotals(TypedDict):
    """The totals of a run, as the history keeps them."""

    clients: Counts
    changes: Counts
    severity: Counts
    resources: Counts
    findings: int
    waived: int
    applied: int
    new: int
    resolved: int


class Totals(RunTotals):
    """The totals of a report."""

    not_checked_share: float
    oldest: Oldest | None


class _HistoryKept(TypedDict, total=False):
    kept: int


class HistoryEntry(RunTotals, _HistoryKept):
    """The totals of one run of the history."""

    finished: str


class FailOnEntry(TypedDict):
    """The thresholds of the verdict."""

    severity: str
    not_checked: float
    pending: bool


class Run(TypedDict):
    """The run that made the report."""

    id: str
    started: str
    finished: str
    collection_version: str
    requests: Counts
    previous: str | None


class WaiverEntry(ItemWaiver):
    """A waiver of the waivers file; ``what`` describes its selectors."""

    line: int
    what: str


class Waivers(TypedDict):
    """The waivers of a run by their state."""

    used: list[WaiverEntry]
    unused: list[WaiverEntry]
    expired: list[WaiverEntry]


class _Reported(TypedDict):
    id: str
    object_id: str
    address: str
    what: str
    severity: str
    first_seen: str


class Resolved(_Reported):
    """A change or finding of the previous report that is no longer present."""

    client: str


class KnownItem(_Reported):
    """A change or finding of an earlier report in a part that was not compared since."""

    part: str


class Carried(TypedDict):
    """What earlier reports contain about a client or part that this run did not compare."""

    checked: str | None
    known: list[KnownItem]


class _ReportKept(TypedDict, total=False):
    kept: list[str]


class Report(_ReportKept):
    """A whole report."""

    format: str
    format_version: str
    mode: str
    truncated: bool
    verdict: str
    exit_code: int
    fail_on: FailOnEntry
    fleet_id: str
    run: Run
    totals: Totals
    history: list[HistoryEntry]
    waivers: Waivers
    resolved: list[Resolved]
    clients: list[Client]
    carried: dict[str, Carried]


class _LedgerUnknown(TypedDict, total=False):
    unknown: dict[str, list[str]]


class LedgerClient(_LedgerUnknown):
    """The last agreed values of a client, by part, address and field."""

    client_id: str | None
    agreed: dict[str, dict[str, Mapping[str, Any]]]


class Ledger(TypedDict):
    """The ledger, as :data:`.ledger.LEDGER` describes it."""

    format: str
    format_version: str
    clients: dict[str, LedgerClient]
