# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All extensions of a client: read once, shared with later runs, and read anew where they are out of date."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._api import Api
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ForbiddenError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, Script, api_of, get, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension

PHONES = "/client/@me/extension/"


def page(number: int, *found: dict[str, Any]) -> Exchange:
    """One page of the list."""
    return get(PHONES, list(found), query=[("page", str(number)), ("per_page", "100")])


class TestDirectory:
    """All extensions of a client, read once."""

    LIST = (page(1, wire_extension(2, "0*102"), wire_extension(1, "0*101")), page(2))

    def test_once_per_run(self) -> None:
        api, script = api_of(*self.LIST)
        assert not api.is_fresh("@me")
        found = api.directory("@me")
        assert [item.id for item in found.extensions] == [1, 2]
        assert api.directory("@me") is api.directory("@me", anew=True) is found
        assert api.is_fresh("@me")
        assert not api.is_fresh(801)
        assert not api.forget_stale()
        assert api.directory("@me") is found
        assert not script.rest

    def test_what_an_earlier_run_read(self) -> None:
        script, known = Script(*self.LIST, *self.LIST), {}
        first = Api(script, run_of(), known).directory("@me")
        later = Api(script, run_of(), known)
        assert not later.forget_stale()  # it has not been used yet
        assert later.directory("@me") is first
        assert not later.is_fresh("@me")
        assert later.forget_stale()
        assert not later.forget_stale()
        assert later.directory("@me") is not first
        assert later.is_fresh("@me")
        assert not later.forget_stale()
        assert not script.rest
        assert Api(script, run_of(), known).directory("@me") is later.directory("@me")

    def test_only_what_was_used_is_forgotten(self) -> None:
        script = Script(*self.LIST, get("/client/7/extension/", [], query=[("page", "1"), ("per_page", "100")]))
        known: dict[Any, Any] = {}
        first = Api(script, run_of(), known)
        first.directory("@me")
        first.directory(7)
        later = Api(script, run_of(), known)
        later.directory(7)
        assert later.forget_stale()
        assert known.keys() == {"@me"}

    def test_anew(self) -> None:
        script, known = Script(*self.LIST, *self.LIST), {}
        first = Api(script, run_of(), known).directory("@me")
        later = Api(script, run_of(), known)
        assert later.directory("@me", anew=True) is not first
        assert later.is_fresh("@me")
        assert not later.forget_stale()
        assert not script.rest

    def test_a_list_that_cannot_be_read_is_not_known(self) -> None:
        missing = get(PHONES, {"message": "no"}, 403, query=[("page", "1"), ("per_page", "100")])
        api, script = api_of(missing, *self.LIST)
        with pytest.raises(ForbiddenError):
            api.directory("@me")
        assert not api.is_fresh("@me")
        assert len(api.directory("@me").extensions) == 2
        assert not script.rest
