# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing one bundle: what is known afterwards, and that old members are never lost without a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PartialError,
    ResponseLostError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Directory, Names
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Bundle, Extension
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.writer import (
    BundleWriter,
    linked,
    restoring,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import lost, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension

KNOWN = Names(Directory(tuple(Extension.read(wire_extension(number, f"000*10{number}")) for number in range(1, 9))))
BOTH = pytest.mark.parametrize("names", [Names(), KNOWN], ids=["ids", "numbers"])
Fault = Callable[[str, int, int], Any]


def writer(pbx: Pbx, names: Names = KNOWN) -> BundleWriter:
    """Of the bundle of extension 1."""
    return BundleWriter(CachedApi(pbx, run_of()), "@me", 1, names)


class TestLinked:
    """What prevents an extension from joining, according to its own bundle."""

    @pytest.mark.parametrize(
        ("bundle", "text"),
        [
            (Bundle(2, ()), None),
            (Bundle(None, ()), None),
            (Bundle(1, (2, 3)), None),  # it is in the bundle in question
            (Bundle(5, (2,)), "extension 102 (id 2) is already a member of the bundle of 105 (id 5)"),
            (Bundle(9, (2,)), "extension 102 (id 2) is already a member of the bundle of 9"),
            (Bundle(2, (7,)), "extension 102 (id 2) is the main extension of a bundle"),
            (Bundle(None, (7,)), "extension 102 (id 2) is the main extension of a bundle"),
        ],
    )
    def test_one(self, bundle: Bundle, text: str | None) -> None:
        assert linked(bundle, 2, 1, KNOWN) == text


class TestRestoring:
    """The request that restores the old members."""

    def test_members(self) -> None:
        assert restoring(801, 1, (2, 3)) == {
            "method": "POST", "path": "/client/801/extensions_bundle/1", "body": {"bundle_list": [2, 3]},
        }  # fmt: skip

    def test_no_members(self) -> None:
        assert restoring("@me", 1, ()) == {
            "method": "DELETE", "path": "/client/@me/extensions_bundle/1", "body": None,
        }  # fmt: skip

    @BOTH
    def test_the_error_that_names_it(self, names: Names) -> None:
        error = writer(Pbx(), names).lost("something broke", (2, 3))
        members = "102 (id 2), 103 (id 3)" if names is KNOWN else "2, 3"
        assert error.msg == (
            f"something broke. Its old members are {members}. "
            'Restore it with POST /client/@me/extensions_bundle/1 {"bundle_list": [2, 3]}, or run again.'
        )
        assert error.facts["restore"] == restoring("@me", 1, (2, 3))
        assert not error.compensated


class TestRead:
    """What is there."""

    @pytest.mark.parametrize("hides", [True, False])
    def test_no_bundle(self, hides: bool) -> None:
        assert writer(Pbx(hides=hides)).read() == Bundle(1, ())

    def test_a_bundle(self) -> None:
        assert writer(Pbx({1: {3, 2}})).read() == Bundle(1, (2, 3))

    def test_no_extension(self) -> None:
        pbx = Pbx(names={2: "000*102"})
        with pytest.raises(NotFoundError, match="no extension 1"):
            writer(pbx).read()

    def test_a_member_elsewhere(self) -> None:
        with pytest.raises(ConflictError, match=r"^extension 101 \(id 1\) is a member of the bundle of 105"):
            writer(Pbx({5: {1}})).read()


def faults(*wrong: tuple[str, int, Any]) -> Fault:
    """Fail the n-th request of a method, counted from 1."""
    seen: dict[str, int] = {}

    def fault(method: str, number: int, count: int) -> Any:
        seen[method] = seen.get(method, 0) + 1
        return next((reply for name, index, reply in wrong if (name, index) == (method, seen[method])), None)

    return fault


class TestSet:
    """From the old members to others."""

    @pytest.mark.parametrize("code", [400, 404, 409, 422])
    def test_refused_members(self, code: int) -> None:
        pbx = Pbx({1: {2}, 5: {4}}, fault=faults(("POST", 1, (code, {"message": "no"}))))
        with pytest.raises(ApiError) as caught:
            writer(pbx).set((2,), (2, 4))
        assert caught.value.details.status == code
        assert "Cause: extension 104 (id 4) is already a member of the bundle of 105 (id 5)" in caught.value.msg
        assert caught.value.msg.endswith("that no member is a main extension or in another bundle.")
        assert not caught.value.unsettled
        assert pbx.bundles[1] == {2}

    def test_refused_for_another_reason(self) -> None:
        pbx = Pbx({1: {2}}, fault=faults(("POST", 1, (403, {}))))
        with pytest.raises(ForbiddenError):
            writer(pbx).set((2,), (2, 3))
        assert pbx.journal == ["GET extensions_bundle/1", "POST extensions_bundle/1"]

    @pytest.mark.parametrize("times", [2, 9])
    @pytest.mark.parametrize("code", [403, 404])
    def test_an_accepted_post_that_cannot_be_read_back_is_no_refusal(self, code: int, times: int) -> None:
        """What the reading back was answered says nothing of the members: the bundle must not be removed for it."""
        wrong = (code, {"message": "no"})
        pbx = Pbx({1: {2, 3}}, fault=faults(*(("GET", count, wrong) for count in range(2, times + 2))))
        with pytest.raises(ApiError) as caught:
            writer(pbx).set((2, 3), (2,))
        assert caught.value.unsettled
        assert "the API accepted the change, but reading back failed" in caught.value.what
        assert "Cause" not in caught.value.what
        assert pbx.writes == ["POST extensions_bundle/1"]
        assert pbx.bundles == {1: {2}}

    @pytest.mark.parametrize("applied", [True, False])
    @pytest.mark.parametrize("readable", [True, False])
    def test_the_response_to_the_removal_is_lost(self, applied: bool, readable: bool) -> None:
        """The API adds, so the bundle has to be removed and created again; the old members stay known."""
        wrong = [("DELETE", 1, lost("DELETE"))]
        wrong += [] if readable else [("GET", count, lost("GET")) for count in range(3, 9)]
        pbx = Pbx({1: {2, 3}}, adds=True, fault=faults(*wrong), late_faults=applied)
        try:
            state = writer(pbx).set((2, 3), (2,))
        except PartialError as error:
            assert error.compensated or error.facts["restore"] == restoring("@me", 1, (2, 3))
            if error.compensated:
                assert pbx.bundles == {1: {2, 3}}
            else:
                assert "Its old members are 102 (id 2), 103 (id 3)" in error.msg
            assert not (applied and readable)
        except ResponseLostError as error:
            assert not error.unsettled
            assert pbx.bundles == {1: {2, 3}}
            assert not applied
        else:
            assert (applied, readable) == (True, True)
            assert state == Bundle(1, (2,))
            assert pbx.bundles == {1: {2}}

    def test_the_old_members_are_always_restored_or_reported(self) -> None:
        pbx = Pbx({1: {2, 3}}, adds=True, fault=faults(("POST", 2, (400, {})), ("POST", 3, (400, {}))))
        with pytest.raises(PartialError) as caught:
            writer(pbx).set((2, 3), (2,))
        assert pbx.bundles == {}
        assert caught.value.facts["restore"] == restoring("@me", 1, (2, 3))
        assert caught.value.what.startswith("bundle of 101 (id 1): the members 102 (id 2) could not be set (")

    def test_the_old_list_is_put_back(self) -> None:
        pbx = Pbx({1: {2, 3}}, adds=True, fault=faults(("POST", 2, (400, {}))))
        with pytest.raises(PartialError) as caught:
            writer(pbx).set((2, 3), (2,))
        assert pbx.bundles == {1: {2, 3}}
        assert caught.value.compensated
        assert "the old members 102 (id 2), 103 (id 3) were restored" in caught.value.msg

    def test_half_of_the_old_list_is_not_put_back(self) -> None:
        pbx = Pbx({1: {2, 3}}, adds=True)
        refuse = faults(("POST", 2, (400, {})), ("POST", 3, (201, None)))

        def fault(method: str, number: int, count: int) -> Any:
            found = refuse(method, number, count)
            if found == (201, None):
                pbx.bundles[1] = {2}
            return found

        pbx.fault = fault
        with pytest.raises(PartialError) as caught:
            writer(pbx).set((2, 3), (2,))
        assert not caught.value.compensated
        assert caught.value.facts["restore"] == restoring("@me", 1, (2, 3))
        assert "reading back shows other members" in caught.value.what


class TestDelete:
    """No members at all."""

    def test_delete(self) -> None:
        pbx = Pbx({1: {2}})
        assert writer(pbx).delete((2,)) == Bundle(1, ())
        assert pbx.journal == ["GET extensions_bundle/1", "DELETE extensions_bundle/1", "GET extensions_bundle/1"]

    @pytest.mark.parametrize("applied", [True, False])
    def test_a_lost_response_is_settled_by_reading(self, applied: bool) -> None:
        pbx = Pbx({1: {2}}, fault=faults(("DELETE", 1, lost("DELETE"))), late_faults=applied)
        if applied:
            assert writer(pbx).delete((2,)) == Bundle(1, ())
            return
        with pytest.raises(ResponseLostError, match="was not applied") as caught:
            writer(pbx).delete((2,))
        assert not caught.value.unsettled
        assert pbx.bundles == {1: {2}}

    def test_what_cannot_be_read_is_not_known(self) -> None:
        pbx = Pbx({1: {2}}, fault=faults(("DELETE", 1, lost("DELETE")), ("GET", 2, lost("GET"))))
        with pytest.raises(ResponseLostError, match="unknown whether the change was applied") as caught:
            writer(pbx).delete((2,))
        assert caught.value.unsettled
