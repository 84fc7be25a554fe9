#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: extension_registration
short_description: Remove SIP registrations of an extension
description:
  - Removes live SIP registrations of one extension. Those that have expired are nothing to remove, although the API
    still lists them.
  - Without a selector all are removed, in one request. With selectors, those are removed that every selector matches,
    each in a request of its own.
  - Nothing stops a device from registering again at once, so V(absent) is not a lasting state.
options:
  client_id:
    description:
      - The id of the PBX client, or V(@me) for the client that the application's user belongs to.
      - Only O(extension) needs it. Ids are the same for all clients.
    type: str
    default: "@me"
  extension:
    description:
      - The number of the extension, as V("101"), V("0003*101") or with the domain behind an C(@). Write it in quotes,
        because YAML reads V(010) as V(8).
      - It is looked up in the list of extensions of O(client_id), which is read once per task and client.
      - Either this or O(extension_id) is required, and not both.
    type: str
  extension_id:
    description:
      - The API's id of the extension. It is taken as it is, and costs no request.
      - Either this or O(extension) is required, and not both.
    type: int
  registration_id:
    description:
      - Select the registrations of these ids. An id changes whenever the device registers anew.
    type: list
    elements: str
  device:
    description:
      - Select registrations whose device name (User-Agent) contains a match of this regular expression.
      - A device name is a claim of the device, not a proof.
    type: str
  address:
    description:
      - Select registrations whose real address lies in one of these networks. IPv4 and IPv6, as V(198.51.100.0/24) or a
        single address. The port does not matter.
    type: list
    elements: str
  state:
    description:
      - That the registrations are to be gone.
    type: str
    choices:
      - absent
    default: absent
seealso:
  - module: ringme.pbx.client_registrations
  - module: ringme.pbx.extension_registration_info
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
requirements:
  - requests >= 2.28 on the host that executes the module
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.state
  - ringme.pbx.api
"""

EXAMPLES = r"""
- name: Throw out every device of an extension
  ringme.pbx.extension_registration:
    client_id: 801
    extension: "101"

- name: Throw out scanners that come from one network
  ringme.pbx.extension_registration:
    client_id: 801
    extension: "101"
    device: '(?i)friendly-scanner|sipvicious'
    address:
      - 203.0.113.0/24
      - 2001:db8:bad::/48
"""

RETURN = r"""
registration:
  description:
    - The live registrations after the run, or as predicted in check mode.
  type: dict
  returned: success
  contains:
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: success
    extension:
      description: The number of the extension, or V(null) if O(extension_id) was given.
      type: str
      returned: success
    registered:
      description: Whether any live registration is left.
      type: bool
      returned: success
    registrations:
      description: The live registrations.
      type: list
      elements: dict
      returned: success
      contains:
        device:
          description: What the device calls itself (User-Agent).
          type: str
          returned: success
        real_address:
          description: Where the request really came from, as a SIP URI.
          type: str
          returned: success
        contact_address:
          description: The address that the device put into its Contact.
          type: str
          returned: success
        expires:
          description: When it expires. It changes by itself and takes part in no comparison.
          type: raw
          returned: success
        registration_id:
          description: The id, which changes whenever the device registers anew.
          type: str
          returned: success
  sample: {"extension_id": 31456, "extension": "101", "registered": false, "registrations": []}
changes:
  description:
    - What differs from the desired state, in the order in which it is (or in check mode would be) changed.
    - It is empty exactly when the task is not C(changed), in check mode and outside it.
  type: list
  elements: dict
  returned: success, and a failure after the comparison
  contains:
    resource:
      description: The module that owns the object.
      type: str
      returned: always
    address:
      description: The object within its client, by number where that is known. It stays the same from run to run.
      type: str
      returned: always
    extension_id:
      description: The API's id of the extension.
      type: int
      returned: always
    extension:
      description: The number of the extension, or V(null) if O(extension_id) was given.
      type: str
      returned: always
    action:
      description: V(create), V(update) or V(delete).
      type: str
      returned: always
    fields:
      description: The fields that differ, each with C(name), C(before) and C(after).
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The name of the field.
          type: str
          returned: always
        before:
          description: The value before the change, or V(null) where there was none.
          type: raw
          returned: always
        after:
          description: The value after the change, or V(null) where there is none.
          type: raw
          returned: always
    reversible:
      description: Whether the old state can be put back through the API.
      type: bool
      returned: always
  sample:
    - resource: extension_registration
      address: registration/101
      extension_id: 31456
      extension: "101"
      action: delete
      fields:
        - name: registrations
          before:
            - device: friendly-scanner
              real_address: "sip:203.0.113.77:5060"
              contact_address: "sip:101@10.0.0.7:5060"
          after: []
      reversible: false
diff:
  description:
    - The managed keys before and after, in stable order.
  type: dict
  returned: success, and a failure after the comparison
  contains:
    before:
      description: The managed keys as they were.
      type: dict
      returned: always
    after:
      description: The managed keys as they are (or in check mode would be).
      type: dict
      returned: always
    before_header:
      description: The name of the object.
      type: str
      returned: always
    after_header:
      description: The name of the object.
      type: str
      returned: always
requests:
  description:
    - How many requests this run sent, by method. C(token) counts the requests to the token endpoint.
  type: dict
  returned: always
  contains:
    GET:
      description: Requests that read.
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
    - The hourly quota of requests as the last answer told it, or V(null) if it told nothing.
    - All applications of a client share it.
  type: dict
  returned: always
  contains:
    limit:
      description: Requests per hour.
      type: int
      returned: when known
    remaining:
      description: Requests that are left in this hour.
      type: int
      returned: when known
    reset_seconds:
      description: Seconds until the counter starts anew.
      type: int
      returned: when known
  sample: {"limit": 5000, "remaining": 4210, "reset_seconds": 1860}
error:
  description:
    - What went wrong, for programs. RV(ignore:msg) says it for people.
    - Options that Ansible itself refuses, by name or type, are told in RV(ignore:msg) alone.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(options) (refused before the first request), V(environment), V(conflict) (the state of the PBX forbids it),
          V(blocked) (the plan exceeds a limit), V(read_only), V(connection), V(answer_lost), V(not_reached) (too many
          requests in a row failed before), V(bad_answer),
          V(authentication), V(forbidden), V(not_found), V(refused), V(quota), V(server), V(not_applied), V(partial) or
          V(some_failed) (of a list, not everything was carried out).
      type: str
      returned: on failure
    status:
      description: The HTTP status code, or V(null).
      type: int
      returned: on failure
    api_status:
      description: The API's own text code beside the HTTP status, for example V(access_denied), or V(null).
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration


def main() -> None:
    """Hand the resource over."""
    run_module(ExtensionRegistration())


if __name__ == "__main__":
    main()
