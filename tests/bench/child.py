# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job in its own interpreter: ``python child.py bare|module|playbook|report``, with its data as JSON on stdin.

Prints one JSON object: the seconds that the work took by the clock and by processor, and the most memory in MiB that
this process, or any that it started, has held. Each imports only what it needs, so that none pays for the others.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
PER_PAGE = 100
Job = Mapping[str, Any]


def bare(job: Job) -> dict[str, float]:
    """The least that could be done: one session, as many threads as the module has, and the responses parsed."""
    # pylint: disable=import-outside-toplevel
    from concurrent.futures import ThreadPoolExecutor

    import requests

    session = requests.Session()
    session.trust_env = False  # the faster way, and the module's own: else each request looks for proxies and a netrc
    session.headers["Authorization"] = f"Bearer {job['token']}"
    base = f"{job['url']}/api/ver1.0/client/{job['client_id']}"

    def get(path: str, **query: int) -> Any:
        response = session.get(base + path, params=query)
        response.raise_for_status()
        return response.json()

    def work() -> None:
        page = 1
        while get("/extension/", page=page, per_page=PER_PAGE):
            page += 1
        with ThreadPoolExecutor(job["concurrency"]) as pool:
            found = list(pool.map(lambda main: get(f"/extensions_bundle/{main}"), job["mains"]))
        if not all(bundle["bundle_list"] for bundle in found):
            raise RuntimeError("a bundle has no members")

    return _timed(work)


def module(job: Job) -> dict[str, float]:
    """What the module and the action plugin call, with validated options."""
    # pylint: disable=import-outside-toplevel
    sys.path.insert(0, job["collections"])
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
    from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
    from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles

    given = {name: job[name] for name in ("client_id", "bundles", "concurrency")}
    connection = {"api_url": job["url"], "access_token": job["token"]}
    validation = ArgumentSpecValidator(**specification(ClientBundles())).validate({**given, **connection})
    if validation.error_messages:
        raise RuntimeError("; ".join(validation.error_messages))

    def work() -> None:
        outcome = execute(ClientBundles(), validation.validated_parameters, check_mode=False, connections=Connections())
        if outcome.failed or outcome.result["changed"]:
            raise RuntimeError(f"the module did not find what it was given: {outcome.result.get('msg')}")

    return _timed(work)


def playbook(job: Job) -> dict[str, float]:
    """A whole playbook: its own memory counts as well as that of its workers and modules."""
    # pylint: disable=import-outside-toplevel
    sys.path.insert(0, str(TESTS))
    from cold import run_playbook

    def work() -> None:
        run_playbook(
            job["tasks"],
            simulator_url=job["url"],
            env=job["env"],
            extra_vars=job["extra_vars"],
            home=Path(job["home"]),
            collect=False,
            timeout=job["timeout"],
        ).check()

    return _timed(work)


def report(job: Job) -> dict[str, float]:
    """The report of a run over many clients, in every rendering, with the previous report in place."""
    # pylint: disable=import-outside-toplevel
    sys.path.insert(0, job["collections"])
    from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
    from ansible_collections.ringme.pbx.plugins.plugin_utils._report.resource import RENDERINGS, DriftReport
    from ansible_collections.ringme.pbx.tests.unit.helpers.results import night_of_a_fleet

    hosts = night_of_a_fleet(job["clients"])
    options = {name: entry.get("default") for name, entry in DriftReport.arguments.items()}
    options |= {name: str(Path(job["folder"]) / name) for name in (*RENDERINGS, "ledger")}

    def work() -> None:
        outcome = execute(DriftReport(hosts), options, check_mode=False, connections=Connections())
        found = outcome.result.get("totals", {}).get("clients", {})
        if (found.get("total"), found.get("drift")) != (job["clients"], job["clients"] // 10):
            raise RuntimeError(f"the report is not that of the night: {outcome.result.get('msg')}")

    work()
    return _timed(work)


def _timed(work: Callable[[], None]) -> dict[str, float]:
    before = _cpu()
    started = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - started, "cpu": _cpu() - before, "peak": _peak()}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> float:
    """The most that this process, or any that has ended below it, held, in MiB."""
    status = Path("/proc/self/status")
    own = (
        re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii"), re.MULTILINE) if status.exists() else None
    )
    below = _most(resource.RUSAGE_CHILDREN)
    # Linux counts the memory of the parent process into ru_maxrss, so only larger values are true.
    return max(below, int(own[1]) / 1024 if own else _most(resource.RUSAGE_SELF))


def _most(who: int) -> float:
    """Linux counts in KiB, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _end(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt  # which stops the playbook at hand


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    jobs = {"bare": bare, "module": module, "playbook": playbook, "report": report}
    print(json.dumps(jobs[sys.argv[1]](json.load(sys.stdin))))
