# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret appears at the highest verbosity, in output, log, results or file names, in both ways of running.

Tasks succeed and fail in every known way, against the simulator and against servers that repeat each request in their
response. Then a search looks for any part of any secret in everything that was written. The plugins run all tasks
without Ansible, in both ways: Ansible cannot show more of a request than they return. It shows all results in the same
way, so a playbook has one task for each kind of result; a task that shows a secret on purpose proves that the search
works.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from canary import ECHOES, PROXY_USER, SECRETS, echo_server, leaks
from faces import environment, run_action, run_main
from simulator import Simulator
from support.playbook import PlaybookRun, run_playbook

pytestmark = pytest.mark.xdist_group("canary")  # its fixture takes seconds
WAYS = {"in-process": True, "as a module": False}
OWN = {"application_id": "canary-application", "application_secret": SECRETS["application_secret"]}
BUNDLE_OF_ROLE = {"extension_id": 31456, "bundle_list": [32486]}
BUNDLE: dict[str, Any] = {"client_id": "801", "extension_id": 31456, "bundle_list": [32486]}
BUNDLES: dict[str, Any] = {"client_id": "801", "bundles": [{"extension": "101", "members": ["102"]}]}


PIN, PASSWORD = SECRETS["conference_pin"], SECRETS["sip_password"]
ODD = (33333, 33334, 33335)
"""Extensions whose phones get responses that show their values."""


def seed() -> dict[str, Any]:
    """Return a client whose phones have secrets, and an application with a secret."""
    extensions = [
        {
            "id": number,
            "number": str(index),
            "phone": {"password": PASSWORD, "conference_pin": PIN if index == 101 else PIN[::-1], "hold_music": index},
            "registrations": [{"registration_id": f"uloc-{number}", "real_address": "sip:198.51.100.7:62338"}],
        }
        for index, number in enumerate((31456, 32486, *ODD), 101)
    ]
    application = {
        "id": OWN["application_id"],
        "secret": OWN["application_secret"],
        "client_id": 801,
        "login": "canary",
    }
    return {
        "applications": [application],
        "clients": [{"id": 801, "prefix": "0003", "extension_len": 3, "extensions": extensions}],
    }


def show_phones(simulator: Simulator) -> None:
    """Make the responses for the odd phones wrong."""
    values = {"password": PASSWORD, "conference_pin": PIN}
    shape, kind, refused = (f"/extension/{number}/phone/" for number in ODD)
    simulator.faults.add("wrong_shape", path=shape, body=[values])
    simulator.faults.add("wrong_shape", path=kind, body={**values, "conference_pin": [PIN]})
    simulator.faults.add("status", path=refused, status=400, message=f"password={PASSWORD} conference_pin: {PIN}")


@dataclass(frozen=True)
class Expected:
    """A task and its expected status."""

    name: str
    task: dict[str, Any]
    status: str


@dataclass(frozen=True)
class Scene:
    """A run with everything that it wrote, and the requests that the repeating servers received.

    ``results``: status and result by the name of the task. ``shown``: the places that show a secret on purpose.
    """

    results: dict[str, tuple[str, dict[str, Any]]]
    expected: list[Expected]
    written: dict[str, str]
    sent: str
    folder: Path
    shown: set[str]


def _task(name: str, module: str, options: dict[str, Any], status: str = "failed", **keywords: Any) -> Expected:
    return Expected(name, {f"ringme.pbx.{module}": options, **keywords}, status)


