# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are ended in the middle, and bundles that another user changes meanwhile."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from simulator.faults import Fault, Faults
from support.component.bundle_client import AFTER, ARGS, BEFORE, BundleClient, id_of
from support.component.resource_runner import Ran
from support.component.scenarios import BUNDLE

SEEDS = 1000 if os.environ.get("RINGME_TEST_ALL") == "1" else 20
SIGNALS = (signal.SIGINT, signal.SIGTERM)
ADDS: Mapping[str, Any] = {"bundle_post": "add"}
HABITS: tuple[Mapping[str, Any], ...] = (
    {},
    ADDS,
    {"bundle_repost_member": "400"},
    {"bundle_post": "add", "bundle_get_absent": "404", "bundle_get_member": "404", "bundle_delete_absent": "404"},
    {"bundle_post": "add", "bundle_post_code": "204", "bundle_delete_code": "204"},
)


class Ended(BaseException):
    """The process would be gone."""


class Script(Faults):
    """Calls a function before each REST request, with its number from 1 on."""

    def __init__(self, act: Callable[[int, str, str], None]) -> None:
        super().__init__()
        self._act, self.number = act, 0

    def strike(self, method: str, path: str) -> Fault | None:
        """No fault of its own."""
        if path != "/oauth/token":
            self.number += 1
            self._act(self.number, method, path)
        return None


class Scene:
    """An client whose runs keep files in a folder, and what happens during its requests."""

    def __init__(self, folder: Path, switches: Mapping[str, Any] | None = None) -> None:
        self.client = BundleClient(switches=switches)
        self.folder = folder / "tokens"
        self._usual = self.client.simulator.world.faults

    def __call__(
        self,
        args: Mapping[str, Any] | None = None,
        act: Callable[[int, str, str], None] = lambda *_args: None,
        **more: Any,
    ) -> Ran:
        """Run client_bundles (by default with ARGS), and call ``act`` before each request."""
        given = ARGS if args is None else args
        return self._run(lambda: self.client.run({**given, "token_cache": str(self.folder)}, **more), act)

    def one(
        self, args: Mapping[str, Any], act: Callable[[int, str, str], None] = lambda *_args: None, check: bool = False
    ) -> Ran:
        """Run extensions_bundle for 109."""
        whole = {"extension": "109", "side_effects": "ignore", "token_cache": str(self.folder), **args}
        return self._run(lambda: self.client.runner(BUNDLE, whole, check=check), act)

    def files(self) -> list[str]:
        """What the runs left on disk."""
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []

    def members(self, main: str = "109") -> tuple[str, ...]:
        """The members of a bundle."""
        return self.client.bundles([main])[main]

    def become(self, *members: str, main: str = "109") -> None:
        """Set a bundle as another user."""
        self.client.simulator.state.set_bundle(id_of(main), [id_of(member) for member in members])

    def _run(self, run: Callable[[], Ran], act: Callable[[int, str, str], None]) -> Ran:
        self.client.simulator.world.faults = Script(act)
        try:
            return run()
        finally:
            self.client.simulator.world.faults = self._usual


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """SIGINT and SIGTERM end the run, and not the process of the tests."""

    def end(number: int, _frame: object) -> None:
        raise Ended(number)

    before = [(number, signal.signal(number, end)) for number in SIGNALS]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def at(wanted: str, do: Callable[[], None], nth: int = 1) -> Callable[[int, str, str], None]:
    """Do something before the n-th request of a method."""
    seen = [0]

    def act(_number: int, method: str, _path: str) -> None:
        seen[0] += method == wanted
        if method == wanted and seen[0] == nth:
            do()

    return act


def killed_at(wanted: str, nth: int) -> Callable[[int, str, str], None]:
    """Let no request pass from the n-th of a method on, as if the process were gone."""
    seen = [0]

    def act(_number: int, method: str, _path: str) -> None:
        seen[0] += method == wanted
        if seen[0] >= nth:
            raise Ended("killed")

    return act


SWAP: Mapping[str, Any] = {"members": ["192", "193"]}
"""Of 109, which has 191 and 192."""


