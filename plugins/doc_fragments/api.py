# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of all modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options in ``module_utils/_adapter.py``."""

    DOCUMENTATION = r"""
attributes:
  action_group:
    description: Set C(group/ringme.pbx.api) in C(module_defaults) to set the connection options of all modules.
    support: full
    membership:
      - ringme.pbx.api
options:
  api_url:
    description:
      - The URL of the API, as V(https://host) or V(https://host/api/ver1.0).
      - Plain V(http) is allowed for loopback addresses only.
      - Required. If this option is not set, the environment variable E(RINGME_API_URL) is used.
    type: str
  application_id:
    description:
      - The App ID of a trusted application with access level V(All), for the client-credentials grant at
        C(/oauth/token).
      - This is not the id of a PBX client, although the token endpoint calls it C(client_id).
      - Required together with O(application_secret), unless O(access_token) is set.
      - If this option is not set, the environment variable E(RINGME_APPLICATION_ID) is used.
    type: str
  application_secret:
    description:
      - The App Secret of the application.
      - If this option is not set, the environment variable E(RINGME_APPLICATION_SECRET) is used.
    type: str
  access_token:
    description:
      - A token, instead of O(application_id) and O(application_secret). The module cannot renew it when it expires.
      - If this option is not set, the environment variable E(RINGME_ACCESS_TOKEN) is used.
    type: str
  token_cache:
    description:
      - The folder for tokens that tasks, forks and runs share, or V(none) to request a new token for every task.
      - The folder is created with mode V(0700), its files with mode V(0600). File names are hashes of host and
        application.
      - During the write of a bundle, the folder also has the old members of the bundle. If a run is killed, the next
        run repairs the bundle with them. With V(none) they are not stored.
      - If this option is not set, the environment variable E(RINGME_TOKEN_CACHE) is used.
    type: path
    default: ~/.cache/ringme.pbx/tokens
  validate_certs:
    description:
      - Whether to check the certificate of the API. Disable this for tests only; every task then issues a warning.
    type: bool
    default: true
  ca_path:
    description:
      - A file in PEM format with the CA certificates to trust instead of the built-in ones.
      - If this option is not set, the file in E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) is used, if any.
    type: path
  client_cert:
    description:
      - A file in PEM format with the client certificate, and optionally its key.
    type: path
  client_key:
    description:
      - A file in PEM format with the key of O(client_cert), if that file does not contain the key.
    type: path
  proxy:
    description:
      - The URL of the proxy for the API.
      - If this option is not set, the usual proxy variables of the environment are used, except for loopback addresses.
    type: str
  timeout:
    description:
      - The maximum duration of a request in seconds, from the connection to the last byte of the response. The lookup
        of the host name is not included.
    type: float
    default: 30.0
  retries:
    description:
      - The maximum number of tries for a request, including the first one. For example, 3 means at most two retries.
      - A request is repeated if there was no connection, after C(429), and after C(503) with C(Retry-After). A C(GET)
        request is also repeated after a lost response or another C(5xx).
      - A write whose response is lost is never repeated. The module reads back whether the API applied it.
    type: int
    default: 3
  retry_budget:
    description:
      - The maximum total duration in seconds of all waits before retries in one run of the module.
      - If the server requires a longer wait, the task fails. The message has the time of the next allowed request.
    type: float
    default: 60.0
  max_failures:
    description:
      - The maximum number of consecutive requests that fail with the same error (no connection, no valid response,
        C(429), another C(5xx), a rejected token). After that, the module skips remaining objects. Writes also have
        their own count.
      - Objects in progress are finished or rolled back. The remaining objects of a list get the status V(not_reached).
        The remaining items of a loop fail with the error kind V(not_reached). After 10 seconds without a request, the
        next item tries again.
      - V(0) disables the limit.
    type: int
    default: 5
  read_only:
    description:
      - Whether to forbid all requests that could change anything, in any mode. Such a request is stopped before a
        connection is opened.
      - If there are differences, the task fails with the plan in its message.
      - If this option is not set, the environment variable E(RINGME_READ_ONLY) is used.
    type: bool
    default: false
"""