def simulated(url: str) -> Iterator[Expected]:
    """Yield tasks against the simulator; its faults hit the last ones."""
    at = {"api_url": url}
    own = {**at, **OWN}
    yield _task("Simulator: Read", "client_info", own, "ok")
    yield _task(
        "Simulator: Settings in check mode", "client_settings", {**own, "geo_list": ["BY"]}, "ok", check_mode=True
    )
    yield _task("Simulator: Settings", "client_settings", {**own, "geo_list": ["BY"]}, "ok")
    yield _task("Simulator: Bundle in check mode", "extensions_bundle", {**own, **BUNDLE}, "ok", check_mode=True)
    yield _task("Simulator: Bundles stopped", "client_bundles", {**own, **BUNDLES})
    reported = {**own, **BUNDLES, "blocked_in_check": "report"}
    yield _task("Simulator: Bundles in check mode", "client_bundles", reported, "ok", check_mode=True)
    yield _task("Simulator: Read only", "extensions_bundle", {**own, **BUNDLE, "read_only": True})
    yield _task("Simulator: Bundle", "extensions_bundle", {**own, **BUNDLE}, "ok")
    yield _task("Simulator: Bundles", "client_bundles", {**own, **BUNDLES}, "ok")
    yield _task("Simulator: Extensions", "extension_info", own, "ok")
    yield _task("Simulator: All bundles", "extensions_bundle_info", own, "ok")
    yield _task("Simulator: Policy", "client_registrations", {**own, "max_registrations": 1}, "ok")
    yield _task("Simulator: Registrations", "extension_registration_info", own, "ok")
    yield _task("Simulator: Registration", "extension_registration", {**own, "extension_id": 31456}, "ok")
    yield _task(
        "Simulator: Loop", "extension_registration", {**own, "extension_id": "{{ item }}"}, "ok", loop=[31456, 32486]
    )
    yield _task("Simulator: Forbidden", "client_info", {**own, "client_id": 802})
    yield _task(
        "Simulator: Wrong secret", "client_info", {**own, "application_secret": SECRETS["wrong_application_secret"]}
    )
    yield _task("Simulator: Wrong token", "client_info", {**at, "access_token": SECRETS["access_token"]})
    yield _task("Simulator: Secret and token", "client_info", {**own, "access_token": SECRETS["access_token"]})
    yield _task(
        "Simulator: Secret of two lines",
        "client_info",
        {**own, "application_secret": f"{OWN['application_secret']}\nx"},
    )
    yield _task("Simulator: Unknown option", "client_info", {**own, "nonsense": OWN["application_secret"]})
    yield _task(
        "Simulator: Secret in place of a number",
        "client_info",
        {**own, "timeout": SECRETS["access_token"], "access_token": SECRETS["access_token"]},
    )
    yield _task(
        "Simulator: Secret in the URL",
        "client_info",
        {**own, "api_url": f"https://user:{OWN['application_secret']}@pbx.example.com"},
    )
    dead = f"http://{PROXY_USER}:{SECRETS['proxy_password']}@127.0.0.1:9"
    yield _task("Simulator: Dead proxy", "client_info", {**own, "token_cache": "none", "proxy": dead, "retries": 1})
    yield _task("Simulator: Bad proxy", "client_info", {**own, "proxy": dead.replace("http", "gopher")})
    role: dict[str, Any] = {
        "client_id": "801",
        "client_api": own,
        "client_settings": {"timezone": "UTC"},
        "client_bundles": [BUNDLE_OF_ROLE],
    }
    include: dict[str, Any] = {"ansible.builtin.include_role": {"name": "ringme.pbx.client"}}
    yield Expected("Role", {**include, "vars": role}, "ok")
    unknown = {**role, "client_api": {**own, "nonsense": 1}}
    wrong: dict[str, Any] = {"name": "Role with a wrong variable", **include, "vars": unknown}
    refused = {"name": "Role refused", "ansible.builtin.debug": {"var": "ansible_failed_result"}}
    yield Expected("Role refused", {"block": [wrong], "rescue": [refused], "ignore_errors": False}, "ok")
    for number in ODD:
        options = {**own, **BUNDLE, "bundle_list": [number], "append": True}
        yield _task(f"Odd phone {number}", "extensions_bundle", options, check_mode=True)
    for place in range(len(ODD)):
        odd = {**own, **BUNDLES, "bundles": [{"extension": "101", "members": ["102", str(103 + place)]}]}
        yield _task(f"Odd phone in a list {place}", "client_bundles", odd, check_mode=True)


def repeated(url: str, name: str, proxy: bool) -> Iterator[Expected]:
    """Yield tasks against a server that repeats each request, or through it as a proxy."""
    # One keeps its token in the cache, the others request one each time.
    own = {"api_url": f"http://{url}", **OWN, "retries": 1, **({} if name == "echo html" else {"token_cache": "none"})}
    if proxy:
        own |= {"api_url": "http://127.0.0.2", "proxy": f"http://{PROXY_USER}:{SECRETS['proxy_password']}@{url}"}
    given = {key: value for key, value in own.items() if not key.startswith("application")} | {
        "access_token": SECRETS["access_token"]
    }
    yield _task(f"{name}: read", "client_info", own)
    yield _task(f"{name}: read with a token", "client_info", given)
    if name in ("echo html", "echo message"):
        yield _task(f"{name}: bundle", "extensions_bundle", {**given, **BUNDLE})
        yield _task(f"{name}: bundles", "client_bundles", {**given, **BUNDLES})
        yield _task(f"{name}: registration", "extension_registration", {**own, "extension_id": 1}, check_mode=True)