class TestMeanwhile:
    """Another user changes a bundle between the read and the write of the run."""

    @pytest.mark.parametrize("args", [SWAP, {"members": ["193"], "append": True}, {"state": "absent"}], ids=str)
    def test_a_bundle_that_changed_is_left_so(self, tmp_path: Path, args: Mapping[str, Any]) -> None:
        scene = Scene(tmp_path)
        ran = scene.one(args, _after_first_read(lambda: scene.become("191", "192", "113")))
        assert ran.kind == "conflict" and not ran.writes and not ran.changed
        assert "the bundle of 109 (id 50109) was changed by another run or person" in ran.msg
        assert "nothing was changed" not in ran.msg
        assert scene.members() == ("113", "191", "192") and scene.files() == []

    def test_a_whole_list_keeps_the_others(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        ran = scene(ARGS, at("POST", lambda: scene.become("191", "192", "113"), 1))
        assert ran.kind == "some_failed"
        outcomes = {outcome["extension"]: outcome for outcome in ran.result["outcomes"]}
        assert outcomes["109"]["status"] == "failed" and outcomes["109"]["error"]["kind"] == "conflict"
        assert {one["status"] for main, one in outcomes.items() if main not in ("109", "101")} == {"verified"}
        assert scene.members() == ("113", "191", "192")

    def test_a_rollback_keeps_what_another_user_set(self, tmp_path: Path) -> None:
        """102 let 122 go, 103 cannot take it, and meanwhile another user gave 102 another member."""
        scene = Scene(tmp_path)

        def act(_number: int, method: str, path: str) -> None:
            if method == "POST" and path.endswith("50103"):
                scene.become("121", "113", main="102")
                scene.become("151", "152", "122", main="105")  # so that the POST is refused

        both = [entry for entry in ARGS["bundles"] if entry["extension"] in ("102", "103")]
        ran = scene({**ARGS, "bundles": both}, act)
        assert ran.kind == "some_failed"
        outcome = next(one for one in ran.result["outcomes"] if one["extension"] == "102")
        assert outcome["status"] == "failed" and not outcome["restore"]
        assert "not rolled back" in outcome["error"]["msg"]
        assert scene.members("102") == ("113", "121")

    def test_what_was_reached_already_is_no_conflict(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        ran = scene.one(SWAP, _after_first_read(lambda: scene.become("192", "193")))
        assert not ran.failed and not ran.writes and ran.changed
        assert scene.members() == ("192", "193")

    def test_a_rebuild_stops_at_what_another_user_added(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, ADDS)
        posts = [0]

        def act(_number: int, method: str, _path: str) -> None:
            posts[0] += method == "POST"
            if posts[0] == 1 and method == "GET":
                posts[0] += 1
                scene.become("191", "192", "193", "113")

        ran = scene.one(SWAP, act)
        assert ran.kind == "conflict" and [entry.method for entry in ran.writes] == ["POST"]
        assert scene.members() == ("113", "191", "192", "193") and scene.files() == []


def _after_first_read(do: Callable[[], None]) -> Callable[[int, str, str], None]:
    """Do something before the second GET of the bundle of 109."""
    seen = [0]

    def act(_number: int, method: str, path: str) -> None:
        seen[0] += method == "GET" and path.endswith("extensions_bundle/50109")
        if seen[0] == 2:
            seen[0] += 1
            do()

    return act


class TestSignals:
    """The step in progress is finished, and nothing new begins."""

    @pytest.mark.parametrize("number", SIGNALS)
    def test_a_rebuild_is_finished(self, tmp_path: Path, number: signal.Signals) -> None:
        scene = Scene(tmp_path, ADDS)
        with pytest.raises(Ended):
            scene.one(SWAP, at("POST", lambda: signal.raise_signal(number), 2))
        assert scene.members() == ("192", "193") and scene.files() == []

    def test_a_second_signal_rolls_back(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, ADDS)

        def twice() -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

        with pytest.raises(Ended):
            scene.one(SWAP, at("POST", twice, 2))
        assert scene.members() == ("191", "192")
        assert not scene.one({"members": ["191", "192"]}).changed and scene.files() == []

    @pytest.mark.parametrize("at_a_time", [1, 8])
    def test_of_a_list_nothing_new_begins(self, tmp_path: Path, at_a_time: int) -> None:
        scene = Scene(tmp_path)
        with pytest.raises(Ended):
            scene({**ARGS, "concurrency": at_a_time}, at("DELETE", lambda: signal.raise_signal(signal.SIGTERM)))
        assert all(members in (BEFORE[main], AFTER[main]) for main, members in scene.client.bundles().items())
        assert scene.members("101") == BEFORE["101"] and scene.files() == []


class TestKilled:
    """What a run that was killed leaves is found and settled by the next one."""

    @pytest.fixture(name="gone")
    def _gone(self, tmp_path: Path) -> Scene:
        """109 had 191 and 192, and a run was killed after it removed the bundle."""
        scene = Scene(tmp_path, ADDS)
        with pytest.raises(Ended):
            scene.one(SWAP, killed_at("POST", 2))
        assert scene.members() == () and len(scene.files()) == 1
        return scene

    def test_append_keeps_the_old_members(self, gone: Scene) -> None:
        args = {"members": ["113"], "append": True}
        promised = gone.one(args, check=True)
        assert promised.changed and not promised.writes and len(gone.files()) == 1
        assert "an earlier run was killed while it wrote the bundle of 109" in promised.outcome.warnings[0]
        done = gone.one(args)
        assert not done.failed and done.essence == promised.essence
        assert gone.members() == ("113", "191", "192") and gone.files() == []

    @pytest.mark.parametrize(("args", "after"), [(SWAP, ("192", "193")), ({"state": "absent"}, ())], ids=str)
    def test_what_is_wanted_is_done(self, gone: Scene, args: Mapping[str, Any], after: tuple[str, ...]) -> None:
        assert not gone.one(args).failed
        assert gone.members() == after and gone.files() == []

    def test_a_list_without_it_puts_the_old_members_back(self, gone: Scene) -> None:
        args = {**ARGS, "bundles": [{"extension": "108", "members": ["181"]}]}
        promised = gone(args, check=True)
        assert promised.changed and not promised.writes and len(gone.files()) == 1
        done = gone(args)
        assert not done.failed and done.changed, done.result
        assert done.result["changes"] == promised.result["changes"]
        assert gone.members() == ("191", "192") and gone.files() == []
        assert not gone(args).changed

    def test_an_ignored_bundle_is_left_alone(self, gone: Scene) -> None:
        args = {**ARGS, "bundles": [{"extension": "109", "ignore": True}]}
        assert not gone(args).changed and len(gone.files()) == 1

    def test_where_an_old_member_moved_since_the_new_ones_are_set(self, gone: Scene) -> None:
        args = {**ARGS, "bundles": [{"extension": "108", "members": ["181", "191"]}]}
        assert not gone(args).failed
        assert gone.members() == ("192", "193") and gone.members("108") == ("181", "191")

    def test_an_old_member_that_cannot_come_back_is_named(self, gone: Scene) -> None:
        """The options name the new member only."""
        gone.become("181", "191", main="108")
        args = {"members": ["193"], "append": True}
        for check in (True, False):
            ran = gone.one(args, check=check)
            assert ran.kind == "conflict" and not ran.writes, ran.result
            assert ran.msg.startswith("append: 191") and "108" in ran.msg
        assert len(gone.files()) == 1

    def test_another_user_was_faster(self, gone: Scene) -> None:
        gone.become("113")
        done = gone.one({"members": ["193"], "append": True})
        assert not done.failed and gone.members() == ("113", "193") and gone.files() == []
        assert "another run or person has changed it since" in done.outcome.warnings[0]

    def test_read_only_leaves_the_file(self, gone: Scene) -> None:
        assert gone.one({**SWAP, "read_only": True}).kind == "read_only"
        assert len(gone.files()) == 1


@pytest.mark.parametrize("number", range(SEEDS))
def test_every_bundle_is_old_or_new_or_settled_by_the_next_run(tmp_path: Path, number: int) -> None:
    rng = random.Random(number)
    scene = Scene(tmp_path, rng.choice(HABITS))
    kind = rng.choice(("signal", "twice", "killed"))
    moment = rng.randint(len(BEFORE), 70)
    received = rng.choice(SIGNALS)

    def act(count: int, _method: str, _path: str) -> None:
        if kind == "killed" and count >= moment:
            raise Ended("killed")
        if count == moment:
            signal.raise_signal(received)
            if kind == "twice":
                signal.raise_signal(received)

    with contextlib.suppress(Ended):
        scene({**ARGS, "concurrency": 8 if kind == "signal" and rng.random() < 0.5 else 1}, act)
    if kind != "killed":
        unfinished = bool(scene.files())
        assert unfinished <= (kind == "twice")
        if not unfinished:
            assert all(members in (BEFORE[main], AFTER[main]) for main, members in scene.client.bundles().items())
    if rng.random() < 0.5:  # a list that names none of them
        between = scene({**ARGS, "bundles": [{"extension": "108", "members": ["181"]}]})
        assert not between.failed, between.result
        now = scene.client.bundles()
        assert all(members in (BEFORE[main], AFTER[main]) for main, members in now.items()), now
    done = scene()
    assert not done.failed, done.result
    assert scene.client.bundles() == AFTER and scene.files() == []
    assert not scene().changed
