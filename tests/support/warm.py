# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of Ansible that start from a process that has ansible-core loaded already.

Loading ansible-core takes two thirds of the CPU time of a short playbook. ``bin_folder()`` is a folder of commands
(``ansible-playbook``, ``ansible-inventory`` ...) that hand their arguments, environment, working folder and standard
streams to a loaded process, which forks one process for each command. What runs there is what the command would run:
its own process, its own environment, its own exit status.

There is one loaded process for each set of ``ANSIBLE_*`` variables and each text of ``ansible.cfg``, because
ansible-core reads its settings when it is loaded. A command under coverage, or with variables that change how Python
loads, starts in the usual way. The collection itself is never loaded beforehand.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

# Where ansible-core looks for these, or for the home folder, matters to each command and not to what is loaded.
_PER_COMMAND = ("ANSIBLE_CONFIG",)
_CONFIG = "the text of ansible.cfg"
_SIZE = 8
_LOADED = (
    "ansible.executor.playbook_executor",
    "ansible.executor.process.worker",
    "ansible.plugins.action.normal",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    "requests",
)

# Through a shell, because a shebang line takes no path with a space in it.
_COMMAND = """\
#!/bin/sh
exec '{python}' -IS '{client}' {name} {short} "$@"
"""
_CLIENT = """\
import json, os, socket, sys
name, short, *arguments = sys.argv[1:]
env = dict(os.environ)
loads = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONHASHSEED")
if any(name in loads or name.startswith("COVERAGE_PROCESS") for name in env):
    os.execv({python!r}, [{python!r}, "-m", "ansible", short, *arguments])
request = json.dumps({{"name": name, "argv": arguments, "env": env, "cwd": os.getcwd()}}).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(request).to_bytes({size}, "big")], [0, 1, 2])
    server.sendall(request)
    answer = server.recv(16)
os._exit(int(answer) if answer else 70)
"""


