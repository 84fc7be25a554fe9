# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CONTRIBUTING.md shows the layers that the architecture test enforces, and names files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architecture import INTERNAL, PLACES
from repository import PLUGINS, ROOT, read

TEXT = read("CONTRIBUTING.md")
_PATH = re.compile(r"[\w./-]*/[\w./-]*|[\w-]+\.(?:py|md|yml|txt)")


def _drawing() -> str:
    found = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def _rows() -> list[tuple[str, str]]:
    """The table "you want to change": what, and where."""
    table = TEXT.split("| you want to change | open |\n| --- | --- |\n")[1].split("\n\n")[0]
    return [(cells[1].strip(), cells[2].strip()) for cells in (line.split("|") for line in table.splitlines())]


def _quoted_paths(text: str) -> Iterator[str]:
    """The paths in the code spans of a text."""
    yield from (span for span in re.findall(r"`([^`\n]+)`", text) if _PATH.fullmatch(span))


def test_the_drawing_has_the_layers_in_their_order() -> None:
    drawn = [word for word in re.findall(r"(?<![\w./])[a-z_]+(?![\w./])", _drawing()) if word in INTERNAL]
    # INTERNAL begins with the lowest layer, the drawing with the highest.
    assert drawn == list(reversed(INTERNAL))


def test_the_drawing_names_the_places_of_the_layers() -> None:
    named = {place for line in _drawing().splitlines() for place in re.findall(r"(?<!\S)_[\w/]+(?:\.py)?", line)}
    assert named
    places = {place.partition("/")[2] or place for place in PLACES}
    for name in named:
        assert name.removesuffix(".py").rstrip("/") in places or list(PLUGINS.glob(f"*/{name}")), name


def test_every_layer_imports_from_below() -> None:
    order = list(INTERNAL)
    for layer, imported in INTERNAL.items():
        assert all(order.index(name) < order.index(layer) for name in imported), layer


def test_the_table_answers_the_usual_questions() -> None:
    rows = _rows()
    assert len(rows) >= 20
    assert len({what for what, _where in rows}) == len(rows)
    assert not [what for what, where in rows if not list(_quoted_paths(where))]


def test_every_named_path_exists() -> None:
    paths = set(_quoted_paths(TEXT)) | set(re.findall(r"\]\(([\w./-]+)\)", TEXT))
    assert len(paths) > 30
    # The caches are made when a command needs them; the API reference is kept with the design.
    elsewhere = {"api/reference.md", ".cache/logs"}
    assert not sorted(path for path in paths - elsewhere if not (ROOT / path).exists())
