# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installs pip into the environments that ansible-test creates, from the wheel that every Python has for ensurepip.

ansible-test would otherwise download a bootstrap script from its own host. It looks for the script in its cache first,
where the test run puts this file; the pinned pip then comes from the package index like everything else.
"""

import ensurepip
import glob
import os
import sys
import sysconfig

# Distributions keep the wheel in another place.
FOLDERS = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"), sysconfig.get_config_var("WHEEL_PKG_DIR")]
WHEELS = [wheel for folder in FOLDERS if folder for wheel in sorted(glob.glob(os.path.join(folder, "pip-*.whl")))]
if not WHEELS:
    sys.exit("this Python has no pip wheel. Install its ensurepip (Debian: python3-venv)")
sys.path.insert(0, WHEELS[0])

from pip._internal.cli.main import main  # noqa: E402  # pylint: disable=wrong-import-position

# Options of the bootstrap script that pip does not have.
OPTIONS = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
sys.exit(main(["install", "--upgrade", "--quiet", *OPTIONS]))
