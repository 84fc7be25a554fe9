# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random clients, random lists of bundles: what check mode promises is what the PBX receives, and twice is once.

Against a model of the PBX of a few lines; a smaller number against the simulator. How many examples are tried says
RINGME_TEST_EXAMPLES, see harness.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.component.bundle_client import BundleClient, id_of, number_of, seed
from support.component.bundle_model import Habits, Members, Pbx, carry_out
from support.component.resource_runner import OF_THE_WAY, examples

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import TaskResult

PHONES = tuple(range(50_101, 50_113))
MENU, QUEUE = 50_150, 50_151
NUMBERS = {extension_id: str(extension_id - 50_000) for extension_id in (*PHONES, MENU, QUEUE)}
Owners = Sequence[int]


def bundled(owners: Owners) -> dict[int, Members]:
    """The bundles that a list of owners means: of each phone the place of its main one, or its own for none.

    Whose owner is a member itself is in no bundle.
    """
    found: dict[int, list[int]] = {}
    for place, owner in enumerate(owners):
        if owner != place and owners[owner] == owner:
            found.setdefault(PHONES[owner], []).append(PHONES[place])
    return {main: tuple(sorted(members)) for main, members in found.items()}


owners = st.tuples(*(st.one_of(st.just(place), st.integers(0, 3)) for place in range(len(PHONES))))
habits = st.builds(
    Habits,
    adds=st.booleans(),
    refuses_repeating=st.booleans(),
    absent_is_404=st.booleans(),
    member_shows=st.sampled_from(["own_empty", "main", "404"]),
    ids_as_text=st.booleans(),
)
VALUES = ("status", "dial_rule_id", "dial_rule_limit")
values = st.lists(st.tuples(st.sampled_from(PHONES), st.sampled_from(VALUES)), max_size=4)


def extensions(changed: Sequence[tuple[int, str]] = ()) -> dict[int, dict[str, Any]]:
    """All extensions of the client; the ones named differ in a value."""
    made: dict[int, dict[str, Any]] = {
        number: {"number": name, "type": "phone", "status": "active"} for number, name in NUMBERS.items()
    }
    made[MENU]["type"], made[QUEUE]["type"] = "ivr", "queue"
    for number, name in changed:
        made[number][name] = "blocked" if name == "status" else 7
    return made


@dataclass(frozen=True)
class Naming:
    """How a list names the extensions: by number, by id, with the prefix."""

    picks: tuple[int, ...]

    def main(self, number: int) -> dict[str, Any]:
        """The options for a main extension."""
        return {"extension_id": number} if self._pick(number) == 0 else {"extension": self._text(number)}

    def members(self, main: int, numbers: Sequence[int]) -> dict[str, Any]:
        """The options for members."""
        if self._pick(main + 1) == 0:
            return {"bundle_list": list(numbers)}
        return {"members": [self._text(number) for number in reversed(numbers)]}

    def _pick(self, number: int) -> int:
        return self.picks[number % len(self.picks)]

    def _text(self, number: int) -> str:
        return f"0009*{NUMBERS[number]}" if self._pick(number) == 1 else NUMBERS[number]


namings = st.builds(Naming, st.tuples(*[st.integers(0, 3)] * 5))