@functools.cache
def bin_folder() -> Path:
    """Return a folder to put first on PATH; the process behind it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    address = folder / "socket"
    alive, parent = socket.socketpair()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen(64)
        command = [sys.executable, "-I", __file__, str(listening.fileno()), str(alive.fileno())]
        # Not ended by this interpreter's garbage collection: it ends when the other end of the pair is closed.
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            command, pass_fds=(listening.fileno(), alive.fileno()), stdin=subprocess.DEVNULL, cwd=folder
        )
    alive.close()
    client = folder / "client.py"
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address), size=_SIZE), encoding="utf-8")
    commands = folder / "bin"
    commands.mkdir()
    for name in _entry_points():
        path = commands / name
        short = name.removeprefix("ansible-") if name != "ansible" else "adhoc"
        path.write_text(_COMMAND.format(python=sys.executable, client=client, name=name, short=short), encoding="utf-8")
        path.chmod(0o755)

    def end(owner: int = os.getpid()) -> None:
        if os.getpid() == owner:
            parent.close()
            process.wait(60)
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return commands


def _entry_points() -> dict[str, Any]:
    """Return the commands of ansible-core by name."""
    scripts = distribution("ansible-core").entry_points
    return {found.name: found for found in scripts if found.group == "console_scripts" and found.name != "ansible-test"}


def _receive(source: socket.socket, descriptors: int) -> tuple[bytes, list[int]]:
    """Read one message and the descriptors that came with it; no message when the other side is gone."""
    header, received, _flags, _address = socket.recv_fds(source, _SIZE, descriptors)
    if len(header) < _SIZE:
        return b"", received
    missing = int.from_bytes(header, "big")
    pieces = []
    while missing:
        pieces.append(source.recv(missing))
        if not pieces[-1]:
            return b"", received
        missing -= len(pieces[-1])
    return b"".join(pieces), received


def _send(target: socket.socket, message: bytes, descriptors: list[int]) -> None:
    """Send a message with descriptors, which are closed here."""
    try:
        socket.send_fds(target, [len(message).to_bytes(_SIZE, "big")], descriptors)
        target.sendall(message)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _distribute(listening: socket.socket, alive: socket.socket) -> None:
    """Hand each command to the loaded process with its settings, until the tests are over."""
    loaded: dict[str, tuple[subprocess.Popen[bytes], socket.socket]] = {}
    waiting = selectors.DefaultSelector()
    waiting.register(listening, selectors.EVENT_READ)
    waiting.register(alive, selectors.EVENT_READ)
    while alive not in [key.fileobj for key, _events in waiting.select()]:
        connection, _address = listening.accept()
        request, streams = _receive(connection, 3)
        if not request:
            connection.close()
            continue
        asked = json.loads(request)
        settings = _settings(asked["env"], Path(asked["cwd"]))
        if settings not in loaded:
            ours, theirs = socket.socketpair()
            command = [sys.executable, "-I", __file__, str(theirs.fileno())]
            env = {
                **json.loads(settings),
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": tempfile.mkdtemp(dir="."),
            }
            (Path(env["HOME"]) / "ansible.cfg").write_text(env.pop(_CONFIG), encoding="utf-8")
            # pylint: disable-next=consider-using-with
            loaded[settings] = subprocess.Popen(command, pass_fds=(theirs.fileno(),), env=env), ours
            theirs.close()
        try:
            _send(loaded[settings][1], request, [*streams, connection.detach()])
        except BrokenPipeError:  # its own message is on stderr, and the command ends with 70
            del loaded[settings]
    for process, ours in loaded.values():
        ours.close()
        process.wait()


def _settings(env: Mapping[str, str], folder: Path) -> str:
    """Return what ansible-core reads when it is loaded, but for what each command sets itself."""
    names = ("LANG", "LC_ALL", "TERM", "COLUMNS", "NO_COLOR")
    wanted = {
        name: value
        for name, value in env.items()
        if name in names or (name.startswith("ANSIBLE_") and name not in _PER_COMMAND)
    }
    path = folder / (env.get("ANSIBLE_CONFIG") or "ansible.cfg")
    wanted[_CONFIG] = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return json.dumps(wanted, sort_keys=True)


def _serve(source: socket.socket) -> None:
    """Load ansible-core, then fork a process for each command that comes."""
    # The home folder here is empty: that of the user comes with each command.
    settings = Path.home().resolve() / "ansible.cfg"
    os.environ.update(HOME=str(settings.parent), ANSIBLE_CONFIG=str(settings))
    commands = {
        name: found.load() for name, found in _entry_points().items() if name in ("ansible-playbook", "ansible")
    }
    _load()
    running: dict[int, socket.socket] = {}
    waiting = selectors.DefaultSelector()
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    waiting.register(woken, selectors.EVENT_READ)
    waiting.register(source, selectors.EVENT_READ)
    while True:
        for key, _events in waiting.select():
            if key.fileobj is woken:
                with contextlib.suppress(BlockingIOError):
                    woken.recv(4096)
                _reap(running, waiting)
            elif key.fileobj is source:
                request, descriptors = _receive(source, 4)
                if not request:
                    return
                pid = os.fork()
                if not pid:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    waiting.close()
                    for held in (source, woken, wake, *running.values()):
                        held.close()
                    _become(json.loads(request), descriptors, commands)
                connection = socket.socket(fileno=descriptors.pop())
                for descriptor in descriptors:
                    os.close(descriptor)
                running[pid] = connection
                waiting.register(connection, selectors.EVENT_READ, pid)
            elif key.data in running:
                # Whoever started the command is gone: so are it and its forks.
                waiting.unregister(key.fileobj)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(key.data, signal.SIGKILL)


def _reap(running: dict[int, socket.socket], waiting: selectors.BaseSelector) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        connection = running.pop(pid)
        with contextlib.suppress(KeyError):
            waiting.unregister(connection)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):
            connection.sendall(str(code if code >= 0 else 128 - code).encode())
        connection.close()


def _load() -> None:
    """Import what every playbook imports, so that its forks find it."""
    for name in _LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _become(request: dict[str, Any], descriptors: list[int], commands: Mapping[str, Any]) -> None:
    """Be the process of a command; does not return."""
    *streams, connection = descriptors
    os.close(connection)
    os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    for descriptor in streams:
        if descriptor > 2:
            os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = [request["name"], *request["argv"]]
    _read_settings()
    entry = commands.get(request["name"]) or _entry_points()[request["name"]].load()
    sys.exit(entry(sys.argv))


def _read_settings() -> None:
    """Let ansible-core read its settings again: some depend on the home folder."""
    # pylint: disable=import-outside-toplevel
    from ansible import constants
    from ansible.config.manager import find_ini_config_file

    manager = constants.config
    manager._config_file = find_ini_config_file(set())
    if manager._config_file:
        manager._parse_config_file()
    for name in manager.get_configuration_definitions():
        constants.set_constant(name, manager.get_config_value(name, variables=vars(constants)))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _distribute(*(socket.socket(fileno=int(number)) for number in sys.argv[1:]))
    else:
        _serve(socket.socket(fileno=int(sys.argv[1])))
