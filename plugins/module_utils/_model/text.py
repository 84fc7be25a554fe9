# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from outside (the PBX, files, names, answers), made fit for people. Pure.

Every such text goes through :func:`clean` before a person sees it, and what quotes one bounds it: errors and findings do so
when they are made, and so do warnings, the diff, and all renderings of a report.
"""

from __future__ import annotations

import unicodedata
from typing import Any

MOST = 10_000
"""Characters of a message, whatever it quotes."""
QUOTED = 100
"""Characters of a value that a message quotes."""
NOT_SET = "not set"
"""How a value that is missing reads."""
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# What Unicode calls default ignorable, and the blank Braille cell: letters and marks that nothing is drawn for.
_UNDRAWN = (
    *(
        range(0xFE00, 0xFE10),
        range(0x180B, 0x1810),
        range(0xE0100, 0xE01F0),
        range(0x115F, 0x1161),
        range(0x17B4, 0x17B6),
    ),
    *(range(code, code + 1) for code in (0x034F, 0x2065, 0x2800, 0x3164, 0xFFA0)),
)
_UNDRAWN_CHARS = frozenset(chr(code) for codes in _UNDRAWN for code in codes)


def clean(text: Any) -> str:
    """Return a text in which every control character, line break, bidirectional override and hidden character can be seen."""
    told = str(text)
    # Nearly every text is ASCII and printable, and reports are long.
    if told.isprintable() and (told.isascii() or _UNDRAWN_CHARS.isdisjoint(told)):
        return told
    return "".join(_seen(char) if _hidden(char) else char for char in told)


def message(text: str) -> str:
    """Return a clean text of at most :data:`MOST` characters."""
    return clean(shortened(text, MOST))


def quoted(value: Any) -> str:
    """Return a value as a message quotes it: as Python writes it, clean, at most :data:`QUOTED` characters."""
    return shortened(clean(repr(shortened(value, QUOTED) if isinstance(value, str) else value)), QUOTED)


def value_text(value: Any, missing: str = NOT_SET) -> str:
    """Return a value as a message shows it: as Python writes it, and ``missing`` for ``None``, also in a list."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(item, missing) for item in value)}]"
    return missing if value is None else repr(value)


def shortened(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, with … where something is missing."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _hidden(char: str) -> bool:
    # The last two of every plane are no characters, and XML has no place for them.
    return unicodedata.category(char) in _HIDDEN or char in _UNDRAWN_CHARS or ord(char) & 0xFFFE == 0xFFFE


def _seen(char: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
