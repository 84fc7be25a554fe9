# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one page for people. Reads the template, the style and the script beside it, and nothing else.

Works at the controller only: what Ansible carries to another machine to run there are Python files, without the template.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._optional import jinja2

from ..schema import CAUSES, SEVERITIES, STATUSES
from .html_view import STATUS_MARKS, read, view
from .text import age, number, percent

_PAGE = os.path.join(os.path.dirname(__file__), "html_page")
_DAY = 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A value of more characters than this is folded.
_LONG = 240


_HEADER = re.compile(r"\A/\*.*?\*/\s*", re.DOTALL)

_MARKS: Mapping[str, str] = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "policy": "!",
    "side_effect": "»",
    "not_checked": "?",
    "waived": "=",
}
_MARK_WORDS: Mapping[str, str] = {
    "create": "create: it is missing at the PBX",
    "update": "change: its value at the PBX is another one",
    "delete": "remove: it should not be at the PBX",
    "policy": "policy: a finding about what is there",
    "side_effect": "side effect: another change brings it about",
    "not_checked": "not checked: nobody knows",
    "waived": "waived: somebody has said that it may stay for now",
}
_WORDS: Mapping[str, str] = {
    "out_of_band": "out of band",
    "side_effect": "side effect",
    "not_checked": "not checked",
    "not_applied": "not applied",
    "not_reached": "not reached",
}
_CAUSE_WORDS: Mapping[str, str] = {
    "out_of_band": "the PBX differs from what was last applied",
    "pending": "the file has changed since it was last applied",
    "conflict": "both the PBX and the file have changed",
    "side_effect": "another change brings it about",
    "unknown": "nothing is known of an earlier state",
    "finding": "a policy does not like what is there",
}


def html(report: Mapping[str, Any]) -> str:
    """Return the report as one page of HTML that needs nothing beside it: no network, no other file.

    The report has to have the shape that ``shape.REPORT`` describes, and Jinja2 has to be there (see ``jinja.JINJA2``). Nothing
    of the report becomes markup, script or style, whatever it holds; control characters are shown as escapes. The same report
    gives the same page. All times are UTC, as in the report.
    """
    style, script = _part("report.css"), _part("report.js")
    return _template().render(
        report=report,
        totals=report["totals"],
        style=style,
        script=script,
        policy=_policy(style, script),
        marks=_MARKS,
        mark_words=_MARK_WORDS,
        status_marks=STATUS_MARKS,
        statuses=STATUSES,
        causes=CAUSES,
        cause_words=_CAUSE_WORDS,
        severities=SEVERITIES,
        long=_LONG,
        **view(report),
    )


@functools.lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    """Return the template; compiling it takes longer than rendering a small report."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        age=age,
        percent=percent,
        moment=_moment,
        day=_day,
        value=_value,
        word=_word,
        days=lambda seconds: int(seconds) // _DAY,
    )
    return environment.get_template("report.html.j2")


def _part(name: str) -> str:
    """Return a file of the page without the licence that it begins with."""
    with open(os.path.join(_PAGE, name), encoding="utf-8") as file:
        return _HEADER.sub("", file.read(), count=1)


def _policy(style: str, script: str) -> str:
    """Return the policy that allows this style and this script and nothing else."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _visible(value: Any) -> Any:
    """Return a text whose unseen characters are shown as escapes, and anything else, markup too, as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return _escaped(value)


# The same names come again and again.
_escaped = functools.lru_cache(maxsize=4096)(clean)


def _word(name: str) -> str:
    return _WORDS.get(name, name)


def _value(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _day(text: str) -> str:
    time = read(text)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}" if time else text


def _moment(text: str) -> str:
    time = read(text)
    return f"{_day(text)}, {time.hour:02d}:{time.minute:02d} UTC" if time else text
