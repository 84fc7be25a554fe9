# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module drift_report: one report of a run, in up to six renderings, and its verdict."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import (
    check_writable,
    json_text,
    text_of,
    write_text,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import LocalResource, Options, Work
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    DriftFoundError,
    EnvironmentProblemError,
    InvalidFilesError,
    OptionError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_text

from .build import Built, RunInput, build
from .ledger import empty
from .render.console import console
from .render.html import html
from .render.junit import junit
from .render.markdown import markdown
from .render.progress import progress
from .render.prometheus import prometheus
from .render.sarif import sarif_log
from .results import RESOURCES, Host
from .schema import MODES, SEVERITIES
from .source_lines import Lines
from .storage import read_ledger, read_report
from .timestamps import age, parsed, stamp
from .types import Client, Report
from .verdict import NEVER, FailOn, Judgement
from .waivers import Waiver, read_waivers

_MOST_FINDINGS = 10
TABLE, PROGRESS, NONE = "table", "progress", "none"
ROLE_RESULTS: Mapping[str, str] = {
    "client_settings_result": "client_settings",
    "client_bundles_result": "client_bundles",
    "client_registrations_result": "client_registrations",
}
"""The variables that the role client registers, and the modules of their results."""

RENDERINGS: Mapping[str, Callable[[Report], str]] = {
    "markdown": markdown,
    "html": html,
    "junit": junit,
    "sarif": sarif_log,
    "prometheus": prometheus,
    "json": json_text,
}
"""In the order of writing: the JSON is last, because the next report is compared with it."""

_HINTS = {
    1: "Fix the errors that prevented the comparison, then run the comparison again",
    2: "Apply the client files, export the live state into them, or add a waiver",
    3: "Fix the client files, or set the override option named in the message",
}


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class DriftReportOptions:
    """The options, checked: the paths by rendering, the files to read, and the thresholds."""

    paths: Mapping[str, str]
    previous: str | None
    ledger: str | None
    waivers: str | None
    reports: tuple[str, ...]
    max_age: float | None
    mode: str
    started: datetime | None
    fail_on: FailOn
    fail: bool
    console: str


