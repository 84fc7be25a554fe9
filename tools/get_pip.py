# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts pip into the environments that ansible-test makes, from the wheel that every Python carries for ensurepip.

ansible-test would first download a bootstrap script from a host of its own. Before that it looks for the script in its
cache, which is where the test run puts this one; the pinned pip then comes from the package index like everything else.
"""

import ensurepip
import glob
import os
import sys
import sysconfig

# Distributions keep the wheel in a place of their own.
FOLDERS = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), sysconfig.get_config_var("WHEEL_PKG_DIR")]
WHEELS = [wheel for folder in FOLDERS if folder for wheel in sorted(glob.glob(os.path.join(folder, "pip-*.whl")))]
if not WHEELS:
    sys.exit("this Python carries no pip wheel: install its ensurepip (Debian: python3-venv)")
sys.path.insert(0, WHEELS[0])

from pip._internal.cli.main import main  # noqa: E402  # pylint: disable=wrong-import-position

# Options of the bootstrap script that pip itself does not know.
OPTIONS = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", "--quiet", *OPTIONS]))