SERVERS: list[dict[str, Any]] = [
    *({"echo": echo} for echo in ECHOES if echo != "proxy"),
    {"echo": "html", "truncated": True},
    {"echo": "message", "issues": False},
    {"echo": "html", "issues": False},
    {"echo": "html", "issues": False, "truncated": True},
    {"echo": "proxy", "issues": False},
    {"echo": "html", "proxy": True},
    {"echo": "message", "proxy": True},
]


PLAYED = {
    # Only ansible-playbook passes secrets through templates, loops and roles, and shows results and sources.
    "as a module": (
        *("Simulator: Read", "Simulator: Bundles stopped", "Simulator: Unknown option", "Simulator: Bad proxy"),
        *("Simulator: Secret in place of a number", "echo html: read", "echo message: bundle"),
    ),
    "in-process": (
        *("Simulator: Read", "Simulator: Bundle in check mode", "Simulator: Bundles stopped", "Simulator: Loop"),
        *("Simulator: Wrong secret", "Simulator: Unknown option", "Simulator: Dead proxy"),
        *("Simulator: Bundle", "Role", "Role refused"),
        *("echo html: read", "echo html: bundle", "echo message: read with a token", "echo proxy issues False: read"),
    ),
}
"""The tasks of the playbook, with the same names as those that run without Ansible."""


