# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options in ``module_utils/_adapter.py``."""

    DOCUMENTATION = r"""
attributes:
  action_group:
    description: Use C(group/ringme.pbx.api) in C(module_defaults) to set the connection options for all modules at once.
    support: full
    membership:
      - ringme.pbx.api
options:
  api_url:
    description:
      - Where the API is, as V(https://host) or V(https://host/api/ver1.0).
      - Plain V(http) is accepted for loopback addresses only.
      - Required. If the option is not set, the environment variable E(RINGME_API_URL) is used.
    type: str
  application_id:
    description:
      - The App ID of a trusted application of access level V(All), for the client-credentials grant at C(/oauth/token).
      - This is not the id of a PBX client, although the token endpoint calls it C(client_id).
      - Needed with O(application_secret), unless O(access_token) is given.
      - If the option is not set, the environment variable E(RINGME_APPLICATION_ID) is used.
    type: str
  application_secret:
    description:
      - The App Secret of the application.
      - If the option is not set, the environment variable E(RINGME_APPLICATION_SECRET) is used.
    type: str
  access_token:
    description:
      - A token obtained elsewhere, instead of O(application_id) and O(application_secret). It cannot be renewed when it ends.
      - If the option is not set, the environment variable E(RINGME_ACCESS_TOKEN) is used.
    type: str
  token_cache:
    description:
      - The folder in which tokens are shared between tasks, forks and runs, or V(none) to get a new token for every task.
      - The folder is made with mode V(0700), its files with V(0600). Its file names are hashes of host and application.
      - It also holds the old members of a bundle while that is written, so that the next run can settle what a run that was
        killed left half done. With V(none) they are not kept.
      - If the option is not set, the environment variable E(RINGME_TOKEN_CACHE) is used.
    type: path
    default: ~/.cache/ringme.pbx/tokens
  validate_certs:
    description:
      - Whether the certificate of the API is checked. Switch this off for tests only; every task then warns.
    type: bool
    default: true
  ca_path:
    description:
      - A file in PEM form with the CA certificates to trust instead of the built-in ones.
      - Without it, the file that E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) names is used, if any.
    type: path
  client_cert:
    description:
      - A file in PEM form with the certificate (and perhaps the key) that the client shows to the server.
    type: path
  client_key:
    description:
      - A file in PEM form with the key of O(client_cert), if that file does not hold it.
    type: path
  proxy:
    description:
      - The URL of the proxy that leads to the API.
      - Without it, the environment's usual proxy variables are honoured, except for loopback addresses.
    type: str
  timeout:
    description:
      - Seconds that one request may take as a whole, from the connection to the last byte of the answer, however slowly the
        server sends. Looking up the name of the host is not included.
    type: float
    default: 30.0
  retries:
    description:
      - How often one request is tried at most.
      - Repeated are requests that found no connection, C(429), and C(503) with C(Retry-After); and C(GET) requests also
        after a lost answer or another C(5xx).
        A write whose answer is lost is never sent again, but settled by reading.
    type: int
    default: 3
  retry_budget:
    description:
      - Seconds that all waiting for repetitions may take together in one run of the module.
      - A wait that the server asks for and that does not fit is an error that says when requests are admitted again.
    type: float
    default: 60.0
  max_failures:
    description:
      - How many requests in a row may fail in the same way (no connection, no usable answer, C(429), another C(5xx), a token
        that is not accepted) before nothing new is begun. Requests that change something are also counted by themselves.
      - What has begun is still finished or rolled back. The remaining objects of a list get the status V(not_reached), and
        so do the remaining items of a loop, which fail with the error kind V(not_reached). After 10 seconds without a
        request, the next item tries again.
      - V(0) sets no limit.
    type: int
    default: 5
  read_only:
    description:
      - Whether every request that could change something is forbidden, whatever the mode. The request is stopped before a
        connection is opened.
      - If there is something to change, the task fails and says what it would have done.
      - If the option is not set, the environment variable E(RINGME_READ_ONLY) is used.
    type: bool
    default: false
"""
