# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one HTML page. Reads the template, the style and the script in html_page."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import missing_text
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._optional import jinja2

from ..schema import CAUSES, SEVERITIES, STATUSES
from ..timestamps import parsed_or_none
from ..types import Report
from .html_view import CAUSE_WORDS, MARK_WORDS, MARKS, STATUS_MARKS, WORDS, view
from .text import age, number, percent

_PAGE = os.path.join(os.path.dirname(__file__), "html_page")
_DAY = 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Longer values are folded, in characters.
_LONG = 240
_HEADER = re.compile(r"\A/\*.*?\*/\s*", re.DOTALL)


def html(report: Report) -> str:
    """Return the report as one self-contained HTML page, which needs neither network nor other files.

    No text of the report becomes markup, script or style; control characters are shown as escapes. The same report
    gives the same page. All times are UTC.
    """
    style, script = _part("report.css"), _part("report.js")
    return _template().render(
        report=report,
        totals=report["totals"],
        style=style,
        script=script,
        policy=_policy(style, script),
        marks=MARKS,
        mark_words=MARK_WORDS,
        status_marks=STATUS_MARKS,
        statuses=STATUSES,
        causes=CAUSES,
        cause_words=CAUSE_WORDS,
        severities=SEVERITIES,
        long=_LONG,
        **view(report),
    )


@functools.lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    """Return the template, compiled once: that takes longer than rendering a small report."""
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
        missing=lambda field: missing_text(field or ""),
        word=_word,
        days=lambda seconds: int(seconds) // _DAY,
    )
    return environment.get_template("report.html.j2")


def _part(name: str) -> str:
    """Return a file of the page without its licence header."""
    with open(os.path.join(_PAGE, name), encoding="utf-8") as file:
        return _HEADER.sub("", file.read(), count=1)


def _policy(style: str, script: str) -> str:
    """Return the content security policy that allows only this style and this script."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _visible(value: Any) -> Any:
    """Return a text with hidden characters as escapes; other values, and markup, unchanged."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return _escaped(value)


# The same few names occur again and again.
_escaped = functools.lru_cache(maxsize=4096)(clean)


def _word(name: str) -> str:
    return WORDS.get(name, name)


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _day(text: str) -> str:
    time = parsed_or_none(text)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}" if time else text


def _moment(text: str) -> str:
    time = parsed_or_none(text)
    return f"{_day(text)}, {time.hour:02d}:{time.minute:02d} UTC" if time else text