class DriftReport(LocalResource[DriftReportOptions]):
    """Reads the previous report, the ledger and the waivers, builds the report of ``hosts``, and writes it.

    ``limited`` is whether the run was limited to some clients: the others stay as in the previous report. ``expected``
    is the number of clients of the run; a report with fewer is incomplete. ``truncated`` is whether the run was
    interrupted, ``dry`` whether nothing is written, so that no file is listed. ``clock`` returns the time.
    """

    name = "drift_report"
    arguments: Mapping[str, Mapping[str, Any]] = {
        "results": {"type": "dict", "default": dict(ROLE_RESULTS)},
        "hosts": {"type": "list", "elements": "str"},
        "mode": {"type": "str", "choices": list(MODES), "default": "drift"},
        "json": {"type": "path"},
        "markdown": {"type": "path"},
        "html": {"type": "path"},
        "junit": {"type": "path"},
        "sarif": {"type": "path"},
        "prometheus": {"type": "path"},
        "previous": {"type": "path"},
        "ledger": {"type": "path"},
        "waivers": {"type": "path"},
        "reports": {"type": "list", "elements": "path", "default": []},
        "max_age": {"type": "float"},
        "started": {"type": "str"},
        "fail_on": {
            "type": "dict",
            "options": {
                "severity": {"type": "str", "choices": [*reversed(SEVERITIES), NEVER], "default": SEVERITIES[-1]},
                "not_checked": {"type": "str", "default": "0"},
                "pending": {"type": "bool", "default": True},
            },
        },
        "fail": {"type": "bool", "default": True},
        "console": {"type": "str", "choices": [TABLE, PROGRESS, NONE], "default": TABLE},
    }

    def __init__(
        self,
        hosts: Sequence[Host] = (),
        expected: int = 0,
        truncated: bool = False,
        dry: bool = False,
        limited: bool = False,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._hosts = hosts
        self._expected = expected
        self._truncated = truncated
        self._dry = dry
        self._limited = limited
        self._clock = clock
        self._console: list[str] = []

    def parse(self, options: Options) -> DriftReportOptions:
        """Check the options."""
        paths = {name: options[name] for name in RENDERINGS if options.get(name)}
        ledger = options.get("ledger")
        waivers = options.get("waivers")
        _check_paths({**paths, **({"ledger": ledger} if ledger else {}), **({"waivers": waivers} if waivers else {})})
        _check_results(options["results"])
        previous = options.get("previous") or paths.get("json")
        thresholds = options.get("fail_on") or {}
        share = _share(thresholds.get("not_checked", "0"))
        fail_on = FailOn(thresholds.get("severity", SEVERITIES[-1]), share, thresholds.get("pending", True))
        started = _started(options.get("started"))
        return DriftReportOptions(
            paths,
            None if previous == NONE else previous,
            ledger,
            waivers,
            tuple(options["reports"]),
            options.get("max_age"),
            options["mode"],
            started,
            fail_on,
            options["fail"],
            options["console"],
        )

    def prepare(self, parsed: DriftReportOptions) -> Work:
        """Read the files, build the report, and check that it can be written."""
        now = self._clock()
        run = RunInput(
            mode=parsed.mode,
            run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            started=parsed.started or now,
            finished=now,
            reports=[_report(path, parsed.max_age, now) for path in parsed.reports],
            previous=read_report(parsed.previous) if parsed.previous else None,
            ledger=read_ledger(parsed.ledger) if parsed.ledger else empty(),
            waivers=_waivers(parsed.waivers),
            fail_on=parsed.fail_on,
            truncated=self._truncated,
            expected=self._expected,
            limited=self._limited,
            locate=Lines(),
        )
        built = build(self._hosts, run)
        texts = {path: _encodable(RENDERINGS[name](built.report)) for name, path in parsed.paths.items()}
        if parsed.ledger:
            texts[parsed.ledger] = _encodable(json_text(built.ledger))
        for path in texts:
            check_writable(path)
        files = {**parsed.paths, **({"ledger": parsed.ledger} if parsed.ledger else {})}
        self._console = self._lines(parsed.console, built.report, [shown_path(path) for path in files.values()])
        changed = any(text_of(path) != text for path, text in texts.items())
        refusal = _refusal(built.judgement, built.report["clients"]) if parsed.fail else None
        return Work(_facts(built, files, now), changed, lambda: _write(texts), refusal, _warnings(built, parsed))

    def _lines(self, form: str, report: Report, files: Sequence[str]) -> list[str]:
        if form == NONE or not report["clients"]:
            return []
        return progress(report, self._expected) if form == PROGRESS else console(report, () if self._dry else files)

    def lines(self, result: Mapping[str, Any]) -> list[str]:
        """Return the console output."""
        return self._console


def _check_paths(paths: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, path in paths.items():
        real = os.path.realpath(path)
        if real in seen:
            raise OptionError(name, f"is the same file as {seen[real]}", hint="Set a different path for each")
        seen[real] = name


def _check_results(results: Mapping[str, Any]) -> None:
    for variable, module in results.items():
        if str(module).rsplit(".", 1)[-1] not in RESOURCES:
            raise OptionError(
                "results",
                f"{variable}: {module!r} is not a module with results for a report",
                hint=f"Use one of {', '.join(RESOURCES)}",
            )


def _share(text: str) -> float:
    """Return a share, written as ``0.05`` or ``5%``."""
    try:
        share = float(text.rstrip("% ")) / 100 if text.strip().endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OptionError(
            "fail_on.not_checked", f"{text!r} is not a valid share", hint="Set a share such as 0.05 or 5%"
        )
    return share


def _started(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return parsed(text)
    except ValueError:
        raise OptionError(
            "started", f"{text!r} is not a valid time", hint="Set a time in UTC such as 2026-11-25T07:00:00Z"
        ) from None


def _report(path: str, max_age: float | None, now: datetime) -> Report:
    report = read_report(path)
    if report is None:
        raise EnvironmentProblemError(
            f"there is no report {shown_path(path)}",
            hint="Run ansible-playbook ringme.pbx.drift, or set another path",
        )
    hours = age(report["run"]["finished"], now) / 3600
    if max_age is not None and hours > max_age:
        raise EnvironmentProblemError(
            f"report {path} is {hours:.0f} hours old; the limit (max_age) is {max_age:g} hours",
            hint="Run the comparison again",
        )
    return report


def _waivers(path: str | None) -> tuple[Waiver, ...]:
    if path is None:
        return ()
    shown = shown_path(path)
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise EnvironmentProblemError(
            f"cannot read the waivers file {shown}: {reason}", hint="Check the path and its permissions"
        ) from None
    waivers, findings = read_waivers(shown, text)
    if findings:
        texts = [f"{finding.text()}. {finding.hint or 'Fix it'}" for finding in findings[:_MOST_FINDINGS]]
        rest = f"; and {len(findings) - _MOST_FINDINGS} more, see findings" if len(findings) > _MOST_FINDINGS else ""
        raise InvalidFilesError(
            f"the waivers file is not valid: {'; '.join(texts)}{rest}",
            hint=f"Fix {shown}, then run again",
            facts={"findings": [finding.as_dict() for finding in findings]},
        )
    return waivers


def _refusal(judgement: Judgement, clients: Sequence[Client]) -> DriftFoundError | None:
    if not judgement.exit_code:
        return None
    if not clients:
        return DriftFoundError(
            "no client was compared, so there is no verdict", hint="Set hosts or reports to include at least one client"
        )
    if not judgement.failing:
        return DriftFoundError("the run was interrupted, so not all clients were compared", hint=_HINTS[1])
    (key, text), rest = next(iter(judgement.failing.items())), len(judgement.failing) - 1
    others = f"; and {rest} more, see failing" if rest else ""
    count = "1 client is" if not rest else f"{rest + 1} clients are"
    return DriftFoundError(f"{count} not clean: {clean(key)}: {text}{others}", hint=_HINTS[judgement.exit_code])


def _encodable(text: str) -> str:
    """Return a text without half surrogates, which UTF-8 cannot encode; names of devices and files can contain them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _write(texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        write_text(path, text)


def _facts(built: Built, files: Mapping[str, str], now: datetime) -> dict[str, Any]:
    report, judgement = built.report, built.judgement
    return {
        "verdict": report["verdict"],
        "exit_code": report["exit_code"],
        "totals": report["totals"],
        "waivers": report["waivers"],
        "failing": dict(judgement.failing),
        "files": dict(files),
        "reported_at": stamp(now),
    }


def _warnings(built: Built, parsed: DriftReportOptions) -> tuple[str, ...]:
    shown = shown_path(parsed.waivers) if parsed.waivers else ""
    return tuple(
        clean(
            f"{shown}:{waiver.line}: the waiver of {waiver.owner} ({waiver.reason}) expired on {waiver.expires}: "
            "its differences are no longer waived"
        )
        for waiver in built.waivers.expired
    )