@pytest.fixture(scope="module", params=[*WAYS, "playbook"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """All tasks in one of the two ways without Ansible; or some of both in a playbook, with its output."""
    folder = tmp_path_factory.mktemp("canary")
    with contextlib.ExitStack() as stack:
        simulator = stack.enter_context(Simulator(seed(), validate=False))
        show_phones(simulator)
        expected, seen = list(simulated(simulator.url)), []
        for given in SERVERS:
            options = dict(given)
            proxy = bool(options.pop("proxy", options["echo"] == "proxy"))
            address, requests = stack.enter_context(echo_server(**options))
            seen.append(requests)
            expected += repeated(address, " ".join(f"{key} {value}" for key, value in given.items()), proxy)
        if request.param in WAYS:
            stack.enter_context(environment(folder / "home"))
            results, written = _called(folder, request.param, expected)
            shown = set()
        else:
            expected = _played(expected)
            results, written = _run_all(folder, expected)
            shown = {"stdout", "results", "ansible.log"}
    sent = "\n".join(text for requests in seen for text in requests)
    return Scene(results, expected, written, sent, folder, shown)


Found = tuple[dict[str, tuple[str, dict[str, Any]]], dict[str, str]]


def _called(folder: Path, way: str, expected: list[Expected]) -> Found:
    """Run all tasks with a single module, in one of the two ways."""
    results, printed = {}, []
    for entry in [*expected]:
        (module,) = [name for name in entry.task if name.startswith("ringme.pbx.")] or [""]
        if not module or "loop" in entry.task:
            expected.remove(entry)
            continue
        run = run_action if WAYS[way] else run_main
        ended = run(module.split(".")[-1], entry.task[module], check=bool(entry.task.get("check_mode")))
        results[entry.name] = ended.status, ended.result
        printed.append(ended.printed)
    texts = {"printed": "\n".join(printed), "results": json.dumps(list(results.values()), ensure_ascii=False)}
    return results, {**texts, **_files(folder)}


def _played(expected: list[Expected]) -> list[Expected]:
    """Return the tasks of the playbook; the name of a task includes its way of running."""
    found = []
    for way, names in PLAYED.items():
        known = {entry.name: entry for entry in expected}
        for entry in (known[name] for name in names):
            variables = {**entry.task.get("vars", {}), "ringme_in_process": WAYS[way]}
            name = entry.name if "block" in entry.task else f"{entry.name}, {way}"  # there it is a task in the block
            found.append(Expected(name, {**entry.task, "vars": variables}, entry.status))
    leak = {"ansible.builtin.debug": {"msg": f"x{SECRETS['shown_on_purpose']}x"}}
    return [*found, Expected("Leak", leak, "ok")]


def _run_all(folder: Path, expected: list[Expected]) -> Found:
    """Run the tasks as one playbook."""
    tasks = [{"name": entry.name, "ignore_errors": True, **entry.task} for entry in expected]
    run = _run(folder, tasks, {}).check()
    results = {entry["task"]: (entry["status"], entry["result"]) for entry in run.results if not entry["per_item"]}
    return results, _written(folder, run)


def _run(folder: Path, tasks: list[dict[str, Any]], env: dict[str, str]) -> PlaybookRun:
    """Run the tasks with all secrets in variables, because Ansible shows the source of a failed task."""
    return run_playbook(
        json.loads(_templated(json.dumps(tasks))),
        simulator_url=None,
        extra_vars={f"canary_{name}": secret for name, secret in SECRETS.items()},
        args=["-vvvv", "--diff"],
        env={"ANSIBLE_LOG_PATH": str(folder / "ansible.log"), "ANSIBLE_INJECT_INVOCATION": "true", **env},
        home=folder / "home",
        timeout=400,
    )


def _templated(text: str) -> str:
    for name, secret in SECRETS.items():
        text = text.replace(secret, f"{{{{ canary_{name} }}}}")
    return text


def _written(folder: Path, run: PlaybookRun) -> dict[str, str]:
    """Return everything that a run wrote, by place."""
    results = json.dumps(run.results, ensure_ascii=False)
    return {"stdout": run.stdout, "stderr": run.stderr, "results": results, **_files(folder)}


def _files(folder: Path) -> dict[str, str]:
    """Return the written files by name; the names are part of the text."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "names of files": "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*")),
        **{str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="replace") for path in files},
    }


TOKENS = "home/.cache/ringme.pbx/tokens/"


def test_nothing_shows(scene: Scene) -> None:
    assert len(scene.written.get("ansible.log", scene.written["results"])) > 10_000
    found = {where: leaks(text) for where, text in scene.written.items() if not where.startswith(TOKENS)}
    assert {where for where, names in found.items() if "shown_on_purpose" in names} == scene.shown
    shown = {where: rest for where, names in found.items() if (rest := [x for x in names if x != "shown_on_purpose"])}
    context = [text[:300] for where in shown for text in scene.written[where].splitlines() if leaks(text)]
    assert not shown, "\n".join([str(shown), *context[:20]])


def test_tokens_are_in_their_cache_only(scene: Scene) -> None:
    kept = {where: leaks(text) for where, text in scene.written.items() if where.startswith(TOKENS) and leaks(text)}
    assert list(kept.values()) == [["issued_token"]]
    for where in kept:
        path = scene.folder / where
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_every_task_ended_as_expected(scene: Scene) -> None:
    """A task that ends too early to leak proves nothing."""
    ended = {entry.name: scene.results.get(entry.name, (None,))[0] for entry in scene.expected}
    assert ended == {entry.name: entry.status for entry in scene.expected}


def test_every_secret_was_in_play(scene: Scene) -> None:
    basic = base64.b64encode(f"{PROXY_USER}:{SECRETS['proxy_password']}".encode()).decode()
    for text in (OWN["application_secret"], SECRETS["access_token"], SECRETS["issued_token"], f"Basic {basic}"):
        assert text in scene.sent
    results = {name.removesuffix(", in-process"): result for name, (_status, result) in scene.results.items()}
    arguments = results["Simulator: Unknown option"].get("invocation") or results["Simulator: Read"]["invocation"]
    assert arguments["module_args"]["application_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    bundle = results["Simulator: Bundle in check mode"]
    assert "conference_pin" in {entry["field"] for entry in bundle["side_effects"]}
    assert "102 conference_pin: '********' -> '******** (changed)'" in results["Simulator: Bundles stopped"]["msg"]


def test_nothing_shows_that_came_by_the_environment(tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {
            "name": f"{name} {way}",
            "ringme.pbx.client_info": options,
            "vars": {"ringme_in_process": WAYS[way]},
            **keywords,
        }
        for way in WAYS
        for name, options, keywords in (
            ("Read", {}, {}),
            ("Forbidden", {"client_id": 802}, {"ignore_errors": True}),
            ("Refused", {"nonsense": 1}, {"ignore_errors": True}),
        )
    ]
    with Simulator(seed(), validate=False) as simulator:
        env = {
            "RINGME_API_URL": simulator.url,
            "RINGME_APPLICATION_ID": OWN["application_id"],
            "RINGME_APPLICATION_SECRET": OWN["application_secret"],
        }
        run = _run(tmp_path, tasks, env).check()
        assert len(simulator.requests("GET", "/client/802/")) == len(WAYS)
    assert {where: leaks(text) for where, text in _written(tmp_path, run).items() if leaks(text)} == {}


# --- the search ---


@pytest.mark.parametrize("name", SECRETS)
def test_parts_and_other_forms_are_found(name: str) -> None:
    secret = SECRETS[name]
    assert leaks(f"a{secret[3:13]}b") == [name]
    assert leaks(base64.b64encode(f"{PROXY_USER}:{secret}".encode()).decode()) == [name]
    assert leaks(base64.b64encode(secret.encode()).decode()) == [name]
    assert leaks(f"http://{PROXY_USER}:********@127.0.0.1 {base64.b64encode(PROXY_USER.encode()).decode()}") == []
