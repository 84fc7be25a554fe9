# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a run writes, each replaced atomically."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import Any

from ._model.errors import EnvironmentProblemError
from ._regular_file import read_bytes


def json_text(data: Any) -> str:
    """Return data as the text of a JSON file; the same data give the same text."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def text_of(path: str) -> str | None:
    """Return the text of a file, ``None`` if there is no file; raises EnvironmentProblemError if it cannot be read."""
    try:
        return read_bytes(path).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise EnvironmentProblemError(
            f"{path} cannot be read: {reason}", hint="Check the path and the permissions"
        ) from None


def check_writable(path: str) -> None:
    """Raise EnvironmentProblemError if :func:`write_text` cannot work, as far as that is known without writing."""
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        raise EnvironmentProblemError(f"{path} cannot be written: it is a folder", hint="Set the path of a file")
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise EnvironmentProblemError(f"{path} cannot be written: {folder} is not a folder", hint="Check the path")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EnvironmentProblemError(
            f"{path} cannot be written: no permission in {folder}", hint="Check the path and the permissions"
        )


def write_text(path: str, text: str) -> None:
    """Replace a file by a text atomically. Creates missing folders.

    The file keeps its permissions and, as far as this user is allowed to set them, its owner and its group.

    Raises EnvironmentProblemError if that fails; the old file stays then.
    """
    path = os.path.realpath(path)  # a link stays a link
    folder = os.path.dirname(path)
    made = None
    try:
        os.makedirs(folder, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _keep_owner(made, path)
        os.chmod(made, _mode(path))
        os.replace(made, path)
        made = None
    except OSError as error:
        raise EnvironmentProblemError(
            f"{path} cannot be written: {error.strerror}", hint="Check the path and the permissions"
        ) from None
    finally:
        if made is not None:
            with contextlib.suppress(OSError):
                os.unlink(made)


def _keep_owner(made: str, path: str) -> None:
    """Give the new file the owner and the group of the old one, as far as this user is allowed to."""
    try:
        there = os.stat(path)
    except OSError:
        return
    for owner in (there.st_uid, -1):
        try:
            os.chown(made, owner, there.st_gid)
        except OSError:
            continue
        return


def _mode(path: str) -> int:
    """Return the permissions of the old file, or those of a new one."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
