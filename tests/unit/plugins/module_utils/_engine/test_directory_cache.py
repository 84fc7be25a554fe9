# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All extensions of a client: read once, shared with later runs, and read again when they are outdated."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import Cache, CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ForbiddenError, NotFoundError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, Script, api_of, get, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension

PHONES = "/client/@me/extension/"


def page(number: int, *found: dict[str, Any]) -> Exchange:
    """One page of the list."""
    return get(PHONES, list(found), query=[("page", str(number)), ("per_page", "100")])


def retries(api: CachedApi) -> bool:
    """Whether work that ends with a NotFoundError is done a second time."""
    attempts: list[int] = []

    def work() -> None:
        attempts.append(1)
        raise NotFoundError("no extension")

    with pytest.raises(NotFoundError):
        api.retry_if_stale(work)
    return len(attempts) > 1


class TestDirectory:
    """All extensions of a client, read once."""

    LIST = (page(1, wire_extension(2, "0*102"), wire_extension(1, "0*101")), page(2))

    def test_once_per_run(self) -> None:
        api, script = api_of(*self.LIST)
        assert not api.is_current("@me")
        found = api.directory("@me")
        assert [item.id for item in found.extensions] == [1, 2]
        assert api.directory("@me") is api.directory("@me", current=True) is found
        assert api.is_current("@me")
        assert not api.is_current(801)
        assert not retries(api)
        assert api.directory("@me") is found
        assert not script.rest

    def test_of_an_earlier_run(self) -> None:
        script, cache = Script(*self.LIST, *self.LIST), Cache()
        first = CachedApi(script, run_of(), cache).directory("@me")
        later = CachedApi(script, run_of(), cache)
        assert not retries(later)  # it has not been used yet
        assert later.directory("@me") is first
        assert not later.is_current("@me")
        assert retries(later)
        assert not retries(later)
        assert later.directory("@me") is not first
        assert later.is_current("@me")
        assert not retries(later)
        assert not script.rest
        assert CachedApi(script, run_of(), cache).directory("@me") is later.directory("@me")

    def test_only_a_used_one_is_forgotten(self) -> None:
        script = Script(*self.LIST, get("/client/7/extension/", [], query=[("page", "1"), ("per_page", "100")]))
        cache = Cache()
        first = CachedApi(script, run_of(), cache)
        first.directory("@me")
        first.directory(7)
        later = CachedApi(script, run_of(), cache)
        later.directory(7)
        assert retries(later)
        assert cache.directories.keys() == {"@me"}

    def test_no_retry_after_a_write(self) -> None:
        script, cache = Script(*self.LIST), Cache()
        CachedApi(script, run_of(), cache).directory("@me")
        later = CachedApi(script, run_of(), cache)
        later.directory("@me")
        later.run.note_write()
        assert not retries(later)

    def test_current(self) -> None:
        script, cache = Script(*self.LIST, *self.LIST), Cache()
        first = CachedApi(script, run_of(), cache).directory("@me")
        later = CachedApi(script, run_of(), cache)
        assert later.directory("@me", current=True) is not first
        assert later.is_current("@me")
        assert not retries(later)
        assert not script.rest

    def test_an_extension_out_of_a_current_one(self) -> None:
        script, cache = Script(*self.LIST, get(f"{PHONES}1", wire_extension(1, "0*101"))), Cache()
        first = CachedApi(script, run_of(), cache)
        first.directory("@me")
        assert first.current_extension("@me", 1).number == "101"
        later = CachedApi(script, run_of(), cache)
        later.directory("@me")
        assert later.current_extension("@me", 1).number == "101"  # with a request: the directory is not current
        assert not script.rest

    def test_a_list_that_cannot_be_read_is_not_known(self) -> None:
        missing = get(PHONES, {"message": "no"}, 403, query=[("page", "1"), ("per_page", "100")])
        api, script = api_of(missing, *self.LIST)
        with pytest.raises(ForbiddenError):
            api.directory("@me")
        assert not api.is_current("@me")
        assert len(api.directory("@me").extensions) == 2
        assert not script.rest
