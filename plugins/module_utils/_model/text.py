# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for people from external data (the PBX, files, names, responses). Pure.

Errors, findings, warnings, the diff and all renderings of a report pass external texts through :func:`clean` and limit
their length.
"""

from __future__ import annotations

import unicodedata
from typing import Any

MESSAGE_LIMIT = 10_000
"""Maximum characters of a message."""
QUOTE_LIMIT = 100
"""Maximum characters of a value in a message."""
NOT_SET = "not set"
"""The text for a missing value."""
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Characters that are default ignorable in Unicode, and the blank Braille cell: they are not visible.
_INVISIBLE_RANGES = (
    *(
        range(0xFE00, 0xFE10),
        range(0x180B, 0x1810),
        range(0xE0100, 0xE01F0),
        range(0x115F, 0x1161),
        range(0x17B4, 0x17B6),
    ),
    *(range(code, code + 1) for code in (0x034F, 0x2065, 0x2800, 0x3164, 0xFFA0)),
)
_INVISIBLE = frozenset(chr(code) for codes in _INVISIBLE_RANGES for code in codes)


def clean(text: Any) -> str:
    """Return the text with control, line break, bidirectional and invisible characters escaped."""
    raw = str(text)
    # Fast path: nearly all texts are ASCII and printable, and reports are long.
    if raw.isprintable() and (raw.isascii() or _INVISIBLE.isdisjoint(raw)):
        return raw
    return "".join(_escaped(char) if _hidden(char) else char for char in raw)


def message(text: str) -> str:
    """Return a clean text of at most :data:`MESSAGE_LIMIT` characters before escaping."""
    return clean(shortened(text, MESSAGE_LIMIT))


def value_text(value: Any, missing: str = NOT_SET) -> str:
    """Return a value for a message: its ``repr``, and ``missing`` for ``None``, also in a list."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(item, missing) for item in value)}]"
    return missing if value is None else repr(value)


def quoted(value: Any) -> str:
    """Return :func:`value_text` for a message: clean, with at most :data:`QUOTE_LIMIT` characters."""
    return shortened(clean(value_text(shortened(value, QUOTE_LIMIT) if isinstance(value, str) else value)), QUOTE_LIMIT)


def shortened(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, with … at the end if it is longer."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _hidden(char: str) -> bool:
    # The last two code points of every plane are not characters, and XML does not allow them.
    return unicodedata.category(char) in _HIDDEN or char in _INVISIBLE or ord(char) & 0xFFFE == 0xFFFE


def _escaped(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