def entry(main: dict[str, Any], members: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One entry as Ansible hands it over."""
    return {"state": "present", "append": False, "ignore": False, **main, **(members or {}), **more}


@dataclass(frozen=True)
class Wish:
    """A list that can be applied, and the bundles that result from it."""

    args: dict[str, Any]
    target: dict[int, Members]


def wish_for(live: Mapping[int, Members], wanted: Mapping[int, Members], naming: Naming, ways: Sequence[int]) -> Wish:
    """Ask for ``wanted``, for each bundle in one of the ways that there are; it can always be applied."""
    prune = bool(ways[0] % 2)
    target = dict(wanted)
    entries = []
    for main in sorted({*live, *wanted}):
        way, members = ways[main % len(ways)], wanted.get(main, ())
        apart = not any({main, *live.get(main, ())} & {one, *wanted[one]} for one in wanted if one != main)
        if live.get(main, ()) == members and way == 1:
            entries.append(entry(naming.main(main), ignore=True))
        elif members and way == 2 and set(live.get(main, ())) <= set(members):
            joining = [number for number in members if number not in live.get(main, ())] or list(members)
            entries.append(entry(naming.main(main), naming.members(main, joining), append=True))
        elif members:
            entries.append(entry(naming.main(main), naming.members(main, members)))
        elif way == 3 and not prune and apart:
            target[main] = live[main]  # not listed
        elif not prune or way < 2:
            entries.append(entry(naming.main(main), state="absent"))
    entries.sort(key=lambda one: ways[-1] * id_like(one) % 7)
    args = {"bundles": entries, "prune": prune, "allow_empty": True, "allow_mismatch": True}
    return Wish(args, {main: members for main, members in target.items() if members})


def id_like(one: Mapping[str, Any]) -> int:
    """A number for the order of a list."""
    return int(one.get("extension_id") or str(one["extension"])[-3:])


def promise(outcome: TaskResult) -> dict[str, Any]:
    """What check mode and a run have in common."""
    return {key: value for key, value in outcome.result.items() if key not in OF_THE_WAY}


def held(pbx: Pbx, live: Mapping[int, Members], outcome: TaskResult) -> None:
    """The writes that arrived are the changes that were promised: each bundle from the one to the other."""
    promised = {change["extension_id"]: _sides(change) for change in outcome.result["changes"]}
    assert list(promised) == list(dict.fromkeys(promised)), "a bundle is in two changes"
    assert {write.main for write in pbx.writes} == set(promised)
    for main, (before, after) in promised.items():
        own = [write for write in pbx.writes if write.main == main]
        assert own[0].before == before == live.get(main, ()) and own[-1].after == after
        if not (pbx.habits.adds or pbx.habits.refuses_repeating):
            assert len(own) <= 2
            assert len(own) == 1 or _passes_on(main, promised), f"{main} was written twice without need"
    refused = [write for write in pbx.writes if write.status == 400]
    assert not refused or pbx.habits.refuses_repeating, "an extension joined a bundle before it left another"


def _sides(change: Mapping[str, Any]) -> tuple[Members, Members]:
    ids = next(field for field in change["fields"] if field["name"] == "bundle_list")
    return tuple(ids["before"]), tuple(ids["after"])


def _passes_on(main: int, promised: Mapping[int, tuple[Members, Members]]) -> bool:
    """Whether others wait for what this bundle lets go, while it waits for what others let go."""
    before, after = promised[main]
    others = [sides for number, sides in promised.items() if number != main]
    given = any(set(before) - set(after) & {*new} - {*old} for old, new in others) or any(
        (set(before) - set(after)) & ((set(new) - set(old)) | ({number} if new and not old else set()))
        for number, (old, new) in promised.items()
        if number != main
    )
    taken = any(
        (set(after) - set(before)) & ((set(old) - set(new)) | ({number} if old and not new else set()))
        for number, (old, new) in promised.items()
        if number != main
    )
    return given and taken


@examples(1)
@given(has=owners, wants=owners, naming=namings, ways=st.tuples(*[st.integers(0, 3)] * 7), habit=habits, odd=values)
def test_a_list_that_can_be_carried_out(
    has: Owners,
    wants: Owners,
    naming: Naming,
    ways: tuple[int, ...],
    habit: Habits,
    odd: Sequence[tuple[int, str]],
) -> None:
    live = bundled(has)
    wish = wish_for(live, bundled(wants), naming, ways)
    args = {**wish.args, "side_effects": "report" if ways[1] else "ignore"}
    known = extensions(odd)
    pbx = Pbx(known, dict(live), habit)
    promised = carry_out(pbx, args, check=True)
    assert not promised.failed, promised.result
    assert not pbx.writes and all(method == "GET" for method, _path in pbx.requests)
    differs = {main for main in {*live, *wish.target} if live.get(main, ()) != wish.target.get(main, ())}
    assert {change["extension_id"] for change in promised.result["changes"]} == differs
    if ways[1]:
        assert _lost(promised) == _will_lose(live, wish.target, known)

    done = carry_out(pbx, args)
    assert not done.failed, done.result
    assert promise(done) == promise(promised)
    assert {main: members for main, members in pbx.bundles.items() if members} == wish.target
    held(pbx, live, done)
    assert [outcome["status"] for outcome in done.result["outcomes"]] == ["verified"] * len(differs)

    del pbx.writes[:]
    again = carry_out(pbx, args)
    assert not again.failed and not again.result["changed"] and not pbx.writes
    assert again.result["bundles"] == done.result["bundles"]


def _lost(outcome: TaskResult) -> set[tuple[int, str]]:
    return {(loss["extension_id"], loss["field"]) for loss in outcome.result["side_effects"]}


def _will_lose(
    live: Mapping[int, Members], target: Mapping[int, Members], known: Mapping[int, Mapping[str, Any]]
) -> set[tuple[int, str]]:
    return {
        (member, name)
        for main, members in target.items()
        for member in set(members) - set(live.get(main, ()))
        for name in VALUES
        if known[main].get(name) != known[member].get(name)
    }


# --- lists of any kind, invalid ones included

anything = st.one_of(
    st.sampled_from([*NUMBERS.values(), "0009*101", "0009*102@sip.example.net"]),
    st.sampled_from([*NUMBERS.values(), "0008*101", "199", "1010", "5", "+101", "", "abc", "50101"]),
)
any_ids = st.sampled_from([*PHONES[:6], MENU, QUEUE, 99_999, 0, -1])
any_entries = st.builds(
    lambda main, main_id, members, ids, state, append, ignore: {
        "extension": main,
        "extension_id": main_id,
        "members": members,
        "bundle_list": ids,
        "state": state,
        "append": append,
        "ignore": ignore,
    },
    main=st.none() | anything,
    main_id=st.none() | any_ids,
    members=st.none() | st.lists(anything, max_size=4),
    ids=st.none() | st.lists(any_ids, max_size=3),
    state=st.sampled_from(["present", "present", "absent"]),
    append=st.booleans(),
    ignore=st.sampled_from([False, False, True]),
)


@st.composite
def muddled(draw: st.DrawFn) -> dict[str, Any]:
    """A sensible list with something else in it, or nonsense."""
    wish = wish_for(
        bundled(draw(owners)), bundled(draw(owners)), draw(namings), draw(st.tuples(*[st.integers(0, 3)] * 7))
    )
    entries = [*wish.args["bundles"], *draw(st.lists(any_entries, max_size=2))]
    return {
        "bundles": entries,
        "prune": draw(st.booleans()),
        "allow_empty": draw(st.booleans()),
        "allow_mismatch": draw(st.booleans()),
        "max_changes": draw(st.sampled_from([None, "0", "1", "30%"])),
        "max_removals": draw(st.sampled_from([None, "0", "2", "100%"])),
        "side_effects": draw(st.sampled_from(["report", "fail_on_widening", "ignore"])),
        "blocked_in_check": draw(st.sampled_from(["fail", "report"])),
        "on_error": draw(st.sampled_from(["continue", "stop"])),
    }


KINDS = ("options", "conflict", "not_found", "blocked", "some_failed")


@examples(0.5)
@given(has=owners, args=muddled(), habit=habits, odd=values)
def test_a_list_that_may_make_no_sense(
    has: Owners, args: dict[str, Any], habit: Habits, odd: Sequence[tuple[int, str]]
) -> None:
    live = bundled(has)
    pbx = Pbx(extensions(odd), dict(live), habit)
    promised = carry_out(pbx, args, check=True)
    asked = len(pbx.requests)
    assert not pbx.writes and promised.result["requests"]["POST"] == promised.result["requests"]["DELETE"] == 0
    done = carry_out(pbx, args)
    if promised.failed:
        assert promised.result["error"]["kind"] in KINDS[:4], promised.result
        assert promise(done) == promise(promised) and done.failed and not pbx.writes
        assert promised.result["error"]["kind"] != "options" or asked == 0
        if promised.result["error"]["kind"] in ("options", "conflict") and "findings" in promised.result:
            assert all(finding["message"] in promised.result["msg"] for finding in promised.result["findings"][:20])
    elif promised.result["blocked"]:
        assert done.failed and done.result["error"]["kind"] == "blocked" and not pbx.writes
        assert all(item["override"] in done.result["msg"] for item in done.result["blocked"])
        assert done.result["blocked"] == promised.result["blocked"]
    elif done.failed:
        # What a GET of a member does not show, the PBX refuses: no change is incomplete.
        assert done.result["error"]["kind"] == "some_failed" and habit.member_shows != "main", done.result
        _as_it_says(pbx, live, done)
    else:
        assert promise(done) == promise(promised)
        held(pbx, live, done)
        del pbx.writes[:]
        again = carry_out(pbx, args)
        assert not again.failed and not again.result["changed"] and not pbx.writes


def _as_it_says(pbx: Pbx, live: Mapping[int, Members], outcome: TaskResult) -> None:
    """Each bundle is as the result says: old, new, or explicitly unknown."""
    changes = {change["extension_id"]: _sides(change) for change in outcome.result["changes"]}
    assert all(pbx.bundles.get(main, ()) == members for main, members in live.items() if main not in changes)
    if "outcomes" not in outcome.result:
        assert not pbx.writes or not outcome.failed
        return
    for outcome_of_one in outcome.result["outcomes"]:
        (before, after), now = (
            changes[outcome_of_one["extension_id"]],
            pbx.bundles.get(outcome_of_one["extension_id"], ()),
        )
        if outcome_of_one["status"] == "verified":
            assert now == after, outcome_of_one
        elif not outcome_of_one["restore"]:
            assert now == before or "not known" in outcome_of_one["error"]["msg"], (outcome_of_one, now)


# --- responses of any kind

scalars = st.none() | st.booleans() | st.integers(-2, 60_000) | st.text(max_size=6)
bodies = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "bundle_id": st.sampled_from([50_101, 50_102, None, 0, "50101", "x"]),
            "bundle_list": st.one_of(scalars, st.lists(scalars, max_size=3)),
            "id": scalars,
            "name": scalars,
            "type": scalars,
            "message": scalars,
        },
    ),
)
# Readable bundles are left out: a lie that looks like a response is one.
nonsense = bodies.filter(lambda body: not (isinstance(body, dict) and isinstance(body.get("bundle_list"), list)))
statuses = st.sampled_from([200, 200, 201, 204, 400, 403, 409, 418, 500, 502])


@examples(0.5)
@given(
    has=owners,
    wants=owners,
    habit=habits,
    at=st.integers(1, 40),
    length=st.integers(1, 6),
    status=statuses,
    body=nonsense,
    after=st.booleans(),
    stop=st.booleans(),
)
def test_no_response_crashes_and_none_passes_for_a_state(
    has: Owners,
    wants: Owners,
    habit: Habits,
    at: int,
    length: int,
    status: int,
    body: Any,
    after: bool,
    stop: bool,
) -> None:
    live, naming = bundled(has), Naming((0, 2))
    # Nothing is appended: what a second run would add to depends on how far the first one came.
    wish = wish_for(live, bundled(wants), naming, (1, 0, 0))
    args = {**wish.args, "on_error": "stop" if stop else "continue"}
    pbx = Pbx(extensions(), dict(live), habit, after=after)
    pbx.disturb = lambda number, method, path: (status, body) if at <= number < at + length else None
    done = carry_out(pbx, args)
    assert isinstance(done.result["changed"], bool) and done.result["requests"]
    if not done.failed:
        assert {main: members for main, members in pbx.bundles.items() if members} == wish.target
    elif any(write.before != write.after for write in pbx.writes):
        assert done.result["changed"]
        _as_it_says(pbx, live, done)
    else:
        assert pbx.bundles == live
    pbx.disturb = None
    second = carry_out(pbx, args)
    assert not second.failed, second.result
    assert {main: members for main, members in pbx.bundles.items() if members} == wish.target


# --- and once more against the simulator, which knows more and was written by others


@examples(0.02)
@given(has=owners, wants=owners, naming=namings, ways=st.tuples(*[st.integers(0, 3)] * 7), adds=st.booleans())
def test_the_simulator_agrees(has: Owners, wants: Owners, naming: Naming, ways: tuple[int, ...], adds: bool) -> None:
    live = bundled(has)
    wish = wish_for(live, bundled(wants), naming, ways)
    numbers = {NUMBERS[main]: [NUMBERS[member] for member in members] for main, members in live.items()}
    client = BundleClient(
        seed([NUMBERS[phone] for phone in PHONES], numbers, {"150": "ivr", "151": "queue"}),
        {"bundle_post": "add" if adds else "replace"},
    )
    args = {**wish.args, "side_effects": "report", "concurrency": 1 + 7 * (ways[2] % 2)}
    before = client.simulator.snapshot()
    promised = client.run(args, check=True)
    assert not promised.failed and client.simulator.snapshot() == before
    done = client.run(args)
    assert not done.failed, done.result
    assert done.essence == promised.essence
    target = {NUMBERS[main]: tuple(NUMBERS[member] for member in members) for main, members in wish.target.items()}
    assert {main: members for main, members in client.bundles(map(number_of, PHONES)).items() if members} == target
    again = client.run(args)
    assert not again.failed and not again.changed and not again.writes
    client.runner.close()
    assert id_of("101") == PHONES[0]
