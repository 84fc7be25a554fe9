# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token cache in a real folder: private, never trusting what others could have made, never failing a run."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.token_cache import EXPIRY_MARGIN, Token, TokenCache
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import ORIGIN, SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values

NOW = 1_800_000_000.0
TOKEN = Token("token-text", NOW + 3600)


def cache_in(folder: Path, origin: str = ORIGIN, application: str = "app", secret: str = SECRET) -> TokenCache:
    """A cache that does not exist yet."""
    return TokenCache(str(folder / "cache" / "tokens"), origin, application, secret)


def stored_in(folder: Path) -> tuple[TokenCache, Path]:
    """A cache with a token, and its file."""
    cache = cache_in(folder)
    with cache.locked() as locked:
        assert locked
        assert cache.store(TOKEN)
    (path,) = (folder / "cache" / "tokens").glob("*.json")
    assert cache.load(NOW) == TOKEN
    return cache, path


def test_what_was_stored_is_loaded(tmp_path: Path) -> None:
    _cache, _path = stored_in(tmp_path)
    assert cache_in(tmp_path).load(NOW) == TOKEN


def test_modes(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _cache, path = stored_in(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    files = list(path.parent.iterdir())
    assert len(files) == 2, "the token and its lock, nothing left over"
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_no_secret_is_in_a_name_or_in_the_file(tmp_path: Path) -> None:
    _cache, path = stored_in(tmp_path)
    assert not any(
        SECRET in file.name or "app" in file.name or TOKEN.text in file.name for file in path.parent.iterdir()
    )
    assert SECRET not in path.read_text(encoding="utf-8")
    assert TOKEN.text not in repr(TOKEN)


def test_hosts_and_applications_have_files_of_their_own(tmp_path: Path) -> None:
    stored_in(tmp_path)
    assert cache_in(tmp_path, origin="https://other.example.org").load(NOW) is None
    assert cache_in(tmp_path, application="other").load(NOW) is None
    other = cache_in(tmp_path, application="other")
    assert other.store(Token("other", NOW + 3600))
    assert cache_in(tmp_path).load(NOW) == TOKEN
    assert len(list((tmp_path / "cache" / "tokens").glob("*.json"))) == 2


def test_a_wrong_secret_does_not_profit(tmp_path: Path) -> None:
    stored_in(tmp_path)
    assert cache_in(tmp_path, secret=f"{SECRET}x").load(NOW) is None


@given(left=st.floats(-1000, 1000))
def test_margin(left: float) -> None:
    assert Token("t", NOW + left).usable(NOW) == (NOW + left - EXPIRY_MARGIN > NOW)


@pytest.mark.parametrize("life", [1.0, 10.0, 60.0, 119.0])
def test_a_short_life_is_used_at_least_by_half(tmp_path: Path, life: float) -> None:
    token = Token("short", NOW + life, life)
    cache = cache_in(tmp_path)
    with cache.locked():
        assert cache.store(token)
    for share, good in ((0.0, True), (0.49, True), (0.51, False)):
        assert token.usable(NOW + share * life) is good
        assert (cache.load(NOW + share * life) == token) is good


@pytest.mark.parametrize(("now", "good"), [(NOW, True), (NOW + 3539, True), (NOW + 3541, False), (NOW + 9999, False)])
def test_a_token_near_its_end_is_not_handed_out(tmp_path: Path, now: float, good: bool) -> None:
    cache, _path = stored_in(tmp_path)
    assert (cache.load(now) is not None) == good


def _symlink(path: Path) -> None:
    target = path.with_suffix(".real")
    path.rename(target)
    path.symlink_to(target)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


SPOILED: dict[str, Callable[[Path], Any]] = {
    "readable by the group": lambda path: path.chmod(0o640),
    "readable by all": lambda path: path.chmod(0o604),
    "writable by the group": lambda path: path.chmod(0o620),
    "link": _symlink,
    "pipe": _pipe,
    "folder": _folder,
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "nested without end": lambda path: path.write_bytes(b"[" * 200_000),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_file_that_cannot_be_trusted_is_ignored(tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    cache, path = stored_in(tmp_path)
    spoil(path)
    assert cache.load(NOW) is None


def test_a_file_of_another_user_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, _path = stored_in(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert cache.load(NOW) is None
    with cache.locked() as locked:
        assert not locked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", 2), ("format", None), ("proof", "00"), ("proof", "é"), ("proof", None), ("proof", 7),
        ("salt", "xyz"), ("salt", 7),
        ("salt", ""), ("access_token", "a\nb"), ("access_token", 7), ("access_token", "é"),
        ("expires_at", "soon"), ("expires_at", None),
        ("expires_at", []), ("expires_at", 10**400), ("expires_at", float("nan")),
    ],
)  # fmt: skip
def test_altered_entries(tmp_path: Path, name: str, value: Any) -> None:
    cache, path = stored_in(tmp_path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    for entry in ({**stored, name: value}, {key: item for key, item in stored.items() if key != name}):
        path.write_text(json.dumps(entry), encoding="utf-8")
        assert cache.load(NOW) is None


@given(content=json_values())
def test_any_json_is_no_token(tmp_path: Path, content: Any) -> None:
    folder = tmp_path / "any"
    cache = TokenCache(str(folder), ORIGIN, "app", SECRET)
    with cache.locked():
        assert cache.store(TOKEN)
    (path,) = folder.glob("*.json")
    path.write_text(json.dumps(content), encoding="utf-8")
    assert cache.load(NOW) is None
    path.unlink()


class TestUnusableFolder:
    """Without a usable folder every process gets its own token; nothing fails."""

    @pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
    def test_open_to_others(self, tmp_path: Path, mode: int) -> None:
        cache = cache_in(tmp_path)
        folder = Path(cache.folder)
        folder.mkdir(parents=True)
        folder.chmod(mode)
        with cache.locked() as locked:
            assert not locked
        assert not list(folder.iterdir())

    def test_link(self, tmp_path: Path) -> None:
        cache = cache_in(tmp_path)
        real = tmp_path / "real"
        real.mkdir(mode=0o700)
        Path(cache.folder).parent.mkdir(parents=True)
        Path(cache.folder).symlink_to(real)
        with cache.locked() as locked:
            assert not locked

    def test_a_file_in_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("", encoding="utf-8")
        cache = cache_in(tmp_path)
        with cache.locked() as locked:
            assert not locked
        assert not cache.store(TOKEN)
        assert cache.load(NOW) is None

    def test_a_linked_lock(self, tmp_path: Path) -> None:
        cache, path = stored_in(tmp_path)
        lock = Path(f"{path}.lock")
        lock.unlink()
        lock.symlink_to(tmp_path / "elsewhere")
        with cache.locked() as locked:
            assert not locked
        assert not (tmp_path / "elsewhere").exists()

    def test_no_room(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache, path = stored_in(tmp_path)

        def full(*_args: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        assert not cache.store(Token("new", NOW + 3600))
        assert "is not usable (No space left on device)" in cache.problem
        assert cache.load(NOW) == TOKEN
        assert not list(path.parent.glob(".new-*")), "nothing half-written stays"

    def test_no_room_and_no_tidying_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache, _path = stored_in(tmp_path)

        def broken(*_args: Any) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "replace", broken)
        monkeypatch.setattr(os, "unlink", broken)
        assert not cache.store(Token("new", NOW + 3600))

    def test_a_home_that_cannot_be_written(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def denied(*_args: Any, **_options: Any) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(os, "makedirs", denied)
        with cache_in(tmp_path).locked() as locked:
            assert not locked


class TestLock:
    """One at a time, and not for ever."""

    def test_patience_ends(self, tmp_path: Path) -> None:
        cache, path = stored_in(tmp_path)
        slept: list[float] = []
        with open(f"{path}.lock", "rb+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with cache.locked(patience=1.0, sleep=slept.append) as locked:
                assert locked
            assert cache.problem == "was locked by another process for more than 1 s; the lock was replaced"
            assert 1.0 <= sum(slept) <= 1.2
            assert max(slept) <= 0.1
            del slept[:]
            for _task in range(3):
                with cache_in(tmp_path).locked(sleep=slept.append) as locked:
                    assert locked
            assert not slept, "a stopped process delays one task, and not each"

    def test_a_lock_that_another_task_replaced_is_not_replaced_again(self, tmp_path: Path) -> None:
        cache, path = stored_in(tmp_path)
        with open(f"{path}.lock", "rb+") as stopped, contextlib.ExitStack() as stack:
            fcntl.flock(stopped, fcntl.LOCK_EX)

            def replaced(_pause: float) -> None:
                if not stack.enter_context(cache_in(tmp_path).locked(patience=0)):
                    raise AssertionError

            calls = iter([replaced])

            def wait(seconds: float) -> None:
                next(calls, lambda _pause: None)(seconds)

            with cache.locked(patience=0.001, sleep=wait) as locked:
                assert not locked
            assert "was locked by another process" in cache.problem

    def test_it_is_given_back(self, tmp_path: Path) -> None:
        cache, _path = stored_in(tmp_path)
        for _number in range(3):
            with contextlib.suppress(ZeroDivisionError), cache.locked(patience=0) as locked:
                assert locked
                raise ZeroDivisionError

    def test_it_is_had_as_soon_as_it_is_free(self, tmp_path: Path) -> None:
        cache, path = stored_in(tmp_path)
        with open(f"{path}.lock", "rb+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with cache.locked(sleep=lambda _pause: fcntl.flock(held, fcntl.LOCK_UN)) as locked:
                assert locked

    def test_a_file_system_without_locks_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache, _path = stored_in(tmp_path)

        def none(*_args: Any) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(fcntl, "flock", none)
        slept: list[float] = []
        with cache.locked(sleep=slept.append) as locked:
            assert not locked
        assert not slept
