# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema (draft 2020-12) of a report. Pure.

Every report that is rendered or read matches it; :mod:`.types` has the same keys as types. Minor versions of the format
only add keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = "ringme.report"
MAJOR, MINOR = 1, 0
VERSION = f"{MAJOR}.{MINOR}"

MODES = ("plan", "drift", "apply")
STATUSES = ("clean", "pending", "drift", "blocked", "error", "not_checked")
VERDICTS = ("clean", "pending", "drift", "blocked", "error")
CAUSES = ("out_of_band", "pending", "conflict", "side_effect", "unknown")
SEVERITIES = ("critical", "high", "medium", "low")
ACTIONS = ("create", "update", "delete")
OUTCOMES = ("planned", "verified", "not_applied", "failed", "compensated", "not_reached")

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHA: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$",
    "description": "UTC, to the second.",
}
_TIME_OR_NULL: Schema = {**_TIME, "type": ["string", "null"]}
_RATIO: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: Mapping[str, Schema], description: str = "", optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return an object that requires all properties except the optional ones, and allows others: minor versions add
    keys.
    """
    described = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **described, "required": required, "properties": dict(properties)}


def _list(items: Schema, description: str = "") -> dict[str, Any]:
    return {"type": "array", **({"description": description} if description else {}), "items": items}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def _described(schema: Schema, description: str) -> dict[str, Any]:
    return {**schema, "description": description}


def _counts(names: Sequence[str], description: str = "") -> dict[str, Any]:
    return _object(dict.fromkeys(names, _COUNT), description)


def _map(values: Schema, description: str = "") -> dict[str, Any]:
    return {"type": "object", **({"description": description} if description else {}), "additionalProperties": values}


_SEVERITY: Schema = {"enum": list(SEVERITIES)}
_SOURCE = _or_null(
    _object(
        {"file": _TEXT, "line": {"type": "integer", "minimum": 1}},
        "The line of the file that defines the desired state.",
    )
)
_WAIVER = _or_null(
    _object(
        {"reason": _TEXT, "owner": _TEXT, "expires": _TEXT},
        "Why this is accepted, who is responsible, and the last day (a date).",
    )
)
_SEEN: Mapping[str, Schema] = {
    "first_seen": _described(_TIME, "When a report first contained it; carried over from report to report."),
    "age_seconds": _described(_COUNT, "From first_seen to the end of this run."),
    "new": _described(_FLAG, "Whether the previous report, which compared the same part, did not contain it."),
    "waiver": _WAIVER,
    "source": _SOURCE,
}
_IDS: Mapping[str, Schema] = {
    "id": _described(_SHA, "The same difference, values included, has the same id in every report."),
    "object_id": _described(_SHA, "The same field of the same object has the same object_id, whatever its values are."),
}
_CHANGE = _object(
    {
        **_IDS,
        "address": _described(_TEXT, "The object within its client, for example bundle/101."),
        "resource": _described(
            _TEXT, "The module that owns the object; phone or extension for objects that change only as a side effect."
        ),
        "action": {"enum": list(ACTIONS)},
        "field": _TEXT_OR_NULL,
        "before": {"description": "The value at the PBX. Secrets are masked."},
        "after": {"description": "The desired value. Secrets are masked."},
        "cause": _described(
            {"enum": list(CAUSES)},
            "out_of_band: the PBX differs from what was last applied. pending: the file has changed since. "
            "conflict: both. side_effect: another change causes it. unknown: no earlier state is known.",
        ),
        "caused_by": _described(_TEXT_OR_NULL, "The id of the change that causes a side effect."),
        "severity": _SEVERITY,
        "widening": _described(_FLAG, "Whether a side effect extends the permissions of an extension."),
        "reversible": _FLAG,
        "result": _described(
            _object({"status": {"enum": list(OUTCOMES)}, "message": _TEXT_OR_NULL}),
            "The result of the change: planned if the run did not write.",
        ),
        **_SEEN,
    }
)
_FINDING = _object(
    {
        **_IDS,
        "rule": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3}$"},
        "severity": _SEVERITY,
        "address": _TEXT,
        "message": _TEXT,
        "hint": _TEXT_OR_NULL,
        "evidence": {"type": "object"},
        **_SEEN,
    }
)
_QUOTA = _or_null(
    _object(
        {"limit": _or_null(_COUNT), "remaining": _or_null(_COUNT), "reset_seconds": _or_null(_COUNT)},
        "The hourly quota of requests, from the last response.",
    )
)
_CLIENT = _object(
    {
        "key": _described(
            _TEXT, "The name of the host; followed by a slash and the client's id if one host handles several clients."
        ),
        "client_id": _described(_TEXT_OR_NULL, "The id, or @me for the application's own client."),
        "file": _described(_TEXT_OR_NULL, "The client file, as the run named it."),
        "status": {"enum": list(STATUSES)},
        "reason": _described(
            _TEXT_OR_NULL, "Why the status is blocked, error or not_checked; null for the other statuses."
        ),
        "plan_id": _described(_SHA, "The same changes have the same plan_id."),
        "checked": _described(
            _TIME_OR_NULL, "When all parts were last compared, by this run or an earlier one; null for never."
        ),
        "compared": _list(_TEXT, "The parts that were compared in this run, for example settings."),
        "not_compared": _list(_object({"part": _TEXT, "reason": _TEXT}), "The parts that were not compared, and why."),
        "requests": _map(_COUNT, "The number of requests sent, by method."),
        "quota": _QUOTA,
        "registered_phones": _described(
            _or_null(_COUNT),
            "The number of extensions with a live registration; null if registrations were not compared.",
        ),
        "blocked": _list(
            _object(
                {"rule": _TEXT, "actual": _COUNT, "limit": _COUNT, "override": _TEXT},
                "A safety limit that the plan exceeds, and the option that overrides it.",
            )
        ),
        "changes": _list(_CHANGE),
        "findings": _list(_FINDING),
    }
)
_TOTALS: Mapping[str, Schema] = {
    "clients": _counts(("total", *STATUSES)),
    "changes": _counts(CAUSES, "Open changes by cause: neither waived nor applied."),
    "severity": _counts(SEVERITIES, "Open changes and findings by severity."),
    "resources": _map(_COUNT, "Open changes by resource."),
    "findings": _described(_COUNT, "Findings that are not waived."),
    "waived": _COUNT,
    "applied": _described(_COUNT, "Changes that this run applied and read back."),
    "new": _described(_COUNT, "Changes and findings that the previous report did not contain."),
    "resolved": _described(_COUNT, "Changes and findings of the previous report that are no longer present."),
}
REPORT: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A report of ringme.pbx: what differs between clients of a PBX and the files that describe them",
    **_object(
        {
            "format": {"const": FORMAT},
            "format_version": {"type": "string", "pattern": f"^{MAJOR}\\.[0-9]+$"},
            "mode": _described(
                {"enum": list(MODES)}, "drift and plan: nothing was written. apply: the changes were applied."
            ),
            "truncated": _described(_FLAG, "Whether the run was interrupted. The report is valid, but incomplete."),
            "verdict": {"enum": list(VERDICTS)},
            "exit_code": _described(
                {"enum": [0, 1, 2, 3]}, "0 clean, 2 drift or pending, 1 error or not checked, 3 blocked."
            ),
            "fail_on": _object(
                {
                    "severity": {"enum": [*SEVERITIES, "never"]},
                    "not_checked": _described(_RATIO, "The share of clients that may remain unchecked."),
                    "pending": _described(_FLAG, "Whether pending changes count."),
                },
                "The thresholds of exit_code.",
            ),
            "fleet_id": _described(_SHA, "The same plans of the same clients have the same fleet_id."),
            "run": _object(
                {
                    "id": _TEXT,
                    "started": _TIME,
                    "finished": _TIME,
                    "collection_version": _TEXT,
                    "requests": _map(_COUNT, "The requests of all clients, by method."),
                    "previous": _described(_TIME_OR_NULL, "When the run of the previous report finished."),
                }
            ),
            "totals": _object(
                {
                    **_TOTALS,
                    "not_checked_share": _described(
                        _RATIO, "The share of clients of which at least one part was not compared."
                    ),
                    "oldest": _or_null(
                        _object(
                            {"client": _TEXT, "address": _TEXT, "first_seen": _TIME, "age_seconds": _COUNT},
                            "The open change or finding that was seen first.",
                        )
                    ),
                }
            ),
            "history": _list(
                _object(
                    {
                        "finished": _TIME,
                        **_TOTALS,
                        "kept": _described(_COUNT, "Clients outside a limited run."),
                    },
                    optional=("kept",),
                ),
                "The totals of the last reports, oldest first, this one last.",
            ),
            "waivers": _object(
                {
                    name: _list(
                        _object({"line": _COUNT, "what": _TEXT, "reason": _TEXT, "owner": _TEXT, "expires": _TEXT}),
                        description,
                    )
                    for name, description in (
                        ("used", "Waivers that match an item of this report."),
                        ("unused", "Waivers that match nothing."),
                        ("expired", "Waivers past their last day: the items they matched count again."),
                    )
                }
            ),
            "resolved": _list(
                _object(
                    {
                        **_IDS,
                        "client": _TEXT,
                        "address": _TEXT,
                        "what": _TEXT,
                        "severity": _SEVERITY,
                        "first_seen": _TIME,
                    }
                ),
                "Changes and findings of the previous report that are no longer present.",
            ),
            "clients": _list(_CLIENT, "Sorted by key."),
            "kept": _list(
                _TEXT,
                "The keys of clients outside a limited run; their entries are those of the previous report.",
            ),
            "carried": _map(
                _object(
                    {
                        "checked": _TIME_OR_NULL,
                        "known": _list(
                            _object(
                                {
                                    **_IDS,
                                    "address": _TEXT,
                                    "what": _TEXT,
                                    "severity": _SEVERITY,
                                    "first_seen": _TIME,
                                    "part": _TEXT,
                                }
                            )
                        ),
                    }
                ),
                "By client: items of earlier reports in parts that this run did not compare. Keeps their ages.",
            ),
        },
        optional=("kept",),
    ),
}
