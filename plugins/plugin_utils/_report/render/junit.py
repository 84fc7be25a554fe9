# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as JUnit XML, so that CI systems show clients and their objects as test suites and cases. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..status import by_urgency, is_done, is_open, is_unchecked, items_of
from ..timestamps import age, parsed
from ..types import Client, Report
from .rows import Row, rows
from .text import plural, reasons

_OWNERS = {
    "settings": "client_settings", "bundle": "client_bundles", "registration": "client_registrations",
    "phone": "phone", "extension": "extension",
}  # fmt: skip


def junit(report: Report) -> str:
    """Return the document: a suite for each client, a case for each object with changes or findings, in the order of
    the report.

    An open item is a failure, a waived one is skipped, an applied one has passed, and anything that could not be
    compared is an error. A part without differences is a case that passed, so that a clean client has cases too; an
    unchecked client never has only such cases.
    """
    finished = report["run"]["finished"]
    root = ElementTree.Element("testsuites", {"name": f"ringme.pbx {report['mode']}"})
    counts: Counter[str] = Counter()
    for client in by_urgency(report["clients"]):
        counts += _suite(root, client, finished)
    if report["truncated"] or not report["clients"]:
        # Most CI systems pass an empty list of tests.
        why = "the run was interrupted" if report["truncated"] else "no client was compared"
        suite = ElementTree.SubElement(root, "testsuite", _attributes("run", Counter(tests=1, errors=1), finished))
        _error(_case(suite, "run", "ringme.pbx.run"), why, why)
        counts += Counter(tests=1, errors=1)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(counts[name]))
    root.set("time", f"{age(report['run']['started'], parsed(finished))}.000")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _attributes(name: str, counts: Mapping[str, int], finished: str) -> dict[str, str]:
    numbers = {key: str(counts.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    # Clients are compared concurrently, so no client has its own time. Timestamps of this format have no time zone.
    return {"name": name, **numbers, "time": "0.000", "timestamp": finished.rstrip("Z")}


def _suite(root: ElementTree.Element, client: Client, finished: str) -> Counter[str]:
    suite = ElementTree.SubElement(root, "testsuite")
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _properties(client):
        ElementTree.SubElement(properties, "property", {"name": name, "value": clean(value)})
    counts: Counter[str] = Counter()
    for kind in (*_objects(suite, client), *_parts(suite, client), *_client(suite, client)):
        counts.update(["tests", kind])
    if not counts:
        _error(_case(suite, "client", "ringme.pbx.client"), "nothing was compared", "not_compared")
        counts.update(["tests", "errors"])
    for name, text in _attributes(clean(client["key"]), counts, finished).items():
        suite.set(name, text)
    return counts


def _properties(client: Client) -> list[tuple[str, str]]:
    properties = [
        ("plan_id", client["plan_id"]), ("status", client["status"]), ("client_id", client["client_id"]),
        ("checked", client["checked"]), ("file", client["file"]), ("reason", client["reason"]),
    ]  # fmt: skip
    quota = [(f"quota_{name}", value) for name, value in (client["quota"] or {}).items()]
    return [(name, str(value)) for name, value in [*properties, *quota] if value is not None]


def _case(suite: ElementTree.Element, name: str, owner: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", {"classname": clean(owner), "name": clean(name), "time": "0.000"})


def _error(case: ElementTree.Element, message: str, kind: str, text: str = "") -> str:
    return _mark(case, "error", message, kind, text)


def _mark(case: ElementTree.Element, tag: str, message: str, kind: str, text: str = "") -> str:
    """Add the outcome to a case; returns the name of its count."""
    element = ElementTree.SubElement(case, tag, {"type": clean(kind), "message": clean(message)})
    element.text = text or None
    return {"failure": "failures", "error": "errors", "skipped": "skipped"}[tag]


def _objects(suite: ElementTree.Element, client: Client) -> list[str]:
    objects: dict[str, list[Row]] = {}
    for row in rows(client):
        objects.setdefault(row.item["address"], []).append(row)
    return [_object(suite, address, listed) for address, listed in objects.items()]


def _object(suite: ElementTree.Element, address: str, listed: Sequence[Row]) -> str:
    owners = [row.item["resource"] for row in listed if "cause" in row.item]
    owner = owners[0] if owners else _OWNERS.get(address.split("/")[0], "client")
    case = _case(suite, address, f"ringme.pbx.{owner}")
    failed = [row for row in listed if "cause" in row.item and row.item["result"]["status"] == "failed"]
    counting = [row for row in listed if is_open(row.item)]
    waived = [row for row in listed if row.item["waiver"]]
    text = "\n".join(_line(row) for row in listed)
    if failed:
        return _error(case, failed[0].note, "failed", text)
    if counting:
        first = counting[0]
        kind = str(first.item.get("cause", first.field))
        return _mark(case, "failure", _short(counting), kind, text)
    if waived:
        return _mark(case, "skipped", waived[0].note, "waived", text)
    ElementTree.SubElement(case, "system-out").text = text
    return "passed"


def _short(listed: Sequence[Row]) -> str:
    first = listed[0]
    text = f"{first.field}: {first.difference or first.why}" if first.field else first.difference
    return text + (f" (and {len(listed) - 1} more)" if len(listed) > 1 else "")


def _line(row: Row) -> str:
    text = ": ".join(part for part in (row.field, row.difference or row.why) if part)
    return f"{row.mark} {text} ({row.details})" + (f" {row.source}" if row.source else "")


def _parts(suite: ElementTree.Element, client: Client) -> list[str]:
    differing = set()
    for item in items_of(client):
        head = item["address"].split("/")[0]
        differing |= {head, f"{head}s", item["resource"].removeprefix("client_") if "cause" in item else head}
    found = []
    for name in client["compared"]:
        if name not in differing:
            _case(suite, name, f"ringme.pbx.client_{name}")
            found.append("passed")
    for part in client["not_compared"]:
        case = _case(suite, part["part"], f"ringme.pbx.client_{part['part']}")
        found.append(_error(case, f"not compared: {part['reason']}", "not_compared"))
    return found


def _client(suite: ElementTree.Element, client: Client) -> list[str]:
    """Add a case for the client as a whole if it was not compared, or if a limit blocks its plan."""
    text = "\n".join(reasons(client))
    if is_unchecked(client) and not client["not_compared"]:
        case = _case(suite, "client", "ringme.pbx.client")
        return [_error(case, clean(client["reason"] or "nothing was compared"), client["status"], text)]
    if client["status"] == "blocked":
        case = _case(suite, "limits", "ringme.pbx.client")
        limits = plural(len(client["blocked"]), "limit")
        return [_mark(case, "failure", clean(client["reason"] or f"{limits} exceeded"), "blocked", text)]
    open_ones = [item for item in items_of(client) if not is_done(item)]
    if client["status"] in ("drift", "pending") and not open_ones:
        # A report that contradicts itself: the status counts.
        return [_mark(_case(suite, "client", "ringme.pbx.client"), "failure", client["status"], client["status"])]
    return []
