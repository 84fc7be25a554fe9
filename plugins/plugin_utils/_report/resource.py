# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module drift_report: one report of what a run has seen, in up to six renderings, and the verdict on it."""

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
from ansible_collections.ringme.pbx.plugins.module_utils._optional import JINJA2
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_text

from .build import Built, Told, build
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
from .verdict import NEVER, FailOn, Judgement
from .waivers import Waiver, read_waivers

_MOST_FINDINGS = 10
TABLE, PROGRESS, NONE = "table", "progress", "none"
ROLE_RESULTS: Mapping[str, str] = {
    "client_settings_result": "client_settings",
    "client_bundles_result": "client_bundles",
    "client_registrations_result": "client_registrations",
}
"""What the role client registers, and the module that returned it."""

RENDERINGS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "markdown": markdown,
    "html": html,
    "junit": junit,
    "sarif": sarif_log,
    "prometheus": prometheus,
    "json": json_text,
}
"""In the order in which they are written: the JSON, on which the next report rests, when everything else is there."""


_HINTS = {
    1: "Mend what kept clients from being compared, and compare them again",
    2: "Apply the files, or export the live state into them, or waive the difference",
    3: "Mend the files, or let the plan through in so many words",
}


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@dataclass(frozen=True)
class DriftReportOptions:
    """The options, checked: paths by rendering, and what the report is judged by."""

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
    """Reads what earlier runs have left, builds the report of ``hosts``, and writes it.

    ``limited`` is whether the run was to look at some clients only, so that the others stay as the previous report has them.
    ``expected`` is how many clients the run is about; with fewer, it is not at its end. ``truncated`` is whether it has ended before
    its end, ``dry`` whether nothing will be written, so that no file is told of. ``clock`` returns the time.
    """

    name = "drift_report"
    libraries = (JINJA2,)
    arguments = {
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
        self._told: list[str] = []

    def parse(self, options: Options) -> DriftReportOptions:
        """Check the options."""
        paths = {name: options[name] for name in RENDERINGS if options.get(name)}
        ledger = options.get("ledger")
        waivers = options.get("waivers")
        _check_paths({**paths, **({"ledger": ledger} if ledger else {}), **({"waivers": waivers} if waivers else {})})
        _check_results(options["results"])
        previous = options.get("previous") or paths.get("json")
        given = options.get("fail_on") or {}
        share = _share(given.get("not_checked", "0"))
        fail_on = FailOn(given.get("severity", SEVERITIES[-1]), share, given.get("pending", True))
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

    def prepare(self, wanted: DriftReportOptions) -> Work:
        """Read the files, build the report, and see that it can be written."""
        now = self._clock()
        waivers = _waivers(wanted.waivers)
        told = Told(
            wanted.mode,
            f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
            wanted.started or now,
            now,
            [_report(path, wanted.max_age, now) for path in wanted.reports],
            read_report(wanted.previous) if wanted.previous else None,
            read_ledger(wanted.ledger) if wanted.ledger else empty(),
            waivers,
            wanted.fail_on,
            self._truncated,
            self._expected,
            self._limited,
            Lines(),
        )
        built = build(self._hosts, told)
        texts = {path: _sound(RENDERINGS[name](built.report)) for name, path in wanted.paths.items()}
        if wanted.ledger:
            texts[wanted.ledger] = _sound(json_text(built.ledger))
        for path in texts:
            check_writable(path)
        files = {**wanted.paths, **({"ledger": wanted.ledger} if wanted.ledger else {})}
        self._told = self._lines(wanted.console, built.report, [shown_path(path) for path in files.values()])
        changed = any(text_of(path) != text for path, text in texts.items())
        refusal = _refusal(built.judgement, built.report["clients"]) if wanted.fail else None
        return Work(_facts(built, files, now), changed, lambda: _write(texts), refusal, _warnings(built, wanted))

    def _lines(self, form: str, report: Mapping[str, Any], files: Sequence[str]) -> list[str]:
        if form == NONE or not report["clients"]:
            return []
        return progress(report, self._expected) if form == PROGRESS else console(report, () if self._dry else files)

    def lines(self, result: Mapping[str, Any]) -> list[str]:
        """The table for people."""
        return self._told


def _check_paths(paths: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, path in paths.items():
        real = os.path.realpath(path)
        if real in seen:
            raise OptionError(name, f"is the same file as {seen[real]}", hint="Give each a file of its own")
        seen[real] = name


def _check_results(given: Mapping[str, Any]) -> None:
    for variable, module in given.items():
        if str(module).rsplit(".", 1)[-1] not in RESOURCES:
            raise OptionError(
                "results",
                f"{variable}: {module!r} is no module whose results make a report",
                hint=f"Known are {', '.join(RESOURCES)}",
            )


def _share(text: str) -> float:
    """Return a share given as ``0.05`` or ``5%``."""
    try:
        share = float(text.rstrip("% ")) / 100 if text.strip().endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OptionError("fail_on.not_checked", f"{text!r} is no share", hint="Give it as 0.05 or 5%")
    return share


def _started(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return parsed(text)
    except ValueError:
        raise OptionError("started", f"{text!r} is no time", hint="Give it in UTC as 2026-11-25T07:00:00Z") from None


def _report(path: str, max_age: float | None, now: datetime) -> dict[str, Any]:
    report = read_report(path)
    if report is None:
        raise EnvironmentProblemError(
            f"no report at {shown_path(path)}: run drift first",
            hint="Run ansible-playbook ringme.pbx.drift, or name another report",
        )
    hours = age(report["run"]["finished"], now) / 3600
    if max_age is not None and hours > max_age:
        raise EnvironmentProblemError(
            f"the report {path} is {hours:.0f} hours old, and {max_age:g} are allowed", hint="Run the comparison again"
        )
    return report


def _waivers(path: str | None) -> tuple[Waiver, ...]:
    if path is None:
        return ()
    shown = shown_path(path)
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise EnvironmentProblemError(
            f"the waivers {shown} cannot be read: {reason}", hint="Check the path and its rights"
        ) from None
    waivers, findings = read_waivers(shown, text)
    if findings:
        told = [f"{finding.told()}. {finding.hint or 'Fix it'}" for finding in findings[:_MOST_FINDINGS]]
        rest = (
            f"; and {len(findings) - _MOST_FINDINGS} more, each in findings" if len(findings) > _MOST_FINDINGS else ""
        )
        raise InvalidFilesError(
            f"the waivers cannot be used: {'; '.join(told)}{rest}",
            hint=f"Fix {shown} and run again",
            facts={"findings": [finding.as_dict() for finding in findings]},
        )
    return waivers


def _refusal(judgement: Judgement, clients: Sequence[Any]) -> DriftFoundError | None:
    if not judgement.exit_code:
        return None
    if not clients:
        return DriftFoundError(
            "no client was compared, so nothing can be judged", hint="Name hosts or reports that have clients"
        )
    if not judgement.failing:
        return DriftFoundError("the run ended before its end, so not every client was compared", hint=_HINTS[1])
    (key, text), rest = next(iter(judgement.failing.items())), len(judgement.failing) - 1
    others = f"; and {rest} more, all in failing" if rest else ""
    count = "1 client is" if not rest else f"{rest + 1} clients are"
    return DriftFoundError(f"{count} not clean: {clean(key)}: {text}{others}", hint=_HINTS[judgement.exit_code])


def _sound(text: str) -> str:
    """Return a text that a file can hold: devices and file names may bring half signs, which are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _write(texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        write_text(path, text)


def _facts(built: Built, files: Mapping[str, str], now: datetime) -> dict[str, Any]:
    report, judgement = built.report, built.judgement
    facts = {name: report[name] for name in ("verdict", "exit_code", "totals", "waivers")}
    return {**facts, "failing": dict(judgement.failing), "files": dict(files), "reported_at": stamp(now)}


def _warnings(built: Built, wanted: DriftReportOptions) -> tuple[str, ...]:
    shown = shown_path(wanted.waivers) if wanted.waivers else ""
    return tuple(
        clean(
            f"{shown}:{waiver.line}: the waiver of {waiver.owner} ({waiver.reason}) ended on {waiver.expires}: what it covered counts again"
        )
        for waiver in built.waivers.expired
    )
