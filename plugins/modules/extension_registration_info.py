#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extension_registration_info
short_description: Read SIP registrations
description:
  - Reads the registrations of extensions in blocks of at most 100 extensions per request.
  - If a response omits a requested extension, the task fails. The extension never counts as one without registrations.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
      - Only O(extensions) requires it. Ids are unique across clients, and without a selection the module reads all
        extensions that the user may see, of any client.
    type: str
    default: "@me"
  extensions:
    description:
      - The numbers of the extensions to read, as V("101"), V("0003*101"), or with C(@) and the domain at the end. Quote
        them, because YAML reads V(010) as V(8).
      - The module looks them up in the list of extensions of O(client_id), which it reads once per task and client.
        Without this option and O(extension_ids), one request reads all extensions that the user may see.
      - Mutually exclusive with O(extension_ids).
    type: list
    elements: str
  extension_ids:
    description:
      - The API's ids of the extensions to read.
      - Mutually exclusive with O(extensions).
    type: list
    elements: int
seealso:
  - module: ringme.pbx.client_registrations
  - module: ringme.pbx.extension_registration
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
requirements:
  - requests >= 2.28 on the host that executes the module
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.info
  - ringme.pbx.api
"""

EXAMPLES = r"""
- name: Read the registrations of all extensions
  ringme.pbx.extension_registration_info:
  register: live

- name: Read the registrations of two extensions
  ringme.pbx.extension_registration_info:
    client_id: 801
    extensions: ["101", "201"]

- name: Read the registrations of two extensions in one request, without a lookup of numbers
  ringme.pbx.extension_registration_info:
    extension_ids: [31456, 32486]
"""

RETURN = r"""
registrations:
  description:
    - One entry per extension, sorted by id.
  type: list
  elements: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    extension:
      description:
        - The number of the extension, or V(null) without O(extensions), because the list of extensions is not read
          then.
      type: str
      returned: success
    registered:
      description: V(true) if the extension has a live registration. With V(false), all listed ones have expired.
      type: bool
      returned: success
    registrations:
      description: The registrations.
      type: list
      elements: dict
      returned: success
      contains:
        device:
          description: The name that the device reports (User-Agent).
          type: str
          returned: success
        real_address:
          description: The source address of the request, as a SIP URI.
          type: str
          returned: success
        contact_address:
          description: The address in the Contact header of the device.
          type: str
          returned: success
        expires:
          description: The expiry. Documented as a date; the API also returns the remaining seconds.
          type: raw
          returned: success
        registration_id:
          description: The id. It changes whenever the device registers again.
          type: str
          returned: success
  sample:
    - extension_id: 31456
      extension: "101"
      registered: true
      registrations:
        - device: Yealink SIP-T46G 28.72.14.5
          real_address: "sip:198.51.100.7:62338"
          contact_address: "sip:0003*101@192.168.5.52:5062"
          expires: 699
          registration_id: uloc-572b0ffb-6d47-001
requests:
  description:
    - Number of requests that this run sent, by method. C(token) counts the requests to the token endpoint.
  type: dict
  returned: always
  contains:
    GET:
      description: Read requests.
      type: int
      returned: always
    POST:
      description: Requests that set a bundle.
      type: int
      returned: always
    PUT:
      description: Requests that set values.
      type: int
      returned: always
    DELETE:
      description: Requests that remove something.
      type: int
      returned: always
    token:
      description: Token requests. They change nothing at the PBX.
      type: int
      returned: always
  sample: {"GET": 1, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}
quota:
  description:
    - The hourly request quota in the last response, or V(null) if the response has none.
    - All applications of a client share the quota.
  type: dict
  returned: always
  contains:
    limit:
      description: Requests per hour.
      type: int
      returned: when known
    remaining:
      description: Remaining requests in this hour.
      type: int
      returned: when known
    reset_seconds:
      description: Seconds until the quota is reset.
      type: int
      returned: when known
  sample: {"limit": 5000, "remaining": 4210, "reset_seconds": 1860}
error:
  description:
    - The failure in machine-readable form. RV(ignore:msg) is the message for people.
    - It is missing if Ansible rejects the name or the type of an option. In this case, only RV(ignore:msg) is
      returned.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(options) (rejected before the first request), V(environment), V(conflict) (the state of the PBX does not
          allow it), V(blocked) (the plan exceeds a limit), V(read_only), V(connection), V(answer_lost) (no complete
          response), V(not_reached) (skipped after too many consecutive failures), V(bad_answer) (a response that the
          API does not document), V(authentication), V(forbidden), V(not_found), V(refused), V(quota), V(server),
          V(not_applied), V(partial) or V(some_failed) (some changes of a list were not applied).
      type: str
      returned: on failure
    status:
      description: The HTTP status code, or V(null).
      type: int
      returned: on failure
    api_status:
      description: The API's text code in addition to the HTTP status, for example V(access_denied), or V(null).
      type: str
      returned: on failure
    method:
      description: The method of the request that failed, or V(null).
      type: str
      returned: on failure
    path:
      description: The path of the request that failed, or V(null).
      type: str
      returned: on failure
    hint:
      description: What to do next.
      type: str
      returned: on failure
  sample:
    kind: forbidden
    status: 403
    api_status: access_denied
    method: GET
    path: /client/802/client/
    hint: >-
      Check client_id and the ids. For a client of another dealer, set that dealer's application: application_id and
      application_secret in the task, client_api in the client's file or its group
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)


def main() -> None:
    """Run the module."""
    run_module(ExtensionRegistrationInfo())


if __name__ == "__main__":
    main()
