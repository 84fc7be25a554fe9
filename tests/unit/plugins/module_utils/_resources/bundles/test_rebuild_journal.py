# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old members on disk while a bundle is rebuilt: what is written, what is believed, and who may read it."""

from __future__ import annotations

import errno
import fcntl
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Names
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.rebuild_journal import (
    Rebuild,
    Rebuilds,
    warn_unfinished,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import ORIGIN, run_of

SHRINK = Rebuild(1, (2, 3), (2,))


def at(folder: Path, origin: str = ORIGIN) -> Rebuilds:
    """The files in a folder that need not exist."""
    return Rebuilds(str(folder / "tokens"), origin)


def files(folder: Path) -> list[Path]:
    """All files in it."""
    return sorted((folder / "tokens").iterdir())


@pytest.mark.parametrize(
    ("live", "settled", "overtaken", "kept"),
    [
        ((2, 3), True, False, (2, 3)),
        ((2,), True, False, (2,)),
        ((), False, False, (2, 3)),
        ((3,), False, False, (2, 3)),
        ((2, 9), False, True, (2, 9)),
    ],
)
def test_what_counts(live: tuple[int, ...], settled: bool, overtaken: bool, kept: tuple[int, ...]) -> None:
    assert (SHRINK.settled(live), SHRINK.overtaken(live), SHRINK.kept(live)) == (settled, overtaken, kept)


@pytest.mark.parametrize(
    ("live", "text"),
    [
        ((), "This run continues from its old members 2, 3"),
        ((9,), "another run or person has changed it since"),
        ((2,), None),
    ],
)
def test_the_warning(live: tuple[int, ...], text: str | None) -> None:
    run = run_of()
    warn_unfinished(run, SHRINK, live, Names())
    assert [text in warning for warning in run.warnings if text] == ([True] if text else [])
    assert bool(run.warnings) == bool(text)


def test_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    first = at(tmp_path)
    assert first.find(1) is None and first.among([1, 2]) == {}
    assert first.keep(run_of(), SHRINK) and first.holds(1)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "format": 1, "origin": ORIGIN, "extension_id": 1, "old": [2, 3], "target": [2],
    }  # fmt: skip
    assert not first.keep(run_of(), SHRINK)
    first.release(1)
    later = at(tmp_path)
    assert later.find(1) == SHRINK and later.among([1, 2]) == {1: SHRINK}
    assert at(tmp_path, "https://other.example.org").among([1, 2]) == {}
    later.forget(1)
    assert later.find(1) is None and not files(tmp_path)


def test_another_process_that_is_at_it_is_not_disturbed(tmp_path: Path) -> None:
    first, other = at(tmp_path), at(tmp_path)
    first.keep(run_of(), SHRINK)
    for look in (lambda: other.find(1), lambda: other.among([1]), lambda: other.keep(run_of(), SHRINK)):
        with pytest.raises(ConflictError, match="another run is writing the bundle"):
            look()
    assert first.find(1) == SHRINK


def test_older_members_that_count_are_not_replaced(tmp_path: Path) -> None:
    first = at(tmp_path)
    first.keep(run_of(), SHRINK)
    first.release(1)
    assert not at(tmp_path).keep(run_of(), Rebuild(1, (), (2, 4)))
    assert at(tmp_path).find(1) == SHRINK
    assert at(tmp_path).keep(run_of(), Rebuild(1, (2,), (4,)))  # that one had ended well


def test_without_a_folder_nothing_is_kept() -> None:
    none = Rebuilds(None, ORIGIN)
    assert not none.keep(run_of(), SHRINK) and none.find(1) is None and none.among([1, 2]) == {}
    none.forget(1)


def test_a_bundle_of_another_client_that_is_being_written_is_no_concern(tmp_path: Path) -> None:
    writing, other = at(tmp_path), at(tmp_path)
    writing.keep(run_of(), SHRINK)
    assert other.among([2, 3]) == {}
    with pytest.raises(ConflictError, match="another run is writing the bundle of the extension with id 1"):
        other.among([1, 2])


def test_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir(mode=0o755)
    run = run_of()
    assert not at(tmp_path).keep(run, SHRINK) and not files(tmp_path)
    assert "Set token_cache to a folder of your own with mode 0700" in run.warnings[0]


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    run = run_of()
    assert not at(tmp_path).keep(run, SHRINK) and not files(tmp_path)
    assert "No space left" in run.warnings[0]


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_args: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert at(tmp_path).keep(run_of(), SHRINK)
    assert at(tmp_path).find(1) == SHRINK


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"format": 2}', '{"format": 1, "origin": "x"}', "\xff", f'{{"format": 1, "origin": "{ORIGIN}"}}',
     f'{{"format": 1, "origin": "{ORIGIN}", "extension_id": 1, "old": ["x"], "target": []}}'],
)  # fmt: skip
def test_what_does_not_parse_is_passed_over(tmp_path: Path, text: str) -> None:
    kept = at(tmp_path)
    kept.keep(run_of(), SHRINK)
    (file,) = files(tmp_path)
    file.write_bytes(text.encode("latin-1"))
    assert kept.find(1) is None and kept.among([1, 2]) == {}


def test_a_file_that_others_can_read_is_passed_over(tmp_path: Path) -> None:
    kept = at(tmp_path)
    kept.keep(run_of(), SHRINK)
    files(tmp_path)[0].chmod(0o644)
    assert kept.find(1) is None
