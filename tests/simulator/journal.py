# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: requests, responses, and whether a request changed anything."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, overload

from simulator.wire import API, TOKEN_PATH, Call

MASK = "***"
OPEN_FORM_NAMES = frozenset({"grant_type", "client_id", "scope", "username"})
SECRET_NAMES = frozenset({"client_secret", "password", "refresh_token", "access_token", "conference_pin"})


def masked(value: Any) -> Any:
    """*value* with every secret replaced, at any depth."""
    if isinstance(value, dict):
        return {key: MASK if key in SECRET_NAMES and item is not None else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


@lru_cache(maxsize=256)
def fingerprint(authorization: str) -> str:
    """The Authorization header with the token replaced by a short hash: tokens can be distinguished, not used."""
    kind, _blank, token = authorization.partition(" ")
    return f"{kind} sha256:{hashlib.sha256(token.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"


@dataclass(slots=True)
class Entry:
    """One request. ``status`` is None while it is being served and when it was cut off without a response.

    ``index`` counts in the order of application: a request that a fault held up gets a new one when it goes on.
    ``applied`` says whether the state changed, whatever the client got to see. ``crash`` holds a traceback of the
    simulator itself; it never should.
    """

    index: int
    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any
    headers: dict[str, str]
    status: int | None = None
    applied: bool = False
    fault: str | None = None
    contract_errors: list[str] = field(default_factory=list)
    response_errors: list[str] = field(default_factory=list)
    crash: str | None = None

    @property
    def is_api(self) -> bool:
        """Whether this is a REST request; the token endpoint is none."""
        return self.path.startswith(API + "/")

    @property
    def is_write(self) -> bool:
        """Whether this request asks for a change."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and self.path != TOKEN_PATH

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return asdict(self)


class Journal(Sequence[Entry]):
    """The last requests, oldest first; a list to read from, safe across threads."""

    def __init__(self, size: int = 10000) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=size)
        self._count = 0

    def begin(self, call: Call) -> Entry:
        """Open the entry of a request."""
        headers = dict(call.headers)
        if "Authorization" in headers:
            headers["Authorization"] = fingerprint(headers["Authorization"])
        query = [(name, _form_value(call, name, value)) for name, value in call.query]
        with self._lock:
            self._count += 1
            entry = Entry(self._count, call.method, call.path, query, _body(call), headers)
            self._entries.append(entry)
        return entry

    def postpone(self, entry: Entry) -> None:
        """Put an entry behind those that came while it waited: the journal's order is that of application."""
        with self._lock:
            if self._entries and self._entries[-1] is entry:
                return
            waiting = len(self._entries)
            self._entries = deque((one for one in self._entries if one is not entry), self._entries.maxlen)
            if len(self._entries) < waiting:  # else it was forgotten meanwhile
                self._count += 1
                entry.index = self._count
                self._entries.append(entry)

    def resize(self, size: int) -> None:
        """Keep *size* requests from now on."""
        if size != self._entries.maxlen:
            with self._lock:
                self._entries = deque(self._entries, maxlen=size)

    def clear(self) -> None:
        """Forget all; counting starts at 1 again."""
        with self._lock:
            self._entries.clear()
            self._count = 0

    def select(self, method: str | None = None, path_regex: str | None = None, api_only: bool = True) -> list[Entry]:
        """The entries of that method whose path matches somewhere; ``api_only`` leaves out the token endpoint."""
        return [
            entry
            for entry in self
            if (method is None or entry.method == method.upper())
            and (path_regex is None or re.search(path_regex, entry.path))
            and (entry.is_api or not api_only)
        ]

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        with self._lock:
            return list(self._entries)[index]

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))

    def __repr__(self) -> str:
        return (
            "\n".join(f"{entry.index} {entry.method} {entry.path} -> {entry.status}" for entry in self)
            or "(no requests)"
        )


def _form_value(call: Call, name: str, value: str) -> str:
    """A query or form parameter; at the token endpoint everything is secret that is not known to be harmless."""
    if call.path == TOKEN_PATH:
        return value if name in OPEN_FORM_NAMES else MASK
    return MASK if name in SECRET_NAMES else value


def _body(call: Call) -> Mapping[str, Any] | Any:
    """The body as data where it can be read, as text where not, None where there is none."""
    if not call.raw:
        return None
    if call.path == TOKEN_PATH:
        return {name: _form_value(call, name, value) for name, value in call.form().items()}
    try:
        return masked(call.json())
    except Exception:  # pylint: disable=broad-except
        return call.raw[:2000].decode("utf-8", "replace")
